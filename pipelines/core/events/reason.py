"""Why an article joined its event, in words that readers may read.

Only the incoming article's own words are shown, and of the members only what readers could see when it came in: a held
or embargoed report may have decided the matter, but no row names it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pipelines.core.events.choice import Reading
from pipelines.core.events.dates import day_name, days_of
from pipelines.core.events.frequencies import term_hash
from pipelines.core.events.overlap import likenesses
from pipelines.core.events.terms import Vector, mentions_of, names_of, number_code, numbers_of, words_of
from pipelines.core.events.words import TextWords
from schemas.article_parts import EventReason
from schemas.visibility import Visible, readable

_MOST_SHARED = 8
_BEFORE_ALL, _AFTER_ALL = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def readable_when(article: Visible, received: datetime | None) -> bool:
    """Whether readers could see an article when a row came in; with no time known: whether they can at all times."""
    if received is None:
        return readable(article, _BEFORE_ALL) and readable(article, _AFTER_ALL)
    return readable(article, received)


@dataclass(frozen=True, slots=True)
class Member:
    """An article that stands in an event, by the terms it stands there with."""

    article_id: str
    terms: bytes


def with_nearest(
    reason: EventReason, words: TextWords, reading: Reading, members: list[Member]
) -> EventReason:
    """A reason that names the nearest of some members, all of which readers may see, and what it shares."""
    if not members:
        return replace(
            reason,
            nearest_article=None,
            shared_terms=(),
            shared_entities=(),
            shared_numbers=(),
            shared_dates=(),
        )
    nearest = _nearest(reading.terms, members)
    their_words, their_names = words_of(nearest.terms), names_of(nearest.terms)
    my_names = names_of(reading.terms)
    plain = [term for term in dict.fromkeys((*words.title, *words.body)) if term_hash(term) in their_words]
    names = [name for name in words.names if term_hash("#" + name) in their_names]
    return replace(
        reason,
        nearest_article=nearest.article_id,
        shared_terms=tuple(words.surfaces[term] for term in _heaviest(plain, "", reading.words)),
        shared_entities=tuple(words.surfaces["#" + name] for name in _heaviest(names, "#", my_names)),
        shared_numbers=tuple(n for n in words.numbers if number_code(n) in numbers_of(nearest.terms))[
            :_MOST_SHARED
        ],
        shared_dates=tuple(map(day_name, sorted(reading.days.shared(days_of(mentions_of(nearest.terms))))))[
            :_MOST_SHARED
        ],
    )


def _nearest(terms: bytes, members: list[Member]) -> Member:
    """The member most alike, the first of equals."""
    alike = [round(one, 6) for one in likenesses(terms, [member.terms for member in members])]
    return members[alike.index(max(alike))]


def _heaviest(terms: list[str], mark: str, weights: Vector) -> list[str]:
    def weight(term: str) -> float:
        return weights.get(term_hash(mark + term), 0.0)

    return sorted(terms, key=weight, reverse=True)[:_MOST_SHARED]
