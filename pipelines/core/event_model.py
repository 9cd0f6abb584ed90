"""Whether an article tells of an event: a small monotone logistic model, whose terms are the explanation.

    log-odds = bias + sum of rising features, each piecewise linear + sum of falling features, each linear

Rising features are average linkage (the article's vector times the un-normalised mean of the members' vectors, which two
features alone carry most of the quality), the overlap of numbers, and how much of the headline the event knows; falling
ones are the gap in time and days that contradict each other. The tenth feature of the fit, overlap of four-word
shingles, got weight 0 and is not computed.

Source: `research/events.md` §3.1; coefficients in `event_model.json`, fitted there (LR10).
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources

from schemas.article_parts import Contribution

FEATURES = (
    "words",
    "title",
    "names",
    "lede",
    "numbers",
    "title_covered",
    "day_shared",
    "time_gap",
    "day_conflict",
)

# One value a feature, in the order of FEATURES: cosines and shares 0..1, time_gap as ln(1 + hours), days 0 or 1.
FeatureValues = tuple[float, float, float, float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class EventModel:
    """Coefficients: `rows` holds (slope, extra slope above each knot) by feature."""

    version: str
    bias: float
    knots: tuple[float, float, float]
    rows: tuple[tuple[float, float, float, float], ...]

    def log_odds(self, values: FeatureValues) -> float:
        """Log-odds that the article belongs to the event."""
        return self.bias + sum(map(self._share, self.rows, values))

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

    def contributions(self, values: FeatureValues) -> tuple[Contribution, ...]:
        """What each feature added to the log-odds; features that added nothing are left out."""
        shares = map(self._share, self.rows, values)
        return tuple(
            Contribution(feature=feature, value=round(value, 4), weight=round(share, 4))
            for feature, value, share in zip(FEATURES, values, shares, strict=True)
            if share
        )


def probability(log_odds: float) -> float:
    """Log-odds as a probability, rounded so that ties are ties on every machine.

    >>> probability(0.0)
    0.5
    """
    return round(1.0 / (1.0 + math.exp(-max(log_odds, -700.0))), 6)


@cache
def event_model() -> EventModel:
    """The shipped coefficients."""
    table = resources.files("pipelines.core").joinpath("event_model.json")
    fitted = json.loads(table.read_text(encoding="utf-8"))
    falling = {feature: (slope, 0.0, 0.0, 0.0) for feature, slope in fitted["falling"].items()}
    by_feature = {feature: tuple(row) for feature, row in fitted["rising"].items()} | falling
    return EventModel(
        version=fitted["version"],
        bias=fitted["bias"],
        knots=tuple(fitted["knots"]),
        rows=tuple(by_feature[feature] for feature in FEATURES),
    )
