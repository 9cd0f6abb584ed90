"""The limits of an article's fields, as the schema states them: what is longer is cut.

Source: `research/wire.md` §6; characters per field from `Spec.max_chars`, entries per list 256.
"""

from dataclasses import fields
from functools import cache
from typing import Any, get_args, get_type_hints

from schemas.article import Article
from schemas.article_parts import Media, Subject
from schemas.changed import changed
from schemas.spec import Spec

MAX_ENTRIES = 256

# Removed lines are the audit of a page, so more of them are kept; a hostile page has no more than this.
_MAX_REMOVED_LINES = 2_000

# Texts that people wrote. Ids and addresses are never cut: a cut id is another id.
_TEXTS = (
    "source_name headline slugline byline authors dateline abstract body_text correction_note section genres keywords "
    "services copyright_notice usage_terms signals"
)
_PART_TEXTS = "caption credit name"
_LISTS = (
    "authors",
    "media",
    "subjects",
    "genres",
    "keywords",
    "services",
    "signals",
    "agencies",
    "removed_lines",
)


def within(article: Article) -> Article:
    """The article within its limits: the same object where nothing was too long."""
    changes: dict[str, Any] = {}
    for name, limit in _limits(Article):
        value = getattr(article, name)
        if value and (cut := _cut(value, limit)) is not value:
            changes[name] = cut
    for name in _LISTS:
        value = changes.get(name, getattr(article, name))
        if not value:
            continue
        most = _MAX_REMOVED_LINES if name == "removed_lines" else MAX_ENTRIES
        cut = tuple(map(_within_part, value[:most]))
        if cut != value:
            changes[name] = cut
    return changed(article, **changes) if changes else article


def _within_part(part: Any) -> Any:
    if not isinstance(part, Media | Subject):
        return part
    changes = {
        name: cut
        for name, limit in _limits(Media if isinstance(part, Media) else Subject)
        if (value := getattr(part, name)) and (cut := _cut(value, limit)) is not value
    }
    return changed(part, **changes) if changes else part


def _cut(value: Any, limit: int) -> Any:
    """The same object where nothing was too long."""
    if isinstance(value, str):
        return value if len(value) <= limit else value[:limit].rstrip()
    if isinstance(value, tuple) and any(len(one) > limit for one in value):
        return tuple(_cut(one, limit) for one in value)
    return value


@cache
def _limits(record: type[Article | Media | Subject]) -> tuple[tuple[str, int], ...]:
    hints = get_type_hints(record, include_extras=True)
    texts = (_TEXTS if record is Article else _PART_TEXTS).split()
    return tuple(
        (field.name, spec.max_chars)
        for field in fields(record)
        if field.name in texts
        for spec in get_args(hints[field.name])
        if isinstance(spec, Spec) and spec.max_chars is not None
    )
