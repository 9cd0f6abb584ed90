"""Whether an article tells of an event: a small monotone logistic model, whose terms are the explanation.

    log-odds = bias + sum of rising features, each piecewise linear + sum of falling features, each linear

Rising features are average linkage (the article's vector times the un-normalised mean of the members' vectors, which two
features alone carry most of the quality), the overlap of numbers, and how much of the headline the event knows; falling
ones are the gap in time, days that contradict each other, brevity (a cosine of ten words is no evidence), and two that
keep names from deciding alone: the same people act more than once a week. The tenth feature of the fit, overlap of
four-word shingles, got weight 0 and is not computed.

Where time says nothing (an undated report, files that no arrival bears out) deeds must speak for it. There the log-odds
are those above or these, whichever is less:

    undated = bias + likeness (of the above, up to a limit) - names + deeds (likeness without names, and numbers)
              - conflicts

Names count against there: at the same likeness, the more of it is names the less of it is the happening.

Source: `research/events.md` §3.1, coefficients LR10; what was set by hand since, and what it changed, is in
docs/adr/0011-event-ids.md.
"""

import json
import math
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.article_parts import Contribution

Weights = NDArray[np.float64]

# Time gap of an undated side: what a report of the same happening typically has.
NEUTRAL_GAP = math.log1p(6.0)


class Features(NamedTuple):
    """Cosines and shares 0..1, time_gap as ln(1 + hours), days 0 or 1."""

    words: float
    title: float
    names: float
    lede: float
    numbers: float
    title_covered: float
    day_shared: float
    time_gap: float
    day_conflict: float
    deeds: float
    names_alone: float = 0.0
    few_deeds: float = 0.0
    brevity: float = 0.0


_NAMES, _NUMBERS, _TIME_GAP, _DAY_CONFLICT, _DEEDS, _NAMES_ALONE, _FEW_DEEDS = map(
    Features._fields.index,
    ("names", "numbers", "time_gap", "day_conflict", "deeds", "names_alone", "few_deeds"),
)


@dataclass(frozen=True, slots=True)
class _Undated:
    bias: float
    likeness: float
    likeness_most: float
    names: float
    deeds: float
    deeds_most: float
    day_conflict: float
    late: float


@dataclass(frozen=True, slots=True)
class _Deeds:
    numbers_as_deeds: float
    names_alone_below: float
    few_below: float


@dataclass(frozen=True, slots=True)
class EventModel:
    """Coefficients: `rows` holds (slope, extra slope above each knot) by feature; deeds count only in other features."""

    version: str
    bias: float
    knots: tuple[float, float, float]
    rows: tuple[tuple[float, float, float, float], ...]
    deeds: _Deeds
    undated: _Undated
    likeness_scale: float
    deeds_scale: float

    def with_deeds(self, features: Weights) -> Weights:
        """The features, a row a candidate, with numbers counted among deeds, and what follows from there being few."""
        by = self.deeds
        features = features.copy()
        features[:, _DEEDS] += by.numbers_as_deeds * features[:, _NUMBERS]
        deeds = features[:, _DEEDS]
        features[:, _NAMES_ALONE] = features[:, _NAMES] * np.maximum(0.0, 1.0 - deeds / by.names_alone_below)
        features[:, _FEW_DEEDS] = np.maximum(0.0, by.few_below - deeds)
        return features

    def log_odds(self, features: Weights, time_tells: NDArray[np.bool_]) -> Weights:
        """Log-odds that the article belongs to each event, by its row of features.

        `time_tells`: both sides have times that can be relied on.
        """
        by_fit = self._by_fit(features)
        if time_tells.all():
            return by_fit
        return np.where(time_tells, by_fit, np.minimum(by_fit, self._undated(features)))

    def _by_fit(self, features: Weights) -> Weights:
        slopes = _slopes(self.rows)
        shares = features * slopes[0]
        for knot, extra in zip(self.knots, slopes[1:], strict=True):
            shares += np.maximum(features - knot, 0.0) * extra
        added_up: Weights = self.bias + np.cumsum(shares, axis=1)[:, -1]
        return added_up

    def _undated(self, features: Weights) -> Weights:
        by, neutral = self.undated, features.copy()
        neutral[:, _TIME_GAP], neutral[:, _DAY_CONFLICT] = NEUTRAL_GAP, 0.0
        return (
            by.bias
            + by.likeness * np.minimum(self._by_fit(neutral), by.likeness_most)
            + by.names * features[:, _NAMES]
            + by.deeds * np.minimum(features[:, _DEEDS], by.deeds_most)
            + by.day_conflict * features[:, _DAY_CONFLICT]
            + by.late * np.maximum(features[:, _TIME_GAP] - NEUTRAL_GAP, 0.0)
        )

    def contributions(self, features: Features, *, time_tells: bool) -> tuple[Contribution, ...]:
        """What each feature added to the log-odds; features that added nothing are left out."""
        values = features._asdict()
        shares = dict(zip(Features._fields, map(self._share, self.rows, features), strict=True))
        if not time_tells:
            names = ("likeness", "names", "deeds", "day_conflict", "late")
            shares = dict(zip(names, self._undated_shares(features), strict=True))
            values |= {"likeness": self._likeness(features), "late": features.time_gap}
        return tuple(
            Contribution(feature=feature, value=round(values[feature], 4), weight=round(share, 4))
            for feature, share in shares.items()
            if share
        )

    def _share(self, row: tuple[float, float, float, float], value: float) -> float:
        if not value:
            return 0.0
        slope, first, second, third = row
        low, middle, high = self.knots
        share = slope * value
        if value > low:
            share += first * (value - low)
            if value > middle:
                share += second * (value - middle)
                if value > high:
                    share += third * (value - high)
        return share

    def _likeness(self, features: Features) -> float:
        """Log-odds by the fit of what is said, as if time and days said nothing."""
        neutral = features._replace(time_gap=NEUTRAL_GAP, day_conflict=0.0)
        return self.bias + sum(map(self._share, self.rows, neutral))

    def _undated_shares(self, features: Features) -> tuple[float, float, float, float, float]:
        by = self.undated
        return (
            by.likeness * min(self._likeness(features), by.likeness_most),
            by.names * features.names,
            by.deeds * min(features.deeds, by.deeds_most),
            by.day_conflict * features.day_conflict,
            by.late * max(features.time_gap - NEUTRAL_GAP, 0.0),
        )


@lru_cache(maxsize=64)
def _slopes(rows: tuple[tuple[float, ...], ...]) -> Weights:
    """Slopes by feature, then what is added above each knot."""
    return np.array(rows).T.copy()


def probability(log_odds: float) -> float:
    """Log-odds as a probability, rounded so that ties are ties on every machine.

    >>> probability(0.0)
    0.5
    """
    return round(1.0 / (1.0 + math.exp(-max(log_odds, -700.0))), 6)


@cache
def event_model(language_key: str) -> EventModel:
    """The shipped coefficients for a language."""
    table = resources.files("pipelines.core.events").joinpath("model.json")
    fitted = json.loads(table.read_text(encoding="utf-8"))
    falling = {feature: (slope, 0.0, 0.0, 0.0) for feature, slope in fitted["falling"].items()}
    by_feature = {feature: tuple(row) for feature, row in fitted["rising"].items()} | falling
    scales = fitted["scales"][_scale_of(language_key, fitted["names_unmarked"].split())]
    return EventModel(
        version=fitted["version"],
        bias=fitted["bias"],
        knots=tuple(fitted["knots"]),
        rows=tuple(by_feature.get(feature, (0.0, 0.0, 0.0, 0.0)) for feature in Features._fields),
        deeds=_Deeds(**fitted["deeds"]),
        undated=_Undated(**fitted["undated"]),
        likeness_scale=scales["likeness"],
        deeds_scale=scales["deeds"],
    )


def _scale_of(language_key: str, names_unmarked: list[str]) -> str:
    if language_key in names_unmarked:
        return "names_unmarked"
    return "en" if language_key == "en" else "other"
