"""A reason as bytes, some 250 of them: why an article joined is kept for a fortnight, so that the row can be stamped again.

byte 0      which of nearest, gap, margin there are; whether shares are exact in ten-thousandths
then        nearest article, gap, margin; four lists of texts; contributions
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Final

from pipelines.core.events.model import Features
from pipelines.core.events.packing import packed_bytes, packed_id, read_bytes, unpacked_id
from schemas.article_parts import Contribution, EventReason

NEAREST, GAP, MARGIN, EXACT = 1, 2, 4, 8
_DOUBLE: Final = struct.Struct("<d")
# Names of features are written by number; a name that is none of these is written out.
_NAMES: Final = (*Features._fields, "likeness", "late", "copy")
_NUMBERS: Final = {name: number for number, name in enumerate(_NAMES)}
_OTHER: Final = 0xFF
# Values and weights are rounded to four digits where they are made (`model.contributions`).
UNIT: Final = 10_000
MOST: Final = (1 << 31) - 1


def pack_reason(reason: EventReason) -> bytes:
    """A reason as bytes; `unpack_reason` gives it back exactly."""
    shares = [share for part in reason.contributions for share in (part.value, part.weight)]
    texts = (reason.shared_terms, reason.shared_entities, reason.shared_numbers, reason.shared_dates)
    names = [part.feature for part in reason.contributions]
    return _packed(reason.nearest_article, reason.gap_hours, reason.margin, texts, names, shares)


def _packed(
    nearest: str | None,
    gap_hours: float | None,
    margin: float | None,
    texts: Sequence[Sequence[str]],
    names: list[str],
    shares: list[float],
) -> bytes:
    scaled = _in_units(shares)
    flags = (
        NEAREST * (nearest is not None)
        | GAP * (gap_hours is not None)
        | MARGIN * (margin is not None)
        | EXACT * (scaled is not None)
    )
    return b"".join(
        (
            bytes((flags,)),
            b"" if nearest is None else packed_bytes(packed_id(nearest)),
            b"" if gap_hours is None else _DOUBLE.pack(gap_hours),
            b"" if margin is None else _DOUBLE.pack(margin),
            *map(_packed_texts, texts),
            packed_bytes(b"".join(map(packed_name, names))),
            struct.pack(f"<{len(shares)}d", *shares)
            if scaled is None
            else struct.pack(f"<{len(scaled)}i", *scaled),
        )
    )


def _in_units(shares: list[float]) -> list[int] | None:
    """Shares in ten-thousandths, where that loses nothing."""
    if shares and not -MOST < min(shares) * UNIT <= max(shares) * UNIT < MOST:
        return None
    scaled = [round(share * UNIT) for share in shares]
    return scaled if [share / UNIT for share in scaled] == shares else None


def _packed_texts(texts: Sequence[str]) -> bytes:
    return packed_bytes(b"".join([packed_bytes(text.encode("utf-8", "surrogatepass")) for text in texts]))


def packed_name(name: str) -> bytes:
    """The name of a feature: its number, or written out."""
    number = _NUMBERS.get(name)
    if number is not None:
        return bytes((number,))
    return bytes((_OTHER,)) + packed_bytes(name.encode("utf-8", "surrogatepass"))


def unpack_reason(packed: bytes) -> EventReason:
    """The inverse of `pack_reason`."""
    flags, at = packed[0], 1
    nearest = gap = margin = None
    if flags & NEAREST:
        name, at = read_bytes(packed, at)
        nearest = unpacked_id(name)
    if flags & GAP:
        (gap,), at = _DOUBLE.unpack_from(packed, at), at + _DOUBLE.size
    if flags & MARGIN:
        (margin,), at = _DOUBLE.unpack_from(packed, at), at + _DOUBLE.size
    lists = []
    for _ in range(4):
        texts, at = read_bytes(packed, at)
        lists.append(tuple(_texts(texts)))
    names, at = read_bytes(packed, at)
    return EventReason(
        nearest_article=nearest,
        shared_terms=lists[0],
        shared_entities=lists[1],
        shared_numbers=lists[2],
        shared_dates=lists[3],
        gap_hours=gap,
        margin=margin,
        contributions=_contributions(_names(names), packed, at, is_exact=bool(flags & EXACT)),
    )


def _texts(packed: bytes) -> Iterable[str]:
    at = 0
    while at < len(packed):
        text, at = read_bytes(packed, at)
        yield text.decode("utf-8", "surrogatepass")


def _names(packed: bytes) -> list[str]:
    names, at = [], 0
    while at < len(packed):
        number, at = packed[at], at + 1
        if number == _OTHER:
            name, at = read_bytes(packed, at)
            names.append(name.decode("utf-8", "surrogatepass"))
        else:
            names.append(_NAMES[number])
    return names


def _contributions(names: list[str], packed: bytes, at: int, *, is_exact: bool) -> tuple[Contribution, ...]:
    count = 2 * len(names)
    shares: tuple[float, ...] = struct.unpack_from(f"<{count}{'i' if is_exact else 'd'}", packed, at)
    if is_exact:
        shares = tuple(share / UNIT for share in shares)
    return tuple(
        Contribution(feature=name, value=value, weight=weight)
        for name, value, weight in zip(names, shares[::2], shares[1::2], strict=True)
    )
