"""Bytes of a file, decompressed as they stream, going on after damage where that can be done.

Plain, gzip and zstd are told apart by content, never by name. A compressed file is a chain of members (gzip) or frames
(zstd); a member that is cut off or damaged costs what it held from the damage on, and the next one is looked for.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

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


@dataclass(frozen=True, slots=True)
class Damage:
    """A member ended in the middle, or its bytes are not what they say."""

    detail: str


class _Member(Protocol):
    rest: bytes
    eof: bool

    def decompress(self, data: bytes) -> bytes:
        """The next slice; what was not consumed is in `rest`, after `eof` what follows the member."""


class _GzipMember:
    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)
        self.rest = b""
        self.eof = False

    def decompress(self, data: bytes) -> bytes:
        plain = self._zlib.decompress(data, GZIP_SLICE_BYTES)
        self.eof = self._zlib.eof
        self.rest = self._zlib.unused_data if self.eof else self._zlib.unconsumed_tail
        return plain


class _ZstdMember:
    def __init__(self) -> None:
        self._zstd = zstandard.ZstdDecompressor(max_window_size=ZSTD_MAX_WINDOW).decompressobj()
        self.rest = b""
        self.eof = False

    def decompress(self, data: bytes) -> bytes:
        plain = self._zstd.decompress(data[:ZSTD_INPUT_BYTES])
        self.eof = self._zstd.eof
        self.rest = (self._zstd.unused_data if self.eof else b"") + data[ZSTD_INPUT_BYTES:]
        return plain


def plain_chunks(stream: BinaryIO) -> Iterator[bytes | Damage]:
    """The decompressed content of a file in chunks of bounded size, with `Damage` where some of it is lost."""
    head = stream.read(READ_BYTES)
    if head.startswith(GZIP_MAGIC):
        yield from _members(stream, head, GZIP_MAGIC, _GzipMember)
    elif head.startswith(ZSTD_MAGIC):
        yield from _members(stream, head, ZSTD_MAGIC, _ZstdMember)
    else:
        while head:
            yield head
            head = stream.read(READ_BYTES)


def _members(
    stream: BinaryIO, data: bytes, magic: bytes, new_member: Callable[[], _Member]
) -> Iterator[bytes | Damage]:
    while data:
        member = new_member()
        try:
            while not member.eof:
                plain = member.decompress(data)
                data = member.rest
                if plain:
                    yield plain
                elif not data and not member.eof:
                    data = stream.read(READ_BYTES)
                    if not data:
                        yield Damage("the compressed file ends in the middle of a member")
                        return
        except (zlib.error, zstandard.ZstdError) as error:
            yield Damage(f"the compressed bytes are damaged: {error}")
            data = _next_member(stream, data[1:], magic)
            continue
        # Padding with zeros after a member is allowed (RFC 1952 readers skip it, tape blocks have it).
        data = data.lstrip(b"\0") or stream.read(READ_BYTES)
        if data and not data.startswith(magic[: len(data)]):
            yield Damage("bytes between two compressed members")
            data = _next_member(stream, data, magic)


def _next_member(stream: BinaryIO, data: bytes, magic: bytes) -> bytes:
    """What remains of the file from the next member on; empty when there is none."""
    while True:
        found = data.find(magic)
        if found >= 0:
            return data[found:]
        more = stream.read(READ_BYTES)
        if not more:
            return b""
        data = data[-(len(magic) - 1) :] + more
