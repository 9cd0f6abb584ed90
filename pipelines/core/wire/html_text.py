"""The text of an item's HTML body: block elements break paragraphs, inline elements stay inside.

    markup ─▶ attributes off (linear) ─▶ lxml ─▶ walk ─▶ paragraphs, non-public paragraphs apart

Attributes go first, all but `class`, because libxml2 is quadratic in the attributes of one tag: 50,000 of them take it
5.6 s. A body that the parser gives up on (more than 256 levels deep) loses its tags and keeps its text, for editors alone if
anything in it is marked for them: whatever a body looks like, the item is not lost.
"""

import html
import re
from dataclasses import dataclass

from lxml import etree

# The element's name, then attributes up to the end of the tag; none of it crosses the next `<`, hence linear.
_MARKUP = re.compile(
    r"<!--(?:[^-]|-(?!->))*+(?:-->|\Z)"
    r"|<!\[CDATA\[|\]\]>"
    r"|<[!?][^<>]*+>"
    r"|<(?P<tag>/?[A-Za-z][A-Za-z0-9:_-]*+)"
    r"(?P<rest>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>|[^<>]*+>)"
    r"|<"
)
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s=<>"'/]++)(?:\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\s"'<>]++)))?+"""
)
_TAG = re.compile(r"<[^<>]*+>")
_SPACE = re.compile(r"[ \t\r\f\v\n\u00a0]+")

# Source: HTML Living Standard, section 15.3 (elements that render as blocks), and br, which ends a line.
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hgroup",
        "hl1",
        "hl2",
        "hr",
        "html",
        "li",
        "main",
        "media",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset(
    ["head", "iframe", "math", "noscript", "object", "script", "style", "svg", "template", "title"]
)
# dpa's digitalwires mark what only editors may read with these (research/wire.md §0).
_HIDDEN_CLASS = ' class="non-public"'
_NON_PUBLIC = re.compile(r"non[-_]?public|note[-_]?pad|notizblock", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MarkupText:
    """Paragraphs in order; `non_public` are those of sections not meant for readers."""

    paragraphs: tuple[str, ...]
    non_public: tuple[str, ...]
    is_broken: bool


def markup_text(markup: str) -> MarkupText:
    """The paragraphs of an HTML document or fragment. Never raises; linear in the length of the markup."""
    root = _parse(_MARKUP.sub(_bare_tag, markup))
    if root is None:
        text = html.unescape(_TAG.sub("\n", _MARKUP.sub(_bare_tag, markup)))
        lines = _paragraphs(text.split("\n"))
        # Which of them a section for editors holds, nobody can say: then all are for editors.
        is_mixed = _NON_PUBLIC.search(markup) is not None
        return MarkupText(() if is_mixed else lines, lines if is_mixed else (), is_broken=bool(lines))
    walk = _Walk()
    walk.run(root)
    return MarkupText(
        _paragraphs("".join(walk.public).split("\n")),
        _paragraphs("".join(walk.hidden).split("\n")),
        is_broken=False,
    )


def _bare_tag(found: re.Match[str]) -> str:
    tag = found["tag"]
    if tag is None:
        return "&lt;" if found[0] == "<" else ""
    rest = found["rest"]
    name = tag.rpartition(":")[2] if ":" in tag else tag
    closing = "/" if tag.startswith("/") and not name.startswith("/") else ""
    css_class = _HIDDEN_CLASS if len(rest) > 1 and _marks_non_public(rest) else ""
    return f"<{closing}{name}{css_class}>"


def _marks_non_public(attributes: str) -> bool:
    """Whether a class of the tag is one of those for editors; `class=` within the value of another is none."""
    if _NON_PUBLIC.search(attributes) is None:
        return False
    return any(
        found["name"].lower() == "class"
        and _NON_PUBLIC.search(found["double"] or found["single"] or found["bare"] or "")
        for found in _ATTRIBUTE.finditer(attributes)
    )


def _parse(markup: str) -> etree._Element | None:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True, remove_blank_text=False)
    try:
        root = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return None
    given_up = any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
    return None if given_up else root


class _Walk:
    """One pass over a tree; not recursive, since a tree may be 256 levels deep."""

    def __init__(self) -> None:
        self.public: list[str] = []
        self.hidden: list[str] = []
        self._hidden_depth = 0
        self._silent_depth = 0

    def run(self, root: etree._Element) -> None:
        for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event == "start":
                self._enter(element)
            elif event == "end":
                self._leave(element)
            else:
                self._say(element.tail)

    def _enter(self, element: etree._Element) -> None:
        tag = str(element.tag)
        self._hidden_depth += _is_hidden(element)
        self._silent_depth += tag in _SILENT
        self._out.append(_border(tag))
        self._say(element.text)

    def _leave(self, element: etree._Element) -> None:
        tag = str(element.tag)
        self._out.append(_border(tag))
        self._hidden_depth -= _is_hidden(element)
        self._silent_depth -= tag in _SILENT
        self._say(element.tail)

    @property
    def _out(self) -> list[str]:
        return self.hidden if self._hidden_depth else self.public

    def _say(self, text: str | None) -> None:
        if text is not None and not self._silent_depth:
            # Line breaks of the source inside a block are soft (research/wire.md §1.4).
            self._out.append(text.replace("\n", " "))


def _is_hidden(element: etree._Element) -> bool:
    css_class = element.get("class")
    return css_class is not None and _NON_PUBLIC.search(css_class) is not None


def _border(tag: str) -> str:
    if tag in _BLOCKS:
        return "\n"
    return " " if tag in _CELLS else ""


def _paragraphs(lines: list[str]) -> tuple[str, ...]:
    folded = (_SPACE.sub(" ", line).strip() for line in lines)
    return tuple(line for line in folded if line)
