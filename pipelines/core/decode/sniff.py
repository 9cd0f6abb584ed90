"""What a record's bytes are, from the bytes alone: never the topic, the content type or a file name.

First match wins (`research/wire.md` §1.1). Only the head is looked at: 64 KiB, beyond which no prolog of the samples
reaches.
"""

import codecs
import re
from enum import StrEnum
from itertools import islice

from schemas.wire import WireFormat

HEAD_BYTES = 65_536


class Content(StrEnum):
    """The families of bytes between which decoding chooses."""

    EMPTY = "empty"
    JSON = "json"
    XML = "xml"
    IPTC_7901 = "iptc-7901"
    ANPA_1312 = "anpa-1312"
    HTML = "html"
    TEXT = "text"
    COMPRESSED = "compressed"
    WARC = "warc"
    FOREIGN = "foreign"  # an image, a PDF, an archive: a file format that is known and is no text
    UNDECODABLE = "undecodable"


_ROOTS = {
    "newsMessage": WireFormat.NEWSML_G2,
    "newsItem": WireFormat.NEWSML_G2,
    "packageItem": WireFormat.NEWSML_G2,
    "NewsML": WireFormat.NEWSML_1,
    "nitf": WireFormat.NITF,
    "rss": WireFormat.RSS,
    "feed": WireFormat.RSS,
    "RDF": WireFormat.RSS,
}
NOT_NEWS_ROOTS = ("conceptItem", "knowledgeItem", "planningItem", "catalogItem")

# Source: WHATWG MIME Sniffing Standard, sections 6 and 7; ISO BMFF carries its mark at byte 4.
_FOREIGN = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"PK\x03\x04",
    b"ID3",
    b"OggS",
    b"wOF",
    b"BM\xfe",
)
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")  # RFC 1952, RFC 8878
_WARC = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n", re.IGNORECASE)  # ISO 28500 §5
# No news text opens with a brace; some open with a bracketed word or number.
_JSON_START = re.compile(rb'\s*(?:\{|\[\s*(?:[\[\]{"]|-?\d[\d.]*+\s*,|true\b|false\b|null\b))')
_JSON_SCALAR = re.compile(
    rb'\s*(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|"(?:[^"\\]|\\.)*+")\s*', re.DOTALL
)
# Kyodo's files have the ANPA layout behind a bare 0x01: the second line tells (`research/wire.md` §1.1).
_ANPA_LINE = re.compile(rb"\x01[^\n]{0,200}\n[^\n]{0,20}[\x13\x14][\x11\x12]")
_PROLOG = re.compile(
    r"(?:\s++|<\?[^>]*+>|<!--(?:[^-]|-(?!->))*+-->|<![A-Za-z][^>\[]*+(?:\[[^\]]*+\]\s*+)?>)*+"
    r"<(?:[A-Za-z_][\w.-]*+:)?([A-Za-z_][\w.-]*+)"
)
_HTML_SURE = re.compile(r"<!doctype\s+html|<(?:html|head|body)[\s>]", re.IGNORECASE)
_HTML_TAG = re.compile(
    r"</?(?:meta|title|script|style|link|div|p|article|section|header|h[1-6]|span|a|br|ul|li|table|img|em|strong)"
    r"(?:\s[^<>]*+)?/?>",
    re.IGNORECASE,
)
# Elements with which an HTML file or fragment may open.
_HTML_ROOTS = frozenset(
    [
        "html",
        "head",
        "body",
        "meta",
        "title",
        "script",
        "style",
        "link",
        "base",
        "noscript",
        "template",
        "div",
        "p",
        "article",
        "section",
        "header",
        "footer",
        "main",
        "nav",
        "aside",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "span",
        "a",
        "b",
        "i",
        "u",
        "em",
        "strong",
        "small",
        "br",
        "hr",
        "img",
        "picture",
        "figure",
        "ul",
        "ol",
        "li",
        "dl",
        "table",
        "center",
        "font",
        "form",
        "iframe",
        "blockquote",
        "pre",
        "amp-img",
    ]
)
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\f\r\x1b")
# A stripped text may name a tag or two; markup has one every line.
_TAGS_OF_MARKUP = 3
# Random bytes have 10 % control characters, a JPEG 9 %; text in any legacy character set none.
_CONTROLS_OF_JUNK = 0.005


def sniff(data: bytes) -> Content:
    """The family that the bytes belong to."""
    head = data[:HEAD_BYTES]
    if not head.strip():
        return Content.EMPTY
    if b"\x16\x16\x01" in head[:20] or _ANPA_LINE.match(head):
        return Content.ANPA_1312
    if head[:1] == b"\x01":
        return Content.IPTC_7901
    if head.startswith(_COMPRESSED):
        return Content.COMPRESSED
    if head.startswith(_FOREIGN) or head[4:8] == b"ftyp":
        return Content.FOREIGN
    if is_warc(head):
        return Content.WARC
    return _sniff_text(head)


def is_warc(head: bytes) -> bool:
    r"""Whether this opens as a record of a WARC does.

    >>> is_warc(b"WARC/1.0\r\nWARC-Type: response\r\n")
    True
    """
    return _WARC.match(head) is not None


def _sniff_text(head: bytes) -> Content:
    text = head_text(head)
    if text is None:
        return Content.UNDECODABLE
    if is_json(text):
        return Content.JSON
    root = xml_root(text)
    if root is not None and (root in _ROOTS or root in NOT_NEWS_ROOTS):
        return Content.XML
    if _HTML_SURE.search(text[:4_096]) and not _is_xml(root):
        return Content.HTML
    if root is not None and (_is_xml(root) or text.lstrip().startswith("<?xml")):
        return Content.XML
    return Content.HTML if _is_markup(text) else Content.TEXT


def is_json(text: str) -> bool:
    """Whether a text opens as JSON does; a news text that opens with a bracket does not."""
    head = text.encode("utf-8", "surrogatepass")
    return _JSON_START.match(head) is not None or _JSON_SCALAR.fullmatch(head) is not None


def head_text(head: bytes) -> str | None:
    """The head as text, for looking only; `None` when it is text in no character set."""
    for bom, charset in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(bom):
            return head[len(bom) :].decode(charset, "replace")
    for charset, nuls in (("utf-16-le", head[1:8:2]), ("utf-16-be", head[:8:2])):
        if len(nuls) == 4 and not nuls.strip(b"\0"):
            text = head.decode(charset, "replace")
            return None if "\0" in text else text
    if len(head) - len(head.translate(None, _CONTROLS)) > _CONTROLS_OF_JUNK * len(head):
        return None
    return head.decode("utf-8", "replace")


def xml_root(text: str) -> str | None:
    """Local name of the first element behind declaration, doctype and comments; any namespace prefix is dropped.

    >>> xml_root('<?xml version="1.0"?><!DOCTYPE nitf SYSTEM "nitf.dtd"><ns0:nitf/>')
    'nitf'
    """
    found = _PROLOG.match(text)
    return None if found is None else found[1]


def xml_wire_format(data: bytes) -> WireFormat | None:
    """The wire format whose root element this is; `None` for any other XML."""
    text = head_text(data[:HEAD_BYTES])
    root = None if text is None else xml_root(text)
    return None if root is None else _ROOTS.get(root)


def _is_xml(root: str | None) -> bool:
    """Whether a document that opens with this element is XML: HTML knows no such element, and no custom one."""
    return root is not None and "-" not in root and root.lower() not in _HTML_ROOTS


def _is_markup(text: str) -> bool:
    tags = sum(1 for _ in islice(_HTML_TAG.finditer(text), _TAGS_OF_MARKUP))
    return tags >= _TAGS_OF_MARKUP or (tags > 0 and text.lstrip().startswith("<"))
