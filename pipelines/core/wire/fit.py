"""Texts cut to the limits of the contract, so that no field of a message, however long, loses the message."""

from dataclasses import replace
from functools import cache
from typing import Any

from schemas.article import Article
from schemas.generate import field_types

FIELD_CUT = "field_cut"


def fitted(article: Article) -> Article:
    """The article within its contract's limits; `field_cut` says that a text was cut."""
    cut: dict[str, Any] = {}
    for name, limit, is_list in _limits():
        value = getattr(article, name)
        if not value:
            continue
        if is_list:
            if any(len(text) > limit for text in value):
                cut[name] = tuple(text[:limit] for text in value)
        elif len(value) > limit:
            cut[name] = value[:limit]
    if not cut:
        return article
    return replace(article, **cut, quality_flags=(*article.quality_flags, FIELD_CUT))


@cache
def _limits() -> tuple[tuple[str, int, bool], ...]:
    """Name, limit and whether it is a list, of each field of texts that has a limit."""
    return tuple(
        (field.name, field.spec.max_chars, field.is_list)
        for field in field_types(Article)
        if field.item is str and field.spec.max_chars is not None and field.name != "quality_flags"
    )
