"""Lists of files that are perhaps a part: who holds one, and when it may go."""

import fcntl
import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from connectors.parquet import arrivals
from connectors.parquet.arrivals import append_rows
from connectors.parquet.pending import all_or_none, pending_files, settle_pending
from connectors.parquet.write_history import HISTORY
from tests.builders import MORNING, an_article

START_NS = 1_700_000_000 * 10**9
NAMES = ("a.parquet", "b.parquet")


class Crash(Exception):
    """The process ends here."""


def a_bundle(folder: Path, names: tuple[str, ...] = NAMES) -> list[Path]:
    return [folder / "history" / name for name in names]


def a_list_of_the_dead(folder: Path, written_ns: int, names: tuple[str, ...] = NAMES) -> Path:
    """What is left of a bundle that was cut short before its first file."""
    with pytest.raises(Crash), all_or_none(folder / "history", a_bundle(folder, names)):
        raise Crash
    [listed] = [path for path in (folder / "history").glob("*.pending") if names[0] in path.read_text()]
    os.utime(listed, ns=(written_ns, written_ns))
    return listed


def is_locked(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_list_is_locked_while_its_files_are_put_in_place(tmp_path: Path):
    with all_or_none(tmp_path / "history", a_bundle(tmp_path)):
        [listed] = (tmp_path / "history").iterdir()
        locked = is_locked(listed)
        pending = pending_files(tmp_path / "history")

    assert locked
    assert pending == set(NAMES)
    assert list((tmp_path / "history").iterdir()) == []


def test_a_bundle_that_comes_again_takes_up_its_list_as_of_now(tmp_path: Path):
    listed = a_list_of_the_dead(tmp_path, START_NS)
    a_bundle(tmp_path)[0].touch()

    with all_or_none(tmp_path / "history", a_bundle(tmp_path)):
        locked = is_locked(listed)
        pending = pending_files(tmp_path / "history")
        written_ns = listed.stat().st_mtime_ns

    assert locked
    assert pending == set(NAMES)
    assert written_ns > START_NS
    assert not listed.exists()


def test_who_writes_the_same_bundle_meanwhile_waits_and_finds_it_whole(tmp_path: Path):
    bundle = a_bundle(tmp_path)
    listed_again = []

    def write_it_too() -> None:
        with all_or_none(tmp_path / "history", bundle):
            listed_again.append(pending_files(tmp_path / "history"))

    other = threading.Thread(target=write_it_too)
    with all_or_none(tmp_path / "history", bundle):
        other.start()
        for path in bundle:
            path.touch()
        begun_meanwhile = bool(listed_again)
    other.join()

    assert not begun_meanwhile
    assert listed_again == [frozenset()]


def test_a_list_of_the_dead_goes_after_a_later_run_that_went_well(tmp_path: Path):
    before = a_list_of_the_dead(tmp_path, START_NS - 1)
    since = a_list_of_the_dead(tmp_path, START_NS, ("c.parquet", "d.parquet"))

    settled = settle_pending(tmp_path, START_NS)

    assert settled == 1
    assert not before.exists()
    assert since.exists()
    assert pending_files(tmp_path / "history") == {"c.parquet", "d.parquet"}


def test_a_list_whose_writer_lives_stays(tmp_path: Path):
    with all_or_none(tmp_path / "history", a_bundle(tmp_path)):
        settled = settle_pending(tmp_path, time.time_ns() + 10**12)
        left = pending_files(tmp_path / "history")

    assert settled == 0
    assert left == set(NAMES)


def test_where_a_file_system_knows_no_locks_a_list_goes_when_it_is_old(tmp_path: Path, monkeypatch):
    old = a_list_of_the_dead(tmp_path, START_NS)
    young = a_list_of_the_dead(tmp_path, time.time_ns(), ("c.parquet", "d.parquet"))
    monkeypatch.setattr("connectors.parquet.temporary.lock", lambda *_: False)

    settle_pending(tmp_path, time.time_ns() + 10**12)

    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.parametrize("name", ["mine.pending", "0123.pending", f"{'0' * 32}.pending.bak"])
def test_a_list_that_is_not_ours_stays(tmp_path: Path, name: str):
    foreign = tmp_path / "history" / name
    foreign.parent.mkdir()
    foreign.write_text("[]")

    assert settle_pending(tmp_path, time.time_ns() + 10**12) == 0
    assert foreign.exists()


def test_a_folder_without_output_has_no_lists(tmp_path: Path):
    assert settle_pending(tmp_path / "none", START_NS) == 0


def test_what_a_cut_short_bundle_has_written_counts_as_history_once_it_is_settled(
    tmp_path: Path, monkeypatch
):
    rows = [an_article(f"a{day}", offset=day, received=MORNING + timedelta(days=day)) for day in range(2)]
    place_file = arrivals.place_file
    placed = []

    def cut(table: pa.Table, path: Path, **terms: bool) -> None:
        if placed:
            raise Crash
        placed.append(path)
        place_file(table, path, **terms)

    monkeypatch.setattr(arrivals, "place_file", cut)
    with pytest.raises(Crash):
        append_rows(tmp_path, HISTORY, rows)
    left_out = pending_files(tmp_path / "history")

    settle_pending(tmp_path, time.time_ns() + 10**12)

    assert placed[0].name in left_out
    assert placed == list((tmp_path / "history").rglob("*.p*"))
