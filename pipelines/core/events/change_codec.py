"""A change as bytes: one record of the journal, and what the memory keeps of a row. Some 600 bytes of a row with terms.

    head        version, flags, what the row does and how the article stands, name of the row, times, lengths
    event       where the article has one, `packing.packed_id`; then the article's id
    then        family, model, embargo, expiry, reason, terms: those that the flags name

The memory reads single fields from where they stand, so that an article is not made anew to be looked at.
"""

import struct
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.core.events.change import Effect, EventChange
from pipelines.core.events.packing import packed_bytes, packed_id, read_bytes, unpacked_id
from pipelines.core.events.reason_codec import pack_reason, unpack_reason
from schemas.article_parts import ItemKind, PubStatus

CHANGE_VERSION: Final = 1
# version, flags, effect and kind, status, row key, received (microseconds), order key, first, first to last
# (milliseconds), confidence, length of event, of id, of terms
_HEAD: Final = struct.Struct("<BHBB16sqqqIdBHH")
HEAD_DTYPE: Final = np.dtype(
    [
        ("version", "u1"),
        ("flags", "<u2"),
        ("deed", "u1"),
        ("status", "u1"),
        ("row_key", "u1", 16),
        ("received", "<i8"),
        ("order_key", "<i8"),
        ("first", "<i8"),
        ("length", "<u4"),
        ("confidence", "<f8"),
        ("event", "u1"),
        ("own", "<u2"),
        ("terms", "<u2"),
    ]
)
_ROW_KEY_AT: Final = 5
_LENGTHS: Final = struct.Struct("<BHH")
_LENGTHS_AT: Final = _HEAD.size - _LENGTHS.size
_TERMS_SIZE_AT: Final = _HEAD.size - 2
_SPAN: Final = struct.Struct("<qI")
_SPAN_AT: Final = _LENGTHS_AT - 8 - _SPAN.size
_INSTANT: Final = struct.Struct("<q")
_FLAGS: Final = struct.Struct("<H")

(
    NEW,
    PRESENT,
    RESTRICTED,
    EVENT,
    CONFIDENCE,
    RECEIVED,
    HAS_SPAN,
    FAMILY,
    MODEL,
    FROM,
    UNTIL,
    REASON,
    TERMS,
) = (1 << bit for bit in range(13))
EFFECTS: Final = tuple(Effect)
KINDS: Final = tuple(ItemKind)
STATUSES: Final = tuple(PubStatus)
KIND_BITS: Final = 4
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class UnknownChangeVersion(ValueError):
    """A record of a journal that a later release has written."""


def pack_change(change: EventChange) -> bytes:
    """A change as bytes; `unpack_change` gives it back exactly."""
    reason = None if change.event_reason is None else pack_reason(change.event_reason)
    event = b"" if change.event_id is None else packed_id(change.event_id)
    own = packed_id(change.article_id)
    terms = change.event_terms or b""
    first, last = change.first_ms, change.last_ms
    return b"".join(
        (
            _HEAD.pack(
                CHANGE_VERSION,
                _flags(change) | REASON * (reason is not None),
                EFFECTS.index(change.effect) << KIND_BITS | KINDS.index(change.item_kind),
                STATUSES.index(change.pub_status),
                change.row_key,
                _packed_instant(change.received),
                change.order_key,
                first or 0,
                0 if first is None or last is None else last - first,
                change.event_confidence or 0.0,
                len(event),
                len(own),
                len(terms),
            ),
            event,
            own,
            *_optional(change),
            b"" if reason is None else packed_bytes(reason),
            terms,
        )
    )


def _flags(change: EventChange) -> int:
    return (
        NEW * change.event_is_new
        | PRESENT * change.is_present
        | RESTRICTED * change.restricted
        | EVENT * (change.event_id is not None)
        | CONFIDENCE * (change.event_confidence is not None)
        | RECEIVED * (change.received is not None)
        | HAS_SPAN * (change.first_ms is not None)
        | FAMILY * (change.copy_family is not None)
        | MODEL * (change.event_model is not None)
        | FROM * (change.visible_from is not None)
        | UNTIL * (change.visible_until is not None)
        | TERMS * (change.event_terms is not None)
    )


def _optional(change: EventChange) -> list[bytes]:
    parts = []
    if change.copy_family is not None:
        parts.append(packed_bytes(packed_id(change.copy_family)))
    if change.event_model is not None:
        parts.append(packed_bytes(change.event_model.encode("utf-8", "surrogatepass")))
    if change.visible_from is not None:
        parts.append(_INSTANT.pack(_packed_instant(change.visible_from)))
    if change.visible_until is not None:
        parts.append(_INSTANT.pack(_packed_instant(change.visible_until)))
    return parts


def _packed_instant(instant: datetime | None) -> int:
    return 0 if instant is None else (instant - _EPOCH) // _MICROSECOND


def unpack_change(packed: bytes) -> EventChange:
    """The inverse of `pack_change`.

    Raises:
        UnknownChangeVersion: the first byte is not a version this release reads.
    """
    if packed[:1] != bytes((CHANGE_VERSION,)):
        raise UnknownChangeVersion(
            f"change of version {packed[:1].hex() or 'missing'}, this release reads 01"
        )
    _, flags, deed, status, row, received, order_key, first, length, confidence, *sizes = _HEAD.unpack_from(
        packed
    )
    event_end = _HEAD.size + sizes[0]
    at = event_end + sizes[1]
    family, at = read_bytes(packed, at) if flags & FAMILY else (b"", at)
    model, at = read_bytes(packed, at) if flags & MODEL else (b"", at)
    visible_from, at = _instant_at(packed, at) if flags & FROM else (None, at)
    visible_until, at = _instant_at(packed, at) if flags & UNTIL else (None, at)
    reason, at = read_bytes(packed, at) if flags & REASON else (b"", at)
    return EventChange(
        row_key=row,
        article_id=unpacked_id(packed[event_end : event_end + sizes[1]]),
        received=_EPOCH + received * _MICROSECOND if flags & RECEIVED else None,
        effect=EFFECTS[deed >> KIND_BITS],
        event_id=unpacked_id(packed[_HEAD.size : event_end]) if flags & EVENT else None,
        event_confidence=confidence if flags & CONFIDENCE else None,
        event_is_new=bool(flags & NEW),
        event_reason=unpack_reason(reason) if flags & REASON else None,
        event_terms=packed[at : at + sizes[2]] if flags & TERMS else None,
        event_model=model.decode("utf-8", "surrogatepass") if flags & MODEL else None,
        order_key=order_key,
        first_ms=first if flags & HAS_SPAN else None,
        last_ms=first + length if flags & HAS_SPAN else None,
        copy_family=unpacked_id(family) if flags & FAMILY else None,
        is_present=bool(flags & PRESENT),
        pub_status=STATUSES[status],
        item_kind=KINDS[deed & (1 << KIND_BITS) - 1],
        restricted=bool(flags & RESTRICTED),
        visible_from=visible_from,
        visible_until=visible_until,
    )


def _instant_at(packed: bytes, at: int) -> tuple[datetime, int]:
    (instant,) = _INSTANT.unpack_from(packed, at)
    return _EPOCH + instant * _MICROSECOND, at + _INSTANT.size


def row_key_of(packed: bytes) -> bytes:
    """The name of the row."""
    return packed[_ROW_KEY_AT : _ROW_KEY_AT + 16]


def event_of(packed: bytes) -> bytes:
    """The packed id of the article's event, empty without one."""
    return packed[_HEAD.size : _HEAD.size + packed[_LENGTHS_AT]]


def article_of(packed: bytes) -> bytes:
    """The packed id of the article."""
    event, own, _ = _LENGTHS.unpack_from(packed, _LENGTHS_AT)
    return packed[_HEAD.size + event : _HEAD.size + event + own]


def terms_of(packed: bytes) -> bytes:
    """The terms, empty without any: what stands last."""
    _, _, terms = _LENGTHS.unpack_from(packed, _LENGTHS_AT)
    return packed[len(packed) - terms :]


def terms_sizes(packed: NDArray[np.uint8], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many bytes of terms the changes have that begin at some places."""
    low, high = (packed[places + (_TERMS_SIZE_AT + byte)].astype(np.int64) for byte in (0, 1))
    return low | high << 8


def span_of(packed: bytes | bytearray, at: int = 0) -> tuple[int, int] | None:
    """First and last millisecond of what a change tells of that begins at a place; `None`: undated."""
    if not _FLAGS.unpack_from(packed, at + 1)[0] & HAS_SPAN:
        return None
    first, length = _SPAN.unpack_from(packed, at + _SPAN_AT)
    return first, first + length


def has_reason(packed: bytes) -> bool:
    """Whether the row says why its article joined its event."""
    return bool(_FLAGS.unpack_from(packed, 1)[0] & REASON)
