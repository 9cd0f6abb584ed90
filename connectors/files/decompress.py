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
# at least, so 256 bytes of input give 8 MiB at most.
GZIP_SLICE_BYTES = 1 << 20
ZSTD_INPUT_BYTES = 256
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

    def decompress(self, data: bytes) -> bytes:
        """The next slice; what was not consumed is in `rest`, after `eof` what follows the member."""

    def salvage(self, data: bytes) -> _Salvage:
        """What comes out of bytes that `decompress` has just refused."""


class _GzipMember:
    def __init__(self) -> None:
        self._zlib = self._before = zlib.decompressobj(wbits=31)
        self.rest = b""
        self.eof = False

    def decompress(self, data: bytes) -> bytes:
        # zlib throws the output of a refused call away: 40 KB are copied for each megabyte that comes out.
        self._before = self._zlib.copy()
        plain = self._zlib.decompress(data, GZIP_SLICE_BYTES)
        self.eof = self._zlib.eof
        self.rest = self._zlib.unused_data if self.eof else self._zlib.unconsumed_tail
        return plain

    def salvage(self, data: bytes) -> _Salvage:
        parts, good = [], 0
        inflate = self._before
        step = 1 << len(data).bit_length()
        while step := step >> 1:
            attempt = inflate.copy()
            try:
                plain = attempt.decompress(data[good : good + step])
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

    def decompress(self, data: bytes) -> bytes:
        piece = data[:ZSTD_INPUT_BYTES]
        plain = self._zstd.decompress(piece)
        if len(self._fed) <= ZSTD_REPLAY_BYTES:
            self._fed += piece
        self.eof = self._zstd.eof
        self.rest = (self._zstd.unused_data if self.eof else b"") + data[ZSTD_INPUT_BYTES:]
        return plain

    def salvage(self, data: bytes) -> _Salvage:
        if len(self._fed) > ZSTD_REPLAY_BYTES:
            return _Salvage(b"", 0)
        again, parts = _new_zstd(), []
        for start in range(0, len(self._fed), ZSTD_INPUT_BYTES):
            again.decompress(bytes(self._fed[start : start + ZSTD_INPUT_BYTES]))
        for place in range(len(data)):
            try:
                parts.append(again.decompress(data[place : place + 1]))
            except zstandard.ZstdError:
                return _Salvage(b"".join(parts), place)
        return _Salvage(b"".join(parts), len(data))


def _new_zstd() -> Any:
    return zstandard.ZstdDecompressor(max_window_size=ZSTD_MAX_WINDOW).decompressobj()


def plain_chunks(stream: BinaryIO) -> Iterator[bytes | Damage]:
    """The decompressed content of a file in chunks of bounded size, with `Damage` where some of it is lost."""
    head = stream.read(READ_BYTES)
    if head.startswith(GZIP_MAGIC):
        yield from _Members(stream, head, GZIP_MAGIC, _GzipMember).chunks()
    elif head.startswith(ZSTD_MAGIC):
        yield from _Members(stream, head, ZSTD_MAGIC, _ZstdMember).chunks()
    else:
        while head:
            yield head
            head = stream.read(READ_BYTES)


class _Members:
    """The members of one stream. `_data` is what was read and not consumed.

    A cut member may run into the next before it is noticed, so the next is looked for from the refused bytes on. Bytes
    are read twice so, and no oftener: a member that starts among those read before (`_reread` of them) goes on where
    it failed.
    """

    def __init__(
        self, stream: BinaryIO, data: bytes, magic: bytes, new_member: Callable[[], _Member]
    ) -> None:
        self._stream = stream
        self._data = data
        self._magic = magic
        self._new_member = new_member
        self._reread = 0

    def chunks(self) -> Iterator[bytes | Damage]:
        while self._data:
            yield from self._member(self._new_member())
            # Padding with zeros after a member is allowed (RFC 1952 readers skip it, tape blocks have it).
            self._data = self._data.lstrip(b"\0") or self._stream.read(READ_BYTES)
            if self._data and not self._data.startswith(self._magic[: len(self._data)]):
                yield Damage("bytes between two compressed members")
                self._skip(0)

    def _member(self, member: _Member) -> Iterator[bytes | Damage]:
        is_second_reading = self._reread > 0
        try:
            while not member.eof:
                plain = member.decompress(self._data)
                self._reread = max(0, self._reread - (len(self._data) - len(member.rest)))
                self._data = member.rest
                if plain:
                    yield plain
                elif not self._data and not member.eof:
                    self._data = self._stream.read(READ_BYTES)
                    if not self._data:
                        yield Damage("the compressed file ends in the middle of a member")
                        return
        except (zlib.error, zstandard.ZstdError) as error:
            saved = member.salvage(self._data)
            if saved.plain:
                yield saved.plain
            yield Damage(f"the compressed bytes are damaged: {error}")
            if is_second_reading:
                self._skip(max(1, saved.consumed))
            else:
                self._reread = saved.consumed
                self._skip(1)

    def _skip(self, start: int) -> None:
        """Go to the next member at or after a place in `_data`; to the end when there is none."""
        magic = self._magic
        self._reread = max(0, self._reread - start)
        self._data = self._data[start:]
        while (found := self._data.find(magic)) < 0:
            more = self._stream.read(READ_BYTES)
            if not more:
                self._data = b""
                return
            found = max(0, len(self._data) - len(magic) + 1)
            self._reread = max(0, self._reread - found)
            self._data = self._data[found:] + more
        self._reread = max(0, self._reread - found)
        self._data = self._data[found:]
