"""Markup to a tree, once: every later step of a page walks this tree."""

import re

from lxml.etree import ErrorTypes, _Element, iterwalk, strip_elements
from lxml.html import HTMLParser, document_fromstring

from pipelines.core.page.border import parser_border
from pipelines.core.page.guards import refuse_hostile_markup, too_deep
from schemas.rejection import ReasonCode, Rejected

# A doctype says nothing to us, and one with a slash in it makes libxml2 drop the page.
_DOCTYPE = re.compile(r"(?:<\?xml[^>]{0,200}>\s*)?<!doctype[^>]{0,1000}>", re.IGNORECASE)
# Extraction walks up and down from every element, so a deep page costs depth times size: 1,900 levels around 15,000
# paragraphs take 29 s. A page of 1,900 levels with an article of 50,000 characters at its bottom counts 3.6 million.
_MAX_DEPTH_WORK = 4_000_000
_CHARS_AS_ELEMENT = 100

_HEAD_CHARS = 4_096
_RESOURCE_LIMIT = ErrorTypes.ERR_RESOURCE_LIMIT
_SELF_CLOSED_HTML = re.compile(r"(<html\b[^<>]{0,1000}?)\s*/>", re.IGNORECASE)


def parse_markup(text: str) -> _Element:
    """The tree of a page, comments and processing instructions gone. A fragment gets an `<html>` of its own.

    Pages of 256 to 2,000 levels keep their text (`huge_tree`).

    Raises:
        Rejected: `html.too_many_tags`, `html.too_deep`, `html.unparsable`; `text.empty` for a page without an element.
    """
    refuse_hostile_markup(text)
    text = _repaired(text.lstrip())
    if not text:
        raise Rejected(ReasonCode.TEXT_EMPTY, "a page without anything on it")
    raw = text.encode("utf-8", "replace")
    tree = _parsed(raw, huge=False)
    if tree is None:
        tree = _parsed(raw, huge=True)
        if tree is None:
            raise too_deep()
        if _depth_work(tree) > _MAX_DEPTH_WORK:
            raise Rejected(ReasonCode.HTML_TOO_DEEP, "nested too deeply for its size")
    return tree


def _parsed(raw: bytes, *, huge: bool) -> _Element | None:
    """The tree, or `None` where the parser met its limit of depth (256, `huge` 2,048): the one error that loses text."""
    with parser_border("lxml"):
        # One a page: a parser keeps the errors of its last page, and threads must not see each other's.
        parser = HTMLParser(
            collect_ids=False,
            default_doctype=False,  # type: ignore[call-arg]  # unknown to the stubs
            encoding="utf-8",
            remove_comments=True,
            remove_pis=True,
            huge_tree=huge,
        )
        tree: _Element = document_fromstring(raw, parser=parser)
        return None if parser.error_log.filter_types(_RESOURCE_LIMIT) else tree


def _depth_work(tree: _Element) -> int:
    """What walking up and down from every element and text costs, for a deep tree. Stops beyond the limit."""
    depth = work = 0
    for event, element in iterwalk(tree, events=("start", "end")):
        if event == "start":
            depth += 1
            work += depth * (1 + len(element.text or "") // _CHARS_AS_ELEMENT)
        else:
            depth -= 1
            work += depth * (len(element.tail or "") // _CHARS_AS_ELEMENT)
        if work > _MAX_DEPTH_WORK:
            break
    return work


def _repaired(text: str) -> str:
    doctype = _DOCTYPE.match(text)
    if doctype is not None:
        text = text[doctype.end() :]
    return _SELF_CLOSED_HTML.sub(r"\1>", text[:_HEAD_CHARS], count=1) + text[_HEAD_CHARS:]


def without_furniture(tree: _Element) -> None:
    """Change the tree in place: no scripts (JSON-LD stays), styles, drawings and templates.

    Identical text, 3 to 6 % faster (`research/text.md` §1.3).
    """
    with parser_border("lxml"):
        for script in list(tree.iter("script")):
            if "ld+json" not in script.get("type", ""):
                _drop(script)
        strip_elements(tree, "style", "svg", "template", "link", with_tail=False)


def _drop(element: _Element) -> None:
    """Take an element out and leave the text behind it where it stood."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        previous = element.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
