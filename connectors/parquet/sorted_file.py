"""One Parquet file, written so that it is there whole or not at all, and the same rows are the same bytes.

    rows -> <name>.<process>.tmp -> fsync -> rename over <name> -> fsync of the folder

What a crash leaves behind is swept by `publish` (`temporary.py`).
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.parquet.temporary import folder_held, written_aside

# `research/sinks.md` §4.1: zstd 3 halves snappy's size at the same speed of reading; groups of 5,000 rows keep a
# look-up by id at 8 ms and a writer's memory small.
_COMPRESSION_LEVEL = 3
_ROWS_A_GROUP = 5_000

_COMPARED_BYTES = 1 << 20

# Minimum and maximum of a text help no reader and put pieces of it into the footer.
_WITHOUT_STATISTICS = frozenset({"body_text", "headline", "abstract", "payload"})


def place_file(table: pa.Table, path: Path, *, renewing: bool = False) -> bool:
    """Put the table at `path`, atomically and durably; whether the file has changed.

    The same table gives the same bytes, however its columns are chunked. A file that has these bytes already stays
    untouched, or is replaced all the same with `renewing`: then it has the time of this writing.

    Raises:
        OSError: the disk is full or the folder may not be written; nothing is at `path` that was not there before.
    """

    def write(file: BinaryIO) -> None:
        _write_groups(table.schema, [table], file)

    return _replace(path, write, renewing=renewing)


def place_rows(schema: pa.Schema, tables: Iterable[pa.Table], path: Path, *, written_ns: int) -> bool:
    """Put the rows of these tables at `path` as `place_file` does, without holding them all; as if written at a time.

    `written_ns` becomes the time of the file's last change, in nanoseconds since 1970.
    """

    def write(file: BinaryIO) -> None:
        _write_groups(schema, tables, file)

    return _replace(path, write, written_ns)


def place_bytes(content: bytes, path: Path) -> bool:
    """Put these bytes at `path`, atomically and durably; whether the file has changed."""

    def write(file: BinaryIO) -> None:
        file.write(content)

    return _replace(path, write)


def _replace(
    path: Path,
    write: Callable[[BinaryIO], object],
    written_ns: int | None = None,
    *,
    renewing: bool = False,
) -> bool:
    make_folder(path.parent)
    with written_aside(path) as (temporary, file):
        write(file)
        file.flush()
        if not renewing and _same_bytes(temporary, path):
            return False
        if written_ns is not None:
            os.utime(temporary, ns=(written_ns, written_ns))
        os.fsync(file.fileno())
        # Who merges files looks at one and removes it: not while it becomes another.
        with folder_held(path.parent, alone=False) as folder:
            temporary.replace(path)
            os.fsync(folder)
    return True


def _same_bytes(one: Path, other: Path) -> bool:
    if not other.exists() or one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while block := left.read(_COMPARED_BYTES):
            if block != right.read(_COMPARED_BYTES):
                return False
    return True


def _write_groups(schema: pa.Schema, tables: Iterable[pa.Table], file: BinaryIO) -> None:
    statistics = [name for name in schema.names if name not in _WITHOUT_STATISTICS]
    with pq.ParquetWriter(
        file,
        schema,
        compression="zstd",
        compression_level=_COMPRESSION_LEVEL,
        write_page_index=True,
        write_statistics=statistics,
    ) as writer:
        for group in _groups(tables):
            writer.write_table(group, _ROWS_A_GROUP)


def _groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows in groups of equal length, each in one chunk: page boundaries follow the chunks of a column."""
    held: list[pa.Table] = []
    rows = 0
    for table in tables:
        held.append(table)
        rows += table.num_rows
        if rows >= _ROWS_A_GROUP:
            whole = pa.concat_tables(held)
            full = rows - rows % _ROWS_A_GROUP
            yield from (
                whole.slice(start, _ROWS_A_GROUP).combine_chunks() for start in range(0, full, _ROWS_A_GROUP)
            )
            held, rows = [whole.slice(full)], rows - full
    if rows:
        yield pa.concat_tables(held).combine_chunks()


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
