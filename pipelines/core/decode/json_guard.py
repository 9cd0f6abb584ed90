"""JSON from strangers: bounded in size, depth and number of values before any parser sees it.

    bytes ─▶ size ─▶ BOM, character set ─▶ brackets counted ─▶ orjson ─▶ depth ─▶ one object

What a careless sender gets wrong and a reader can still understand is mended and said so (`is_mended`): a lone half
of a surrogate pair, a Windows character set. Nobody loses a kill for a curly quote.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.rejection import ReasonCode, Rejected

# The deepest of 56 ninjs, dpa and page samples is 7. orjson itself refuses 1,024 levels (its README), after work.
MAX_DEPTH = 64
# An empty list costs two bytes of JSON and 56 of memory, so a record of 16 MiB could ask for 470 MB. The richest
# sample has 500 brackets.
MAX_BRACKETS = 200_000
MAX_STRINGS = 500_000
# More than three times the largest wire message seen. Recoding takes 26 bytes of memory for one of the text.
MAX_RECODED_BYTES = 4 * 1024 * 1024

# A string once its escapes are gone; an unclosed one runs to the end.
_STRING = re.compile(rb'"[^"]*+"?+')
_BRACKET = re.compile(rb"([\[{])|[\]}]")
# Half a pair, behind an odd number of backslashes.
_LONE_SURROGATE = re.compile(
    rb"(?<!\\)(\\(?:\\\\)*+)u[dD](?:"
    rb"[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD])[c-fC-F][0-9a-fA-F]{2})"
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """One JSON object as parsed; `is_mended` when a character had to be guessed or replaced."""

    fields: dict[str, Any]
    is_mended: bool


def load_object(data: bytes, max_bytes: int) -> JsonDocument:
    """The one object that the bytes hold. Of duplicate keys the last counts.

    Raises:
        Rejected: too large, too deep, in no character set, malformed, or not an object.
    """
    if len(data) > max_bytes:
        raise Rejected(ReasonCode.SIZE_PAYLOAD, f"{len(data)} bytes of JSON, at most {max_bytes} are read")
    text, was_recoded = _as_utf8(data)
    opening = text.count(b"[") + text.count(b"{")
    if opening > MAX_BRACKETS:
        _check_structure(text)
    value, was_repaired = _parse(text)
    # As many brackets as this, most of them inside a page's scripts, say nothing: the value does.
    if opening > MAX_DEPTH:
        _check_depth(value)
    if not isinstance(value, dict):
        raise Rejected(ReasonCode.JSON_NOT_OBJECT, f"a JSON {_kind(value)}, not an object")
    return JsonDocument(value, was_recoded or was_repaired)


def _as_utf8(data: bytes) -> tuple[bytes, bool]:
    for bom, charset in _BOMS:
        if data.startswith(bom):
            data = data[len(bom) :]
            return (data, False) if charset == "utf-8" else (_recode(data, charset), False)
    try:
        data.decode()
    except UnicodeDecodeError:
        # RFC 8259 section 8.1 allows nothing but UTF-8; what breaks it is Windows text of old newsroom systems.
        if len(data) > MAX_RECODED_BYTES:
            raise Rejected(
                ReasonCode.ENCODING_UNDECODABLE, "a large JSON document that is not UTF-8"
            ) from None
        return _recode(data, "cp1252"), True
    return data, False


def _recode(data: bytes, charset: str) -> bytes:
    try:
        return data.decode(charset).encode()
    except UnicodeError as error:
        detail = f"JSON in no character set: neither UTF-8 nor {charset}"
        raise Rejected(ReasonCode.ENCODING_UNDECODABLE, detail) from error


def _check_structure(text: bytes) -> None:
    """Refuse too many or too deeply nested lists and objects before they are made; linear."""
    # Without escapes a string ends at the next quotation mark; what remains without strings is structure.
    plain = text.replace(rb"\\", b"").replace(rb"\"", b"")
    if plain.count(b'"') > 2 * MAX_STRINGS:
        raise Rejected(ReasonCode.SIZE_PAYLOAD, f"more than {MAX_STRINGS} texts in one record")
    outside = _STRING.sub(b"", plain)
    depth = opened = 0
    for found in _BRACKET.finditer(outside):
        if found[1] is None:
            depth -= 1
        else:
            depth, opened = depth + 1, opened + 1
        if depth < 0:
            return  # malformed: the parser says how
        if depth > MAX_DEPTH:
            raise _too_deep()
        if opened > MAX_BRACKETS:
            raise Rejected(
                ReasonCode.SIZE_PAYLOAD, f"more than {MAX_BRACKETS} lists and objects in one record"
            )


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        parts = (
            node.values() if isinstance(node, dict) else node
            for node in level
            if isinstance(node, dict | list)
        )
        level = [part for values in parts for part in values if isinstance(part, dict | list)]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> Rejected:
    return Rejected(ReasonCode.JSON_TOO_DEEP, f"nested more than {MAX_DEPTH} levels deep")


def _parse(text: bytes) -> tuple[Any, bool]:
    try:
        return orjson.loads(text), False
    except orjson.JSONDecodeError as error:
        whole = _LONE_SURROGATE.sub(rb"\1ufffd", text)
        if whole != text:
            return _parse(whole)[0], True
        _check_structure(text)  # beyond 1,024 levels it is the parser that refuses
        detail = f"{error.msg} at character {error.pos} of {len(text)} bytes"
        raise Rejected(ReasonCode.JSON_MALFORMED, detail) from error


def _kind(value: object) -> str:
    return "array" if isinstance(value, list) else "scalar"
