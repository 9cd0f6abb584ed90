"""What a disk says that takes no more, in whatever words: that is told in one sentence, and no place in the code."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

# Full, over quota, beyond the size that a file may have; read-only; broken.
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
_OF_A_PLACE = (errno.EACCES, errno.EPERM)
# Source: SQLite, "Result and Error Codes"; the primary code is the lowest byte.
_OF_SQLITE = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
)


def disk_trouble(error: BaseException, data: Path) -> str | None:
    """What to say of an error that the disk of the output `data` has caused; `None` if it has not.

    The runner puts errors of its own around another one, and what is closed in the end fails once more.

    >>> disk_trouble(OSError(errno.ENOSPC, "No space left on device"), Path("out"))
    'out cannot be written: No space left on device'
    """
    told = next((said for one in _chain(error) if (said := _said(one, data)) is not None), None)
    return None if told is None else f"{data} cannot be written: {told}"


def _said(error: BaseException, data: Path) -> str | None:
    if isinstance(error, OSError) and error.errno is not None:
        is_ours = str(error.filename or "").startswith(str(data))
        if error.errno in _OF_THE_DISK or (error.errno in _OF_A_PLACE and is_ours):
            return f"{os.strerror(error.errno)}{f' ({error.filename})' if is_ours else ''}"
    # The runner's copy of an error has the words alone; the one that it copies stands behind it.
    if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_SQLITE:
        return f"{error} (the search index)"
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error that was first, then what it has led to."""
    behind: list[BaseException] = []
    one: BaseException | None = error
    while one is not None:
        behind.append(one)
        one = one.__cause__ or one.__context__
    yield from reversed(behind)
