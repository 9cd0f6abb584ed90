"""Which live event an article tells of, if any: features of each candidate, the best probability, the lead.

    candidate --features--> log-odds --> the best p >= 0.5 joins; else the article founds an event

An undated side makes the time gap unknown: it then counts as the gap that reports of one happening typically have, so
undated and dated reports of it join in any order, and look-alikes are told apart by what they say (`model`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipelines.core.events.dates import Days, days_of
from pipelines.core.events.live import LiveEvent, Span
from pipelines.core.events.lives import EVENT_LIVES_MS
from pipelines.core.events.model import NEUTRAL_GAP, EventModel, Features, probability
from pipelines.core.events.overlap import Overlap, overlaps
from pipelines.core.events.terms import Vector, mentions_of, numbers_of

# Default of `research/events.md` §4. The proposal there to ask 0.6 of an event of one report was measured to lose 0.4
# (allsides_dev) and 0.9 (folded) points of F1 against the same threshold for all.
JOIN_FROM = 0.5
# A candidate with less in common cannot reach the threshold whatever else it shares; not worth its other features.
_LEAST_WORDS = 0.05
# Events further away in time than they would have lived are not joined, even where no clock forgets them.
_FARTHEST_HOURS = EVENT_LIVES_MS / 3_600_000
_MOST_NUMBERS = 15
# Numbers and days of further members are left out once an event has so many.
_NUMBERS_KEPT, _DAYS_KEPT = 60, 12
_ENOUGH_WORDS = 20
# Two texts share a number below 100 (a day, an age, a crew) by accident often enough to count it less.
_SMALL, _SMALL_WEIGHT = 100, 0.3


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as it is compared: its terms and what is in them, its time, and whether its arrival bears that out."""

    terms: bytes
    words: Vector
    numbers: frozenset[int]
    days: Days
    span: Span | None
    has_arrived: bool


@dataclass(frozen=True, slots=True)
class Rival:
    """A live event that an article may join, with the terms of the members that it is compared by."""

    event: LiveEvent
    texts: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event with how well an article fits into it."""

    event: LiveEvent
    features: Features
    p: float
    gap_hours: float | None
    time_tells: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """The event an article joins, and by how much it was better than the next."""

    best: Candidate
    margin: float


def choose_event(model: EventModel, reading: Reading, rivals: Sequence[Rival]) -> Choice | None:
    """The best event that an article may join; `None` if it founds its own."""
    ranked = rank_events(model, reading, rivals)
    if not ranked or ranked[0].p < JOIN_FROM:
        return None
    second = ranked[1].p if len(ranked) > 1 else 0.0
    return Choice(ranked[0], round(ranked[0].p - second, 6))


def rank_events(model: EventModel, reading: Reading, rivals: Sequence[Rival]) -> list[Candidate]:
    """Candidates, most probable first, the older of equals first.

    The best two are among them, not all of the others; there are none where none can reach the threshold.
    """
    if not rivals:
        return []
    found = overlaps(reading.terms, [rival.texts for rival in rivals])
    fits = [
        (_most(model, reading, rival, overlap), rival, overlap)
        for rival, overlap in zip(rivals, found, strict=True)
        if overlap.words * model.likeness_scale >= _LEAST_WORDS
    ]
    fits.sort(key=_by_most)
    candidates: list[Candidate] = []
    for most, rival, overlap in fits:
        if most < (candidates[1].p if len(candidates) > 1 else JOIN_FROM if not candidates else 0.0):
            break
        candidate = _weighed(model, reading, rival, overlap)
        if candidate is not None:
            candidates.append(candidate)
            candidates.sort(key=_by_probability)
    return candidates


def _by_most(fit: tuple[float, Rival, Overlap]) -> tuple[float, int]:
    return (-fit[0], fit[1].event.number)


def _by_probability(candidate: Candidate) -> tuple[float, int]:
    return (-candidate.p, candidate.event.number)


def _most(model: EventModel, reading: Reading, rival: Rival, overlap: Overlap) -> float:
    """How probable it is at most that an article belongs to an event: numbers, days and deeds all speak for it."""
    scale = model.likeness_scale
    features = Features(
        words=min(overlap.words * scale, 1.0),
        title=min(overlap.title * scale, 1.0),
        names=min(overlap.names * scale, 1.0) * min(overlap.names_shared / 2.0, 1.0),
        lede=min(overlap.lede * scale, 1.0),
        numbers=1.0,
        title_covered=overlap.title_covered,
        day_shared=1.0,
        time_gap=_gap(_gap_hours(reading, rival.event)),
        day_conflict=0.0,
        deeds=1.0,
    )
    return probability(model.log_odds(features, time_tells=True))


def _gap_hours(reading: Reading, event: LiveEvent) -> float | None:
    return None if reading.span is None or event.span is None else reading.span.hours_to(event.span)


def _gap(hours: float | None) -> float:
    return NEUTRAL_GAP if hours is None else math.log1p(hours)


def _weighed(model: EventModel, reading: Reading, rival: Rival, overlap: Overlap) -> Candidate | None:
    """How well an article fits into an event; `None` if it cannot belong there."""
    event = rival.event
    gap_hours = _gap_hours(reading, event)
    if gap_hours is not None and gap_hours > _FARTHEST_HOURS:
        return None
    features = _features(model, reading, rival.texts, overlap, gap_hours)
    time_tells = gap_hours is not None and reading.has_arrived
    p = probability(model.log_odds(features, time_tells=time_tells))
    return Candidate(event, features, p, gap_hours, time_tells)


def _features(
    model: EventModel,
    reading: Reading,
    texts: Sequence[bytes],
    overlap: Overlap,
    gap_hours: float | None,
) -> Features:
    scale = model.likeness_scale
    days = _days(texts)
    day_shared = bool(reading.days.shared(days))
    # Names: 1 for two in common, a half for one; of two texts with one name each the cosine would be 1.
    features = Features(
        words=min(overlap.words * scale, 1.0),
        title=min(overlap.title * scale, 1.0),
        names=min(overlap.names * scale, 1.0) * min(overlap.names_shared / 2.0, 1.0),
        lede=min(overlap.lede * scale, 1.0),
        numbers=_numbers_shared(reading.numbers, _numbers(texts)),
        title_covered=overlap.title_covered,
        day_shared=float(day_shared),
        time_gap=_gap(gap_hours),
        day_conflict=float(not day_shared and reading.days.conflict(days)),
        deeds=min(overlap.deeds * model.deeds_scale, 1.0),
        brevity=max(0.0, 1.0 - len(reading.words) / _ENOUGH_WORDS),
    )
    return model.with_deeds(features)


# Most articles mention a day or two, of the same week.
_days_of = lru_cache(maxsize=1_024)(days_of)


def _days(texts: Sequence[bytes]) -> Days:
    """What days an event mentions."""
    mentions: dict[int, None] = {}
    for terms in texts:
        if len(mentions) < _DAYS_KEPT:
            mentions.update(dict.fromkeys(mentions_of(terms)))
    return _days_of(tuple(mentions))


def _numbers(texts: Sequence[bytes]) -> frozenset[int]:
    numbers: frozenset[int] = frozenset()
    for terms in texts:
        if len(numbers) < _NUMBERS_KEPT:
            numbers |= numbers_of(terms)
    return numbers


def _numbers_shared(mine: frozenset[int], theirs: frozenset[int]) -> float:
    """Share of telling numbers in common, 0..1, like a cosine; of two texts with one small number each it is little."""
    shared = mine & theirs
    if not shared:
        return 0.0
    most = max(_telling(mine), 1.0) * max(min(_telling(theirs), _MOST_NUMBERS), 1.0)
    return min(_telling(shared) / math.sqrt(most), 1.0)


def _telling(numbers: frozenset[int]) -> float:
    small = sum(1 for number in numbers if number < _SMALL)
    return small * _SMALL_WEIGHT + (len(numbers) - small)
