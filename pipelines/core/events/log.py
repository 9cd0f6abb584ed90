"""The rows that AssignEventIds remembers, packed: each as its journal has it, beside what must be found at once.

    records    51 bytes a row: when it arrived, where it leads to, how its article stands, what it does in an event
    packed     the changes, one behind the other (`change_codec`)
    index      row key, article, event, family -> row, 11 bytes each

Rows are numbered in the order in which they come. The newest row of an article has the article's state, so only marks are
ever changed in place, and forgetting is cutting off the oldest rows.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.core.events import change_codec as codec
from pipelines.core.events.byte_columns import bytes_of, places_of
from pipelines.core.events.row_index import RowIndex, hash32, key_of, key_of_family, keys_of
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

    __slots__ = ("_base", "_index", "_packed", "_packed_base", "_records", "first")

    def __init__(self) -> None:
        self.first = 0  # the oldest row that is remembered; older ones may still take room
        self._base = 0
        self._records = bytearray()
        self._packed = bytearray()
        self._packed_base = 0
        self._index = RowIndex()

    @property
    def next_number(self) -> int:
        """Number of the row that will be added next."""
        return self._base + len(self._records) // RECORD.size

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take."""
        return len(self._records) + len(self._packed) + self._index.nbytes

    def add(self, record: RowRecord, packed: bytes, *, begins_event: bool) -> None:
        """Give the next number to a row, whose record says where its change ends."""
        self._packed += packed
        self._records += record.packed(self._packed_base + len(self._packed))
        self._index.add(
            packed,
            record.family,
            begins=begins_event,
            article=self.article(codec.article_of(packed)),
            alike=self.family(record.family) if record.family else None,
        )

    def extend(self, records: NDArray[np.void], packed: pa.Array) -> None:
        """Give the next numbers to rows, whose records learn where their changes end. To be indexed by `index`."""
        places = places_of(packed)
        begin = self._packed_base + len(self._packed) - int(places[0])
        records["end"] = places[1:].astype(np.uint64) + np.uint64(begin)
        self._packed += bytes_of(packed).data
        self._records += records.view(np.uint8).data

    # finding

    def row(self, row_key: bytes) -> int | None:
        """Number of the row of this key."""
        for number in self._index.rows.newest(key_of(row_key), _AT_ONCE):
            if number >= self.first and codec.row_key_of(self.packed(number)) == row_key:
                return number
        return None

    def article(self, article_id: bytes) -> int | None:
        """Number of the newest row of an article, by its packed id."""
        for number in self._index.articles.newest(hash32(article_id), _AT_ONCE):
            if number >= self.first and codec.article_of(self.packed(number)) == article_id:
                return number
        return None

    def family(self, family: int) -> int | None:
        """Number of the newest row of a family of copies, whose article has an event."""
        wanted = family.to_bytes(8, "little")
        for number in self._index.families.newest(key_of_family(family), _AT_ONCE):
            place = (number - self._base) * RECORD.size + _FAMILY_AT
            if number >= self.first and self._records[place : place + 8] == wanted:
                return number
        return None

    def beginnings(self, event: bytes) -> Iterable[int]:
        """Numbers of rows with which an event began, newest first, by its packed id."""
        for number in self._index.events.newest(hash32(event), _AT_ONCE):
            if number >= self.first and codec.event_of(self.packed(number)) == event:
                yield number

    def perhaps_known(self, row_keys: NDArray[np.uint8]) -> Numbers:
        """Places of the names that have a part in common with that of a row that is there."""
        places, _ = self._index.rows.pairs(keys_of(row_keys))
        return places

    def newest_of_articles(self, articles: Collection[bytes]) -> dict[bytes, int]:
        """Numbers of the newest rows of articles, by packed ids that each come once; of those that have a row."""
        return self._newest(self._index.articles, articles, codec.article_of)

    def newest_beginnings(self, events: Collection[bytes]) -> dict[bytes, int]:
        """Numbers of the newest rows with which events began, by packed ids that each come once."""
        return self._newest(self._index.events, events, codec.event_of)

    def _newest(
        self, index: RecentIndex, names: Collection[bytes], name_of: Callable[[bytes], bytes]
    ) -> dict[bytes, int]:
        wanted = list(names)
        found: dict[bytes, int] = {}
        places, numbers = index.pairs(np.fromiter(map(hash32, wanted), np.uint32, len(wanted)))
        # Of one key the newest comes first.
        for place, number in zip(places.tolist(), numbers.tolist(), strict=True):
            name = wanted[place]
            if number >= self.first and name not in found and name_of(self.packed(number)) == name:
                found[name] = number
        return found

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
        return codec.terms_of(self.packed(number))

    def terms_of_each(self, numbers: Numbers) -> list[bytes]:
        """The terms of each row: a third of the work of one row after the other."""
        at, all_ends = numbers - self._base, self.view(self._base, self.next_number)["end"]
        ends = all_ends[at].astype(np.int64) - self._packed_base
        begins = np.where(at > 0, all_ends[at - 1].astype(np.int64) - self._packed_base, 0)
        starts = ends - codec.terms_sizes(np.frombuffer(self._packed, np.uint8), begins)
        with memoryview(self._packed) as packed:
            return [
                bytes(packed[start:end]) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
            ]

    def span(self, number: int) -> tuple[int, int] | None:
        """First and last millisecond of what a row tells of; `None`: undated."""
        at = number - self._base
        return codec.span_of(self._packed, self._end(at - 1) - self._packed_base if at else 0)

    def row_back(self, number: int, back: int | None) -> int | None:
        """The row so many rows before another; `None` where it is forgotten."""
        return None if back is None or number - back < self.first else number - back

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

    def found(self, numbers: Numbers) -> None:
        """Note that each of some rows is all of an event that begins with it."""
        records, at = self.view(self._base, self.next_number), numbers - self._base
        records["marks"][at] |= np.uint8(Mark.BEGINS | Mark.ALONE | Mark.INDEXED)
        records["event"][at] = 0

    def put_event(self, number: int, beginning: int) -> None:
        """Note in which event a row does something, by the row with which that began."""
        place = (number - self._base) * RECORD.size + _EVENT_AT
        self._records[place : place + 4] = (number - beginning).to_bytes(4, "little")

    def put_record(self, number: int, record: RowRecord) -> None:
        """Give a row another record."""
        place = (number - self._base) * RECORD.size
        self._records[place : place + RECORD.size] = record.packed(self._end(number - self._base))

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
        self._index.forget_before(self.first)

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
        own = bytearray(records)
        ends = np.frombuffer(own, RECORD_DTYPE)["end"]
        moved = self._packed_base + len(self._packed) + len(packed) - int(ends[-1])
        ends += np.uint64(moved % 2**64)
        self._packed += packed
        self._records += own
        changes = [self.packed(number) for number in range(begin, self.next_number)]
        row_keys = np.frombuffer(b"".join(map(codec.row_key_of, changes)), np.uint8).reshape(-1, 16)
        self.index(
            begin,
            row_keys,
            [codec.article_of(change) for change in changes],
            [codec.event_of(change) for change in changes],
        )

    def index(
        self,
        begin: int,
        row_keys: NDArray[np.uint8],
        articles: Sequence[bytes],
        events: Sequence[bytes | None],
        older: Iterable[int] = (),
    ) -> None:
        """Index the rows from one on, by their names and the packed ids of article and event.

        `older` are the rows that were the newest of these articles.
        """
        self._index.extend(self.view(begin, self.next_number), row_keys, articles, events)
        self._index.hide_articles(older)
