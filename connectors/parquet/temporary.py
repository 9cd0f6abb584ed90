"""A file on its way to its name, locked by whoever writes it, so that what a crash has left can be told apart.

    <name>.<process>-<thread>.tmp     locked (flock) from its first byte until it has its name; a lock dies with its writer

Readers' globs take any `*.parquet`, so an unfinished file ends in `.tmp` (DuckDB reads `_x.parquet` too,
`research/sinks.md` §4.4). `publish` removes those whose writer is dead. Where a file system knows no locks, an age tells.
"""

import errno
import fcntl
import math
import os
import re
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

TEMPORARY = ".tmp"

_ASIDE = re.compile(rf"(.+)\.\d+-\d+{re.escape(TEMPORARY)}", re.DOTALL)

# Without locks: longer than any file takes to be written. The age is the file system's, no time of news.
_ABANDONED_AFTER_NS = 3_600 * 10**9

# What `flock(2)` says on file systems that have no locks, or none on folders.
_NO_LOCKS = frozenset(
    {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EBADF}
)


@contextmanager
def written_aside(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file beside `path`, to be written and renamed while the body runs; removed if it still stands at the end.

    Raises:
        OSError: the folder may not be written.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}{TEMPORARY}")
    try:
        with _open_locked(temporary) as file:
            yield temporary, file
    finally:
        temporary.unlink(missing_ok=True)


def _open_locked(path: Path) -> BinaryIO:
    while True:
        file = path.open("wb")
        lock(file.fileno(), fcntl.LOCK_EX)
        # Between the two lines a sweeper may have taken the file for one of the dead.
        if _is_at(path, file):
            return file
        file.close()


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def lock(descriptor: int, operation: int) -> bool:
    """Lock what is open, waiting if need be; false where there are no locks."""
    try:
        fcntl.flock(descriptor, operation)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True


def opened_again(path: Path) -> BinaryIO | None:
    """The file at `path`, locked as its writer had it; `None` if there is none. Waits for whoever has it locked."""
    while True:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return None
        lock(file.fileno(), fcntl.LOCK_EX)
        if _is_at(path, file):
            return file
        file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many files of dead writers were removed, and when writers that live last wrote to theirs (ns)."""

    removed: int = 0
    living_ns: tuple[int, ...] = ()


def together(parts: Iterable[Swept]) -> Swept:
    """What several sweeps have found."""
    found = tuple(parts)
    return Swept(
        removed=sum(one.removed for one in found),
        living_ns=tuple(time_ns for one in found for time_ns in one.living_ns),
    )


def sweep(folder: Path, targets: re.Pattern[str], *, below: bool = True) -> Swept:
    """Remove what dead writers have left in `folder` and those below it of files that were to get such a name.

    What `written_aside` did not name is somebody else's and stays.
    """
    paths = folder.glob(f"**/*{TEMPORARY}" if below else f"*{TEMPORARY}")
    return together(remove_abandoned(path) for path in paths if _is_aside(path, targets))


def _is_aside(path: Path, targets: re.Pattern[str]) -> bool:
    aside = _ASIDE.fullmatch(path.name)
    return (
        aside is not None
        and targets.fullmatch(aside[1]) is not None
        and not path.is_symlink()
        and path.is_file()
    )


def remove_abandoned(path: Path, before_ns: float = math.inf) -> Swept:
    """Remove a file whose writer is dead, if it was written before a time."""
    try:
        with path.open("rb") as file:
            abandoned = _is_abandoned(file)
            # Only now: who held it until a moment ago may have written to it.
            written_ns = os.fstat(file.fileno()).st_mtime_ns
            if not abandoned or written_ns >= before_ns or not _is_at(path, file):
                return Swept(living_ns=(written_ns,))
            path.unlink()
    except FileNotFoundError:  # has its name since, or was taken away
        return Swept()
    return Swept(removed=1)


def _is_abandoned(file: BinaryIO) -> bool:
    try:
        if lock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB):
            return True
    except BlockingIOError:
        return False
    return os.fstat(file.fileno()).st_mtime_ns <= time.time_ns() - _ABANDONED_AFTER_NS


@contextmanager
def folder_held(folder: Path, *, alone: bool) -> Iterator[int]:
    """Hold a folder while a file in it gets its name, or (`alone`) while one is looked at and removed."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        lock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield descriptor
    finally:
        os.close(descriptor)
