"""Which live event an article tells of, if any: features of each candidate, the best probability, the lead.

    candidate --features--> log-odds --> p >= threshold (more for a single report) --> joins the best; else founds

An undated side makes the time gap unknown. It then counts as the gap that reports of one happening typically have:
undated and dated reports of it join in any order, and two looks-alike are told apart by what they say.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.core.event_live import LiveEvent, Span
from pipelines.core.event_memory import EVENT_LIVES_MS
from pipelines.core.event_model import FeatureValues, event_model, probability
from pipelines.core.event_terms import TermVectors, Vector

# Default of `research/events.md` §4. Joining a single report is the risky step (there is no average yet).
JOIN_EVENT, JOIN_SINGLE = 0.5, 0.5
# A candidate with less in common cannot reach the threshold whatever else it shares; not worth its other features.
_LEAST_WORDS = 0.05
# Events further away in time than they would have lived are not joined, even where no clock forgets them.
_FARTHEST_HOURS = EVENT_LIVES_MS / 3_600_000
# Time gap of an undated article or event.
_NEUTRAL_GAP_HOURS = 6.0
_MOST_NUMBERS = 15


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event with how well an article fits into it."""

    event: LiveEvent
    values: FeatureValues
    p: float
    gap_hours: float | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The event an article joins, and by how much it was better than the next."""

    best: Candidate
    margin: float


def choose_event(vectors: TermVectors, span: Span | None, events: Iterable[LiveEvent]) -> Choice | None:
    """The best event that an article may join; `None` if it founds its own."""
    ranked = rank_events(vectors, span, events)
    for position, candidate in enumerate(ranked):
        threshold = JOIN_SINGLE if len(candidate.event.members) == 1 else JOIN_EVENT
        if candidate.p >= threshold:
            others = (*ranked[:position], *ranked[position + 1 :])
            return Choice(candidate, round(candidate.p - max((other.p for other in others), default=0.0), 6))
    return None


def rank_events(vectors: TermVectors, span: Span | None, events: Iterable[LiveEvent]) -> list[Candidate]:
    """Candidates, most probable first; the older of equals first."""
    candidates = [
        candidate for event in events if (candidate := weigh_event(vectors, span, event)) is not None
    ]
    return sorted(candidates, key=_by_probability)


def _by_probability(candidate: Candidate) -> tuple[float, int]:
    return (-candidate.p, candidate.event.ordinal)


def weigh_event(vectors: TermVectors, span: Span | None, event: LiveEvent) -> Candidate | None:
    """How well an article fits into an event; `None` if it cannot belong there."""
    gap_hours = None if span is None or event.span is None else span.hours_to(event.span)
    if gap_hours is not None and gap_hours > _FARTHEST_HOURS:
        return None
    profile, size = event.profile(), len(event.members)
    words = _dot(vectors.words, profile.words) / size
    if words < _LEAST_WORDS:
        return None
    day_shared = not vectors.days.mentions.isdisjoint(profile.days.mentions) or bool(
        vectors.days.shared(profile.days)
    )
    values: FeatureValues = (
        words,
        _dot(vectors.title, profile.title) / size,
        _dot(vectors.names, profile.names) / size,
        _dot(vectors.lede, profile.lede) / size,
        _numbers_shared(vectors.numbers, profile.numbers),
        sum(weight * weight for term, weight in vectors.title.items() if term in profile.words),
        float(day_shared),
        math.log1p(_NEUTRAL_GAP_HOURS if gap_hours is None else gap_hours),
        float(not day_shared and vectors.days.conflict(profile.days)),
    )
    return Candidate(event, values, probability(event_model().log_odds(values)), gap_hours)


def _dot(vector: Vector, sums: Vector) -> float:
    weight_in = sums.get
    return sum(weight * weight_in(term, 0.0) for term, weight in vector.items())


def _numbers_shared(mine: frozenset[int], theirs: frozenset[int]) -> float:
    if not mine or not theirs:
        return 0.0
    return len(mine & theirs) / math.sqrt(len(mine) * min(len(theirs), _MOST_NUMBERS))
