"""One Parquet file, written so that it is there whole or not at all, and the same rows are the same bytes.

    rows -> <name>.<process>.tmp -> fsync -> rename over <name> -> fsync of the folder

Readers' globs take any `*.parquet`, so an unfinished file ends in `.tmp` (DuckDB reads `_x.parquet` too,
`research/sinks.md` §4.4). What a crash leaves behind is swept by `publish`.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

TEMPORARY = ".tmp"

# `research/sinks.md` §4.1: zstd 3 halves snappy's size at the same speed of reading; groups of 5,000 rows keep a
# look-up by id at 8 ms and a writer's memory small.
_COMPRESSION_LEVEL = 3
_ROWS_A_GROUP = 5_000

_COMPARED_BYTES = 1 << 20

# Minimum and maximum of a text help no reader and put pieces of it into the footer.
_WITHOUT_STATISTICS = frozenset({"body_text", "headline", "abstract", "payload"})


def place_file(table: pa.Table, path: Path) -> bool:
    """Put the table at `path`, atomically and durably; whether the file has changed.

    The same table gives the same bytes, however its columns are chunked. A file that has these bytes already stays
    untouched.

    Raises:
        OSError: the disk is full or the folder may not be written; nothing is at `path` that was not there before.
    """

    def write(file: BinaryIO) -> None:
        _write_groups(table, file)

    return _replace(path, write)


def place_bytes(content: bytes, path: Path) -> bool:
    """Put these bytes at `path`, atomically and durably; whether the file has changed."""

    def write(file: BinaryIO) -> None:
        file.write(content)

    return _replace(path, write)


def _replace(path: Path, write: Callable[[BinaryIO], object]) -> bool:
    make_folder(path.parent)
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            if _same_bytes(temporary, path):
                return False
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def _same_bytes(one: Path, other: Path) -> bool:
    if not other.exists() or one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while block := left.read(_COMPARED_BYTES):
            if block != right.read(_COMPARED_BYTES):
                return False
    return True


def _write_groups(table: pa.Table, file: BinaryIO) -> None:
    # Page boundaries follow the chunks of a column, so every group is written from one chunk.
    statistics = [name for name in table.column_names if name not in _WITHOUT_STATISTICS]
    with pq.ParquetWriter(
        file,
        table.schema,
        compression="zstd",
        compression_level=_COMPRESSION_LEVEL,
        write_page_index=True,
        write_statistics=statistics,
    ) as writer:
        for start in range(0, table.num_rows, _ROWS_A_GROUP):
            writer.write_table(table.slice(start, _ROWS_A_GROUP).combine_chunks(), _ROWS_A_GROUP)


def make_folder(folder: Path) -> None:
    """Make the folder and those above it, durably."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and removals in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
