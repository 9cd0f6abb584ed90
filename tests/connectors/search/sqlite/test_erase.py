"""No byte of a withdrawn text stays in the files of a closed index."""

from contextlib import closing
from random import Random

import pytest

from connectors.search.sqlite.index import SqliteIndex
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus
from tests.builders import MORNING, an_article
from tests.builders_search import an_index, asked, bytes_of, found

MARK = "qzxvsecret"
BYLINE = "By Wanda Hiddenname"


def a_marked(key: int, article_id: str = "a1", **fields: object) -> Article:
    base = {
        "order_key": key,
        "headline": f"{MARK} headline",
        "abstract": f"About {MARK}",
        "body_text": f"Much ado about {MARK}. " * 300,
        "byline": BYLINE,
        "url": f"https://news.example/{MARK}",
    }
    return an_article(article_id, offset=key, **(base | fields))


def marks(data: bytes) -> int:
    """How often the mark stands in the data, in any case, also cut by a prefix that FTS5 has factored out."""
    return sum(
        data.lower().count(piece)
        for piece in (MARK.encode(), MARK[1:].encode(), b"hiddenname", b"Hiddenname")
    )


UNREADABLE = [
    {"pub_status": PubStatus.CANCELED, "change_type": ChangeType.KILL},
    {"pub_status": PubStatus.WITHHELD, "change_type": ChangeType.HOLD},
    {"visible_from": MORNING.replace(year=2027)},
    {"visible_until": MORNING},
    {"restricted": True},
]


@pytest.mark.parametrize("fields", UNREADABLE)
def test_what_readers_may_not_see_is_never_written(tmp_path, fields):
    an_index(tmp_path, a_marked(1, **fields), an_article("a2")).close()

    assert marks(bytes_of(tmp_path)) == 0


@pytest.mark.parametrize("fields", UNREADABLE)
def test_no_byte_of_a_withdrawn_text_stays_after_closing(tmp_path, fields):
    index = an_index(tmp_path, a_marked(1), an_article("a2"))
    index.upsert([a_marked(2)], MORNING)
    assert marks(bytes_of(tmp_path)) > 0

    index.upsert([a_marked(3, **fields)], MORNING)
    index.close()

    assert marks(bytes_of(tmp_path)) == 0
    with SqliteIndex.open_to_read(str(tmp_path / "search.sqlite")) as reader:
        assert found(reader, "dock") == ["a2"]


def test_no_byte_stays_when_it_was_the_only_text(tmp_path):
    index = an_index(tmp_path, a_marked(1))
    index.upsert([a_marked(2, pub_status=PubStatus.CANCELED)], MORNING)
    index.close()

    assert marks(bytes_of(tmp_path)) == 0


def test_no_byte_stays_of_a_text_whose_time_is_over(tmp_path):
    index = an_index(tmp_path, a_marked(1, visible_until=MORNING.replace(hour=9)))
    index.expire(MORNING.replace(hour=9))
    index.close()

    assert marks(bytes_of(tmp_path)) == 0


def test_an_erasure_that_a_crash_cut_short_is_made_up_for_by_the_next_to_close(tmp_path):
    index = an_index(tmp_path, a_marked(1), an_article("a2"))
    index.upsert([a_marked(2, pub_status=PubStatus.CANCELED)], MORNING)
    index._connection.close()  # as a killed process: nothing erased

    SqliteIndex.open(str(tmp_path / "search.sqlite")).close()

    assert marks(bytes_of(tmp_path)) == 0


def test_no_byte_stays_when_a_reader_was_open_meanwhile(tmp_path):
    index = an_index(tmp_path, a_marked(1), an_article("a2"))
    with SqliteIndex.open_to_read(str(tmp_path / "search.sqlite")) as reader:
        assert asked(reader, MARK).total == 1
        index.upsert([a_marked(2, pub_status=PubStatus.CANCELED)], MORNING)
        index.close()

        assert marks(bytes_of(tmp_path)) == 0
        assert asked(reader, MARK).total == 0


def test_erasing_changes_nothing_of_what_stays(tmp_path):
    rest = [an_article(f"b{number}", offset=number, headline=f"Story {number}") for number in range(50)]
    index = an_index(tmp_path, a_marked(1), *rest)
    before = asked(index, "story", size=50)
    index.upsert([a_marked(2, pub_status=PubStatus.CANCELED)], MORNING)
    index.close()

    with SqliteIndex.open_to_read(str(tmp_path / "search.sqlite")) as reader:
        after = asked(reader, "story", size=50)
    assert {hit.article_id for hit in after.hits} == {hit.article_id for hit in before.hits}


@pytest.mark.parametrize("seed", range(4))
def test_no_byte_of_many_withdrawn_texts_stays_in_a_file_that_was_much_rewritten(tmp_path, seed):
    # Pages of an index that is updated and thinned out are rebalanced, and then hold stale copies between their cells.
    chance = Random(seed)
    index = an_index(tmp_path)
    numbers = list(range(400))
    killed = set(chance.sample(numbers, 130))
    for key in (1, 2):
        texts = chance.sample(numbers, 400 if key == 1 else 200)
        index.upsert([a_numbered(number, key, chance) for number in texts], MORNING)
    for number in chance.sample(sorted(killed), len(killed)):
        kill = an_article(
            f"a{number}", order_key=3, pub_status=PubStatus.CANCELED, headline=None, body_text=None
        )
        index.upsert([kill], MORNING)
    index.close()

    data = bytes_of(tmp_path)
    assert [number for number in killed if f"m{number:05}k".encode() in data] == []
    with closing(SqliteIndex.open_to_read(str(tmp_path / "search.sqlite"))) as reader:
        assert asked(reader, "word").total == 270


def a_numbered(number: int, key: int, chance: Random) -> Article:
    body = f"word m{number:05}k{key} " * chance.choice([1, 5, 20, 60, 100, 140, 300])
    return an_article(
        f"a{number}", offset=number, order_key=key, headline=f"m{number:05}k{key}", body_text=body
    )
