"""The text of a page's article: trafilatura's fast road, its whole cascade as a rescue, our own lines as the last.

    fast + recall ──▶ long enough? ──yes──▶ text                    96 to 99 % of pages
                          └─no──▶ whole cascade, if 1.2 x longer ──▶ text, `rescued`
                                     └─nothing, or a very deep page──▶ lines of the page ──▶ text, `lines`

`fast` alone fails hard on few pages, not a little on all; the rescue repairs those. Against plain `extract()` F1 is 0.3
to 0.7 points higher at 1.25 to 1.6 times the speed (`research/text.md` §1.3).
"""

from dataclasses import dataclass

from lxml.etree import _Element, iterwalk
from trafilatura import bare_extraction
from trafilatura.settings import Document

from pipelines.core.page.border import parser_border
from pipelines.core.plain import normal
from schemas.rejection import Rejected

# Shorter texts, or a fifth of the page's own paragraphs, make the rescue worth its time. 0.2 to 0.5 score within 0.3
# points of each other.
_RESCUE_CHARS = 250
_RESCUE_SHARE = 0.2
_RESCUE_GAIN = 1.2
# justext, a part of the cascade, walks up from every text: a page of 1,900 levels takes it a second and more. At this
# depth libxml2 gives up unless told otherwise; the deepest of 220 real pages has 51 levels.
_MAX_RESCUE_DEPTH = 256
# A paragraph of prose: trafilatura's own idea of one, and no list of links.
_PROSE_CHARS = 80
_PROSE_LINK_SHARE = 0.4
_FURNITURE = frozenset({"footer", "aside", "nav", "form"})
# The last resort breaks lines at every element that is not one of these, and leaves out what is no sentence.
_INLINE = frozenset(
    (
        "a",
        "abbr",
        "b",
        "cite",
        "code",
        "em",
        "font",
        "i",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
    )
)
_UNSEEN = frozenset(("head", "script", "style", "noscript", "button", "select", "h1", "title"))
_LEAST_LINE_CHARS = 20


@dataclass(frozen=True, slots=True)
class Extraction:
    """Paragraphs in NFC, and the road they came by: trafilatura-fast, trafilatura-rescue or lines."""

    paragraphs: list[str]
    extractor: str


def extract_text(tree: _Element) -> Extraction:
    """The article's paragraphs; none where a page has no text. The tree stays as it is.

    Raises:
        Rejected: `html.unparsable`, where trafilatura gave up and no line of the page stands by itself.
    """
    try:
        found = _by_trafilatura(tree)
    except Rejected:
        # Its recursion ends where lists or quotes are nested some hundred times; the words are still there.
        lines = _blocks(tree)
        if not lines:
            raise
        return Extraction(lines, "lines")
    return found if found.paragraphs else Extraction(_blocks(tree), "lines")


def _by_trafilatura(tree: _Element) -> Extraction:
    fast = _extracted(tree, fast=True)
    size = len(fast)
    if size < _RESCUE_CHARS or _has_prose(tree, size / _RESCUE_SHARE):
        rescue = _rescue(tree)
        if sum(len(line) for line in rescue.paragraphs) > _RESCUE_GAIN * size:
            return rescue
    return Extraction(paragraphs_of(fast), "trafilatura-fast")


def _rescue(tree: _Element) -> Extraction:
    if _is_deep(tree):
        return Extraction(_blocks(tree), "lines")
    return Extraction(paragraphs_of(_extracted(tree, fast=False)), "trafilatura-rescue")


def paragraphs_of(text: str) -> list[str]:
    """The lines of a text, white space folded, NFC, none empty."""
    return [line for raw in normal(text).split("\n") if (line := " ".join(raw.split()))]


def _extracted(tree: _Element, *, fast: bool) -> str:
    with parser_border("trafilatura"):
        # Comments are on by default and would put readers' words into the text.
        document = bare_extraction(tree, fast=fast, favor_recall=fast, include_comments=False)
        return document.text or "" if isinstance(document, Document) else ""


def _is_deep(tree: _Element) -> bool:
    depth = 0
    for event, _ in iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > _MAX_RESCUE_DEPTH:
            return True
    return False


def _has_prose(tree: _Element, wanted: float) -> bool:
    """Whether the page's own paragraphs of prose, no lists of links, have more than `wanted` characters together."""
    found = 0
    for paragraph in tree.iter("p"):
        size = _text_size(paragraph)
        if size < _PROSE_CHARS or any(ancestor.tag in _FURNITURE for ancestor in paragraph.iterancestors()):
            continue
        if sum(_text_size(link) for link in paragraph.iter("a")) < _PROSE_LINK_SHARE * size:
            found += size
            if found > wanted:
                return True
    return False


def _text_size(element: _Element) -> int:
    return sum(len(piece) for piece in element.itertext())


def _blocks(tree: _Element) -> list[str]:
    """The lines of a page as a browser would break them, without furniture and labels; one walk."""
    pieces: list[str] = []
    walk = iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if event == "start" and tag in _FURNITURE | _UNSEEN:
            walk.skip_subtree()
            pieces.append("\n")
            continue
        if tag not in _INLINE:
            pieces.append("\n")
        words = element.text if event == "start" else element.tail
        if words:
            pieces.append(" ".join(str(words).split("\n")))
    return [line for line in paragraphs_of("".join(pieces)) if len(line) >= _LEAST_LINE_CHARS]
