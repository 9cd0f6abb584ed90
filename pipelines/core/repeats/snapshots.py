"""A repeat memory as blocks of bytes, and back: its tables as they lie, without what is forgotten or can be told anew.

version  0  next sequence, first row, first sketch, days
version  1  count, rows, keys of their articles, which are not the newest, ids       as often as it takes
version  2  count, numbers of rows, shingles, keys of families, keys, slots          as often as it takes
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from pipelines.core.repeats.days import Days
from pipelines.core.repeats.row_layout import ROW
from pipelines.core.repeats.rows import RowTable
from pipelines.core.repeats.shingles import BOTTOM, SLOTS
from pipelines.core.repeats.sketches import SketchTable
from pipelines.core.step import SNAPSHOT_BLOCK_BYTES

SNAPSHOT_VERSION = 1
_STATE, _ROWS, _SKETCHES = range(3)

_HEAD: Final = struct.Struct("<BBQ")
_FIRSTS: Final = struct.Struct("<QQ")
_SKETCH_BYTES: Final = 8 + 4 + 4 + 4 * BOTTOM + SLOTS
_ROW_BYTES: Final = ROW.itemsize + 4 + 1


class UnknownSnapshotVersion(ValueError):
    """Bytes of another release: a snapshot that this one cannot read."""


@dataclass(slots=True, kw_only=True)
class RepeatTables:
    """All that a repeat memory holds."""

    next_seq: int
    days: Days
    rows: RowTable
    sketches: SketchTable


def snapshot_of(tables: RepeatTables) -> Iterator[bytes]:
    """The tables in blocks of at most `SNAPSHOT_BLOCK_BYTES`; they must not change before the last is taken."""
    firsts = _FIRSTS.pack(tables.rows.first_number, tables.sketches.first_number)
    yield _HEAD.pack(SNAPSHOT_VERSION, _STATE, tables.next_seq) + firsts + tables.days.pack()
    yield from _rows_blocks(tables.rows)
    yield from _sketch_blocks(tables.sketches)


def _rows_blocks(table: RowTable) -> Iterator[bytes]:
    begin = 0
    while begin < len(table):
        end = table.last_within(begin, SNAPSHOT_BLOCK_BYTES - _HEAD.size, _ROW_BYTES)
        rows, ids = table.part(begin, end)
        keys, is_older = table.article_entries(begin, end)
        head = _HEAD.pack(SNAPSHOT_VERSION, _ROWS, len(rows))
        yield b"".join((head, rows.tobytes(), keys.tobytes(), is_older.tobytes(), ids))
        begin = end


def _sketch_blocks(table: SketchTable) -> Iterator[bytes]:
    count = (SNAPSHOT_BLOCK_BYTES - _HEAD.size) // _SKETCH_BYTES
    for begin in range(0, len(table), count):
        parts = table.parts(begin, min(begin + count, len(table)))
        head = _HEAD.pack(SNAPSHOT_VERSION, _SKETCHES, len(parts[0]))
        yield b"".join((head, *(part.tobytes() for part in parts)))


def restored(tables: RepeatTables, block: bytes) -> RepeatTables:
    """The tables with one more block of a snapshot.

    Raises:
        UnknownSnapshotVersion: the first byte is not the version this release writes.
    """
    if block[:1] != bytes((SNAPSHOT_VERSION,)):
        raise UnknownSnapshotVersion(
            f"snapshot version {block[:1].hex() or 'missing'}, this release reads 01"
        )
    _, kind, count = _HEAD.unpack_from(block)
    if kind == _STATE:
        first_row, first_sketch = _FIRSTS.unpack_from(block, _HEAD.size)
        return RepeatTables(
            next_seq=count,
            days=Days(block[_HEAD.size + _FIRSTS.size :]),
            rows=RowTable(first_row),
            sketches=SketchTable(first_sketch),
        )
    if kind == _ROWS:
        _restore_rows(tables.rows, block, count)
    else:
        _restore_sketches(tables.sketches, block, count)
    return tables


def _restore_rows(table: RowTable, block: bytes, count: int) -> None:
    at = _HEAD.size + count * ROW.itemsize
    table.extend(
        np.frombuffer(block, ROW, count, _HEAD.size),
        block[at + 5 * count :],
        np.frombuffer(block, np.uint32, count, at),
        np.frombuffer(block, np.bool_, count, at + 4 * count),
    )


def _restore_sketches(table: SketchTable, block: bytes, count: int) -> None:
    ends = np.cumsum([_HEAD.size, 8 * count, 4 * count, 4 * count, 4 * BOTTOM * count]).tolist()
    table.extend(
        rows=np.frombuffer(block, np.uint64, count, ends[0]),
        shingles=np.frombuffer(block, np.uint32, count, ends[1]),
        family_keys=np.frombuffer(block, np.uint32, count, ends[2]),
        keys=np.frombuffer(block, np.uint32, count * BOTTOM, ends[3]).reshape(-1, BOTTOM),
        slots=np.frombuffer(block, np.uint8, count * SLOTS, ends[4]).reshape(-1, SLOTS),
    )
