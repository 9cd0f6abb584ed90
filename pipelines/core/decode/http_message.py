"""An HTTP response as it went over the wire, read leniently: status, headers, and the body that they pack.

Archives hold responses as they came and responses that were unpacked while their headers still say otherwise, so a
header only tells what to try: a body that is not packed as it says is taken as it is.

Source: RFC 9110 §8.4 (content codings), RFC 9112 §6–7 (chunks).
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import brotli
import zstandard
from warcio.statusandheaders import StatusAndHeadersParser

from pipelines.core.decode.envelope import MAX_HEADER_CHARS, MAX_HEADERS
from pipelines.core.decode.sniff import Content, sniff
from pipelines.core.page.guards import MAX_TEXT_CHARS, max_unpacked, unpacked
from schemas.rejection import ReasonCode, Rejected

# Servers refuse heads of more than 8 to 64 KiB; beyond this there is no end of the head.
_MAX_HEAD_BYTES = 1 << 18
_HEAD_END = re.compile(rb"\n\r?\n")
_STATUS = re.compile(r"[\d.]*\s+(\d{3})\b")
# `100 Continue` and `103 Early Hints` may stand before the answer.
_MAX_INTERIM = 4
_CHUNK = re.compile(rb"[ \t]*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")
# Of a page within its cap: chunks of 32 bytes, where servers send hundreds at least.
_MAX_CHUNKS = 1 << 17
# Nobody packs a page more than twice.
_MAX_CODINGS = 3
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# RFC 9659: what a browser must accept, and what a server may send therefore.
_ZSTD_MAX_WINDOW = 1 << 23
# Blocks of zstd are 128 KiB at most and 4 bytes at least: a piece gives 8 MiB at most.
_ZSTD_PIECE_BYTES = 256
_MAX_FRAMES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What a server answered: header names in lower case, each once; `body` as it stands behind the head."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """A header, `None` when missing or blank."""
        return next((value for key, value in self.headers if key == name and value.strip()), None)


def read_response(message: bytes) -> HttpResponse:
    r"""The response that a message is.

    Raises:
        Rejected: it has no status line, or its head has no end.

    >>> response = read_response(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>")
    >>> response.status, response.header("content-type"), response.body
    (200, 'text/html', b'<p>')
    """
    for _ in range(_MAX_INTERIM):
        response = _read_one(message)
        if response.status >= 200 or not response.body.startswith(b"HTTP/"):
            return response
        message = response.body
    raise Rejected(ReasonCode.SCHEMA_UNKNOWN, "interim responses and no answer")


def _read_one(message: bytes) -> HttpResponse:
    if message[:5].upper() != b"HTTP/":
        raise Rejected(ReasonCode.SCHEMA_UNKNOWN, "a response that opens with no status line of HTTP")
    end = _HEAD_END.search(message, 0, _MAX_HEAD_BYTES)
    if end is None and len(message) > _MAX_HEAD_BYTES:
        raise Rejected(ReasonCode.SCHEMA_UNKNOWN, f"a head of HTTP with no end in {_MAX_HEAD_BYTES} bytes")
    size = len(message) if end is None else end.end()
    head: Any = StatusAndHeadersParser(["HTTP/"]).parse(BytesIO(message[:size]))
    status = _STATUS.match(head.statusline)
    if status is None:
        raise Rejected(ReasonCode.SCHEMA_UNKNOWN, "a status line of HTTP without a status")
    return HttpResponse(status=int(status[1]), headers=_headers(head.headers), body=message[size:])


def _headers(pairs: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers as the envelope of a page has them; what no server sends is left out."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        key = name.strip().lower()
        before = headers.get(key)
        if before is None and len(headers) >= MAX_HEADERS:
            continue
        joined = value if before is None else f"{before}, {value}"
        is_first_only = before is not None and key == "content-type"
        if not is_first_only and len(key) <= MAX_HEADER_CHARS and len(joined) <= MAX_HEADER_CHARS:
            headers[key] = joined
    return tuple(headers.items())


def body_of_response(response: HttpResponse) -> bytes:
    """The body without its chunks and content codings, bounded in time and memory.

    Raises:
        Rejected: `size.decompressed` and `size.payload` beyond the limits of a page, `file.truncated` for packed bytes
            that are damaged or end in the middle.
    """
    body = response.body
    if "chunked" in (response.header("transfer-encoding") or "").lower():
        body = unchunked(body)
    codings = [name.strip().lower() for name in (response.header("content-encoding") or "").split(",")]
    if len(codings) > _MAX_CODINGS:
        raise Rejected(ReasonCode.SIZE_DECOMPRESSED, f"packed {len(codings)} times, at most {_MAX_CODINGS}")
    for coding in reversed(codings):
        undo = _CODINGS.get(coding)
        body = body if undo is None else undo(body)
    return body


def unchunked(body: bytes) -> bytes:
    r"""The bytes in the chunks of a body; of one that is not in chunks, or not from some point on, those bytes as is.

    A body that ends in the middle gives what there is.

    Raises:
        Rejected: `size.payload`, more bytes or chunks than a page has.

    >>> unchunked(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), unchunked(b"<p>no chunks")
    (b'abcde', b'<p>no chunks')
    """
    plain, at = bytearray(), 0
    for _ in range(_MAX_CHUNKS):
        found = _CHUNK.match(body, at)
        if found is None:
            return bytes(plain + body[at:])
        size = int(found[1], 16)
        if size == 0:
            return bytes(plain)
        end = found.end() + size
        plain += body[found.end() : end]
        if len(plain) > MAX_TEXT_CHARS:
            raise Rejected(ReasonCode.SIZE_PAYLOAD, f"more than the {MAX_TEXT_CHARS} bytes of a page")
        at = end + 2 if body[end : end + 2] == b"\r\n" else end + (body[end : end + 1] == b"\n")
        if at >= len(body):
            return bytes(plain)
    raise Rejected(ReasonCode.SIZE_PAYLOAD, f"more than {_MAX_CHUNKS} chunks")


def _inflated(body: bytes) -> bytes:
    """`deflate` means zlib's frame (RFC 1950); some servers send the bare bytes (RFC 1951)."""
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        limit = max_unpacked(body)
        inflate = zlib.decompressobj(window)
        try:
            plain = inflate.decompress(body, limit + 1)
        except zlib.error:
            continue
        return _whole(plain, limit, body, is_ended=inflate.eof)
    return _as_it_is(body, "deflate")


def _unbrotlied(body: bytes) -> bytes:
    limit = max_unpacked(body)
    unpack = brotli.Decompressor()
    try:
        plain = unpack.process(body, output_buffer_limit=limit + 1)
    except brotli.error:
        return _as_it_is(body, "br")
    if not unpack.is_finished() and len(plain) <= limit and _is_text(body):
        return body
    return _whole(plain, limit, body, is_ended=unpack.is_finished())


def _unzstd(body: bytes) -> bytes:
    if not body.startswith(_ZSTD_MAGIC):
        return body
    limit = max_unpacked(body)
    plain, rest = bytearray(), body
    for _ in range(_MAX_FRAMES):
        rest = _unzstd_frame(rest, plain, limit)
        if not rest:
            return _whole(bytes(plain), limit, body, is_ended=True)
    raise Rejected(ReasonCode.SIZE_DECOMPRESSED, f"more than {_MAX_FRAMES} frames of zstd")


def _unzstd_frame(body: bytes, plain: bytearray, limit: int) -> bytes:
    """Add what the frame holds, up to the limit and a piece more; what follows the frame, nothing when it is too much."""
    unpack = zstandard.ZstdDecompressor(max_window_size=_ZSTD_MAX_WINDOW).decompressobj()
    for start in range(0, len(body), _ZSTD_PIECE_BYTES):
        try:
            plain += unpack.decompress(body[start : start + _ZSTD_PIECE_BYTES])
        except zstandard.ZstdError as error:
            raise Rejected(ReasonCode.FILE_TRUNCATED, f"damaged zstd: {error}") from error
        if len(plain) > limit:
            return b""
        if unpack.eof:
            return bytes(unpack.unused_data + body[start + _ZSTD_PIECE_BYTES :])
    raise Rejected(ReasonCode.FILE_TRUNCATED, "the packed body ends in the middle")


def _whole(plain: bytes, limit: int, body: bytes, *, is_ended: bool) -> bytes:
    if len(plain) > limit:
        raise Rejected(ReasonCode.SIZE_DECOMPRESSED, f"grows beyond {limit} bytes from {len(body)}")
    if not is_ended:
        raise Rejected(ReasonCode.FILE_TRUNCATED, "the packed body ends in the middle")
    return plain


def _as_it_is(body: bytes, coding: str) -> bytes:
    if not _is_text(body):
        raise Rejected(ReasonCode.FILE_TRUNCATED, f"a body that is neither {coding} nor text")
    return body


def _is_text(body: bytes) -> bool:
    return sniff(body) not in (Content.UNDECODABLE, Content.COMPRESSED, Content.FOREIGN)


_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": unpacked,
    "x-gzip": unpacked,
    "deflate": _inflated,
    "br": _unbrotlied,
    "zstd": _unzstd,
}
