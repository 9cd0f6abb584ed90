"""`publish` that is killed anywhere, and `publish` beside a writer and readers: processes, not pretence."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.parquet import partitions
from connectors.parquet.steady import read_steadily
from connectors.parquet.temporary import written_aside
from connectors.parquet.views import connect
from pipelines.commands.publish import publish_folder
from schemas.article import Article
from schemas.article_parts import ChangeType
from tests.builders import MORNING, an_article
from tests.builders_history import (
    NOON,
    a_copy,
    a_version,
    arrive,
    publish_at,
    published_bytes,
    published_once,
)
from tests.builders_search import content
from tests.connectors.parquet.test_merge import FIRST_NS
from tests.publishing_beside import ARTICLES, LATER, rows_before, rows_meanwhile, rows_of_a_bundle

ROOT = Path(__file__).resolve().parents[3]
IS_FULL = bool(os.environ.get("COPYDESK_FULL"))
KILLS = 50 if IS_FULL else 6
SMALL_FILES = 2_000 if IS_FULL else 200
FILES_OF_A_KILL = 2_000 if IS_FULL else 24
BUNDLES = 60 if IS_FULL else 8


def started(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.publishing_beside", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def told(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate()
    assert process.returncode == 0
    return out


def arrive_long_ago(folder: Path, *bundles: list[Article]) -> None:
    """One file a bundle, each a second later than the one before, as far as files tell."""
    for number, rows in enumerate(bundles):
        before = set((folder / "history").rglob("*.parquet"))
        arrive(folder, *rows)
        for path in set((folder / "history").rglob("*.parquet")) - before:
            os.utime(path, ns=(FIRST_NS + number * 10**9,) * 2)


def history(folder: Path) -> list[tuple[object, ...]]:
    query = "select origin, part, payload_sha256, headline from history order by all"
    return connect(str(folder), NOON).sql(query).fetchall()


def test_a_publish_killed_anywhere_and_run_again_loses_and_doubles_nothing(tmp_path: Path):
    base = tmp_path / "base"
    arrive_long_ago(base, rows_before())
    publish_folder(base, NOON)
    arrive_long_ago(base, rows_before(), *rows_meanwhile(FILES_OF_A_KILL))
    ended = json.loads(told(started("kill", base, tmp_path, KILLS, 20260302)))
    undisturbed = tmp_path / "counted"
    expected = history(base)

    for number in range(KILLS):
        folder = tmp_path / f"killed{number}"
        assert history(folder) == expected
        publish_folder(folder, LATER)

        assert list(folder.rglob("*.tmp")) == []
        assert published_bytes(folder) == published_bytes(undisturbed)
        assert content(folder / "search.sqlite") == content(undisturbed / "search.sqlite")
        assert history(folder) == expected
        assert len(list((folder / "history").rglob("*.parquet"))) == 1
    assert ended == [-9] * KILLS


def test_reads_beside_a_writer_and_a_publish_see_each_article_once_and_never_an_older_one(tmp_path: Path):
    small = [[an_article(f"s{number}", offset=10_000 + number)] for number in range(SMALL_FILES)]
    arrive_long_ago(tmp_path, *small, rows_of_a_bundle(0))
    publish_folder(tmp_path, NOON)
    # Again, so that they are merged beside the readers.
    arrive_long_ago(tmp_path, *small)
    always = {f"a{place}" for place in range(ARTICLES)} | {f"s{number}" for number in range(SMALL_FILES)}
    stays = always - {f"a{place}" for place in range(0, ARTICLES, 3)}
    seen: dict[str, int] = {}
    reads = 0

    writer, publisher = started("write", tmp_path, BUNDLES), started("publish", tmp_path)
    while publisher.poll() is None or not reads:
        read = read_steadily(tmp_path, partial(versions, tmp_path))
        assert [name for name, count in Counter(name for name, _ in read).items() if count > 1] == []
        assert always <= {name for name, _ in read}
        assert [name for name, key in read if key < seen.get(name, 0)] == []
        assert stays <= direct(tmp_path)
        seen = dict(read)
        reads += 1
    told(writer)
    told(publisher)
    publish_folder(tmp_path, NOON)

    rows = [row for number in range(BUNDLES) for row in rows_of_a_bundle(number)]
    assert published_bytes(tmp_path) == published_once(tmp_path / "once", [*(row for [row] in small), *rows])
    assert list(tmp_path.rglob("*.tmp")) == []
    assert Counter(origin_of(tmp_path)).most_common(1)[0][1] == 1


def versions(folder: Path) -> list[tuple[str, int]]:
    return connect(str(folder), NOON).sql("select article_id, order_key from articles").fetchall()


def direct(folder: Path) -> set[str]:
    """As a reader's own tool opens the folder: a file that is gone before it is opened is an error, and asked again."""
    while True:
        try:
            rows = duckdb.connect().sql(f"select article_id from '{folder}/articles/*/*.parquet'").fetchall()
        except duckdb.IOException:
            continue
        return {name for (name,) in rows}


def origin_of(folder: Path) -> list[str]:
    return [str(row) for row in connect(str(folder), NOON).sql("select origin, part from history").fetchall()]


@pytest.mark.parametrize("places", [(1, 2), (2, 1)])
def test_an_article_that_moves_stands_in_a_day_at_every_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: tuple[int, int]
):
    for number, day in enumerate(places):
        published = MORNING - timedelta(days=day)
        arrive(tmp_path, a_version(number, ChangeType.UPDATE, published=published), a_copy(50 + number))
        if number == 0:
            publish_at(tmp_path)
    moments = []
    for name in ("place_file", "remove_file"):
        replace = getattr(partitions, name)

        def replace_and_look(*given: Any, replace: Callable[..., bool] = replace) -> bool:
            changed = replace(*given)
            moments.append(direct(tmp_path))
            return changed

        monkeypatch.setattr(partitions, name, replace_and_look)

    publish_at(tmp_path)

    assert moments == [{"strike", "copy"}] * len(moments)
    assert len(moments) >= 2


def test_an_embargo_lifts_beside_a_writer_whose_bundle_is_not_complete(tmp_path: Path):
    arrive(tmp_path, a_version(1, ChangeType.NEW, visible_from=LATER))
    publish_at(tmp_path)
    arrive(tmp_path, an_article("other", offset=9))

    with written_aside(tmp_path / "history" / "arrived=2026-03-02" / "slow.parquet") as (path, _):
        publish_at(tmp_path, LATER)
        is_left = path.exists()

    assert direct(tmp_path) == {"strike", "other"}
    assert is_left
