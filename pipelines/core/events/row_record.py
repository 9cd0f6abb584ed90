"""What must be known of a row at once: the fixed part of the log."""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

import numpy as np

from schemas.article_parts import ItemKind, PubStatus


class Mark:
    """What a row does in an event: bits of a byte, plain numbers because they are tested ten times a row."""

    STANDS: Final = 1  # its article stands in a live event with this row's terms
    ALONE: Final = 2  # it began a live event and is still all of it
    INDEXED: Final = 4  # a live event was last indexed when it came in
    AHEAD: Final = 8  # its arrival was ahead of the clock
    BEGINS: Final = 16  # an event began with it


# end of its change, arrival (ms), order key of the text that its article entered with last, family, visible from and
# until (microseconds); rows back to: the beginning of its event, the entry of its article, its article's reason;
# status and restriction, kind, marks
RECORD: Final = struct.Struct("<QqqQqqIIIBBB")
RECORD_DTYPE: Final = np.dtype(
    [
        ("end", "<u8"),
        ("arrival", "<i8"),
        ("order", "<i8"),
        ("family", "<u8"),
        ("visible_from", "<i8"),
        ("visible_until", "<i8"),
        ("event", "<u4"),
        ("entry", "<u4"),
        ("reason", "<u4"),
        ("status", "u1"),
        ("kind", "u1"),
        ("marks", "u1"),
    ]
)
NONE: Final = -(2**63)
NOWHERE: Final = 2**32 - 1
NO_ORDER: Final = -1
_STATUSES: Final = tuple(PubStatus)
_KINDS: Final = tuple(ItemKind)
RESTRICTED: Final = 0x80
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRecord:
    """A row's place in time and in its article's life. Distances are in rows, back from this one; `None`: nowhere."""

    arrival: int | None
    order: int
    family: int
    visible_from: datetime | None
    visible_until: datetime | None
    event_back: int | None
    entry_back: int | None
    reason_back: int | None
    pub_status: PubStatus
    item_kind: ItemKind
    restricted: bool
    marks: int

    def packed(self, end: int) -> bytes:
        """As the log keeps it, with the end of its change."""
        return RECORD.pack(
            end,
            NONE if self.arrival is None else self.arrival,
            self.order,
            self.family,
            _packed_instant(self.visible_from),
            _packed_instant(self.visible_until),
            NOWHERE if self.event_back is None else self.event_back,
            NOWHERE if self.entry_back is None else self.entry_back,
            NOWHERE if self.reason_back is None else self.reason_back,
            _STATUSES.index(self.pub_status) | RESTRICTED * self.restricted,
            _KINDS.index(self.item_kind),
            self.marks,
        )

    @classmethod
    def read(cls, records: bytearray, place: int) -> "RowRecord":
        """The record at a place."""
        _, arrival, order, family, begin, until, event, entry, reason, status, kind, marks = (
            RECORD.unpack_from(records, place)
        )
        return cls(
            arrival=None if arrival == NONE else arrival,
            order=order,
            family=family,
            visible_from=_instant(begin),
            visible_until=_instant(until),
            event_back=None if event == NOWHERE else event,
            entry_back=None if entry == NOWHERE else entry,
            reason_back=None if reason == NOWHERE else reason,
            pub_status=_STATUSES[status & ~RESTRICTED],
            item_kind=_KINDS[kind],
            restricted=bool(status & RESTRICTED),
            marks=marks,
        )


def following(own: RowRecord, before: RowRecord, gap: int, oldest: int, *, is_present: bool) -> RowRecord:
    """What a row says when its article was there before, so many rows back.

    `own` is what the row says of itself. What lies further back than `oldest` rows is forgotten. A row that is not the
    present of its article leaves its state as it was.
    """
    state = own if is_present else before
    return RowRecord(
        arrival=own.arrival,
        order=before.order if own.entry_back is None else own.order,
        family=own.family,
        visible_from=state.visible_from,
        visible_until=state.visible_until,
        event_back=own.event_back,
        entry_back=_back(own.entry_back, before.entry_back, gap, oldest),
        reason_back=_back(own.reason_back, before.reason_back, gap, oldest),
        pub_status=state.pub_status,
        item_kind=state.item_kind,
        restricted=state.restricted,
        marks=own.marks,
    )


def _back(own: int | None, before: int | None, gap: int, oldest: int) -> int | None:
    if own is not None or before is None or before + gap > oldest:
        return own
    return before + gap


def family_hash(copy_family: str | None) -> int:
    """64 bits by which families are told apart, never 0; 0 for none."""
    if copy_family is None:
        return 0
    return int.from_bytes(blake2b(copy_family.encode("utf-8", "surrogatepass"), digest_size=8).digest()) or 1


def _packed_instant(instant: datetime | None) -> int:
    return NONE if instant is None else (instant - _EPOCH) // _MICROSECOND


def _instant(packed: int) -> datetime | None:
    return None if packed == NONE else _EPOCH + packed * _MICROSECOND
