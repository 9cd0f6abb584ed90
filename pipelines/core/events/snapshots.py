"""A memory of events as blocks of bytes: its log as it is, then the events that are more than their first row.

    log       1, then how many bytes of records follow, the records, the changes
    events    2, the clock, then 40 bytes an event; its members are the rows that stand in it

Numbers of rows are written from the first row on, so that a memory that comes back counts from 0.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from pipelines.core.events.live import LiveEvent
from pipelines.core.events.lives import LiveEvents
from pipelines.core.events.log import RowLog
from pipelines.core.events.row_record import NONE, NOWHERE, Mark
from pipelines.core.step import SNAPSHOT_BLOCK_BYTES

SNAPSHOT_VERSION: Final = 1
_LOG, _EVENTS = 1, 2
# version, kind, bytes of records (log) or clock (events)
_HEAD: Final = struct.Struct("<BBq")
# number, row that it is found by, born, touched
_EVENT: Final = struct.Struct("<qqqq")


class UnknownSnapshotVersion(ValueError):
    """A snapshot that a later release has written."""


def blocks_of(log: RowLog, events: LiveEvents) -> Iterator[bytes]:
    """The blocks of a memory, each of at most `SNAPSHOT_BLOCK_BYTES`."""
    for records, packed in log.blocks(SNAPSHOT_BLOCK_BYTES - _HEAD.size):
        yield _HEAD.pack(SNAPSHOT_VERSION, _LOG, len(records)) + records + packed
    several = sorted(events.several, key=_by_number)
    at_once = (SNAPSHOT_BLOCK_BYTES - _HEAD.size) // _EVENT.size
    for begin in range(0, max(len(several), 1), at_once):
        yield _HEAD.pack(SNAPSHOT_VERSION, _EVENTS, _packed(events.clock)) + b"".join(
            _EVENT.pack(
                event.number - log.first,
                event.indexed - log.first,
                _packed(event.born),
                _packed(event.touched),
            )
            for event in several[begin : begin + at_once]
        )


def _by_number(event: LiveEvent) -> int:
    return event.number


def _packed(instant: int | None) -> int:
    return NONE if instant is None else instant


def _instant(packed: int) -> int | None:
    return None if packed == NONE else packed


def take_blocks(blocks: Iterable[bytes], log: RowLog, events: LiveEvents) -> None:
    """Take in the blocks of a memory, in their order.

    Raises:
        UnknownSnapshotVersion: the first byte is not a version this release reads.
    """
    clock: int | None = None
    several: dict[int, LiveEvent] = {}
    for block in blocks:
        version, kind, value = _HEAD.unpack_from(block)
        if version != SNAPSHOT_VERSION:
            raise UnknownSnapshotVersion(
                f"snapshot of version {version}, this release reads {SNAPSHOT_VERSION}"
            )
        if kind == _LOG:
            log.take_block(block[_HEAD.size : _HEAD.size + value], block[_HEAD.size + value :])
            continue
        clock = _instant(value)
        for number, indexed, born, touched in _EVENT.iter_unpack(block[_HEAD.size :]):
            several[number] = LiveEvent(
                number=number,
                born=_instant(born),
                touched=_instant(touched),
                members=[],
                span=None,
                indexed=indexed,
            )
    _fill(several, log)
    events.come_back(clock, several.values())


def _fill(several: dict[int, LiveEvent], log: RowLog) -> None:
    """Give events their members: the rows that stand in them, in their order."""
    records = log.view(log.first, log.next_number)
    rows = np.flatnonzero(records["marks"] & (Mark.STANDS | Mark.ALONE) == Mark.STANDS)
    backs = records["event"][rows].tolist()
    for row, back in zip((rows + log.first).tolist(), backs, strict=True):
        if back != NOWHERE:
            several[row - back].members.append(row)
