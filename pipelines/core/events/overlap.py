"""How much of what an article tells some events tell too: all candidates at once, each by the terms of its members.

The average linkage of `research/events.md` §3.1: the mean, over the members, of the products of two unit vectors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.core.events.weighed import KINDS, NAMES, TITLE_WORDS, WORDS, Hashes, Weighed, Weights

Places = NDArray[np.int64]

_LOW_BITS: Final = 0xFFFF
_KINDS: Final = np.arange(KINDS)


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """An article beside some events, a row an event.

    `cosines` are mean ones, 0..1, by kind of vector; `names_shared` counts names that any member has; `title_covered`
    is the share of the headline, 0..1, that any has; `alike` is how much each member is like the article.
    """

    cosines: Weights
    names_shared: Places
    title_covered: Weights
    alike: Sequence[Weights]


def overlaps(mine: Weighed, events: Sequence[Sequence[Weighed]]) -> Overlaps:
    """The overlap of an article with each event's members."""
    members = list(chain.from_iterable(events))
    counts = list(map(len, events))
    sizes = np.array(counts)
    at, place = _hits(mine.hashes, np.concatenate([member.hashes for member in members]))
    ends = np.cumsum([len(member.hashes) for member in members])
    of_member = np.searchsorted(ends, at, side="right")
    of_event = np.repeat(np.arange(len(events)), sizes)[of_member]
    theirs = np.concatenate([member.weights for member in members])[at]
    products = mine.weights[place].astype(np.float64) * theirs
    sums = np.bincount(
        (of_event[:, None] * KINDS + _KINDS).ravel(), products.ravel(), len(events) * KINDS
    ).reshape(-1, KINDS)
    alike = np.bincount(of_member, products[:, WORDS], len(members))
    return Overlaps(
        sums / sizes[:, None],
        _names_shared(products[:, NAMES], of_event, place, len(events), mine),
        _title_covered(products[:, WORDS], of_event, place, len(events), mine),
        np.split(alike, np.cumsum(sizes)[:-1]),
    )


def likenesses(mine: Weighed, others: Sequence[Weighed]) -> list[float]:
    """Cosines of an article with others, 0..1, by all that is told."""
    alike: list[float] = overlaps(mine, [others]).alike[0].tolist()
    return alike


def _hits(own: Hashes, others: Hashes) -> tuple[Places, Places]:
    """Where others are among one's own: their places, and whose the terms are of one's own."""
    low = np.zeros(_LOW_BITS + 1, np.bool_)
    low[own & _LOW_BITS] = True
    at = np.flatnonzero(low[others & _LOW_BITS])
    found = others[at]
    order = np.argsort(own, kind="stable")
    in_order = own[order]
    place = np.searchsorted(in_order, found)
    same = in_order[np.minimum(place, max(len(own) - 1, 0))] == found if len(own) else place > 0
    return at[same], order[place[same]]


def _any(products: Weights, of_event: Places, place: Places, events: int, mine: Weighed) -> NDArray[np.bool_]:
    """Which of one's own terms any member of an event has, in a vector of both."""
    found = np.zeros((events, len(mine.hashes)), np.bool_)
    both = products > 0.0
    found[of_event[both], place[both]] = True
    return found


def _names_shared(products: Weights, of_event: Places, place: Places, events: int, mine: Weighed) -> Places:
    return np.count_nonzero(_any(products, of_event, place, events, mine), axis=1)


def _title_covered(products: Weights, of_event: Places, place: Places, events: int, mine: Weighed) -> Weights:
    if not len(mine.hashes):
        return np.zeros(events)
    found = _any(products, of_event, place, events, mine)
    title = mine.weights[:, TITLE_WORDS].astype(np.float64)
    covered: Weights = np.cumsum(found * (title * title), axis=1)[:, -1]
    return covered
