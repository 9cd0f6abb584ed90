"""Headline, abstract and body of a ninjs item, the best of what it states of each."""

from dataclasses import dataclass

from pipelines.core.wire.html_text import MarkupText, markup_text
from pipelines.core.wire.json_object import JsonObject
from pipelines.core.wire.non_public import without_non_public

_MAIN_ROLES = ("main", "")
_ABSTRACT_ROLES = (
    "",
    "text",
    "main",
    "summary",
    "abstract",
    "teaser",
    "standfirst",
    "caption",
    "description",
)
# What a description or body is for when it is not for readers.
_HIDDEN_ROLES = ("ednote", "ed_note", "editorsnote", "note", "nonpublic", "non-public", "np-nonpublic")
_LEGACY_BODIES = ("body_xhtml", "body_html", "body_text")
_LEGACY_ABSTRACTS = ("description_text", "description_xhtml", "description_html", "description_summary")
# The contract's limit for a body, and room for its markup.
_MAX_MARKUP_CHARS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    text: str
    is_markup: bool


def headline_of(item: JsonObject) -> str | None:
    """The main headline on one line; without any the item's title."""
    stated = item.items("headlines")
    main = [part for part in stated if _role(part) in _MAIN_ROLES]
    for part in (*main, *stated):
        text = _one_line(part.text("value"), part.text("contenttype"))
        if text is not None:
            return text
    return _one_line(item.text("headline", "title"), None)


def abstract_of(item: JsonObject) -> str | None:
    """The description for readers, on one line."""
    for part in item.items("descriptions"):
        if _role(part) in _ABSTRACT_ROLES:
            text = _one_line(part.text("value"), part.text("contenttype"))
            if text is not None:
                return text
    for name in _LEGACY_ABSTRACTS:
        text = _one_line(item.text(name), "text/html" if "html" in name else None)
        if text is not None:
            return text
    return None


def body_of(item: JsonObject) -> MarkupText:
    """The first body that holds text: HTML before plain text before anything else.

    Whatever it holds that readers may not see is in `non_public`.
    """
    broken = False
    for body in _bodies(item):
        read = _read(body)
        broken = broken or read.is_broken
        if read.paragraphs or read.non_public:
            return MarkupText(read.paragraphs, read.non_public, broken)
    return MarkupText((), (), broken)


def hidden_texts_of(item: JsonObject) -> tuple[str, ...]:
    """Texts whose role says that they are not for readers."""
    parts = (*item.items("bodies"), *item.items("descriptions"))
    hidden = (part.text("value") for part in parts if _role(part) in _HIDDEN_ROLES)
    return tuple(text for text in hidden if text is not None)


def _bodies(item: JsonObject) -> list[_Body]:
    stated = [part for part in item.items("bodies") if _role(part) not in _HIDDEN_ROLES]
    ranked = sorted(stated, key=_rank)
    bodies = [
        _Body(text=text, is_markup=_rank(part) != 1)
        for part in ranked
        if (text := part.text("value")) is not None
    ]
    others = sorted(name for name in item.fields if name.startswith("body_") and name not in _LEGACY_BODIES)
    for name in (*_LEGACY_BODIES, *others):
        text = item.text(name)
        if text is not None and not name.endswith(("ednote", "nonpublic", "note")):
            bodies.append(_Body(text=text, is_markup=name != "body_text"))
    return bodies


def _rank(part: JsonObject) -> int:
    content_type = (part.text("contenttype") or "").lower()
    if "html" in content_type:
        return 0
    role = _role(part)
    if not content_type and "html" in role:
        return 0
    return 1 if content_type.startswith("text/plain") or not content_type else 2


def _read(body: _Body) -> MarkupText:
    text = body.text[:_MAX_MARKUP_CHARS]
    if body.is_markup:
        read = markup_text(text)
    else:
        lines = (line.strip() for line in text.split("\n"))
        read = MarkupText(tuple(line for line in lines if line), (), is_broken=False)
    public, hidden = without_non_public(read.paragraphs)
    return MarkupText(public, read.non_public + hidden, read.is_broken)


def _one_line(text: str | None, content_type: str | None) -> str | None:
    if text is None:
        return None
    if "html" in (content_type or "").lower():
        text = " ".join(markup_text(text[:_MAX_MARKUP_CHARS]).paragraphs)
    return " ".join(text.split()) or None


def _role(part: JsonObject) -> str:
    return (part.text("role") or "").lower()
