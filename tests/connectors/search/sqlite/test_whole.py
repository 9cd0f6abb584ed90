from dataclasses import replace
from pathlib import Path

import pytest

from connectors.search.sqlite.index import SqliteIndex
from schemas.article_parts import PubStatus
from tests.builders import MORNING, an_article

SHOWN = an_article("shown", order_key=5)
KILLED = replace(an_article("killed", order_key=5), pub_status=PubStatus.CANCELED)


@pytest.mark.parametrize(
    ("version", "lacks"),
    [
        (("shown", 5), False),
        (("shown", 4), False),
        (("shown", 6), True),
        (("killed", 4), False),
        (("killed", 5), True),
        (("unheard of", 1), True),
    ],
)
def test_an_index_lacks_what_it_does_not_show_in_that_version_or_a_later_one(
    tmp_path: Path, version: tuple[str, int], lacks: bool
):
    with SqliteIndex.open(str(tmp_path / "search.sqlite")) as index:
        index.upsert([SHOWN, KILLED], MORNING)

        assert index.lacking([version]) == ([version[0]] if lacks else [])


def test_only_a_file_that_was_marked_says_that_it_is_whole(tmp_path: Path):
    path = str(tmp_path / "search.sqlite")
    with SqliteIndex.open(path) as index:
        before = index.is_whole()
        index.upsert([SHOWN], MORNING)
        index.mark_whole()
        index.withdraw("shown", 5)

    with SqliteIndex.open_to_read(path) as index:
        assert (before, index.is_whole()) == (False, True)
