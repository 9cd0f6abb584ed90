"""A file of lines, compressed as its name says, that is there whole or not at all."""

import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import zstandard

# As history is written (DESIGN.md §7), and as gzip(1) does it.
_ZSTD_LEVEL, _GZIP_LEVEL = 3, 6


@contextmanager
def line_file(path: Path) -> Iterator[Callable[[bytes], object]]:
    """What writes a line to a new file at `path`: gzip if it ends in `.gz`, zstd if in `.zst`, else plain.

    Written beside, synced and renamed at the end of the body; nothing is left if the body raises. The same lines give
    the same bytes.

    Raises:
        OSError: it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            with _compressed(file, path.suffix) as stream:
                yield lambda line: stream.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _compressed(file: BinaryIO, suffix: str) -> Iterator[BinaryIO]:
    if suffix == ".gz":
        # Neither name nor time in its head.
        with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as stream:
            yield stream  # type: ignore[misc]
    elif suffix == ".zst":
        with zstandard.ZstdCompressor(level=_ZSTD_LEVEL).stream_writer(file, closefd=False) as stream:
            yield stream
    else:
        yield file
