"""When what an article tells was told: publication, else arrival, else unknown."""

from datetime import datetime, timedelta
from typing import Final

from pipelines.core.events.live import Span
from pipelines.core.identity import epoch_ms
from pipelines.core.instants import CLOCK_DRIFT
from schemas.article_parts import PublishedSource

# A guessed date may lie this far from the arrival.
GUESS_ALLOWED: Final = timedelta(days=2)
DAY_MS: Final = 86_400_000


def told_at(
    published: datetime | None,
    source: PublishedSource | None,
    received: datetime | None,
    first_received: datetime | None,
) -> datetime | None:
    """Publication where it is credible, else the article's first arrival.

    A publication after arrival is a wrong clock; a guessed one counts only if arrival bears it out.
    """
    if published is not None and _is_credible(published, source, received):
        return published
    return first_received


def _is_credible(published: datetime, source: PublishedSource | None, received: datetime | None) -> bool:
    if source is PublishedSource.GUESS:
        return received is not None and abs(published - received) <= GUESS_ALLOWED
    return received is None or published <= received + CLOCK_DRIFT


def span_of(told: datetime | None, *, by_day: bool) -> Span | None:
    """The span of what was told then; `by_day`: the time is a day of which no more is known."""
    if told is None:
        return None
    first = epoch_ms(told)
    return Span(first, first + DAY_MS - 1 if by_day else first)
