"""What is refused before any parser sees it: cheap linear scans, so that hostile bytes cost milliseconds.

Real news pages: median 80 to 254 KB, at most 2.2 MB; at most 19,629 `<` (`research/text.md` §1.1). The cap of tags is twice
that, the cap of size what a topic lets through by default. Within them the slowest page takes about 3 s (§1.4).
"""

import re
import zlib
from collections.abc import Iterator

from schemas.rejection import ReasonCode, Rejected

MAX_TEXT_CHARS = 7 * 1024 * 1024
_MAX_TAGS = 40_000
# libxml2 gives up at 2,048 levels, even with `huge_tree`, and would lose the text without a word.
_MAX_DEPTH = 2_000
# Extraction takes cubic time in tables within tables: 600 (11 KB) took 2.8 s, 100 some 0.05, 30 under 0.01. Of the 220
# evaluation pages one has three levels, five have one, the others none; pages laid out by tables have about ten.
_MAX_TABLES = 30
# libxml2 compares each attribute with all others of its tag: 50,000 of them take 6 s, tags of 1,000 under a second
# for a page full of them.
_MAX_ATTRIBUTES = 1_000

_GZIP = b"\x1f\x8b\x08"
_MAX_RATIO = 100
# Below that a page may be as repetitive as it likes.
_UNSUSPICIOUS_BYTES = 1024 * 1024
_MAX_MEMBERS = 100

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_TABLE = re.compile(r"<(/?)(table|script)(?=[\s>/])", re.IGNORECASE)
_VOID = frozenset(
    (
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    )
)
# An attribute as HTML tokenises it (HTML §13.2.5.32 to 40), except that names and bare values end at the next tag;
# possessive, so that it never looks back.
_ATTRIBUTE = r"""[\s/]*+[^\s/><][^\s/>=<]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'<][^\s><]*+)?+)?+"""
_TAG_START = re.compile("<(?=[a-zA-Z])")
_OPEN_TAG = re.compile(rf"<[^\s/><]*+(?:{_ATTRIBUTE}){{0,{_MAX_ATTRIBUTES - 1}}}+({_ATTRIBUTE})?+")
# Quoted values may hold tag starts, from each of which is read again: real pages are read 1.1 times.
_MAX_READ_AGAIN = 8
_SCRIPT, _SCRIPT_END = "<script", "</script"

_MAGIC = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"RIFF": "a RIFF container",
    b"PK\x03\x04": "a ZIP archive",
    b"\x00\x00\x00\x18ftyp": "an MP4 video",
    b"\x00\x00\x00\x20ftyp": "an MP4 video",
    b"ID3": "an MP3 file",
    b"OggS": "an Ogg file",
    b"wOF": "a font",
}
_FEED = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>|<!--.{0,2000}?-->|<!DOCTYPE[^>]{0,500}>|\s)*+<(rss|feed|rdf:RDF|urlset|sitemapindex)\b",
    re.DOTALL | re.IGNORECASE,
)
_NOT_PAGES = (
    "image/",
    "audio/",
    "video/",
    "font/",
    "application/pdf",
    "application/zip",
    "application/rss",
    "application/atom",
)
_HTML_SIGN = re.compile(
    r"<(?:!doctype|html|head|body|title|meta|script|style|div|span|p|br|hr|a|b|i|u|em|strong|font|center|article|section|main"
    r"|header|footer|nav|h[1-6]|table|tr|td|ul|ol|li|img|figure|blockquote|pre|form|iframe)(?=[\s>/])",
    re.IGNORECASE,
)


def unpacked(body: bytes) -> bytes:
    """The bytes of a gzip body that the crawler kept as served; other bodies as they are. Bounded in time and memory.

    Raises:
        Rejected: `size.decompressed` for more than the cap or more than a hundred times the compressed size;
            `file.truncated` for a member that ends in the middle or is damaged.
    """
    if not body.startswith(_GZIP):
        return body
    limit = max_unpacked(body)
    out = bytearray()
    for _ in range(_MAX_MEMBERS):
        member = zlib.decompressobj(31)
        try:
            out += member.decompress(body, limit + 1 - len(out))
        except zlib.error as error:
            raise Rejected(ReasonCode.FILE_TRUNCATED, f"damaged gzip: {error}") from error
        if len(out) > limit:
            raise Rejected(ReasonCode.SIZE_DECOMPRESSED, f"grows beyond {limit} bytes from {len(body)}")
        if not member.eof:
            raise Rejected(ReasonCode.FILE_TRUNCATED, "the gzip member ends in the middle")
        body = member.unused_data.lstrip(b"\0")
        if not body:
            break
    return bytes(out)


def max_unpacked(packed: bytes) -> int:
    """How many bytes a compressed body may become."""
    return min(MAX_TEXT_CHARS, max(_UNSUSPICIOUS_BYTES, _MAX_RATIO * len(packed)))


def refuse_other_kinds(body: bytes) -> None:
    """Refuse what its first bytes say is no text.

    Raises:
        Rejected: `http.not_html`.
    """
    for magic, kind in _MAGIC.items():
        if body.startswith(magic):
            raise Rejected(ReasonCode.HTTP_NOT_HTML, f"{kind} where a page was expected")


def refuse_oversize(size: int) -> None:
    """Refuse a text beyond the cap. Bytes can be asked before decoding: no text has more characters than bytes.

    Raises:
        Rejected: `size.payload`.
    """
    if size > MAX_TEXT_CHARS:
        raise Rejected(ReasonCode.SIZE_PAYLOAD, f"{size}, at most {MAX_TEXT_CHARS} are allowed")


def is_markup(text: str) -> bool:
    """Whether a text has any sign of HTML; without one it is read as plain text."""
    return _HTML_SIGN.search(text) is not None


def refuse_feeds(text: str, content_type: str | None) -> None:
    """Refuse feeds, sitemaps, JSON and what the server calls an image, unless it looks like HTML all the same.

    Raises:
        Rejected: `http.not_html`.
    """
    feed = _FEED.match(text[:4096])
    if feed is not None:
        raise Rejected(
            ReasonCode.HTTP_NOT_HTML, f"a feed or sitemap <{feed.group(1)}> where a page was expected"
        )
    kind = (content_type or "").strip().lower()
    if is_markup(text[:MAX_TEXT_CHARS]):
        return
    if kind.startswith(_NOT_PAGES) or "json" in kind or text.lstrip()[:2] in ('{"', "[{", '["'):
        raise Rejected(ReasonCode.HTTP_NOT_HTML, f"{kind or 'JSON'} where a page was expected")


def refuse_hostile_markup(text: str) -> None:
    """Refuse markup on which the parser would take quadratic time or lose the text.

    Raises:
        Rejected: `html.too_many_tags` (tags, or attributes of one tag), `html.too_deep` (elements, or tables).
    """
    if text.count("<") > _MAX_TAGS:
        if _is_too_deep(text):
            raise too_deep()
        raise Rejected(ReasonCode.HTML_TOO_MANY_TAGS, f"more than {_MAX_TAGS} tags")
    if _has_deep_tables(text):
        raise Rejected(ReasonCode.HTML_TOO_DEEP, f"more than {_MAX_TABLES} tables, one within another")
    for start in _crowded_tags(text):
        if text.rfind(_SCRIPT, 0, start) <= text.rfind(_SCRIPT_END, 0, start):
            raise Rejected(
                ReasonCode.HTML_TOO_MANY_TAGS, f"more than {_MAX_ATTRIBUTES} attributes on one tag"
            )


def _crowded_tags(text: str) -> Iterator[int]:
    """Where tags with too many attributes start; inside a script the first one stands for all up to its end.

    Raises:
        Rejected: `html.too_many_tags`, for tags inside tags that are read too many times.
    """
    left = _MAX_READ_AGAIN * len(text)
    behind = 0
    for found in _TAG_START.finditer(text):
        start = found.start()
        if start < behind:
            continue
        tag = _OPEN_TAG.match(text, start)
        if tag is None:
            continue
        left -= tag.end() - start
        if left < 0:
            raise Rejected(ReasonCode.HTML_TOO_MANY_TAGS, "tags within the attributes of tags")
        if tag.group(1) is not None:
            yield start
            end = text.find(_SCRIPT_END, start)
            behind = end if end >= 0 else len(text)


def _has_deep_tables(text: str) -> bool:
    """Whether too many tables are open at once; those that a script writes do not count."""
    depth = 0
    in_script = False
    for closing, name in _TABLE.findall(text):
        if name[0] in "sS":
            in_script = not closing
        elif not in_script:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > _MAX_TABLES:
                return True
    return False


def too_deep() -> Rejected:
    """The refusal of markup that is nested too deeply for the parser."""
    return Rejected(ReasonCode.HTML_TOO_DEEP, f"nested deeper than {_MAX_DEPTH} levels")


def _is_too_deep(text: str) -> bool:
    """Whether more elements are open than a parser takes. Only asked of pages that are refused anyway."""
    depth = 0
    for closing, name in _TAG.findall(text):
        if name.lower() not in _VOID:
            depth = max(0, depth - 1) if closing else depth + 1
        if depth > _MAX_DEPTH:
            return True
    return False
