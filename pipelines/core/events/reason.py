"""Why an article joined its event, in words that readers may read.

Only the incoming article's own words are shown, and of the members only what readers could see when it came in: a held
or embargoed report may have decided the matter, but no row names it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from pipelines.core.events.dates import day_name
from pipelines.core.events.frequencies import term_hash
from pipelines.core.events.live import KnownArticle, LiveEvent
from pipelines.core.events.terms import TermVectors, Vector, number_code, vectors_of
from pipelines.core.events.words import TextWords
from schemas.article_parts import EventReason
from schemas.visibility import readable

_MOST_SHARED = 8
# The nearest is looked for among the latest members: an event may have hundreds.
_MOST_COMPARED = 50
_BEFORE_ALL, _AFTER_ALL = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def readable_when(article: KnownArticle, received: datetime | None) -> bool:
    """Whether readers could see an article when a row came in; with no time known: whether they can at all times."""
    if received is None:
        return readable(article, _BEFORE_ALL) and readable(article, _AFTER_ALL)
    return readable(article, received)


def with_nearest(
    reason: EventReason, words: TextWords, vectors: TermVectors, members: Iterable[KnownArticle]
) -> EventReason:
    """A reason that names the nearest of some members, all of which readers may see, and what it shares."""
    nearest = _nearest(vectors, members)
    if nearest is None or nearest.terms is None:
        return replace(
            reason,
            nearest_article=None,
            shared_terms=(),
            shared_entities=(),
            shared_numbers=(),
            shared_dates=(),
        )
    theirs = vectors_of(nearest.terms)
    plain = [term for term in dict.fromkeys((*words.title, *words.body)) if term_hash(term) in theirs.words]
    names = [name for name in words.names if term_hash("#" + name) in theirs.names]
    return replace(
        reason,
        nearest_article=nearest.article_id,
        shared_terms=tuple(words.surfaces[term] for term in _heaviest(plain, "", vectors.words)),
        shared_entities=tuple(words.surfaces["#" + name] for name in _heaviest(names, "#", vectors.names)),
        shared_numbers=tuple(n for n in words.numbers if number_code(n) in theirs.numbers)[:_MOST_SHARED],
        shared_dates=tuple(map(day_name, sorted(vectors.days.shared(theirs.days))))[:_MOST_SHARED],
    )


def readable_members(event: LiveEvent, article_id: str, received: datetime | None) -> list[KnownArticle]:
    """The latest members of an event that a row of an article may name, oldest first."""
    latest = islice(reversed(event.members.values()), _MOST_COMPARED)
    members = [m for m in latest if m.article_id != article_id and readable_when(m, received)]
    return members[::-1]


def _nearest(vectors: TermVectors, members: Iterable[KnownArticle]) -> KnownArticle | None:
    best, best_likeness = None, -1.0
    for member in members:
        likeness = _likeness(vectors, member)
        if likeness > best_likeness:
            best, best_likeness = member, likeness
    return best


def _likeness(vectors: TermVectors, member: KnownArticle) -> float:
    theirs = vectors_of(member.terms or b"").words
    return round(sum(weight * theirs.get(term, 0.0) for term, weight in vectors.words.items()), 6)


def _heaviest(terms: list[str], mark: str, weights: Vector) -> list[str]:
    def weight(term: str) -> float:
        return weights.get(term_hash(mark + term), 0.0)

    return sorted(terms, key=weight, reverse=True)[:_MOST_SHARED]
