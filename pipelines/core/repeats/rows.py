"""The rows a repeat memory knows, packed: about 110 bytes a row, and three ways to find one.

Rows are numbered in the order in which they come; the newest row of an article carries the article's state, so nothing
is ever changed in place and forgetting is cutting off the oldest rows.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final
from zlib import crc32

from pipelines.core.recent_index import RecentIndex
from schemas.article_parts import DupKind

# row key, family, text, sequence, visible from, visible until, end of its ids, source, similarity, containment, kind,
# flags
_ROW: Final = struct.Struct("<16s16s8sqqqQIHHBB")
_IDS_END: Final = struct.Struct("<Q")
_IDS_END_AT: Final = 64
_NONE: Final = -(2**63)
_KINDS: Final = (None, *DupKind)
_LENGTH_BYTES: Final = 2
_AT_ONCE = 64
# Shares are kept, and stamped, in ten-thousandths: finer than the estimate's error of .03.
SHARE_UNIT = 10_000

_KILLED, _HIDDEN, _LINKED, _SKETCHED, _TEXT = 1, 2, 4, 8, 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DIGEST = re.compile("(?:[0-9a-f]{2}){16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRow:
    """A row as it was stamped; the newest of an article is the article's present state."""

    row_key: bytes
    article_id: str
    language_seq: int
    text_key: bytes | None
    site: int
    is_killed: bool
    is_hidden: bool
    is_sketched: bool
    visible_from: datetime | None
    visible_until: datetime | None
    copy_family: str | None
    dup_of: str | None
    dup_kind: DupKind | None
    dup_similarity: float | None
    dup_containment: float | None

    def is_readable(self, as_of: datetime | None) -> bool:
        """Whether readers may see the article at `as_of`; without a time, whether they may at any time."""
        if self.is_killed or self.is_hidden:
            return False
        if as_of is None:
            return self.visible_from is None and self.visible_until is None
        return (self.visible_from is None or self.visible_from <= as_of) and (
            self.visible_until is None or self.visible_until > as_of
        )


class RowTable:
    """Rows by number, by row key, by article and by text."""

    __slots__ = ("_by_article", "_by_key", "_by_text", "_first", "_ids", "_ids_first", "_packed")

    def __init__(self) -> None:
        self._first = 0
        self._packed = bytearray()
        self._ids = bytearray()
        self._ids_first = 0
        self._by_key, self._by_article, self._by_text = RecentIndex(), RecentIndex(), RecentIndex()

    @property
    def next_number(self) -> int:
        """Number of the row that will be added next."""
        return self._first + len(self._packed) // _ROW.size

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take."""
        indices = self._by_key.nbytes + self._by_article.nbytes + self._by_text.nbytes
        return len(self._packed) + len(self._ids) + indices

    def add(self, row: KnownRow) -> None:
        """Give the next number to a row."""
        own = _packed_id(row.article_id)
        self._ids += len(own).to_bytes(_LENGTH_BYTES, "little") + own
        if row.dup_of is not None:
            self._ids += _packed_id(row.dup_of)
        self._packed += _ROW.pack(
            row.row_key,
            bytes.fromhex(row.copy_family or "00" * 16),
            row.text_key or bytes(8),
            row.language_seq,
            _packed_instant(row.visible_from),
            _packed_instant(row.visible_until),
            self._ids_first + len(self._ids),
            row.site,
            round((row.dup_similarity or 0) * SHARE_UNIT),
            round((row.dup_containment or 0) * SHARE_UNIT),
            _KINDS.index(row.dup_kind),
            _flags(row),
        )
        self._by_key.add(_key_of(row.row_key))
        self._index_article(row.article_id)
        # A row without a text takes its place in the index of texts under a key that leads nowhere.
        self._by_text.add(_key_of(row.text_key or row.row_key))

    def _index_article(self, article_id: str) -> None:
        """Only the newest row of an article is found: it has the article's state."""
        key = _crc(article_id)
        for number in self._by_article.newest(key, _AT_ONCE):
            if self.at(number).article_id == article_id:
                self._by_article.replace(number, key)
                return
        self._by_article.add(key)

    def row(self, row_key: bytes) -> KnownRow | None:
        """The row of this key."""
        found = self._found(self._by_key, _key_of(row_key))
        return next((row for row in found if row.row_key == row_key), None)

    def article(self, article_id: str) -> KnownRow | None:
        """The newest row of this article."""
        found = self._found(self._by_article, _crc(article_id))
        return next((row for row in found if row.article_id == article_id), None)

    def with_text(self, text_key: bytes) -> list[KnownRow]:
        """Rows that have this very text, newest first; not all where there are very many."""
        return [row for row in self._found(self._by_text, _key_of(text_key)) if row.text_key == text_key]

    def _found(self, index: RecentIndex, key: int) -> Iterator[KnownRow]:
        return map(self.at, index.newest(key, _AT_ONCE))

    def at(self, number: int) -> KnownRow:
        """The row of this number."""
        place = (number - self._first) * _ROW.size
        (
            row_key,
            family,
            text_key,
            language_seq,
            visible_from,
            visible_until,
            ids_end,
            site,
            similarity,
            containment,
            kind,
            flags,
        ) = _ROW.unpack_from(self._packed, place)
        article_id, dup_of = self._ids_of(place, ids_end)
        dup_kind = _KINDS[kind]
        return KnownRow(
            row_key=row_key,
            article_id=article_id,
            language_seq=language_seq,
            text_key=text_key if flags & _TEXT else None,
            site=site,
            is_killed=bool(flags & _KILLED),
            is_hidden=bool(flags & _HIDDEN),
            is_sketched=bool(flags & _SKETCHED),
            visible_from=_instant(visible_from),
            visible_until=_instant(visible_until),
            copy_family=family.hex() if flags & _LINKED else None,
            dup_of=dup_of,
            dup_kind=dup_kind,
            dup_similarity=similarity / SHARE_UNIT if dup_kind else None,
            dup_containment=containment / SHARE_UNIT if dup_kind else None,
        )

    def _ids_of(self, place: int, end: int) -> tuple[str, str | None]:
        """The row's own id, behind its length, and the id of what it repeats: from the end of the row before on."""
        begin = self._ids_end(place - _ROW.size) if place else self._ids_first
        packed = bytes(self._ids[begin - self._ids_first : end - self._ids_first])
        own_end = _LENGTH_BYTES + int.from_bytes(packed[:_LENGTH_BYTES], "little")
        own, other = packed[_LENGTH_BYTES:own_end], packed[own_end:]
        return _id(own), _id(other) if other else None

    def _ids_end(self, place: int) -> int:
        end: int = _IDS_END.unpack_from(self._packed, place + _IDS_END_AT)[0]
        return end

    def forget_before(self, number: int) -> None:
        """Forget all rows with a smaller number."""
        count = min(number, self.next_number) - self._first
        if count <= 0:
            return
        ids_first = self._ids_end((count - 1) * _ROW.size)
        del self._ids[: ids_first - self._ids_first]
        del self._packed[: count * _ROW.size]
        self._ids_first = ids_first
        self._first += count
        for index in (self._by_key, self._by_article, self._by_text):
            index.forget_before(self._first)


def text_key(content_hash: str) -> bytes:
    """The part of a content hash by which texts are told apart: 64 bits."""
    return blake2b(content_hash.encode(), digest_size=8).digest()


def site_of(source: str) -> int:
    """The part of a source by which sites are told apart: 32 bits."""
    return _crc(source)


def _crc(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))


def _key_of(key: bytes) -> int:
    return int.from_bytes(key[:4], "little")


def _flags(row: KnownRow) -> int:
    return (
        _KILLED * row.is_killed
        | _HIDDEN * row.is_hidden
        | _LINKED * (row.copy_family is not None)
        | _SKETCHED * row.is_sketched
        | _TEXT * (row.text_key is not None)
    )


def _packed_id(name: str) -> bytes:
    """An id in half its length where it is a digest in hex; the first byte says so."""
    if _DIGEST.fullmatch(name):
        return b"x" + bytes.fromhex(name)
    return b"s" + name.encode("utf-8", "surrogatepass")


def _id(packed: bytes) -> str:
    return packed[1:].hex() if packed[:1] == b"x" else packed[1:].decode("utf-8", "surrogatepass")


def _packed_instant(instant: datetime | None) -> int:
    return _NONE if instant is None else (instant - _EPOCH) // _MICROSECOND


def _instant(packed: int) -> datetime | None:
    return None if packed == _NONE else _EPOCH + packed * _MICROSECOND
