import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.parquet import merged_file
from connectors.parquet.arrivals import append_rows
from connectors.parquet.listing import listed_files
from connectors.parquet.merge import groups_to_merge
from connectors.parquet.publish_state import read_state
from connectors.parquet.temporary import written_aside
from connectors.parquet.views import connect
from connectors.parquet.write_dead_letters import dead_letter_ledger
from connectors.parquet.write_history import HISTORY
from schemas.article import Article
from schemas.codec import to_table
from schemas.dead_letter import DeadLetter, DeadLetterKind
from schemas.rejection import ReasonCode
from tests.builders import MORNING, an_article, an_origin
from tests.builders_history import NOON, publish_at, published_bytes, published_once

# A time of files, long past: no test waits for one.
FIRST_NS = 1_700_000_000 * 10**9
MINUTE_NS = 60 * 10**9
DAY = "arrived=2026-03-02"


def an_old_file(folder: Path, number: int, *articles: Article) -> Path:
    """A bundle that was written `number` minutes after the first."""
    [path] = append_rows(folder, HISTORY, articles)
    os.utime(path, ns=(FIRST_NS + number * MINUTE_NS,) * 2)
    return path


def files(folder: Path, name: str = "history") -> list[Path]:
    return sorted((folder / name).rglob("*.parquet"))


def history(folder: Path) -> list[dict[str, Any]]:
    return (
        connect(str(folder), NOON)
        .sql("select * from history order by origin, part")
        .to_arrow_table()
        .to_pylist()
    )


def rows_of(numbers: Sequence[int], **fields: Any) -> list[Article]:
    return [an_article(f"a{number}", offset=number, **fields) for number in numbers]


def some_files(folder: Path, count: int = 10) -> list[Path]:
    return [an_old_file(folder, number, *rows_of([number, 100 - number])) for number in range(count)]


def test_many_small_files_of_a_day_become_one_with_the_same_rows_by_origin(tmp_path: Path):
    some_files(tmp_path)
    before = history(tmp_path)

    publish_at(tmp_path)

    [merged] = files(tmp_path)
    table = pq.read_table(merged, partitioning=None)
    offsets = [origin["offset"] for origin in table["origin"].to_pylist()]
    assert history(tmp_path) == before
    assert offsets == sorted(offsets)
    assert table.schema.equals(to_table(Article, ()).schema)


def test_few_files_stay(tmp_path: Path):
    paths = some_files(tmp_path, 3)
    for path in paths:
        os.utime(path)

    publish_at(tmp_path)

    assert files(tmp_path) == sorted(paths)


def test_what_is_left_of_a_day_that_is_over_becomes_one_file(tmp_path: Path):
    some_files(tmp_path, 3)

    publish_at(tmp_path)

    assert len(files(tmp_path)) == 1


def test_each_day_keeps_its_rows(tmp_path: Path):
    for number in range(4):
        received = MORNING + timedelta(days=number % 2)
        an_old_file(tmp_path, number, *rows_of([number], received=received))

    publish_at(tmp_path)

    assert [path.parent.name for path in files(tmp_path)] == [DAY, "arrived=2026-03-03"]
    assert [pq.read_table(path, partitioning=None).num_rows for path in files(tmp_path)] == [2, 2]


def test_a_merged_file_names_its_inputs_and_has_the_time_of_the_latest(tmp_path: Path):
    paths = some_files(tmp_path, 3)
    expected = {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}

    publish_at(tmp_path)

    [merged] = files(tmp_path)
    assert merged_file.inputs_of(merged) == expected
    assert merged.stat().st_mtime_ns == FIRST_NS + 2 * MINUTE_NS


def test_a_row_that_was_written_again_is_merged_once_as_it_was_written_last(tmp_path: Path):
    an_old_file(tmp_path, 0, *rows_of([1, 2], event_id="evt-20260302-first"))
    an_old_file(tmp_path, 2, *rows_of([2], event_id="evt-20260302-last"))
    an_old_file(tmp_path, 1, *rows_of([2, 3], event_id="evt-20260302-second"))

    publish_at(tmp_path)

    [merged] = files(tmp_path)
    rows = pq.read_table(merged, partitioning=None).to_pylist()
    assert [(row["article_id"], row["event_id"]) for row in rows] == [
        ("a1", "evt-20260302-first"),
        ("a2", "evt-20260302-last"),
        ("a3", "evt-20260302-second"),
    ]


def test_a_row_that_stands_elsewhere_later_is_left_out(tmp_path: Path):
    some_files(tmp_path, 3)
    [path] = append_rows(
        tmp_path, HISTORY, rows_of([0], received=MORNING + timedelta(days=5), headline="Moved")
    )

    publish_at(tmp_path)

    [merged, other] = files(tmp_path)
    ids = pq.read_table(merged, partitioning=None)["article_id"].to_pylist()
    assert other == path
    assert "a0" not in ids
    assert len(ids) == 5


def test_a_file_whose_rows_all_stand_elsewhere_later_is_only_removed(tmp_path: Path):
    paths = [an_old_file(tmp_path, number, *rows_of([number])) for number in range(2)]
    append_rows(tmp_path, HISTORY, rows_of([0, 1], received=None))

    publish_at(tmp_path)

    assert not any(path.exists() for path in paths)
    assert len(history(tmp_path)) == 2


def test_a_run_tells_how_many_files_it_has_merged(tmp_path: Path):
    some_files(tmp_path, 10)

    merged = [publish_at(tmp_path).files_merged for _ in range(2)]

    assert merged == [10, 0]


def test_merging_is_no_news_to_the_next_run(tmp_path: Path):
    some_files(tmp_path)
    publish_at(tmp_path)
    outputs = published_bytes(tmp_path)

    report = publish_at(tmp_path)

    assert (report.rows_read, report.partitions_rewritten) == (0, 0)
    assert published_bytes(tmp_path) == outputs


def test_merged_files_are_merged_again_with_those_that_come_after(tmp_path: Path):
    some_files(tmp_path)
    publish_at(tmp_path)
    for number in range(10, 12):
        an_old_file(tmp_path, number, *rows_of([200 + number]))

    first, second = publish_at(tmp_path), publish_at(tmp_path)

    assert (first.rows_read, second.rows_read) == (2, 0)
    assert len(files(tmp_path)) == 1
    assert len(history(tmp_path)) == 22


def test_inputs_that_a_crash_has_left_are_removed_and_their_rows_are_no_news(tmp_path: Path):
    paths = some_files(tmp_path, 3)
    kept = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}
    publish_at(tmp_path)
    for path, (content, written) in kept.items():
        path.write_bytes(content)
        os.utime(path, ns=(written, written))
    doubled = history(tmp_path)

    report = publish_at(tmp_path)

    assert len(doubled) == 6
    assert len(files(tmp_path)) == 1
    assert report.rows_read == 0


def test_a_run_cut_short_between_merging_and_noting_it_finds_no_news(tmp_path: Path):
    some_files(tmp_path, 3)
    publish_at(tmp_path)
    state = (tmp_path / "publish.json").read_bytes()
    an_old_file(tmp_path, 3, *rows_of([70]))
    publish_at(tmp_path)
    before = (tmp_path / "publish.json").read_bytes()
    names = list(orjson.loads(before)["history"])
    # As it stood when the second run had counted and not yet merged.
    document = orjson.loads(state)
    [merged] = files(tmp_path)
    document["history"] |= {
        f"history/{DAY}/{name}": stamp for name, stamp in merged_file.inputs_of(merged).items()
    }
    (tmp_path / "publish.json").write_bytes(
        orjson.dumps(document | {"outputs": orjson.loads(before)["outputs"]})
    )

    report = publish_at(tmp_path)

    state_after = read_state(tmp_path)
    assert report.rows_read == 0
    assert state_after is not None
    assert list(state_after.history) == names


def test_an_input_that_came_back_otherwise_is_a_new_file_and_wins(tmp_path: Path):
    an_old_file(tmp_path, 0, *rows_of([0], headline="Once"))
    an_old_file(tmp_path, 1, *rows_of([1]))
    publish_at(tmp_path)
    append_rows(tmp_path, HISTORY, rows_of([0], headline="Again"))

    report = publish_at(tmp_path)

    assert report.rows_read == 1
    assert next(row["headline"] for row in history(tmp_path)) == "Again"
    assert len(files(tmp_path)) == 2


def test_an_input_that_is_replaced_while_it_is_merged_is_not_removed(tmp_path: Path):
    paths = some_files(tmp_path, 2)
    listed = listed_files(tmp_path / "history")
    append_rows(tmp_path, HISTORY, rows_of([0, 100], headline="Again"))

    removed = merged_file.remove_read(listed)

    assert removed == 1
    assert files(tmp_path) == [paths[0]]


@pytest.mark.parametrize("name", ["pending", "young"])
def test_what_may_still_be_passed_by_an_older_file_is_not_merged(tmp_path: Path, name: str):
    paths = some_files(tmp_path, 3)
    if name == "pending":
        pending = [f"{DAY}/{paths[0].name}", paths[1].name]
        (tmp_path / "history" / "x.pending").write_bytes(orjson.dumps(pending))
    before_ns = FIRST_NS + (MINUTE_NS if name == "young" else 10**18)

    groups = groups_to_merge(tmp_path / "history", listed_files(tmp_path / "history"), before_ns)

    assert groups == ()


def test_nothing_younger_than_a_file_that_is_being_written_is_merged(tmp_path: Path):
    paths = some_files(tmp_path, 3)

    with written_aside(tmp_path / "history" / DAY / "slow.parquet") as (temporary, _):
        os.utime(temporary, ns=(FIRST_NS, FIRST_NS))
        publish_at(tmp_path)
        beside = files(tmp_path)
    publish_at(tmp_path)

    assert beside == sorted(paths)
    assert len(files(tmp_path)) == 1


def test_large_files_are_left_and_files_of_a_size_are_merged_among_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    small = some_files(tmp_path, 12)
    large = [
        an_old_file(tmp_path, 20 + number, *rows_of([500 + number], body_text=os.urandom(4_000).hex()))
        for number in range(3)
    ]
    sizes = (max(path.stat().st_size for path in small) + 1, 1 << 30)
    monkeypatch.setattr("connectors.parquet.merge._SIZES", sizes)
    before_ns = FIRST_NS + 60 * MINUTE_NS

    groups = groups_to_merge(tmp_path / "history", listed_files(tmp_path / "history"), before_ns)

    assert [[file.path for file in group] for group in groups] == [small]
    assert all(path.stat().st_size > sizes[0] for path in large)


def test_a_merged_file_does_not_grow_beyond_what_is_sorted_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    paths = some_files(tmp_path, 7)
    size = max(path.stat().st_size for path in paths)
    monkeypatch.setattr("connectors.parquet.merge._INPUT_BYTES", 3 * size + 2)

    groups = groups_to_merge(tmp_path / "history", listed_files(tmp_path / "history"), FIRST_NS + 10**18)

    assert [len(group) for group in groups] == [3, 3]


def test_columns_of_older_and_newer_releases_are_merged(tmp_path: Path):
    folder = tmp_path / "history" / DAY
    folder.mkdir(parents=True)
    table = to_table(Article, rows_of([0]))
    pq.write_table(table.drop(["guid", "part"]), folder / "old.parquet")
    newer = to_table(Article, rows_of([1])).append_column("novelty", pa.array([7], pa.int16()))
    pq.write_table(newer, folder / "new.parquet")
    for path in files(tmp_path):
        os.utime(path, ns=(FIRST_NS, FIRST_NS))

    publish_at(tmp_path)

    [merged] = files(tmp_path)
    table = pq.read_table(merged, partitioning=None)
    assert table["novelty"].to_pylist() == [None, 7]
    assert table.schema.field("novelty").type == pa.int16()
    assert table["guid"].to_pylist()[0] is None


def test_row_groups_of_a_merged_file_are_those_of_any_file(tmp_path: Path):
    for number in range(2):
        an_old_file(tmp_path, number, *rows_of(range(number, 6_002, 2)))

    publish_at(tmp_path)

    [merged] = files(tmp_path)
    metadata = pq.read_metadata(merged)
    assert [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)] == [5_000, 1_002]


def a_dead_letter(number: int) -> DeadLetter:
    return DeadLetter(
        dead_letter_id=f"d{number}",
        kind=DeadLetterKind.RECORD,
        reason_code=ReasonCode.JSON_MALFORMED,
        stage="DecodeRecord",
        detail="ends in the middle",
        origin=an_origin(number),
        payload_sha256="00",
        payload_size=2,
        payload=b"{\xff",
        received=MORNING,
    )


def test_dead_letters_are_merged_too(tmp_path: Path):
    for number in range(4):
        [path] = append_rows(tmp_path, dead_letter_ledger("DecodeRecord"), [a_dead_letter(number % 3)])
        os.utime(path, ns=(FIRST_NS + number, FIRST_NS + number))

    publish_at(tmp_path)

    found = (
        connect(str(tmp_path), NOON)
        .sql("select dead_letter_id, payload from dead_letters order by 1")
        .fetchall()
    )
    assert len(files(tmp_path, "dead_letters")) == 1
    assert found == [(f"d{number}", b"{\xff") for number in range(3)]


class Crash(Exception):
    """The process ends here."""


@settings(max_examples=6, deadline=None)
@given(
    bundles=st.lists(
        st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True), min_size=2, max_size=6
    ),
    removals=st.lists(st.integers(0, 3), max_size=3),
)
def test_merging_cut_short_at_any_removal_changes_no_row(
    tmp_path_factory: pytest.TempPathFactory, bundles: list[list[int]], removals: list[int]
):
    folder = tmp_path_factory.mktemp("merged")
    last: dict[int, Article] = {}
    whole = merged_file.remove_read
    with pytest.MonkeyPatch.context() as patch:
        for number, offsets in enumerate(bundles):
            rows = [replace(row, headline=f"Told {number}") for row in rows_of(offsets)]
            last |= dict(zip(offsets, rows, strict=True))
            an_old_file(folder, number, *rows)
            if removals:
                left = removals.pop()

                def remove_some(inputs: Any, left: int = left) -> int:
                    whole(tuple(inputs)[:left])
                    raise Crash

                patch.setattr("connectors.parquet.merge.remove_read", remove_some)
            with suppress(Crash):
                publish_at(folder)
            patch.setattr("connectors.parquet.merge.remove_read", whole)
            assert [row["headline"] for row in history(folder)] == [
                last[offset].headline for offset in sorted(last)
            ]

    publish_at(folder)

    assert len(files(folder)) == 1
    assert published_bytes(folder) == published_once(tmp_path_factory.mktemp("once"), last.values())


def test_a_merged_row_is_read_as_it_was_written(tmp_path: Path):
    rows = rows_of([0, 1, 2])
    for number, row in enumerate(rows):
        an_old_file(tmp_path, number, row)

    publish_at(tmp_path)

    [merged] = files(tmp_path)
    assert pq.read_table(merged, partitioning=None).equals(to_table(Article, rows))
