"""Reads beside a run of `publish`: the run happens in the middle of the read, where it does most harm."""

import fcntl
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from connectors.parquet.steady import read_steadily
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
