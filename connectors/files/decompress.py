"""Bytes of a file, decompressed as they stream, going on after damage where that can be done.

Plain, gzip and zstd are told apart by content, never by name. A compressed file is a chain of members (gzip) or frames
(zstd); a member that is cut off or damaged costs what it held from its first bad byte on, and the next one is looked
for. What came before the bad byte is kept to the last byte, and all of a member whose checksum alone is wrong.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

import zstandard

GZIP_MAGIC = b"\x1f\x8b\x08"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
READ_BYTES = 1 << 18
# A bomb comes out in slices, never whole. zlib bounds its output itself; zstd's blocks are 128 KiB at most and 4 bytes
# at least, so 256 bytes of input give 8 MiB at most. Small pieces also keep a file of broken members from being copied
# again for each of them.
GZIP_PIECE_BYTES = 1 << 14
GZIP_SLICE_BYTES = 1 << 20
ZSTD_PIECE_BYTES = 256
# What a cut member takes of the next before it is noticed: a block as it is, 128 KiB in zstd (RFC 8878), 64 in gzip.
LOOK_BACK_BYTES = 1 << 17
# A window above 128 MiB would be allocated whole before the first byte.
ZSTD_MAX_WINDOW = 1 << 27
# zstd's state cannot be copied, so a frame is read again up to its damage. One that is longer loses what the last 256
# bytes before its damage held, which is a block of 128 KiB at most.
ZSTD_REPLAY_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Damage:
    """A member ended in the middle, or its bytes are not what they say."""

    detail: str


@dataclass(frozen=True, slots=True)
class _Salvage:
    """What refused bytes gave up to the first bad one, and how many those were."""

    plain: bytes
    consumed: int


class _Member(Protocol):
    rest: bytes
    eof: bool

    def decompress(self, piece: bytes) -> bytes:
        """What comes out of a piece; what of it was not consumed is in `rest`, after `eof` all behind the member."""

    def salvage(self, piece: bytes) -> _Salvage:
        """What comes out of a piece that `decompress` has just refused."""


class _GzipMember:
    def __init__(self) -> None:
        self._zlib = self._before = zlib.decompressobj(wbits=31)
        self.rest = b""
        self.eof = False

    def decompress(self, piece: bytes) -> bytes:
        # zlib throws the output of a refused call away, so its state before the call is kept: 40 KB.
        self._before = self._zlib.copy()
        plain = self._zlib.decompress(piece, GZIP_SLICE_BYTES)
        self.eof = self._zlib.eof
        self.rest = self._zlib.unused_data if self.eof else self._zlib.unconsumed_tail
        return plain

    def salvage(self, piece: bytes) -> _Salvage:
        parts, good, inflate = [], 0, self._before
        step = 1 << len(piece).bit_length()
        while step := step >> 1:
            attempt = inflate.copy()
            try:
                plain = attempt.decompress(piece[good : good + step])
            except zlib.error:
                continue
            parts.append(plain)
            inflate, good = attempt, good + step
        return _Salvage(b"".join(parts), good)


class _ZstdMember:
    def __init__(self) -> None:
        self._zstd = _new_zstd()
        self._fed = bytearray()
        self.rest = b""
        self.eof = False

    def decompress(self, piece: bytes) -> bytes:
        plain = self._zstd.decompress(piece)
        if len(self._fed) <= ZSTD_REPLAY_BYTES:
            self._fed += piece
        self.eof = self._zstd.eof
        self.rest = self._zstd.unused_data if self.eof else b""
        return plain

    def salvage(self, piece: bytes) -> _Salvage:
        if len(self._fed) > ZSTD_REPLAY_BYTES:
            return _Salvage(b"", 0)
        again, parts = _new_zstd(), []
        for start in range(0, len(self._fed), ZSTD_PIECE_BYTES):
            again.decompress(bytes(self._fed[start : start + ZSTD_PIECE_BYTES]))
        for place in range(len(piece)):
            try:
                parts.append(again.decompress(piece[place : place + 1]))
            except zstandard.ZstdError:
                return _Salvage(b"".join(parts), place)
        return _Salvage(b"".join(parts), len(piece))


def _new_zstd() -> Any:
    return zstandard.ZstdDecompressor(max_window_size=ZSTD_MAX_WINDOW).decompressobj()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    magic: bytes
    piece_bytes: int
    is_checked: bool
    new_member: Callable[[], _Member]


_FORMATS = (
    _Format(magic=GZIP_MAGIC, piece_bytes=GZIP_PIECE_BYTES, is_checked=True, new_member=_GzipMember),
    # A checksum is at the writer's choice.
    _Format(magic=ZSTD_MAGIC, piece_bytes=ZSTD_PIECE_BYTES, is_checked=False, new_member=_ZstdMember),
)


def plain_chunks(stream: BinaryIO) -> Iterator[bytes | Damage]:
    """The decompressed content of a file in chunks of bounded size, with `Damage` where some of it is lost."""
    head = stream.read(READ_BYTES)
    for packed in _FORMATS:
        if head.startswith(packed.magic):
            yield from _Members(stream, head, packed).chunks()
            return
    while head:
        yield head
        head = stream.read(READ_BYTES)


class _Members:
    """The members of one stream. `_data` is what of it is at hand, `_at` the place in it that comes next.

    A cut member may run into the next before it is noticed, so the next is looked for behind the head of the refused
    one, as far back as `_data` goes. Bytes are read twice so, and no oftener: a member that starts before `_reached`
    goes on where it failed. `_reached` and `_base`, where `_data` starts, are places in the stream.
    """

    def __init__(self, stream: BinaryIO, data: bytes, packed: _Format) -> None:
        self._stream = stream
        self._data = data
        self._format = packed
        self._at = 0
        self._base = 0
        self._reached = 0

    def chunks(self) -> Iterator[bytes | Damage]:
        """What the members hold; one damage for all that is lost between two bytes of it."""
        is_lost = False
        for chunk in self._chunks():
            if not (is_lost and isinstance(chunk, Damage)):
                yield chunk
            is_lost = isinstance(chunk, Damage)

    def _chunks(self) -> Iterator[bytes | Damage]:
        magic = self._format.magic
        while self._has_more():
            start = self._base + self._at
            yield from self._member(self._format.new_member())
            while self._has_more() and self._data[self._at] == 0:
                # Padding with zeros after a member is allowed (RFC 1952 readers skip it, tape blocks have it).
                self._at = len(self._data) - len(self._data[self._at :].lstrip(b"\0"))
            if self._has_more() and not magic.startswith(self._data[self._at : self._at + len(magic)]):
                yield Damage("bytes between two compressed members")
                if self._format.is_checked:
                    self._find_member()
                else:  # it may have ended with bytes of the next
                    self._go_on(start, 0)

    def _member(self, member: _Member) -> Iterator[bytes | Damage]:
        start = self._base + self._at
        while not member.eof:
            if not self._has_more():
                yield Damage("the compressed file ends in the middle of a member")
                self._go_on(start, 0)
                return
            piece = self._data[self._at : self._at + self._format.piece_bytes]
            try:
                plain = member.decompress(piece)
            except (zlib.error, zstandard.ZstdError) as error:
                saved = member.salvage(piece)
                if saved.plain:
                    yield saved.plain
                yield Damage(f"the compressed bytes are damaged: {error}")
                self._go_on(start, saved.consumed)
                return
            self._at += len(piece) - len(member.rest)
            if plain:
                yield plain

    def _has_more(self) -> bool:
        if self._at < len(self._data):
            return True
        more = self._stream.read(READ_BYTES)
        if not more:
            return False
        kept = self._data[-LOOK_BACK_BYTES:]
        self._base += len(self._data) - len(kept)
        self._data, self._at = kept + more, len(kept)
        return True

    def _go_on(self, start: int, consumed: int) -> None:
        """Go to the next member after one that started at `start` and failed so many bytes from here."""
        was_read_before = start < self._reached
        self._reached = max(self._reached, self._base + self._at + consumed)
        self._at = max(0, (self._reached if was_read_before else start + 1) - self._base)
        self._find_member()

    def _find_member(self) -> None:
        """Go to the next member from `_at` on; to the end when there is none."""
        magic = self._format.magic
        while (found := self._data.find(magic, self._at)) < 0:
            more = self._stream.read(READ_BYTES)
            if not more:
                self._at = len(self._data)
                return
            # The last bytes may be the first of one.
            gone = max(self._at, len(self._data) - len(magic) + 1)
            self._base += gone
            self._data, self._at = self._data[gone:] + more, 0
        self._at = found
