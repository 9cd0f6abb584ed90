"""Texts cut to the limits of the contract, so that no field of a message, however long, loses the message.

An id is never cut, since its beginning is another item's id: it stands whole or not at all, and `article_id`, made from
the whole of it, tells items apart. What a notice kills is neither cut nor left out.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

from schemas.article import Article
from schemas.changed import changed
from schemas.generate import field_types
from schemas.rejection import ReasonCode, Rejected

FIELD_CUT = "field_cut"


def fitted(article: Article) -> Article:
    """The article within its contract's limits; `field_cut` says that a text was cut or an id left out.

    Raises:
        Rejected: a notice names more to kill than its field holds.
    """
    cut: dict[str, Any] = {}
    for (name, limit, is_list), value in zip(_limits(), _values()(article), strict=True):
        if not value:
            continue
        if is_list:
            if any(len(text) > limit for text in value):
                cut[name] = tuple(text[:limit] for text in value)
        elif len(value) > limit:
            cut[name] = _within(name, value, limit)
    if not cut:
        return article
    return changed(article, **cut, quality_flags=(*article.quality_flags, FIELD_CUT))


def _within(name: str, value: str, limit: int) -> str | None:
    if name == "kill_target":
        raise Rejected(ReasonCode.FIELD_TOO_LONG, f"targets of a kill in {len(value)} characters")
    return None if name == "guid" else value[:limit]


@cache
def _values() -> Callable[[Article], tuple[Any, ...]]:
    return attrgetter(*(name for name, _, _ in _limits()))


@cache
def _limits() -> tuple[tuple[str, int, bool], ...]:
    """Name, limit and whether it is a list, of each field of texts that has a limit."""
    return tuple(
        (field.name, field.spec.max_chars, field.is_list)
        for field in field_types(Article)
        if field.item is str and field.spec.max_chars is not None and field.name != "quality_flags"
    )
