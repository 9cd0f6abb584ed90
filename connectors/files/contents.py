"""The records of one file: an NDJSON file holds many, any other file is one.

What a file is, its content says. NDJSON when most of its first lines are objects of their own; a JSON document printed
over several lines, an HTML page or a text is one record. Memory is bounded by the largest record.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import orjson

from connectors.files.decompress import Damage, plain_chunks

# The largest envelope that is accepted (a page of 8 MiB in base64 has 11) with room to say so of larger ones.
MAX_RECORD_BYTES = 32 * 1024 * 1024
# What may be skipped of one oversize line: a gigabyte without a line feed is a bomb, not a record.
MAX_SKIPPED_BYTES = 1 << 30
_SNIFF_BYTES = 1 << 18
_SNIFF_LINES = 20


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one record. `damage` says why they end early; `oversize_bytes` that they were not kept."""

    value: bytes
    damage: str | None = None
    oversize_bytes: int | None = None
    is_line: bool = False


def read_contents(path: Path) -> Iterator[Content]:
    """The records of a file in their order.

    Raises:
        OSError: the file cannot be read: ours or the machine's fault, not the data's.
    """
    with path.open("rb") as stream:
        chunks = plain_chunks(stream)
        head, ahead = _peek(chunks)
        if is_ndjson(head):
            yield from _lines(chain(ahead, chunks))
        else:
            yield _whole(chain(ahead, chunks))


def _peek(chunks: Iterator[bytes | Damage]) -> tuple[bytes, list[bytes | Damage]]:
    head, ahead = b"", []
    for chunk in chunks:
        ahead.append(chunk)
        if isinstance(chunk, bytes):
            head += chunk
        if len(head) >= _SNIFF_BYTES:
            break
    return head, ahead


def is_ndjson(head: bytes) -> bool:
    r"""Whether the first bytes of a file say that each line is a record of its own.

    >>> is_ndjson(b'{"a": 1}\n{"b": 2}\n')
    True
    >>> is_ndjson(b'{\n  "a": 1\n}\n')
    False
    """
    if b"{" not in head[:_SNIFF_BYTES]:
        return False
    lines = [line.strip() for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n", _SNIFF_LINES)]
    lines = [line for line in lines[:_SNIFF_LINES] if line]
    objects = sum(line.startswith(b"{") for line in lines)
    if objects * 2 <= len(lines):
        return False
    if len(lines) == 1:
        return True
    return any(_is_object(line) for line in lines) or objects == len(lines)


def _is_object(line: bytes) -> bool:
    if not (line.startswith(b"{") and line.endswith(b"}")):
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _whole(chunks: Iterator[bytes | Damage]) -> Content:
    parts: list[bytes] = []
    size, damage = 0, None
    for chunk in chunks:
        if isinstance(chunk, Damage):
            damage = damage or chunk.detail
            continue
        size += len(chunk)
        if size > MAX_SKIPPED_BYTES:
            break
        if size <= MAX_RECORD_BYTES:
            parts.append(chunk)
    if size > MAX_RECORD_BYTES:
        return Content(b"", oversize_bytes=size)
    return Content(b"".join(parts), damage=damage)


def _lines(chunks: Iterator[bytes | Damage]) -> Iterator[Content]:
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        if isinstance(chunk, Damage):
            yield Content(b"".join(parts), damage=chunk.detail, is_line=True)
            parts, size = [], 0
            continue
        first, *others = chunk.split(b"\n")
        size += len(first)
        if size <= MAX_RECORD_BYTES:
            parts.append(first)
        elif size > MAX_SKIPPED_BYTES:
            break
        for line in others:
            yield from _line(parts, size)
            parts, size = [line], len(line)
    yield from _line(parts, size)


def _line(parts: list[bytes], size: int) -> Iterator[Content]:
    if size > MAX_RECORD_BYTES:
        yield Content(b"", oversize_bytes=size, is_line=True)
        return
    line = b"".join(parts).strip()
    if line:
        yield Content(line, is_line=True)
