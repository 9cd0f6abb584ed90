"""Headline, abstract and body of a ninjs item, the best of what it states of each."""

import re
from dataclasses import dataclass

from pipelines.core.wire.html_text import MarkupText, markup_text
from pipelines.core.wire.json_object import JsonObject
from pipelines.core.wire.non_public import without_non_public
from pipelines.core.wire.roles import is_body_for_readers, is_for_editors, role_of

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
_LEGACY_BODIES = ("body_xhtml", "body_html", "body_text")
_LEGACY_ABSTRACTS = ("description_text", "description_xhtml", "description_html", "description_summary")
# Markup in a text that is said to be plain, or said to be nothing. `a <b and c` has no tag.
_BLOCK_TAG = re.compile(
    r"<(?:p|div|section|article|aside|br|h[1-6]|ul|ol|li|table|html|body)(?:\s[^<>]*+)?/?>", re.IGNORECASE
)
_INLINE_TAG = (
    r"<(?:a|abbr|b|cite|em|font|i|img|q|small|span|strong|sub|sup|u)(?:\s++[a-z-]++\s*+=[^<>]*+)?\s*+/?>"
)
_TAG = re.compile(
    rf"</[a-z][a-z0-9]{{0,15}}\s*+>|<!--|{_INLINE_TAG}|{_BLOCK_TAG.pattern}|<[a-z][a-z0-9]{{0,15}}\s++class\s*+=",
    re.IGNORECASE,
)
# The contract's limit for a body, and room for its markup.
_MAX_MARKUP_CHARS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    text: str
    is_markup: bool


def headline_of(item: JsonObject) -> str | None:
    """The main headline on one line; without any the item's title."""
    stated = [part for part in item.items("headlines") if not is_for_editors(role_of(part))]
    main = [part for part in stated if role_of(part) in _MAIN_ROLES]
    for part in (*main, *stated):
        text = line_for_readers(part.text("value"), part.text("contenttype"))
        if text is not None:
            return text
    return next(filter(None, map(line_for_readers, (item.text("headline"), item.text("title")))), None)


def abstract_of(item: JsonObject) -> str | None:
    """The description for readers, on one line."""
    for part in item.items("descriptions"):
        if role_of(part) in _ABSTRACT_ROLES:
            text = line_for_readers(part.text("value"), part.text("contenttype"))
            if text is not None:
                return text
    for name in _LEGACY_ABSTRACTS:
        text = line_for_readers(item.text(name), "text/html" if "html" in name else None)
        if text is not None:
            return text
    return None


def line_for_readers(text: str | None, content_type: str | None = None) -> str | None:
    """A text on one line, without its lines to editors."""
    if text is None:
        return None
    read = _read(_Body(text=text, is_markup="html" in (content_type or "").lower()))
    return " ".join(" ".join(read.paragraphs).split()) or None


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
    """Texts whose role or field says that they are not for readers, and lines to editors in headline and abstract."""
    lines = [*item.items("headlines"), *item.items("descriptions")]
    hidden = [part for part in lines if is_for_editors(role_of(part))]
    hidden += (part for part in item.items("bodies") if not is_body_for_readers(part))
    mixed = [part.text("value") for part in lines if not is_for_editors(role_of(part))]
    mixed += (item.text(name) for name in ("headline", "title", *_LEGACY_ABSTRACTS))
    texts = [line for text in mixed if text is not None for line in _lines_to_editors(text)]
    texts += (text for part in hidden if (text := part.text("value")) is not None)
    texts += (text for name in _other_bodies(item) if is_for_editors(name) and (text := item.text(name)))
    return tuple(texts)


def _lines_to_editors(text: str) -> tuple[str, ...]:
    return _read(_Body(text=text, is_markup=False)).non_public


def _bodies(item: JsonObject) -> list[_Body]:
    stated = [part for part in item.items("bodies") if is_body_for_readers(part)]
    ranked = sorted(stated, key=_rank)
    bodies = [
        _Body(text=text, is_markup=_rank(part) != 1)
        for part in ranked
        if (text := part.text("value")) is not None
    ]
    for name in (*_LEGACY_BODIES, *_other_bodies(item)):
        text = item.text(name)
        if text is not None and not is_for_editors(name):
            bodies.append(_Body(text=text, is_markup=name != "body_text"))
    return bodies


def _rank(part: JsonObject) -> int:
    content_type = (part.text("contenttype") or "").lower()
    if "html" in content_type:
        return 0
    role = role_of(part)
    if not content_type and "html" in role:
        return 0
    return 1 if content_type.startswith("text/plain") or not content_type else 2


def _read(body: _Body) -> MarkupText:
    text = body.text[:_MAX_MARKUP_CHARS]
    if body.is_markup:
        read = markup_text(text)
    elif "<" in text and _TAG.search(text) is not None:
        # Line breaks stay borders where no element is one.
        read = markup_text(text if _BLOCK_TAG.search(text) else text.replace("\n", "<br>"))
    else:
        lines = (line.strip() for line in text.split("\n"))
        read = MarkupText(tuple(line for line in lines if line), (), is_broken=False)
    public, hidden = without_non_public(read.paragraphs)
    return MarkupText(public, read.non_public + hidden, read.is_broken)


def _other_bodies(item: JsonObject) -> list[str]:
    return sorted(name for name in item.fields if name.startswith("body_") and name not in _LEGACY_BODIES)
