"""Markup to a tree, once: every later step of a page walks this tree."""

import re

from lxml.etree import ErrorTypes, _Element, strip_elements
from lxml.html import HTMLParser, document_fromstring

from pipelines.core.page.border import parser_border
from pipelines.core.page.guards import refuse_hostile_markup, too_deep
from schemas.rejection import ReasonCode, Rejected

# A doctype says nothing to us, and one with a slash in it makes libxml2 drop the page.
_DOCTYPE = re.compile(r"(?:<\?xml[^>]{0,200}>\s*)?<!doctype[^>]{0,1000}>", re.IGNORECASE)
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
    with parser_border("lxml"):
        parser = _parser()
        tree: _Element = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
        # The depth limit is the one error that loses text, so it is the one that counts.
        if parser.error_log.filter_types(_RESOURCE_LIMIT):
            raise too_deep()
    return tree


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


def _parser() -> HTMLParser:
    # One a page: a parser keeps the errors of its last page, and threads must not see each other's.
    return HTMLParser(
        collect_ids=False,
        default_doctype=False,  # type: ignore[call-arg]  # unknown to the stubs
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
