"""Changes of a repeat memory as the journal keeps them: some 280 bytes with a sketch.

    version  flags  kind  row key 16  sequence  site  [received] [visible from] [visible until] [text 8] [family 16]
    [similarity  containment]  length  ids  sketch

What a flag does not announce is not there.
"""

import struct
from datetime import datetime

from pipelines.core.repeats.changes import RepeatChange
from pipelines.core.repeats.row_layout import (
    KINDS,
    pack_ids,
    pack_instant,
    unpack_ids,
    unpack_instant,
)

JOURNAL_VERSION = 1

_HEAD = struct.Struct("<BHB16sqI")
_INSTANT, _SHARES, _LENGTH = struct.Struct("<q"), struct.Struct("<dd"), struct.Struct("<I")
_TEXT_BYTES, _FAMILY_BYTES = 8, 16
_ASIDE, _KILLED, _HIDDEN = 1, 2, 4
_RECEIVED, _FROM, _UNTIL, _TEXT, _FAMILY, _SHARED, _SKETCH = (8 << place for place in range(7))


class UnknownJournalVersion(ValueError):
    """Bytes of another release: a journal that this one cannot read."""


def pack_change(change: RepeatChange) -> bytes:
    """A change as bytes, a version byte in front."""
    flags = _ASIDE * change.is_aside | _KILLED * change.is_killed | _HIDDEN * change.is_hidden
    tail = b""
    for flag, instant in (
        (_RECEIVED, change.received),
        (_FROM, change.visible_from),
        (_UNTIL, change.visible_until),
    ):
        if instant is not None:
            flags |= flag
            tail += _INSTANT.pack(pack_instant(instant))
    if change.text_key is not None:
        flags |= _TEXT
        tail += change.text_key
    if change.copy_family is not None:
        flags |= _FAMILY
        tail += bytes.fromhex(change.copy_family)
    if change.dup_similarity is not None and change.dup_containment is not None:
        flags |= _SHARED
        tail += _SHARES.pack(change.dup_similarity, change.dup_containment)
    ids = pack_ids(change.article_id, change.dup_of)
    tail += _LENGTH.pack(len(ids)) + ids
    if change.repeat_sketch is not None:
        flags |= _SKETCH
        tail += change.repeat_sketch
    kind = KINDS.index(change.dup_kind)
    return _HEAD.pack(JOURNAL_VERSION, flags, kind, change.row_key, change.language_seq, change.site) + tail


def unpack_change(blob: bytes) -> RepeatChange:
    """The inverse of `pack_change`.

    Raises:
        UnknownJournalVersion: the first byte is not the version this release writes.
    """
    if blob[:1] != bytes((JOURNAL_VERSION,)):
        raise UnknownJournalVersion(f"journal version {blob[:1].hex() or 'missing'}, this release reads 01")
    _, flags, kind, row_key, language_seq, site = _HEAD.unpack_from(blob)
    rest = _Rest(blob, flags)
    received, visible_from, visible_until = (rest.instant(flag) for flag in (_RECEIVED, _FROM, _UNTIL))
    text_key, family = rest.part(_TEXT, _TEXT_BYTES), rest.part(_FAMILY, _FAMILY_BYTES)
    shares = rest.part(_SHARED, _SHARES.size)
    similarity, containment = (None, None) if shares is None else _SHARES.unpack(shares)
    article_id, dup_of = unpack_ids(rest.behind_length())
    return RepeatChange(
        row_key=row_key,
        language_seq=language_seq,
        article_id=article_id,
        site=site,
        received=received,
        is_aside=bool(flags & _ASIDE),
        is_killed=bool(flags & _KILLED),
        is_hidden=bool(flags & _HIDDEN),
        visible_from=visible_from,
        visible_until=visible_until,
        text_key=text_key,
        repeat_sketch=rest.part(_SKETCH, len(blob)),
        copy_family=None if family is None else family.hex(),
        dup_of=dup_of,
        dup_kind=KINDS[kind],
        dup_similarity=similarity,
        dup_containment=containment,
    )


class _Rest:
    """What stands behind the head of a record, part by part."""

    __slots__ = ("_at", "_blob", "_flags")

    def __init__(self, blob: bytes, flags: int) -> None:
        self._blob, self._flags, self._at = blob, flags, _HEAD.size

    def part(self, flag: int, length: int) -> bytes | None:
        if not self._flags & flag:
            return None
        self._at += length
        return self._blob[self._at - length : self._at]

    def instant(self, flag: int) -> datetime | None:
        packed = self.part(flag, _INSTANT.size)
        return None if packed is None else unpack_instant(_INSTANT.unpack(packed)[0])

    def behind_length(self) -> bytes:
        (length,) = _LENGTH.unpack_from(self._blob, self._at)
        self._at += _LENGTH.size + length
        return self._blob[self._at - length : self._at]
