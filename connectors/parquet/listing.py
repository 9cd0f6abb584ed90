"""Which finished files a folder of output holds, as it was looked at, and in which order their rows have the last word.

A merged file stands for files that were written before it was: it has the time of the latest of them, and its name
begins so that it is known for one.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MERGED = "merged-"

Stamp = tuple[int, int]
"""Size, and time of the last change in nanoseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A Parquet file as it was found; `inode` tells it from another that has taken its name since."""

    path: Path
    size: int
    written_ns: int
    inode: int

    @property
    def stamp(self) -> Stamp:
        """What the file is known by once it has been read."""
        return self.size, self.written_ns

    @property
    def is_merged(self) -> bool:
        """Whether it was made of other files."""
        return self.path.name.startswith(MERGED)


def listed_files(folder: Path) -> tuple[ListedFile, ...]:
    """The finished files of `folder` and those below it, in the order of their writing.

    At the same time the merged one is the later: of a row that stood in both it was given the last word, or none.
    """
    return tuple(sorted(_walk(str(folder.resolve())), key=_order))


def _order(file: ListedFile) -> tuple[int, bool, str]:
    return file.written_ns, file.is_merged, str(file.path)


def _walk(folder: str) -> Iterator[ListedFile]:
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path)
        elif entry.name.endswith(".parquet"):
            try:
                stat = entry.stat()
            except FileNotFoundError:  # taken away since
                continue
            yield ListedFile(
                path=Path(entry.path), size=stat.st_size, written_ns=stat.st_mtime_ns, inode=stat.st_ino
            )
