"""Reads beside a run of `publish`: the run happens in the middle of the read, where it does most harm."""

import errno
import fcntl
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from connectors.parquet.steady import PUBLISH_LOCK, read_steadily, undisturbed
from connectors.parquet.views import connect
from tests.builders import an_article
from tests.builders_history import NOON, a_life, arrive, publish_at
from tests.connectors.parquet.test_merge import some_files

LIFE = a_life()
HEADLINES = "select headline from articles order by 1"


class Read:
    """A read during which something happens: after its files were listed, before it has read them."""

    def __init__(self, folder: Path, query: str, happens: Callable[[], object], times: int = 1) -> None:
        self._folder = folder
        self._query = query
        self._happens = happens
        self._times = times
        self.count = 0

    def __call__(self) -> list[tuple[object, ...]]:
        self.count += 1
        with closing(connect(str(self._folder), NOON)) as database:
            if self.count <= self._times:
                self._happens()
            return database.sql(self._query).fetchall()


def test_a_read_that_nothing_disturbs_is_made_once(tmp_path: Path):
    arrive(tmp_path, LIFE["new"])
    publish_at(tmp_path)
    read = Read(tmp_path, HEADLINES, list)

    assert (read_steadily(tmp_path, read), read.count) == ([("MARK1 Dock strike",)], 1)


def test_what_a_writer_adds_disturbs_no_read(tmp_path: Path):
    arrive(tmp_path, LIFE["new"])
    publish_at(tmp_path)
    read = Read(tmp_path, HEADLINES, lambda: arrive(tmp_path, an_article("other", offset=9)))

    assert (read_steadily(tmp_path, read), read.count) == ([("MARK1 Dock strike",)], 1)


@pytest.mark.parametrize(
    ("change", "shown"),
    [("update", [("MARK2 Dock strike",)]), ("correction", [("MARK3 Dock strike",)]), ("kill", [])],
)
def test_a_version_published_during_a_read_is_what_the_read_shows(
    tmp_path: Path, change: str, shown: list[tuple[str]]
):
    arrive(tmp_path, LIFE["new"])
    publish_at(tmp_path)
    arrive(tmp_path, LIFE[change])
    read = Read(tmp_path, HEADLINES, lambda: publish_at(tmp_path))

    assert (read_steadily(tmp_path, read), read.count) == (shown, 2)


def test_rows_merged_during_a_read_of_history_are_each_read_once(tmp_path: Path):
    some_files(tmp_path)
    read = Read(tmp_path, "select count(*) from history", lambda: publish_at(tmp_path))

    assert (read_steadily(tmp_path, read), read.count) == ([(20,)], 2)


def test_a_read_disturbed_again_and_again_waits_for_the_end_of_the_run(tmp_path: Path):
    arrive(tmp_path, LIFE["new"])
    publish_at(tmp_path)
    published = tmp_path / "articles/date=2026-03-02/articles.parquet"
    locked = []

    def replaced() -> None:
        content = published.read_bytes()
        published.unlink()
        published.write_bytes(content)

    def read() -> list[tuple[object, ...]]:
        with (tmp_path / "publish.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                locked.append(True)
            else:
                locked.append(False)
                fcntl.flock(file, fcntl.LOCK_UN)
        return disturbed()

    disturbed = Read(tmp_path, HEADLINES, replaced, times=3)

    assert read_steadily(tmp_path, read) == [("MARK1 Dock strike",)]
    assert locked == [False, False, False, True]


def test_an_error_that_no_change_explains_is_an_error(tmp_path: Path):
    arrive(tmp_path, LIFE["new"])
    read = Read(tmp_path, "select nothing from articles", list)

    with pytest.raises(duckdb.BinderException):
        read_steadily(tmp_path, read)

    assert read.count == 1


def is_free(folder: Path) -> bool:
    """Whether a run of `publish` could begin."""
    with (folder / PUBLISH_LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_a_first_publish_does_not_begin_while_nothing_may_disturb(tmp_path: Path):
    arrive(tmp_path, LIFE["new"])

    with undisturbed(tmp_path):
        is_free_meanwhile = is_free(tmp_path)

    assert not is_free_meanwhile
    assert is_free(tmp_path)


def test_of_a_folder_that_is_not_there_nothing_is_made(tmp_path: Path):
    with undisturbed(tmp_path / "none"):
        pass

    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into any folder")
@pytest.mark.parametrize("has_lock", [True, False])
def test_a_folder_that_may_not_be_written_is_read(tmp_path: Path, has_lock: bool):
    folder = tmp_path / "theirs"
    folder.mkdir()
    if has_lock:
        (folder / PUBLISH_LOCK).touch(0o400)
    folder.chmod(0o500)

    with undisturbed(folder):
        made = (folder / PUBLISH_LOCK).exists()
    folder.chmod(0o700)

    assert made == has_lock


@pytest.mark.parametrize("error", [errno.EPERM, errno.EACCES, errno.EROFS])
def test_where_no_lock_may_be_made_one_reads_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
):
    opened = Path.open

    def refused(path: Path, mode: str = "r") -> object:
        if mode != "rb":
            raise OSError(error, "refused")
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", refused)
    with undisturbed(tmp_path):
        made = (tmp_path / PUBLISH_LOCK).exists()

    assert not made


def test_a_fault_of_the_disk_is_no_reason_to_go_without_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def broken(_path: Path, _mode: str) -> object:
        raise OSError(errno.EIO, "EIO")

    monkeypatch.setattr(Path, "open", broken)

    with pytest.raises(OSError, match="EIO"), undisturbed(tmp_path):
        pass
