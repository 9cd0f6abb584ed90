"""The rows that AssignEventIds remembers, packed: each as its journal has it, beside what must be found at once.

    records    51 bytes a row: when it arrived, where it leads to, how its article stands, what it does in an event
    packed     the changes, one behind the other (`change_codec`)
    indices    row key, article, event, family -> row, 11 bytes each

Rows are numbered in the order in which they come. The newest row of an article has the article's state, so only marks are
ever changed in place, and forgetting is cutting off the oldest rows.
"""

from collections.abc import Iterable
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from pipelines.core.events.change_codec import article_of, event_of, row_key_of, terms_of
from pipelines.core.events.held_rows import Held
from pipelines.core.events.row_record import NONE, RECORD, RECORD_DTYPE, Mark, RowRecord
from pipelines.core.recent_index import RecentIndex

Numbers = NDArray[np.int64]

_AT_ONCE: Final = 64
_MARKS_AT: Final = RECORD.size - 1
_ARRIVAL_AT, _FAMILY_AT, _EVENT_AT = 8, 24, 48
# Rows are cut off in front when an eighth of the log, and at least so many, are forgotten.
_LEAST_CUT: Final = 4_096


class RowLog:
    """Rows by number; the oldest are cut off."""

    __slots__ = (
        "_articles",
        "_base",
        "_events",
        "_families",
        "_held",
        "_packed",
        "_packed_base",
        "_records",
        "_rows",
        "first",
    )

    def __init__(self) -> None:
        self.first = 0  # the oldest row that is remembered; older ones may still take room
        self._base = 0
        self._records = bytearray()
        self._packed = bytearray()
        self._packed_base = 0
        self._rows, self._articles = RecentIndex(), RecentIndex()
        self._events, self._families = RecentIndex(), RecentIndex()
        self._held: Held | None = None

    @property
    def next_number(self) -> int:
        """Number of the row that will be added next."""
        return self._base + len(self._records) // RECORD.size

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take."""
        indices = (self._rows, self._articles, self._events, self._families)
        return len(self._records) + len(self._packed) + sum(index.nbytes for index in indices)

    def add(self, record: RowRecord, packed: bytes, *, begins_event: bool) -> None:
        """Give the next number to a row, whose record says where its change ends."""
        self._packed += packed
        self._records += record.packed(self._packed_base + len(self._packed))
        if self._held is None:
            self._index_row(packed, record.family, begins_event=begins_event)
        else:
            self._held.note(self.next_number - 1, packed, record.family, begins_event=begins_event)

    def _index_row(self, packed: bytes, family: int, *, begins_event: bool) -> None:
        key, nowhere = _key_of(row_key_of(packed)), _nowhere(row_key_of(packed))
        self._rows.add(key)
        self._add_newest(self._articles, hash32(article_of(packed)), self.article(article_of(packed)))
        self._events.add(hash32(event_of(packed)) if begins_event else nowhere)
        if family:
            self._add_newest(self._families, family & 0xFFFF_FFFF, self.family(family))
        else:
            self._families.add(nowhere)

    def hold(self) -> None:
        """Index the rows that come from now on later, at once."""
        self._held = Held(self.next_number)

    def index_held(self) -> None:
        """Index the rows that were held."""
        held, self._held = self._held, None
        if held is not None and held.first < self.next_number:
            self._index(held.first)

    @staticmethod
    def _add_newest(index: RecentIndex, key: int, before: int | None) -> None:
        """Only the newest row of an article, or family, is found: it says how things stand."""
        if before is None:
            index.add(key)
        else:
            index.replace(before, key)

    # finding

    def row(self, row_key: bytes) -> int | None:
        """Number of the row of this key."""
        if self._held is not None and row_key in self._held.rows:
            return self._held.rows[row_key]
        for number in self._rows.newest(_key_of(row_key), _AT_ONCE):
            if number >= self.first and row_key_of(self.packed(number)) == row_key:
                return number
        return None

    def article(self, article_id: bytes) -> int | None:
        """Number of the newest row of an article, by its packed id."""
        if self._held is not None and article_id in self._held.articles:
            return self._remembered(self._held.articles[article_id])
        for number in self._articles.newest(hash32(article_id), _AT_ONCE):
            if number >= self.first and article_of(self.packed(number)) == article_id:
                return number
        return None

    def family(self, family: int) -> int | None:
        """Number of the newest row of a family of copies, whose article has an event."""
        if self._held is not None and family in self._held.families:
            return self._remembered(self._held.families[family])
        wanted = family.to_bytes(8, "little")
        for number in self._families.newest(family & 0xFFFF_FFFF, _AT_ONCE):
            place = (number - self._base) * RECORD.size + _FAMILY_AT
            if number >= self.first and self._records[place : place + 8] == wanted:
                return number
        return None

    def beginnings(self, event: bytes) -> Iterable[int]:
        """Numbers of rows with which an event began, newest first, by its packed id."""
        if self._held is not None and event in self._held.events:
            yield self._held.events[event]
        for number in self._events.newest(hash32(event), _AT_ONCE):
            if number >= self.first and event_of(self.packed(number)) == event:
                yield number

    def _remembered(self, number: int) -> int | None:
        return number if number >= self.first else None

    # reading

    def record(self, number: int) -> RowRecord:
        """The record of a row."""
        return RowRecord.read(self._records, (number - self._base) * RECORD.size)

    def packed(self, number: int) -> bytes:
        """The change of a row."""
        at = number - self._base
        end = self._end(at)
        begin = self._end(at - 1) if at else self._packed_base
        return bytes(self._packed[begin - self._packed_base : end - self._packed_base])

    def _end(self, at: int) -> int:
        place = at * RECORD.size
        return int.from_bytes(self._records[place : place + 8], "little")

    def terms(self, number: int) -> bytes:
        """The terms of a row."""
        return terms_of(self.packed(number))

    def marks(self, number: int) -> int:
        """What a row does in an event."""
        return self._records[(number - self._base) * RECORD.size + _MARKS_AT]

    def beginning(self, number: int) -> int:
        """Number of the row with which the event began that a row does something in."""
        place = (number - self._base) * RECORD.size + _EVENT_AT
        return number - int.from_bytes(self._records[place : place + 4], "little")

    def arrival(self, number: int) -> int | None:
        """When a row counts from; `None` before the clock has started."""
        place = (number - self._base) * RECORD.size + _ARRIVAL_AT
        arrival = int.from_bytes(self._records[place : place + 8], "little", signed=True)
        return None if arrival == NONE else arrival

    def view(self, begin: int, end: int) -> NDArray[np.void]:
        """The records of some rows as an array. To be dropped before the log changes."""
        records: NDArray[np.void] = np.frombuffer(
            self._records, RECORD_DTYPE, end - begin, (begin - self._base) * RECORD.size
        )
        return records

    def marks_of(self, numbers: Numbers) -> NDArray[np.uint8]:
        """What rows do in an event."""
        marks: NDArray[np.uint8] = np.frombuffer(self._records, np.uint8)[
            (numbers - self._base) * RECORD.size + _MARKS_AT
        ]
        return marks

    # changing

    def mark(self, number: int, marks: int) -> None:
        """Set marks of a row."""
        self._records[(number - self._base) * RECORD.size + _MARKS_AT] |= marks

    def unmark(self, number: int, marks: int) -> None:
        """Take marks of a row away."""
        self._records[(number - self._base) * RECORD.size + _MARKS_AT] &= ~marks & 0xFF

    def arrive_at(self, clock: int) -> None:
        """Let every row count from a clock that starts now."""
        self.view(self._base, self.next_number)["arrival"][:] = clock

    def forget_before(self, number: int) -> None:
        """Forget rows with a smaller number. They can be read until they are cut off."""
        self.first = number

    def cut(self) -> None:
        """Cut off what is forgotten, where it is much. No rows are held."""
        count = self.first - self._base
        if count < max(_LEAST_CUT, (self.next_number - self._base) // 8):
            return
        end = self._end(count - 1)
        del self._packed[: end - self._packed_base]
        del self._records[: count * RECORD.size]
        self._packed_base, self._base = end, self.first
        for index in (self._rows, self._articles, self._events, self._families):
            index.forget_before(self.first)

    # whole

    def blocks(self, size: int) -> Iterable[tuple[bytes, bytes]]:
        """All rows that are remembered, in order: some records, and their changes of at most some `size` bytes."""
        begin = self.first
        while begin < self.next_number:
            start = self._end(begin - 1 - self._base) if begin > self._base else self._packed_base
            ends = self.view(begin, self.next_number)["end"]
            room = np.arange(1, len(ends) + 1) * RECORD.size + (ends - start)
            count = max(int(np.searchsorted(room, size, side="right")), 1)
            end = int(ends[count - 1])
            at = (begin - self._base) * RECORD.size
            yield (
                bytes(self._records[at : at + count * RECORD.size]),
                bytes(self._packed[start - self._packed_base : end - self._packed_base]),
            )
            begin += count

    def take_block(self, records: bytes, packed: bytes) -> None:
        """Take in a block, in its order."""
        begin = self.next_number
        # A copy of the bytes: a copy of the array would leave out what it has no field for.
        own = bytearray(records)
        ends = np.frombuffer(own, RECORD_DTYPE)["end"]
        moved = self._packed_base + len(self._packed) + len(packed) - int(ends[-1])
        ends += np.uint64(moved % 2**64)
        self._packed += packed
        self._records += own
        self._index(begin)

    def _index(self, begin: int) -> None:
        changes = [self.packed(number) for number in range(begin, self.next_number)]
        records = self.view(begin, self.next_number)
        begins, families = (records["marks"] & Mark.BEGINS) != 0, records["family"].copy()
        del records
        nowhere = np.array([_nowhere(row_key_of(change)) for change in changes], np.uint32)
        events = np.array([hash32(event_of(change)) for change in changes], np.uint32)
        articles = np.array([hash32(article_of(change)) for change in changes], np.uint32)
        low = (families & np.uint64(0xFFFF_FFFF)).astype(np.uint32)
        self._rows.extend(np.array([_key_of(row_key_of(change)) for change in changes], np.uint32))
        self._articles.extend(np.where(_is_newest(articles), articles, nowhere))
        self._events.extend(np.where(begins, events, nowhere))
        self._families.extend(np.where((families != 0) & _is_newest(low), low, nowhere))


def _is_newest(keys: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which entries are the last with their key."""
    _, from_end = np.unique(keys[::-1], return_index=True)
    newest = np.zeros(len(keys), np.bool_)
    newest[len(keys) - 1 - from_end] = True
    return newest


def hash32(name: bytes) -> int:
    """32 bits of a packed id."""
    return crc32(name)


def _nowhere(key: bytes) -> int:
    return int.from_bytes(key[4:8], "little")


def _key_of(key: bytes) -> int:
    return int.from_bytes(key[:4], "little")
