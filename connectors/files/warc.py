r"""The records of a WARC file, one at a time, as they stand; one that is damaged costs only itself.

    WARC/1.0 \r\n  fields \r\n \r\n  block of Content-Length bytes  \r\n \r\n     and the next

Read over the decompressed bytes, so that plain, gzip (a member a record, or the file as a whole) and zstd are one case.
The frame is ours and not warcio's, whose reader ends at the first damage: of 1,000 records with one bad member in the
middle it gives 500, and one of a file that was compressed as a whole; here it costs one. Both read gzip at 180 MB of
plain bytes a second. Heads are warcio's.

Source: ISO 28500:2017 (WARC 1.1), annex D for gzip; IIPC WARC 1.0.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from warcio.statusandheaders import StatusAndHeadersParser

from connectors.files.decompress import Damage
from connectors.files.gathered import Content, Gathered, Passed

# Heads have about ten fields of an address at most; of one that is longer the frame is not believed.
MAX_HEAD_BYTES = 1 << 16
# A record may be a film. What goes beyond this is a bomb: the file is not read on.
MAX_PASSED_BYTES = 1 << 34
_OPENING = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n", re.IGNORECASE)
_NEXT = re.compile(rb"\nWARC/[01]\.\d{1,2}\r?\n", re.IGNORECASE)
_LONGEST_OPENING = len(b"\nWARC/1.10\r\n")
# A head that never ends is left at the next opening, or each of many such would be searched to the end.
_HEAD_END = re.compile(rb"\n(?:\r?\n|(WARC/[01]\.\d))", re.IGNORECASE)
_BLANKS = re.compile(rb"[\r\n]+")
_TRAILER = b"\r\n\r\n"
_LENGTH = re.compile(r"\d{1,18}")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.IGNORECASE)
_HTML = ("text/html", "application/xhtml+xml")


def is_warc(head: bytes) -> bool:
    r"""Whether the first bytes of a file are those of a WARC.

    >>> is_warc(b"WARC/1.1\r\nWARC-Type: warcinfo\r\n")
    True
    """
    return _OPENING.match(head.lstrip(b"\r\n")) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """What the reader must know of a record; `length` is `None` when it is not stated, and the frame is lost."""

    size: int
    length: int | None
    is_page: bool
    received: datetime | None


def warc_contents(chunks: Iterator[bytes | Damage]) -> Iterator[Content | Passed]:
    """The records of a WARC in their order, and those that are no pages as `Passed`.

    A page is what a server answered over HTTP (`response`), an HTML file (`resource`) or the text of a page
    (`conversion`); a `revisit` has no text of its own. Bytes that are no record, and what damage took, are contents
    with damage, so that nothing is missing without a trace.
    """
    cursor = _Cursor(chunks)
    while True:
        cursor.skip_blanks()
        if cursor.is_at_hand:
            yield from _next_content(cursor)
        elif cursor.damage is not None:
            yield Content(b"", damage=cursor.damage)
            cursor.pass_damage()
        else:
            return
        if cursor.passed > MAX_PASSED_BYTES:
            return


def _next_content(cursor: "_Cursor") -> Iterator[Content | Passed]:
    head = cursor.head()
    yield _junk(cursor) if head is None or head.length is None else _record(cursor, head, head.length)


def _record(cursor: "_Cursor", head: _Head, length: int) -> Content | Passed:
    gathered = Gathered()
    missing = head.size + length
    for piece in cursor.pieces(missing):
        gathered.add(piece)
        missing -= len(piece)
    if missing:
        return cursor.broken(gathered, "the file ends in the middle of a WARC record", head.received)
    if cursor.take(_TRAILER):
        gathered.add(_TRAILER)
    elif not cursor.is_between_records:
        # A crawler that was killed and went on in the same file leaves half a record, and its length reaches into the
        # next: of the bytes of two pages none is made.
        for piece in cursor.pieces_to_next():
            gathered.add(piece)
        return cursor.broken(gathered, "a WARC record of another length than it states", head.received)
    return gathered.content(received=head.received) if head.is_page else Passed(gathered.size)


def _junk(cursor: "_Cursor") -> Content:
    """What stands where a record should: up to the next line that opens one."""
    gathered = Gathered()
    for piece in cursor.pieces_to_next():
        gathered.add(piece)
    return cursor.broken(gathered, "bytes that are no record of a WARC", None)


class _Cursor:
    """The bytes of a file from here on, up to the next damage; what is behind is forgotten.

    `damage` is why the bytes at hand are the last before a gap. `passed` counts those that one record took.
    """

    def __init__(self, chunks: Iterator[bytes | Damage]) -> None:
        self._chunks = chunks
        self._data = bytearray()
        self._at = 0
        self.damage: str | None = None
        self.passed = 0

    @property
    def is_at_hand(self) -> bool:
        return self._at < len(self._data) or self._more()

    def _more(self) -> bool:
        if self.damage is not None:
            return False
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        if isinstance(chunk, Damage):
            self.damage = chunk.detail
            return False
        del self._data[: self._at]
        self._at = 0
        self._data += chunk
        return True

    def pass_damage(self) -> None:
        self.damage = None

    def broken(self, gathered: Gathered, detail: str, received: datetime | None) -> Content:
        """A record that ends too early: at the damage, which is told with it and over then, or by itself."""
        is_at_gap = self.damage is not None and self._at == len(self._data)
        content = gathered.content(self.damage if is_at_gap else detail, received=received)
        if is_at_gap:
            self.pass_damage()
        return content

    def skip_blanks(self) -> None:
        """Pass the line ends between two records, however many."""
        self.passed = 0
        while self.is_at_hand:
            blanks = _BLANKS.match(self._data, self._at)
            if blanks is None:
                return
            self._at = blanks.end()

    def take(self, expected: bytes) -> bool:
        """Pass these bytes if they are the next."""
        while len(self._data) - self._at < len(expected) and self._more():
            pass
        found = self._data.startswith(expected, self._at)
        self._at += len(expected) if found else 0
        return found

    @property
    def is_between_records(self) -> bool:
        """Whether what comes next is no part of a record: a line end, an opening, a gap or the end."""
        if not self.is_at_hand or self._data[self._at] in b"\r\n":
            return True
        while len(self._data) - self._at < _LONGEST_OPENING and self._more():
            pass
        return _OPENING.match(self._data, self._at) is not None

    def head(self) -> _Head | None:
        """The head of the record that starts here; `None` when none does, or none that ends."""
        searched = 0
        while (end := _HEAD_END.search(self._data, self._at + searched, self._at + MAX_HEAD_BYTES)) is None:
            at_hand = len(self._data) - self._at
            if at_hand >= MAX_HEAD_BYTES or not self._more():
                return None
            searched = max(0, at_hand - _LONGEST_OPENING)
        if end[1] is not None or _OPENING.match(self._data, self._at) is None:
            return None
        return _head(bytes(self._data[self._at : end.end()]))

    def pieces(self, size: int) -> Iterator[bytes]:
        """The next bytes, so many or up to the damage or the end."""
        while size and self.is_at_hand and self.passed <= MAX_PASSED_BYTES:
            piece = bytes(self._data[self._at : self._at + size])
            self._at += len(piece)
            self.passed += len(piece)
            size -= len(piece)
            yield piece

    def pieces_to_next(self) -> Iterator[bytes]:
        """The next bytes, one at least, up to a line that opens a record."""
        while self.is_at_hand and self.passed <= MAX_PASSED_BYTES:
            found = _NEXT.search(self._data, self._at)
            if found is not None:
                yield from self.pieces(found.start() + 1 - self._at)
                return
            # The last bytes may be the first of an opening.
            sure = len(self._data) - self._at - _LONGEST_OPENING
            if sure > 0:
                yield from self.pieces(sure)
            if not self._more():
                yield from self.pieces(len(self._data) - self._at)
                return


def _head(head: bytes) -> _Head:
    fields: Any = StatusAndHeadersParser(["WARC/"]).parse(BytesIO(head))
    length = fields.get_header("Content-Length") or ""
    return _Head(
        size=len(head),
        length=int(length) if _LENGTH.fullmatch(length) else None,
        is_page=_is_page(fields),
        received=_date(fields.get_header("WARC-Date") or ""),
    )


def _is_page(fields: Any) -> bool:
    kind = (fields.get_header("WARC-Type") or "").lower()
    content_type = (fields.get_header("Content-Type") or "").lower()
    if kind == "response":
        # Not those of other protocols: `text/dns`, and what an FTP server sent.
        return content_type.startswith("application/http") or not content_type
    if kind == "resource":
        return content_type.startswith(_HTML)
    return bool(kind == "conversion" and content_type.startswith("text/plain"))


def _date(text: str) -> datetime | None:
    if _DATE.fullmatch(text.strip()) is None:
        return None
    try:
        return datetime.fromisoformat(text.strip().upper()).astimezone(UTC)
    except ValueError:
        return None
