"""Which files a replay reads, in which order, and the names they go by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


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


def list_files(arguments: list[Path]) -> tuple[NamedFile, ...]:
    """Every file under the arguments: arguments in their order, the files of a folder by name.

    A file of a folder goes by its path relative to the argument, a file argument by its base name. Hidden files and
    those of hidden folders are left out.

    Raises:
        FileNotFoundError: an argument names nothing.
    """
    return tuple(file for argument in arguments for file in _files_of(argument))


def _files_of(argument: Path) -> Iterator[NamedFile]:
    if argument.is_dir():
        for path in sorted(argument.rglob("*")):
            relative = path.relative_to(argument)
            if path.is_file() and not any(part.startswith(".") for part in relative.parts):
                yield NamedFile(str(path), f"file:{relative.as_posix()}")
    elif argument.exists():
        yield NamedFile(str(argument), f"file:{argument.name}")
    else:
        raise FileNotFoundError(argument)
