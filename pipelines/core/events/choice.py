"""Which live event an article tells of, if any: features of each candidate, the best probability, the lead.

    candidate --features--> log-odds --> the best p >= 0.5 joins; else the article founds an event

An undated side makes the time gap unknown: it then counts as the gap that reports of one happening typically have, so
undated and dated reports of it join in any order, and look-alikes are told apart by what they say (`model`).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipelines.core.events.dates import Days, days_of
from pipelines.core.events.live import LiveEvent, Span
from pipelines.core.events.lives import EVENT_LIVES_MS
from pipelines.core.events.model import NEUTRAL_GAP, EventModel, Features, probability
from pipelines.core.events.overlap import Overlaps, overlaps
from pipelines.core.events.weighed import (
    DEEDS,
    NAMES,
    TITLE_WORDS,
    TOP_WORDS,
    WORDS,
    Weighed,
    Weights,
)

# Default of `research/events.md` §4. The proposal there to ask 0.6 of an event of one report was measured to lose 0.4
# (allsides_dev) and 0.9 (folded) points of F1 against the same threshold for all.
JOIN_FROM = 0.5
# A candidate with less in common cannot reach the threshold whatever else it shares.
_LEAST_WORDS = 0.05
# Events further away in time than they would have lived are not joined, even where no clock forgets them.
_FARTHEST_HOURS = EVENT_LIVES_MS / 3_600_000
_MOST_NUMBERS = 15
# Numbers and days of further members are left out once an event has so many.
_NUMBERS_KEPT, _DAYS_KEPT = 60, 12
_ENOUGH_WORDS = 20
# Two texts share a number below 100 (a day, an age, a crew) by accident often enough to count it less.
_SMALL, _SMALL_WEIGHT = 100, 0.3
_AT = {name: column for column, name in enumerate(Features._fields)}


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as it is compared: what it tells, its time, and whether its arrival bears that out."""

    text: Weighed
    span: Span | None
    has_arrived: bool


@dataclass(frozen=True, slots=True)
class Rival:
    """A live event that an article may join, with the texts of the members that it is compared by."""

    event: LiveEvent
    texts: Sequence[Weighed]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event with how well an article fits into it, and how like the article each member is it was compared by."""

    event: LiveEvent
    features: Features
    p: float
    gap_hours: float | None
    time_tells: bool
    alike: Sequence[float]


@dataclass(frozen=True, slots=True)
class Choice:
    """The event an article joins, and by how much it was better than the next."""

    best: Candidate
    margin: float


def choose_event(model: EventModel, reading: Reading, rivals: Sequence[Rival]) -> Choice | None:
    """The best event that an article may join, the older of equals; `None` if it founds its own."""
    gaps = [_gap_hours(reading, rival.event) for rival in rivals]
    near = [at for at, gap in enumerate(gaps) if gap is None or gap <= _FARTHEST_HOURS]
    if not near:
        return None
    events, gaps = [rivals[at].event for at in near], [gaps[at] for at in near]
    members = [rivals[at].texts for at in near]
    found = overlaps(reading.text, members)
    features = _features(model, reading.text, members, found, gaps)
    time_tells = [gap is not None and reading.has_arrived for gap in gaps]
    odds = model.log_odds(features, np.array(time_tells)).tolist()
    ranked = sorted(
        (-probability(odds[at]), events[at].number, at)
        for at, words in enumerate((found.cosines[:, WORDS] * model.likeness_scale).tolist())
        if words >= _LEAST_WORDS
    )
    if not ranked or -ranked[0][0] < JOIN_FROM:
        return None
    best, second = ranked[0][2], -ranked[1][0] if len(ranked) > 1 else 0.0
    p = -ranked[0][0]
    candidate = Candidate(
        events[best],
        Features(*features[best].tolist()),
        p,
        gaps[best],
        time_tells[best],
        found.alike[best].tolist(),
    )
    return Choice(candidate, round(p - second, 6))


def _gap_hours(reading: Reading, event: LiveEvent) -> float | None:
    return None if reading.span is None or event.span is None else reading.span.hours_to(event.span)


def _features(
    model: EventModel,
    mine: Weighed,
    members: Sequence[Sequence[Weighed]],
    found: Overlaps,
    gaps: Sequence[float | None],
) -> Weights:
    """The features of each event, a row of `Features` each."""
    likeness = np.minimum(found.cosines * model.likeness_scale, 1.0)
    days = [_days_beside(mine, texts) for texts in members]
    features = np.zeros((len(members), len(Features._fields)))
    features[:, _AT["words"]] = likeness[:, WORDS]
    features[:, _AT["title"]] = likeness[:, TITLE_WORDS]
    # Names: 1 for two in common, a half for one; of two texts with one name each the cosine would be 1.
    features[:, _AT["names"]] = likeness[:, NAMES] * np.minimum(found.names_shared / 2.0, 1.0)
    features[:, _AT["lede"]] = likeness[:, TOP_WORDS]
    features[:, _AT["numbers"]] = [_numbers_shared(mine.numbers, texts) for texts in members]
    features[:, _AT["title_covered"]] = found.title_covered
    features[:, _AT["day_shared"]] = [shared for shared, _ in days]
    features[:, _AT["time_gap"]] = [NEUTRAL_GAP if gap is None else math.log1p(gap) for gap in gaps]
    features[:, _AT["day_conflict"]] = [conflict for _, conflict in days]
    features[:, _AT["deeds"]] = np.minimum(found.cosines[:, DEEDS] * model.deeds_scale, 1.0)
    features[:, _AT["brevity"]] = max(0.0, 1.0 - mine.size / _ENOUGH_WORDS)
    return model.with_deeds(features)


def _days_beside(mine: Weighed, members: Sequence[Weighed]) -> tuple[bool, bool]:
    """Whether an article and an event share a day; whether their days contradict each other."""
    if not mine.mentions:
        return False, False
    mentions: dict[int, None] = {}
    for text in members:
        if len(mentions) < _DAYS_KEPT:
            mentions.update(dict.fromkeys(text.mentions))
    return _compared_days(mine.mentions, tuple(mentions))


# Most articles mention a day or two, of the same week.
@lru_cache(maxsize=4_096)
def _compared_days(mine: tuple[int, ...], theirs: tuple[int, ...]) -> tuple[bool, bool]:
    own, others = _days(mine), _days(theirs)
    shared = bool(own.shared(others))
    return shared, not shared and own.conflict(others)


@lru_cache(maxsize=1_024)
def _days(mentions: tuple[int, ...]) -> Days:
    return days_of(mentions)


def _numbers_shared(mine: frozenset[int], members: Sequence[Weighed]) -> float:
    """Share of telling numbers in common, 0..1, like a cosine; of two texts with one small number each it is little."""
    if not mine:
        return 0.0
    theirs: frozenset[int] = frozenset()
    for text in members:
        if len(theirs) < _NUMBERS_KEPT:
            theirs |= text.numbers
    shared = mine & theirs
    if not shared:
        return 0.0
    most = max(_telling(mine), 1.0) * max(min(_telling(theirs), _MOST_NUMBERS), 1.0)
    return min(_telling(shared) / math.sqrt(most), 1.0)


def _telling(numbers: Iterable[int]) -> float:
    weights = [_SMALL_WEIGHT if number < _SMALL else 1.0 for number in numbers]
    return math.fsum(weights)
