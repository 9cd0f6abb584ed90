"""How a row lies in memory: 82 bytes that a struct packs one by one and numpy sees as a table, and its ids.

Ids lie apart, one after the other: of each row its own, behind its length, then the id of what it repeats.
"""

import re
import struct
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from pipelines.core.repeats.known_row import KnownRow
from schemas.article_parts import DupKind

ROW: Final = np.dtype(
    [
        ("row_key", "u1", 16),
        ("family", "u1", 16),
        ("text_key", "u1", 8),
        ("language_seq", "<i8"),
        ("visible_from", "<i8"),
        ("visible_until", "<i8"),
        ("ids_end", "<u8"),
        ("site", "<u4"),
        ("similarity", "<u2"),
        ("containment", "<u2"),
        ("kind", "u1"),
        ("flags", "u1"),
    ]
)
_PACKED: Final = struct.Struct("<16s16s8sqqqQIHHBB")
assert _PACKED.size == ROW.itemsize
_IDS_END: Final = struct.Struct("<Q")
_IDS_END_AT: Final = 64
KILLED, HIDDEN, LINKED, SKETCHED, TEXT = 1, 2, 4, 8, 16
KINDS: Final = (None, *DupKind)
# Shares are kept, and stamped, in ten-thousandths: finer than the estimate's error of .03.
SHARE_UNIT = 10_000
NO_INSTANT: Final = -(2**63)
NO_FAMILY = "00" * 16

_LENGTH_BYTES: Final = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DIGEST = re.compile("(?:[0-9a-f]{2}){16}")

Rows = NDArray[np.void]


def pack_row(row: KnownRow, ids_end: int) -> bytes:
    """A row; `ids_end` is where its ids end among those of all rows."""
    return _PACKED.pack(
        row.row_key,
        bytes.fromhex(row.copy_family or NO_FAMILY),
        row.text_key or bytes(8),
        row.language_seq,
        pack_instant(row.visible_from),
        pack_instant(row.visible_until),
        ids_end,
        row.site,
        round((row.dup_similarity or 0) * SHARE_UNIT),
        round((row.dup_containment or 0) * SHARE_UNIT),
        KINDS.index(row.dup_kind),
        KILLED * row.is_killed
        | HIDDEN * row.is_hidden
        | LINKED * (row.copy_family is not None)
        | SKETCHED * row.is_sketched
        | TEXT * (row.text_key is not None),
    )


def unpack_row(packed: bytes | bytearray, at: int, ids: bytes) -> KnownRow:
    """The inverse of `pack_row`, with the ids of this row."""
    (
        row_key,
        family,
        text_key_,
        language_seq,
        visible_from,
        visible_until,
        _,
        site,
        similarity,
        containment,
        kind,
        flags,
    ) = _PACKED.unpack_from(packed, at)
    article_id, dup_of = unpack_ids(ids)
    dup_kind = KINDS[kind]
    return KnownRow(
        row_key=row_key,
        article_id=article_id,
        language_seq=language_seq,
        text_key=text_key_ if flags & TEXT else None,
        site=site,
        is_killed=bool(flags & KILLED),
        is_hidden=bool(flags & HIDDEN),
        is_sketched=bool(flags & SKETCHED),
        visible_from=unpack_instant(visible_from),
        visible_until=unpack_instant(visible_until),
        copy_family=family.hex() if flags & LINKED else None,
        dup_of=dup_of,
        dup_kind=dup_kind,
        dup_similarity=similarity / SHARE_UNIT if dup_kind else None,
        dup_containment=containment / SHARE_UNIT if dup_kind else None,
    )


def ids_end_of(packed: bytes | bytearray, at: int) -> int:
    """Where the ids of the row at this byte end."""
    end: int = _IDS_END.unpack_from(packed, at + _IDS_END_AT)[0]
    return end


def pack_ids(article_id: str, dup_of: str | None) -> bytes:
    """A row's own id, behind its length, and the id of what it repeats."""
    own = _pack_id(article_id)
    other = b"" if dup_of is None else _pack_id(dup_of)
    return len(own).to_bytes(_LENGTH_BYTES, "little") + own + other


def unpack_ids(packed: bytes) -> tuple[str, str | None]:
    """The inverse of `pack_ids`."""
    end = _LENGTH_BYTES + int.from_bytes(packed[:_LENGTH_BYTES], "little")
    own, other = packed[_LENGTH_BYTES:end], packed[end:]
    return _unpack_id(own), _unpack_id(other) if other else None


def _pack_id(name: str) -> bytes:
    """An id in half its length where it is a digest in hex; the first byte says so."""
    if _DIGEST.fullmatch(name):
        return b"x" + bytes.fromhex(name)
    return b"s" + name.encode("utf-8", "surrogatepass")


def _unpack_id(packed: bytes) -> str:
    return packed[1:].hex() if packed[:1] == b"x" else packed[1:].decode("utf-8", "surrogatepass")


def text_key(content_hash: str) -> bytes:
    """The part of a content hash by which texts are told apart: 64 bits."""
    return blake2b(content_hash.encode(), digest_size=8).digest()


def site_of(source: str) -> int:
    """The part of a source by which sites are told apart: 32 bits."""
    return crc(source)


def crc(text: str) -> int:
    """CRC-32 of any text."""
    return crc32(text.encode("utf-8", "surrogatepass"))


def pack_instant(instant: datetime | None) -> int:
    """Microseconds since 1970, `NO_INSTANT` for none."""
    return NO_INSTANT if instant is None else (instant - _EPOCH) // _MICROSECOND


def unpack_instant(packed: int) -> datetime | None:
    """The inverse of `pack_instant`."""
    return None if packed == NO_INSTANT else _EPOCH + packed * _MICROSECOND
