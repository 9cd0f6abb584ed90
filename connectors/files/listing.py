"""Which files a replay reads, in which order, and the names they go by."""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schemas.record import FILE


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file to read, and the name it goes by in `origin`."""

    path: str
    source: str


@dataclass(frozen=True, slots=True)
class FileList:
    """What one replay reads, in its order. `received` stands for records that say nothing of their own arrival."""

    files: tuple[NamedFile, ...]
    received: datetime | None = None


def list_files(arguments: list[Path], *, without: Path | None = None) -> tuple[NamedFile, ...]:
    r"""Every file under the arguments: arguments in their order, the files of a folder by name.

    A file of a folder goes by its path relative to the argument, a file argument by its base name; what of a name is
    not UTF-8 is written as `\xff`. Links are followed, and a folder is read once however many lead to it. Hidden
    files and folders are left out, pipes, sockets and devices, and what is in the folder `without`.

    Raises:
        FileNotFoundError: an argument names neither a file nor a folder.
        OSError: a folder cannot be read.
    """
    return tuple(file for argument in arguments for file in _files_of(argument, without))


def _files_of(argument: Path, without: Path | None) -> Iterator[NamedFile]:
    if argument.is_dir():
        for relative in sorted(path.relative_to(argument) for path in _files_below(argument, without)):
            yield _named(argument / relative, relative.as_posix())
    elif argument.is_file():
        yield _named(argument, argument.name)
    else:
        raise FileNotFoundError(argument)


def _named(path: Path, name: str) -> NamedFile:
    return NamedFile(str(path), FILE + os.fsencode(name).decode("utf-8", "backslashreplace"))


def _files_below(root: Path, without: Path | None) -> Iterator[Path]:
    """The files of a folder and of all below it: each folder once, where it is, or else where a link leads to it."""
    seen = set()
    if without is not None:
        with suppress(OSError):  # not there yet
            seen.add(_identity(without))
    own, linked = deque([root]), deque[Path]()
    while own or linked:
        folder = own.popleft() if own else linked.popleft()
        if _identity(folder) in seen:
            continue
        seen.add(_identity(folder))
        for path in sorted(folder.iterdir()):
            if path.name.startswith("."):
                continue
            if path.is_file():
                yield path
            elif path.is_dir():
                (linked if path.is_symlink() else own).append(path)


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino
