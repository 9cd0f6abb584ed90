"""Which characters a page's bytes are: UTF-8 where they are that, else what is declared, else what is likely.

    byte order mark > valid UTF-8 > charset of the response > charset of the page > detection > UTF-8 with gaps

UTF-8 goes first because bytes that are valid UTF-8 are hardly ever anything else, while declarations are often copied
from a template (`research/text.md` §1.3: the sniff takes 0.9 ms where detection takes 18.5, with identical text).
"""

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes
from charset_normalizer.md import mess_ratio

from pipelines.core.page.border import parser_border
from schemas.rejection import ReasonCode, Rejected

# Where declarations are looked for. HTML says the first 1,024 bytes; real pages put scripts before them.
_HEAD_BYTES = 32_768
# Of a page without declaration, as much is looked at as decides it; the rest of the cost would be linear.
_DETECTION_BYTES = 20_000
_DECLARATIONS = 8

_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_DECLARING_TAGS = (b"<meta", b"<?xml")

# What browsers take these names for. Source: WHATWG Encoding Standard §4.2.
_AS_BROWSERS_DO = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "x-mac-cyrillic": "mac_cyrillic",
}
# Seven-bit sets: their bytes are valid UTF-8 too, so they must be asked first.
_SEVEN_BIT = ("iso2022_jp", "hz")
# UTF-16 by its byte order mark; without one, no other encoding starts a page so.
_WIDE_STARTS = (
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)

# Not text in any encoding, and nothing that a tree may hold. Tab, line feed, carriage return and escape are text.
_CONTROL_BYTES = bytes(byte for byte in range(0x20) if byte not in b"\t\n\r\x1b")
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_RARE = ("\x1b", "\ufffe", "\uffff")
# Random bytes have 10 % of these; no real page that was looked at has any but a stray one.
_MOST_CONTROLS = 0.02
# Valid UTF-8 with this share of broken sequences is UTF-8 cut or pasted badly, not another charset.
_MOST_BROKEN = 0.1
# Western languages have no four accented letters in a row; Cyrillic, Greek, Thai or Chinese bytes read as Western ones
# have little else. A handful is a template's declaration over a text of another charset.
_WESTERN = ("cp1252", "cp1254")
_NOT_WESTERN = re.compile("[\xa1-\xff]{4,}")
_MOST_RUNS = 4
# charset-normalizer's own measure of noise (accents, symbols and alphabets in places no language has them). It discards a
# charset beyond .2; 2,234 real pages in twelve charsets have at most .13, bytes without meaning at least 1.0.
_MOST_NOISE = 0.5
_NOISE_CHARS = 4_000
# A stray sign or two between ASCII tell nothing.
_LEAST_JUDGED = 32
_NOT_ASCII = re.compile("[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """Text, and whether its bytes were not what they were said to be."""

    text: str
    repaired: bool


def decode_text(body: bytes, stated: str | None) -> DecodedText:
    """The characters of a page or text; `stated` is the charset of its response.

    Control characters, which no tree and no column may hold, are gone.

    Raises:
        Rejected: `encoding.undecodable`, bytes that are no text in any charset (an image, an archive, noise).
    """
    for mark, codec in _WIDE_STARTS:
        if body.startswith(mark):
            text = body[2 if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else 0 :].decode(
                codec, "replace"
            )
            return DecodedText(_UNSTORABLE.sub("", text), "\ufffd" in text)
    clean = body.translate(None, _CONTROL_BYTES)
    controls = len(body) - len(clean)
    if controls > _MOST_CONTROLS * len(body):
        raise Rejected(ReasonCode.ENCODING_UNDECODABLE, f"{controls} control bytes: binary, not text")
    decoded = _decode(clean.removeprefix(codecs.BOM_UTF8), stated, marked=clean.startswith(codecs.BOM_UTF8))
    if any(character in decoded.text for character in _RARE):
        return DecodedText(_UNSTORABLE.sub("", decoded.text), decoded.repaired)
    return decoded


def _decode(body: bytes, stated: str | None, *, marked: bool) -> DecodedText:
    """Bytes of a charset that has ASCII as its lower half; `marked` as UTF-8 by a byte order mark."""
    declared = ("utf-8",) if marked else _codecs(stated, *_declarations(body))
    if declared and declared[0] in _SEVEN_BIT and (text := _strictly(body, declared[0])) is not None:
        return DecodedText(text, repaired=False)
    text = _strictly(body, "utf-8")
    if text is not None:
        wrong = bool(declared) and "utf-8" not in declared and not text.isascii()
        return DecodedText(text, repaired=wrong)
    return _decode_legacy(body, declared)


def _decode_legacy(body: bytes, declared: tuple[str, ...]) -> DecodedText:
    """Bytes that are not valid UTF-8."""
    broken = body.decode("utf-8", "replace")
    if _is_broken_utf8(broken):
        return DecodedText(broken, repaired=True)
    for codec in declared:
        text = None if codec == "utf-8" else _strictly(body, codec)
        if text is not None and not _is_misread(text, codec):
            return DecodedText(text, repaired=codec != declared[0])
    # A declared charset with a few bytes that it does not know is likelier than any guess.
    for codec in declared:
        lenient = _leniently(body, codec)
        gaps = lenient.text.count("\ufffd")
        if codec != "utf-8" and gaps <= len(body) // 100 and not _is_misread(lenient.text, codec):
            return lenient
    text = body.decode(_detected(body), "replace")
    if _is_noise(text):
        raise Rejected(ReasonCode.ENCODING_UNDECODABLE, "noise in every charset")
    return DecodedText(text, repaired=bool(declared))


def _is_broken_utf8(text: str) -> bool:
    """Whether most characters beyond ASCII were valid, so that the charset is UTF-8 and the text is damaged."""
    beyond = sum(1 for character in text if character > "\x7f")
    return text.count("\ufffd") <= _MOST_BROKEN * beyond


def _is_misread(text: str, codec: str) -> bool:
    is_other_script = codec in _WESTERN and len(_NOT_WESTERN.findall(text)) > _MOST_RUNS
    return is_other_script or _is_noise(text)


def _is_noise(text: str) -> bool:
    """Whether the text means nothing, judged around its first characters beyond ASCII."""
    first = _NOT_ASCII.search(text)
    start = max(0, first.start() - _NOISE_CHARS // 4) if first is not None else 0
    sample = text[start : start + _NOISE_CHARS]
    if first is None or len(_NOT_ASCII.findall(sample)) < _LEAST_JUDGED:
        return False
    with parser_border("charset-normalizer"):
        return mess_ratio(sample, 1.0) > _MOST_NOISE


def _declarations(body: bytes) -> list[str]:
    """Charsets named by the page's own `<meta>` or XML declaration, in order."""
    head = body[:_HEAD_BYTES]
    names = []
    for found, _ in zip(_CHARSET.finditer(head), range(_DECLARATIONS), strict=False):
        start = max(head.rfind(tag, 0, found.start()) for tag in (*_DECLARING_TAGS, b"<META"))
        if start >= 0 and b">" not in head[start : found.start()]:
            names.append(found.group(1).decode("ascii"))
    return names


def _codecs(*names: str | None) -> tuple[str, ...]:
    """Python's names of the charsets that are known, each once. UTF-7 is none: it smuggles markup."""
    known: list[str] = []
    for name in names:
        label = (name or "").strip().strip("\"'").lower()
        try:
            codec = codecs.lookup(_AS_BROWSERS_DO.get(label, label)).name
        except (LookupError, ValueError):
            continue
        # A declared UTF-16 that could be read as ASCII is none (WHATWG: taken as UTF-8).
        codec = "utf-8" if codec.startswith(("utf-16", "utf-8", "utf-32")) else codec
        if codec not in known and codec != "utf-7" and _is_text_codec(codec):
            known.append(codec)
    return tuple(known)


def _is_text_codec(codec: str) -> bool:
    """Python keeps codecs that make bytes of bytes (hex, zip) or run Python's own escapes under the same roof."""
    try:
        return b"a".decode(codec) == "a" and codec not in (
            "unicode_escape",
            "raw_unicode_escape",
            "punycode",
            "idna",
        )
    except (LookupError, UnicodeError):
        return False


def _strictly(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        return None


def _leniently(body: bytes, codec: str) -> DecodedText:
    text = body.decode(codec, "replace")
    return DecodedText(text, repaired="\ufffd" in text)


def _detected(body: bytes) -> str:
    """The likeliest codec of bytes that declare nothing true; the Western one where nothing is likelier."""
    with parser_border("charset-normalizer"):
        best = from_bytes(body[:_DETECTION_BYTES]).best()
    known = _codecs(best.encoding) if best is not None else ()
    return known[0] if known else "cp1252"
