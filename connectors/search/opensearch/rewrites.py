"""The same version of an article once more: the last word, but what is once known of it stays known.

`publish` takes an event and the earliest arrival from all rows of an article, and takes away how it relates to one that
readers may not see; a replay of one of these rows must not take that back, nor `publish` what a row says to editors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from connectors.search.families import family_of
from schemas.article import Article
from schemas.article_parts import DupKind
from schemas.changed import changed

# Each decided as one.
_EVENT = ("event_id", "event_confidence", "event_is_new", "event_model")
_RELATION = ("dup_kind", "dup_similarity", "dup_containment")
# What of a document `known_in` reads.
KNOWN_FIELDS = (*_EVENT, *_RELATION, "family", "first_received")

_event_of = attrgetter(*_EVENT)
_relation_of = attrgetter(*_RELATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What of a version stays known: its event, its relation within its copy family, its first arrival."""

    event: tuple[Any, ...]
    relation: tuple[Any, ...]
    family: str
    first_received: datetime | None


def known_of(article: Article) -> Known:
    """What a row knows."""
    return Known(
        event=_event_of(article),
        relation=_relation_of(article),
        family=family_of(article),
        first_received=article.first_received,
    )


def known_in(source: Mapping[str, Any]) -> Known:
    """What a document knows that is no tombstone."""
    kind, *figures = (source.get(name) for name in _RELATION)
    first_received = source.get("first_received")
    return Known(
        event=tuple(source.get(name) for name in _EVENT),
        relation=(None if kind is None else DupKind(kind), *figures),
        family=source["family"],
        first_received=None if first_received is None else datetime.fromisoformat(first_received),
    )


def rewritten(before: Known, now: Article) -> Article:
    """The row that comes once more, with what was known before it."""
    values: dict[str, Any] = {}
    if now.event_id is None and before.event[0] is not None:
        values |= zip(_EVENT, before.event, strict=True)
    if now.dup_kind is None and before.relation[0] is not None and before.family == family_of(now):
        values |= zip(_RELATION, before.relation, strict=True)
    if before.first_received is not None and (
        now.first_received is None or before.first_received < now.first_received
    ):
        values["first_received"] = before.first_received
    return changed(now, **values) if values else now
