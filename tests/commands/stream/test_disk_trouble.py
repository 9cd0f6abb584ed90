"""A disk that takes no more is told in one sentence, whoever found it out."""

import errno
import sqlite3
from itertools import pairwise

import pytest

from pipelines.commands.stream.disk_trouble import disk_trouble


def raised(*errors):
    """The last of the errors, each raised while the one before it was handled."""
    for before, error in pairwise(errors):
        error.__context__ = before
    return errors[-1]


def refused_by_sqlite(tmp_path):
    """An error of SQLite itself: only those carry its code."""
    connection = sqlite3.connect(f"{(tmp_path / 'index').as_uri()}?mode=rwc", uri=True)
    connection.execute("pragma page_size = 512")
    connection.execute("create table t (x)")
    connection.execute("pragma max_page_count = 3")
    try:
        connection.execute("insert into t values (zeroblob(10000))")
    except sqlite3.Error as error:
        return error
    raise AssertionError


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO])
def test_a_disk_that_is_full_or_broken_is_told_with_the_folder(tmp_path, number):
    error = raised(OSError(number, "said"), RuntimeError("OSError: [while running 'WriteParquet']"))

    assert disk_trouble(error, tmp_path).startswith(f"{tmp_path} cannot be written: ")


def test_what_came_first_is_told_and_not_what_it_led_to(tmp_path):
    error = raised(OSError(errno.ENOSPC, "said"), sqlite3.OperationalError("disk I/O error"))

    assert "No space left" in disk_trouble(error, tmp_path)


def test_an_index_that_cannot_grow_is_told(tmp_path):
    error = raised(refused_by_sqlite(tmp_path), RuntimeError("database or disk is full [while running 'X']"))

    assert "full (the search index)" in disk_trouble(error, tmp_path)


def test_a_place_that_may_not_be_written_is_told_if_it_is_of_the_output(tmp_path):
    ours = PermissionError(errno.EACCES, "said", str(tmp_path / "history"))
    other = PermissionError(errno.EACCES, "said", "/somewhere/else")

    assert "history" in disk_trouble(ours, tmp_path)
    assert disk_trouble(other, tmp_path) is None


@pytest.mark.parametrize(
    "error", [ValueError("a bug"), sqlite3.OperationalError("no such table: t"), OSError("no number")]
)
def test_a_bug_is_no_trouble_of_the_disk(tmp_path, error):
    assert disk_trouble(raised(error), tmp_path) is None
