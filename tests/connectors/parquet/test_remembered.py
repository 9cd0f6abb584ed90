"""Rows of history as a memory takes them in."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.parquet.arrivals import append_rows
from connectors.parquet.remembered import HistoryRows
from connectors.parquet.write_history import HISTORY
from schemas.article_parts import PubStatus
from tests.builders import MORNING, an_article

MONTH = timedelta(days=30)


def row(number: int, source: str = "a.example", days: float = 0, **fields):
    received = None if days is None else MORNING + timedelta(days=days)
    return an_article(
        f"{source}-{number}", offset=number, source=source, received=received, story_seq=number, **fields
    )


def initial(source: str | None) -> str:
    return (source or "")[:1]


def read(folder: Path, **asked) -> list[tuple[str, list[str]]]:
    history = HistoryRows(str(folder))
    since = asked.pop("since", None) or history.first_day(MONTH)
    assert since is not None
    parts = history.rows(
        ("article_id",), key_column="source", key_of=initial, order="story_seq", since=since, **asked
    )
    return [(key, table["article_id"].to_pylist()) for key, table in parts]


def test_rows_come_by_key_and_each_key_in_its_own_order(tmp_path: Path):
    append_rows(tmp_path, HISTORY, [row(2), row(0), row(1, "b.example")])
    append_rows(tmp_path, HISTORY, [row(1), row(0, "b.example"), row(3, "a.second.example")])

    assert read(tmp_path) == [
        ("a", ["a.example-0", "a.example-1", "a.example-2", "a.second.example-3"]),
        ("b", ["b.example-0", "b.example-1"]),
    ]


def test_a_row_that_was_written_again_counts_as_it_was_written_last(tmp_path: Path):
    append_rows(tmp_path, HISTORY, [row(0), row(1)])
    append_rows(tmp_path, HISTORY, [replace(row(0), story_seq=5)])

    assert read(tmp_path) == [("a", ["a.example-1", "a.example-0"])]


def test_a_row_without_a_place_in_the_order_is_left_out(tmp_path: Path):
    append_rows(tmp_path, HISTORY, [replace(row(0), story_seq=None), row(1)])

    assert read(tmp_path) == [("a", ["a.example-1"])]


def test_days_before_the_horizon_are_read_for_marked_rows_only(tmp_path: Path):
    killed = row(1, days=-60, pub_status=PubStatus.CANCELED)
    notice = row(2, days=-50, kill_target="number:7")
    append_rows(tmp_path, HISTORY, [row(0, days=-60), killed, notice, row(3), row(4, days=None)])
    append_rows(tmp_path, HISTORY, [row(n, "b.example") for n in range(60)])

    assert read(tmp_path, only="a") == [("a", ["a.example-3", "a.example-4"])]
    assert read(tmp_path, only="a", lasting=(("pub_status", "canceled"), ("kill_target", None))) == [
        ("a", ["a.example-1", "a.example-2", "a.example-3", "a.example-4"])
    ]


def test_one_key_comes_alone_and_up_to_a_place(tmp_path: Path):
    append_rows(tmp_path, HISTORY, [*(row(n) for n in range(4)), row(0, "b.example")])

    assert read(tmp_path, only="a", upto=1) == [("a", ["a.example-0", "a.example-1"])]


def test_a_bundle_that_was_cut_short_is_left_out(tmp_path: Path):
    append_rows(tmp_path, HISTORY, [row(0), row(1, days=1)])
    name = next((tmp_path / "history" / "arrived=2026-03-03").iterdir()).name
    (tmp_path / "history" / "0.pending").write_text(f'["{name}"]')

    assert read(tmp_path) == [("a", ["a.example-0"])]


@pytest.mark.parametrize(
    ("days", "first"),
    [
        ([], None),
        ([0], "2026-01-30"),
        ([0, 1, 2], "2026-02-01"),
        ([None], "none"),
        # One row of a wrong clock moves time by one day, as it does in a memory.
        ([0, 30_000], "2026-01-31"),
        ([-90, 0], "2025-11-02"),
    ],
)
def test_the_horizon_counts_from_the_latest_day_as_a_memorys_clock_does(tmp_path: Path, days, first):
    append_rows(tmp_path, HISTORY, [row(n, days=day) for n, day in enumerate(days)])

    assert HistoryRows(str(tmp_path)).first_day(MONTH) == first


def test_a_whole_day_of_rows_moves_the_clock_to_it(tmp_path: Path):
    append_rows(tmp_path, HISTORY, [row(0, days=-40), *(row(n, days=n / 100) for n in range(1, 60))])

    assert HistoryRows(str(tmp_path)).first_day(MONTH) == "2026-01-30"
