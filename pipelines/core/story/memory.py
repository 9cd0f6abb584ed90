"""What FollowStory remembers of the stories of some sources, and the one way it changes.

    rows         every row, 30 days: what was decided, the state of its story after it, the names it may be found by
    tombstones   article -> the record of the latest row of a killed story; for good
    orders       kill orders by number or slug, each with the targets it has found; for good
    days         where each day begins among the rows; a day is forgotten whole

A story is its newest row, and is forgotten with it. What an older row alone knew is forgotten with that row, though the
story lives on: a name that only it bore, a version that only it had (which is then a full row once more and changes no
output). A tombstone whose rows are gone is found by its id. The clock is the `received` of the rows, whose advance is
capped; every record carries it, so that a memory that comes back tells the same time.

Rows are looked up in hash tables whose walks are bounded, so whoever makes ids that fall into one place may hide a row
there. What must never be missed, tombstones and orders, is in dicts from the start.
"""

import struct
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from pipelines.core.step import SNAPSHOT_BLOCK_BYTES
from pipelines.core.story.change import StoryChange
from pipelines.core.story.log import Starts, hashes_of
from pipelines.core.story.orders import OrderBook
from pipelines.core.story.record import (
    CLOCK_AT,
    FORM_AT,
    HAS_ORDER,
    ID_AT,
    IS_TOMBSTONE,
    KEY_BYTES,
    NO_INSTANT,
    RECORD_VERSION,
    SEQ_AT,
    STATE_AT,
    STRUCK,
    TOMBSTONE_BITS,
    article_of,
    check_version,
    id_key,
    order_of,
    state_of,
    stated_of,
    struck_by,
    unpacked_instant,
)
from pipelines.core.story.remembered import KillOrder, StoryState
from pipelines.core.story.rows import RowTable, bytes_of
from schemas.codec import decode

# A page or an item that comes again after a month is a new arrival to everyone who reads the news; GDELT saw 80 % of
# the edits within 24 hours and nearly all within a week (research/peers.md §0).
HORIZON = timedelta(days=30)
# One wrong clock must not empty the memory: however far ahead a timestamp is, time advances by a day at most.
MAX_ADVANCE = timedelta(days=1)
# The columns of history that `recall` reads.
RECALLED: Final[tuple[str, ...]] = ("story_state",)

_DAY_US: Final = 86_400_000_000
_TIMES: Final = struct.Struct("<Qq")
# Next sequence, clock; numbers of rows, tombstones and orders; bytes of the rows.
_SNAPSHOT: Final = struct.Struct("<QqIIIQ")
# A tombstone in a dict: its record, its key, two objects and their places.
_TOMBSTONE_BYTES: Final = 400
_STANDING: Final = HAS_ORDER | STRUCK


class StoryMemory:
    """The stories of the sources of one FollowStory key. Reading it changes nothing."""

    __slots__ = ("_clock", "_days", "_next_seq", "_orders", "_rows", "_tombstones")

    def __init__(self) -> None:
        self._rows = RowTable()
        self._tombstones: dict[bytes, bytes] = {}
        self._orders = OrderBook()
        # Day, first row; rows that came before there was a time are of the first day.
        self._days: deque[tuple[int | None, int]] = deque()
        self._clock = NO_INSTANT
        self._next_seq = 0

    @property
    def next_seq(self) -> int:
        """The place of the next row in the order of this key, from 0."""
        return self._next_seq

    @property
    def clock(self) -> datetime | None:
        """The latest time that was received, its advance capped; `None` before any."""
        return unpacked_instant(self._clock)

    @property
    def nbytes(self) -> int:
        """Bytes that rows, tombstones and orders take."""
        return self._rows.nbytes + _TOMBSTONE_BYTES * len(self._tombstones) + self._orders.nbytes

    @property
    def live_rows(self) -> int:
        """Number of rows that are known."""
        return len(self._rows)

    @property
    def live_orders(self) -> int:
        """Number of kill orders that stand."""
        return len(self._orders)

    def record(self, row_key: bytes) -> bytes | None:
        """What was remembered of a row, when it is known."""
        return self._rows.row(row_key)

    def story(self, article_id: str) -> StoryState | None:
        """The present of an article."""
        key = id_key(article_id)
        record = self._rows.article(key) or self._tombstones.get(key)
        return None if record is None else state_of(record)

    def has_version(self, version: int) -> bool:
        """Whether a version was seen, by its digest."""
        return self._rows.has_version(version)

    def article_at(self, url: int) -> str | None:
        """The article that was last seen at a URL."""
        record = self._rows.at_url(url)
        return None if record is None else article_of(record)

    def bearers(self, name: int) -> list[tuple[str, int]]:
        """The articles that bore a number or slug, as they came, with the time that each row stated."""
        return [(article_of(record), stated_of(record)) for record in self._rows.named(name)]

    def orders_for(self, names: Iterable[int]) -> Iterator[KillOrder]:
        """The standing orders that name one of these, in the order in which they were given."""
        return self._orders.waiting_for(names)

    def apply(self, change: StoryChange) -> None:
        """Take one change in, and drop what has passed the horizon."""
        record = change.record
        seq, clock = _TIMES.unpack_from(record, SEQ_AT)
        self._begin_day(_day(clock), self._rows.next_number)
        self._rows.add(record)
        self._next_seq = max(self._next_seq, seq + 1)
        self._clock = clock
        self._keep(record)
        self._expire()

    def _keep(self, record: bytes) -> None:
        """Remember for good what is to outlive its row."""
        if record[STATE_AT] & TOMBSTONE_BITS == IS_TOMBSTONE:
            self._tombstones[record[ID_AT : ID_AT + KEY_BYTES]] = record
        if not record[FORM_AT] & _STANDING:
            return
        order, name = order_of(record), struck_by(record)
        if order is not None:
            self._orders.give(order)
        if name is not None:
            self._orders.strike(name, article_of(record))

    def _begin_day(self, day: int | None, number: int) -> None:
        if not self._days:
            self._days.append((day, number))
            return
        latest, first = self._days[-1]
        if latest is None and day is not None:
            self._days[-1] = (day, first)
        elif latest is not None and day is not None and day > latest:
            self._days.append((day, number))

    def _expire(self) -> None:
        latest = self._days[-1][0]
        if latest is None:
            return
        while (oldest := self._days[0][0]) is not None and oldest < latest - HORIZON.days:
            self._days.popleft()
        self._rows.forget_before(self._days[0][1])

    def snapshot(self) -> Iterator[bytes]:
        """What is alive, in blocks of at most `SNAPSHOT_BLOCK_BYTES`, each with a version byte in front."""
        records, starts = self._rows.alive()
        kept = [*self._tombstones.values(), *self._orders.packed()]
        counts = (len(starts), len(self._tombstones), len(self._orders))
        head = _SNAPSHOT.pack(self._next_seq, self._clock, *counts, len(records))
        lengths = np.diff(starts, append=len(records)).astype("<u4").tobytes()
        kept_lengths = np.array([len(one) for one in kept], "<u4").tobytes()
        whole = memoryview(b"".join((head, lengths, kept_lengths, records, *kept)))
        version, step = bytes((RECORD_VERSION,)), SNAPSHOT_BLOCK_BYTES - 1
        return (version + whole[begin : begin + step] for begin in range(0, len(whole), step))

    def restore(self, blocks: Iterable[bytes]) -> None:
        """Take in a snapshot, its blocks in their order. The memory is empty before."""
        parts = list(blocks)
        for part in parts:
            check_version(part[:1])
        whole = memoryview(b"".join(part[1:] for part in parts))
        next_seq, clock, rows, tombstones, orders, size = _SNAPSHOT.unpack_from(whole)
        lengths = np.frombuffer(whole, "<u4", rows + tombstones + orders, _SNAPSHOT.size).astype(np.int64)
        ends = _SNAPSHOT.size + lengths.nbytes // 2 + np.cumsum(lengths)
        begin = int(ends[0] - lengths[0]) if len(ends) else _SNAPSHOT.size
        self._take_in(whole[begin : begin + size], (ends - lengths)[:rows] - begin)
        spans = zip((ends - lengths)[rows:].tolist(), ends[rows:].tolist(), strict=True)
        kept = [bytes(whole[first:last]) for first, last in spans]
        for record in kept[:tombstones]:
            self._keep(record)
        for packed in kept[tombstones:]:
            self._orders.give(decode(KillOrder, packed))
        self._next_seq, self._clock = next_seq, clock

    def recall(self, rows: pa.Table) -> None:
        """Take in rows of history of this key, in the order of `story_seq`; only the columns of `RECALLED` are read.

        Rows of days beyond the horizon may come first, those that are canceled or name a kill target: they leave
        tombstones and standing orders, and nothing else. Rows that no record was stamped on are passed over.
        """
        for chunk in rows.column("story_state").cast(pa.binary()).drop_null().chunks:
            if len(chunk):
                self._recall(chunk)

    def _recall(self, chunk: pa.BinaryArray) -> None:
        _, offsets, data = chunk.buffers()
        ends = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1].astype(np.int64)
        records, starts = memoryview(data).cast("B")[ends[0] : ends[-1]], ends[:-1] - ends[0]
        self._take_in(records, starts)
        kept = bytes_of(records, starts, STATE_AT) & TOMBSTONE_BITS == IS_TOMBSTONE
        kept |= bytes_of(records, starts, FORM_AT) & _STANDING != 0
        for place in np.flatnonzero(kept).tolist():
            self._keep(chunk[place].as_py())
        self._next_seq = max(self._next_seq, int(hashes_of(records, starts, SEQ_AT).max()) + 1)
        self._clock = int(hashes_of(records, starts[-1:], CLOCK_AT).view(np.int64)[0])
        self._expire()

    def _take_in(self, records: memoryview, starts: Starts) -> None:
        """Add rows at once, and their days."""
        if not len(starts):
            return
        versions = bytes_of(records, starts, 0)
        # The first that is not ours, else the first.
        check_version(bytes(versions[np.argmax(versions != RECORD_VERSION)][None]))
        clocks = hashes_of(records, starts, CLOCK_AT).view(np.int64)
        days = clocks // _DAY_US
        begins = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
        number = self._rows.next_number
        for begin in begins.tolist():
            self._begin_day(_day(int(clocks[begin])), number + begin)
        self._rows.extend(records, starts)


def _day(clock: int) -> int | None:
    return None if clock == NO_INSTANT else clock // _DAY_US


def advanced(clock: datetime | None, received: datetime | None) -> datetime | None:
    """The memory's clock after a row that was received then."""
    if received is None or clock is None:
        return received if clock is None else clock
    return max(clock, min(received, clock + MAX_ADVANCE))
