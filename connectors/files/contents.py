"""The records of one file: an NDJSON file and a WARC hold many, any other file is one.

What a file is, its content says. A WARC opens with its version; it is NDJSON as soon as one of its first lines is a
JSON object by itself; a JSON document printed over several lines, an HTML page or a text is one record. Memory is
bounded by the largest record.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import orjson

from connectors.files.decompress import Damage, plain_chunks
from connectors.files.gathered import Content, Gathered, Passed
from connectors.files.warc import is_warc, warc_contents

_SNIFF_BYTES = 1 << 18
# What stands before and behind an object that is part of something larger: in JSON `[`, `,` or `:` before it and `,`,
# `]` or `}` behind; the others are those of scripts and of the markup around them.
_OPENS = b"[,:({=>"
_CLOSES = b",]})<;"


def read_contents(path: Path) -> Iterator[Content | Passed]:
    """The records of a file in their order; in a WARC those that are no pages are `Passed`.

    Raises:
        OSError: the file cannot be read: ours or the machine's fault, not the data's.
    """
    with path.open("rb") as stream:
        chunks = plain_chunks(stream)
        head, ahead = _peek(chunks)
        if is_warc(head):
            yield from warc_contents(chain(ahead, chunks))
        elif is_ndjson(head):
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

    They do when every line opens like an object, or when one line at least is an object and no part of a larger
    document: whatever else stands in the file, a wire message among its lines must never come out as a page.

    >>> is_ndjson(b'no record\n{"a": 1}\n')
    True
    >>> is_ndjson(b'{\n  "a": [\n    {"b": 1}\n  ]\n}\n')
    False
    """
    text = head[:_SNIFF_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"{" not in text or text.startswith(b"<"):
        return False
    lines = [line for line in map(bytes.strip, text.split(b"\n")) if line]
    if all(line.startswith(b"{") for line in lines):
        return True
    # The last line may be cut off by our looking at the head alone, and is then no object yet.
    cut = len(lines) - 1 if len(head) >= _SNIFF_BYTES else None
    return any(_is_record(lines, place, is_cut=place == cut) for place in range(len(lines)))


def _is_record(lines: list[bytes], place: int, *, is_cut: bool) -> bool:
    line = lines[place]
    if not line.startswith(b"{") or not (_is_object(line) or (is_cut and line[1:].lstrip()[:1] == b'"')):
        return False
    follows = place > 0 and lines[place - 1][-1] in _OPENS
    leads = place + 1 < len(lines) and lines[place + 1][0] in _CLOSES
    return not (follows and (leads or is_cut))


def _is_object(line: bytes) -> bool:
    if not line.endswith(b"}"):
        return False
    try:
        return bool(orjson.loads(line))
    except orjson.JSONDecodeError:
        return False


def _whole(chunks: Iterator[bytes | Damage]) -> Content:
    gathered = Gathered()
    damage = None
    for chunk in chunks:
        if isinstance(chunk, Damage):
            damage = damage or chunk.detail
            continue
        gathered.add(chunk)
        if gathered.is_beyond_skipping:
            break
    return gathered.content(damage)


def _lines(chunks: Iterator[bytes | Damage]) -> Iterator[Content]:
    gathered = Gathered()
    for chunk in chunks:
        if isinstance(chunk, Damage):
            yield gathered.content(chunk.detail, is_line=True)
            gathered = Gathered()
            continue
        first, *others = chunk.split(b"\n")
        gathered.add(first)
        if gathered.is_beyond_skipping:
            break
        for line in others:
            yield from _line(gathered)
            gathered = Gathered()
            gathered.add(line)
    yield from _line(gathered)


def _line(gathered: Gathered) -> Iterator[Content]:
    content = gathered.content(is_line=True)
    if content.value or content.oversize_bytes is not None:
        yield content
