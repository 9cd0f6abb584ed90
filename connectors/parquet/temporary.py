"""A file on its way to its name, locked by whoever writes it, so that what a crash has left can be told apart.

    <name>.<process>-<thread>.tmp     locked (flock) from its first byte until it has its name; a lock dies with its writer

Readers' globs take any `*.parquet`, so an unfinished file ends in `.tmp` (DuckDB reads `_x.parquet` too,
`research/sinks.md` §4.4). `publish` removes those whose writer is dead. Where a file system knows no locks, an age tells.
"""

import errno
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

TEMPORARY = ".tmp"

# Without locks: longer than any file takes to be written. The age is the file system's, no time of news.
_ABANDONED_AFTER_S = 3_600

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


def sweep(folder: Path, *, below: bool = True) -> list[int]:
    """Remove what dead writers have left in `folder` and those below it; when living ones last wrote (ns)."""
    living = []
    for path in folder.glob(f"**/*{TEMPORARY}" if below else f"*{TEMPORARY}"):
        try:
            written = path.stat().st_mtime_ns
            if path.is_file() and not _remove_abandoned(path):
                living.append(written)
        except FileNotFoundError:
            continue
    return living


def _remove_abandoned(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            locked = lock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if not locked and path.stat().st_mtime > time.time() - _ABANDONED_AFTER_S:
            return False
        if _is_at(path, file):
            path.unlink(missing_ok=True)
        return True


@contextmanager
def folder_held(folder: Path, *, alone: bool) -> Iterator[int]:
    """Hold a folder while a file in it gets its name, or (`alone`) while one is looked at and removed."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        lock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield descriptor
    finally:
        os.close(descriptor)
