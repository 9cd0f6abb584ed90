import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import apache_beam as beam
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.parquet import arrivals, pending
from connectors.parquet.arrivals import AppendArrivalsFn, append_rows
from connectors.parquet.pending import pending_files
from connectors.parquet.write_history import HISTORY, WriteParquet
from schemas.article import Article
from tests.builders import MORNING, an_article, an_origin

ROWS = [
    an_article("b", offset=2),
    an_article("a", offset=10),
    an_article("c", offset=1, received=MORNING + timedelta(days=1)),
    an_article("d", offset=3, received=None),
    an_article("e", origin=an_origin(0, "file:x", item=2)),
    an_article("e", origin=an_origin(0, "file:x", item=1)),
]


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def _bundle(fn: AppendArrivalsFn, rows: Sequence[Article]) -> list[WindowedValue]:
    fn.start_bundle()
    early = [
        out
        for seconds, row in enumerate(rows)
        for out in fn.process(row, timestamp=seconds, window=GlobalWindow())
    ]
    return [*early, *fn.finish_bundle()]


def test_a_row_is_on_disk_before_it_is_handed_on(tmp_path: Path):
    fn = AppendArrivalsFn(str(tmp_path), HISTORY)
    fn.start_bundle()

    before = list(fn.process(ROWS[0], timestamp=0, window=GlobalWindow()))
    nothing_yet = _files(tmp_path)
    after = fn.finish_bundle()
    first = next(after)

    assert before == []
    assert nothing_yet == {}
    assert first.value == ROWS[0]
    assert len(_files(tmp_path)) == 1


def test_rows_are_handed_on_in_input_order_with_their_own_timestamps(tmp_path: Path):
    handed = _bundle(AppendArrivalsFn(str(tmp_path), HISTORY), ROWS)

    assert [row.value for row in handed] == ROWS
    assert [int(row.timestamp) for row in handed] == list(range(len(ROWS)))
    assert all(row.windows == (GlobalWindow(),) for row in handed)


def test_rows_lie_in_the_day_they_arrived_sorted_by_origin(tmp_path: Path):
    paths = append_rows(tmp_path, HISTORY, ROWS)

    assert [path.parent.name for path in paths] == [
        "arrived=2026-03-02",
        "arrived=2026-03-03",
        "arrived=none",
    ]
    origins = pq.read_table(paths[0], partitioning=None)["origin"].to_pylist()
    assert [(one["source"], one["offset"], one["item"]) for one in origins] == [
        ("file:x", 0, 1),
        ("file:x", 0, 2),
        ("news.pages.raw", 2, 0),
        ("news.pages.raw", 10, 0),
    ]


@settings(max_examples=20, deadline=None)
@given(rows=st.permutations([*ROWS, *ROWS]))
def test_the_same_rows_are_the_same_files_in_whatever_order_and_number(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Article]
):
    once, shuffled = tmp_path_factory.mktemp("once"), tmp_path_factory.mktemp("shuffled")
    append_rows(once, HISTORY, ROWS)

    append_rows(shuffled, HISTORY, rows)

    assert _files(shuffled) == _files(once)


def test_a_bundle_written_again_is_the_same_bytes_of_a_later_time(tmp_path: Path):
    [path] = append_rows(tmp_path, HISTORY, ROWS[:1])
    os.utime(path, ns=(1, 1))
    before = path.read_bytes()

    append_rows(tmp_path, HISTORY, ROWS[:1])

    assert path.read_bytes() == before
    assert path.stat().st_mtime_ns > 1


def test_a_bundle_whose_decisions_were_taken_back_replaces_its_own_file(tmp_path: Path):
    [path] = append_rows(tmp_path, HISTORY, [replace(ROWS[0], event_id="evt-1")])

    [again] = append_rows(tmp_path, HISTORY, [replace(ROWS[0], event_id="evt-2")])

    assert again == path
    assert pq.read_table(path, partitioning=None)["event_id"].to_pylist() == ["evt-2"]


def test_much_text_is_written_before_the_bundle_ends(tmp_path: Path):
    long = an_article("long", body_text="x" * (arrivals._FLUSH_BYTES))
    fn = AppendArrivalsFn(str(tmp_path), HISTORY)
    fn.start_bundle()
    list(fn.process(ROWS[0], timestamp=0, window=GlobalWindow()))

    handed = list(fn.process(long, timestamp=1, window=GlobalWindow()))

    assert [row.value.article_id for row in handed] == ["b", "long"]
    assert list(fn.finish_bundle()) == []


def test_a_folder_that_cannot_be_written_fails_the_bundle_and_leaves_nothing(tmp_path: Path):
    (tmp_path / "history").write_text("a file where the folder should be")

    with pytest.raises(OSError, match="history"):
        _bundle(AppendArrivalsFn(str(tmp_path), HISTORY), ROWS)

    assert list(_files(tmp_path)) == ["history"]


def test_a_bundle_that_failed_leaves_no_rows_for_the_next(tmp_path: Path):
    fn = AppendArrivalsFn(str(tmp_path), HISTORY)
    fn.start_bundle()
    list(fn.process(ROWS[0], timestamp=0, window=GlobalWindow()))

    handed = _bundle(fn, ROWS[1:2])

    assert [row.value for row in handed] == ROWS[1:2]


def test_no_unfinished_file_is_left_behind(tmp_path: Path):
    append_rows(tmp_path, HISTORY, ROWS)

    assert all(name.endswith(".parquet") for name in _files(tmp_path))


def _run(folder: Path) -> None:
    with beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([])) as pipeline:
        articles = pipeline | beam.Create(ROWS) | "WriteParquet" >> WriteParquet(str(folder))
        assert_that(articles, equal_to(ROWS))


def test_the_same_input_into_the_same_folder_adds_no_file(tmp_path: Path):
    _run(tmp_path)
    before = _files(tmp_path)

    _run(tmp_path)

    assert _files(tmp_path) == before
    assert len(before) == 3


def _pending(folder: Path) -> list[str]:
    return [path.name for path in (folder / "history").glob("*.pending")]


def test_several_files_of_a_bundle_are_listed_until_the_last_is_in_place(tmp_path: Path, monkeypatch):
    placed = arrivals.place_file

    def full(table, path, **terms):
        if len(list((tmp_path / "history").rglob("*.parquet"))) == 2:
            raise OSError("disk full")
        return placed(table, path, **terms)

    monkeypatch.setattr(arrivals, "place_file", full)
    with pytest.raises(OSError, match="disk full"):
        append_rows(tmp_path, HISTORY, ROWS)
    cut_short = pending_files(tmp_path / "history")
    monkeypatch.undo()
    files = append_rows(tmp_path, HISTORY, ROWS)

    assert cut_short == {path.name for path in files}
    assert len(files) == 3
    assert pending_files(tmp_path / "history") == frozenset()
    assert _pending(tmp_path) == []


def test_a_bundle_that_comes_again_is_not_listed_anew(tmp_path: Path, monkeypatch):
    append_rows(tmp_path, HISTORY, ROWS)
    monkeypatch.setattr(pending, "written_aside", None)

    append_rows(tmp_path, HISTORY, ROWS)

    assert _pending(tmp_path) == []
