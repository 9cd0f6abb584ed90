"""Reading an output beside a running writer and a running `publish`, as it was at one moment.

    look ─▶ list, read ─▶ look again        the same: what was read is one state of the output; else once more

A list of files is not made at one moment: a file may be merged, replaced or moved while others are listed, and a file
that was listed may be gone when it is read. What a writer adds disturbs no one. Who is disturbed several times in a row
waits for the end of the run that does it.
"""

import errno
import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import duckdb
import pyarrow as pa

from connectors.parquet.listing import ListedFile, listed_files
from connectors.parquet.temporary import lock

R = TypeVar("R")

PUBLISH_LOCK = "publish.lock"

# A run beside a writer replaces two or three files at once and is quiet for the rest of its minute.
_TRIES = 3

# Somebody else's output that may only be read, or no folder at all.
_NO_LOCK_FILE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What an output holds: files that are appended to it, and those that are replaced."""

    ledgers: frozenset[ListedFile]
    readers: frozenset[ListedFile]

    def still_holds(self, later: "_Look") -> bool:
        """Whether who has read in between has read one state of it."""
        added = later.ledgers - self.ledgers
        return (
            self.readers == later.readers
            and self.ledgers <= later.ledgers
            and not any(file.is_merged for file in added)
        )


def read_steadily(folder: Path, read: Callable[[], R]) -> R:
    """What `read` gives when no file that it may have read, or missed, has changed meanwhile.

    `read` lists the files itself, and may be called several times.

    Raises:
        duckdb.Error, pyarrow.ArrowException, OSError: what `read` raises, and no file that was taken away explains.
    """
    for _ in range(_TRIES):
        before = _look(folder)
        try:
            answer = read()
        except (duckdb.Error, pa.ArrowException, OSError):
            if before.still_holds(_look(folder)):
                raise
        else:
            if before.still_holds(_look(folder)):
                return answer
    with undisturbed(folder):
        return read()


def _look(folder: Path) -> _Look:
    return _Look(
        ledgers=frozenset((*listed_files(folder / "history"), *listed_files(folder / "dead_letters"))),
        readers=frozenset((*listed_files(folder / "articles"), *listed_files(folder / "events"))),
    )


@contextmanager
def undisturbed(folder: Path) -> Iterator[None]:
    """No run of `publish` until the body ends; waits for one that has begun.

    The lock is made if there is none yet. Without one goes only who may neither read nor make it.
    """
    file = _lock_file(folder / PUBLISH_LOCK)
    if file is None:
        yield
        return
    with file:
        lock(file.fileno(), fcntl.LOCK_SH)
        yield


def _lock_file(path: Path) -> BinaryIO | None:
    try:
        try:
            return path.open("rb")
        except FileNotFoundError:
            return path.open("a+b")
    except OSError as error:
        if error.errno not in _NO_LOCK_FILE:
            raise
        return None
