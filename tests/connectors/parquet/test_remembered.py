"""Rows of history as a memory takes them in."""

import fcntl
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.parquet.arrivals import append_rows
from connectors.parquet.pending import pending_files
from connectors.parquet.remembered import HistoryRows
from connectors.parquet.scan import open_database
from connectors.parquet.steady import PUBLISH_LOCK
from connectors.parquet.write_history import HISTORY
from schemas.article_parts import PubStatus
from tests.builders import MORNING, an_article
from tests.builders_history import NOON, publish_at

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
        ("article_id",),
        key_column="source",
        key_of=initial,
        order="story_seq",
        since=since,
        horizon=MONTH,
        **asked,
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


def test_a_quiet_key_is_read_from_its_own_latest_day(tmp_path: Path):
    """A memory's clock stands while nothing comes: what a quiet source said last is not forgotten."""
    quiet = [row(0, days=-100), row(1, days=-45), row(2, days=-40)]
    append_rows(tmp_path, HISTORY, [*quiet, *(row(n, "b.example", days=-50 + n / 2) for n in range(100))])
    append_rows(tmp_path, HISTORY, [row(3, days=5_000)])

    (_, ids), (other, _) = read(tmp_path)
    assert ids == ["a.example-1", "a.example-2", "a.example-3"]
    assert other == "b"


def test_rows_with_one_place_come_in_one_order_however_they_were_written(tmp_path: Path):
    rows = [replace(row(n), story_seq=0) for n in range(40)]
    append_rows(tmp_path / "one", HISTORY, rows)
    for one in rows[::-1]:
        append_rows(tmp_path / "other", HISTORY, [one])

    assert read(tmp_path / "one") == read(tmp_path / "other")


def test_what_is_no_day_of_arrivals_is_passed_over(tmp_path: Path):
    append_rows(tmp_path, HISTORY, [row(0)])
    (tmp_path / "history" / "arrived=2026-03-02.bak").mkdir()
    shutil.copy(
        next(tmp_path.rglob("*.parquet")), tmp_path / "history" / "arrived=2026-03-02.bak" / "a.parquet"
    )

    assert HistoryRows(str(tmp_path)).first_day(MONTH) == "2026-01-30"


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


def is_free(folder: Path) -> bool:
    """Whether a run of `publish` could begin."""
    with (folder / PUBLISH_LOCK).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_no_publish_begins_until_history_is_read_or_closed(tmp_path: Path):
    append_rows(tmp_path, HISTORY, [row(0), row(0, "b.example")])
    publish_at(tmp_path, NOON)

    rows = HistoryRows(str(tmp_path)).rows(
        ("article_id",),
        key_column="source",
        key_of=initial,
        order="story_seq",
        since="2026-01-01",
        horizon=MONTH,
    )
    first_key, _ = next(rows)
    is_free_meanwhile = is_free(tmp_path)
    rows.close()

    assert first_key == "a"
    assert not is_free_meanwhile
    assert is_free(tmp_path)


def test_a_process_that_has_recalled_history_may_publish_and_recall_again(tmp_path: Path):
    append_rows(tmp_path, HISTORY, [row(0), row(1)])
    publish_at(tmp_path, NOON)

    before = read(tmp_path)
    publish_at(tmp_path, NOON)

    assert read(tmp_path) == before == [("a", ["a.example-0", "a.example-1"])]


def test_a_list_of_pending_files_that_is_taken_away_meanwhile_lists_nothing(tmp_path: Path):
    append_rows(tmp_path, HISTORY, [row(0)])
    # Seen by whoever lists the folder, and gone for whoever reads it.
    (tmp_path / "history" / "0123.pending").symlink_to(tmp_path / "gone")

    assert pending_files(tmp_path / "history") == frozenset()
    assert read(tmp_path) == [("a", ["a.example-0"])]


def test_a_database_draws_no_progress_bar(tmp_path: Path):
    with closing(open_database(tmp_path)) as database:
        (drawn,) = database.execute("select current_setting('enable_progress_bar')").fetchall()

    assert drawn == (False,)
