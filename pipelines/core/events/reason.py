"""Why an article joined its event, in words that readers may read.

Only the incoming article's own words are shown, and of the members only what readers could see when it came in: a held
or embargoed report may have decided the matter, but no row names it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

import numpy as np

from pipelines.core.events.dates import day_name, days_of
from pipelines.core.events.terms import name_hash, number_code
from pipelines.core.events.weighed import NAMES, WORDS, Weighed
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
    """An article in an event: how it stands now, and the text it stands there with."""

    article_id: str
    standing: Visible
    text: Weighed


def with_nearest(reason: EventReason, words: TextWords, mine: Weighed, nearest: Member | None) -> EventReason:
    """A reason that names the nearest member of those that readers may see, and what it shares."""
    if nearest is None:
        return replace(
            reason,
            nearest_article=None,
            shared_terms=(),
            shared_entities=(),
            shared_numbers=(),
            shared_dates=(),
        )
    theirs = nearest.text
    names = {name_hash(name): name for name in words.names}
    days = days_of(mine.mentions).shared(days_of(theirs.mentions))
    return EventReason(
        nearest_article=nearest.article_id,
        shared_terms=tuple(
            islice(filter(None, map(words.surface, _shared(mine, theirs, WORDS))), _MOST_SHARED)
        ),
        shared_entities=tuple(
            words.surface_of_name(names[code]) for code in islice(_shared(mine, theirs, NAMES), _MOST_SHARED)
        ),
        shared_numbers=tuple(n for n in words.numbers if number_code(n) in theirs.numbers)[:_MOST_SHARED],
        shared_dates=tuple(map(day_name, sorted(days)))[:_MOST_SHARED],
        gap_hours=reason.gap_hours,
        margin=reason.margin,
        contributions=reason.contributions,
    )


def _shared(mine: Weighed, theirs: Weighed, kind: int) -> list[int]:
    """Terms of both in one kind of vector, the heaviest of the article first."""
    weights = mine.weights[:, kind]
    has = set(theirs.hashes[theirs.weights[:, kind] > 0.0].tolist())
    order = np.argsort(-weights, kind="stable")[: np.count_nonzero(weights)]
    return [term for term in mine.hashes[order].tolist() if term in has]
