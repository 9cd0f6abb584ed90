"""How much of what an article tells some events tell too: all candidates at once, each by the terms of its members.

The average linkage of `research/events.md` §3.1: the mean, over the members, of the products of two unit vectors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.core.events.term_matrix import TermMatrix, Weights


@dataclass(frozen=True, slots=True)
class Overlap:
    """Mean cosines, 0..1, of an article with the members of one event.

    `names_shared` counts names that any member has; `title_covered` is the share of the headline, 0..1, that any has.
    """

    words: float
    title: float
    names: float
    lede: float
    deeds: float
    names_shared: int
    title_covered: float


def overlaps(mine: bytes, events: Sequence[Sequence[bytes]]) -> list[Overlap]:
    """The overlap of an article's terms with those of each event's members."""
    texts = [mine, *(member for event in events for member in event)]
    sizes = np.array([len(event) for event in events])
    matrix = TermMatrix(texts)
    hits = _Hits(matrix, np.repeat(np.arange(len(events)), sizes))
    words, names, title = matrix.words(), matrix.names(), matrix.title()
    products = [
        (hits.products(weights, len(events)) / sizes).tolist()
        for weights in (words, title, names, matrix.lede(), matrix.deeds())
    ]
    shared = hits.any(names, len(events))
    in_title = hits.any(words, len(events)) * (title[0] * title[0])
    covered = np.cumsum(in_title, axis=1)[:, -1].tolist() if in_title.shape[1] else [0.0] * len(events)
    counts = np.count_nonzero(shared, axis=1).tolist()
    return list(map(Overlap, *products, counts, covered))


def likenesses(mine: bytes, others: Sequence[bytes]) -> list[float]:
    """Cosines of an article with others, 0..1, by all that is told."""
    matrix = TermMatrix([mine, *others])
    hits = _Hits(matrix, np.arange(len(others)))
    cosines: list[float] = hits.products(matrix.words(), len(others)).tolist()
    return cosines


class _Hits:
    """Where terms of other texts are those of the first: their places in the matrix, by the event they belong to."""

    __slots__ = ("_events", "_mine", "_places", "_texts")

    def __init__(self, matrix: TermMatrix, event_of: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        own, others = matrix.hashes[0, : matrix.first_size], matrix.hashes[1:]
        low = np.zeros(1 << 16, np.bool_)
        low[own & 0xFFFF] = True
        texts, places = np.nonzero(low[others & 0xFFFF])
        order = np.argsort(own, kind="stable")
        at = np.searchsorted(own[order], others[texts, places])
        mine = order[np.minimum(at, len(own) - 1)] if len(own) else at
        same = own[mine] == others[texts, places]
        self._texts, self._places, self._mine = texts[same] + 1, places[same], mine[same]
        self._events = event_of[texts[same]]

    def products(self, weights: Weights, events: int) -> Weights:
        """Sum of the products of weights, by event, in the order of its members and their terms."""
        products = weights[self._texts, self._places] * weights[0, self._mine]
        return np.asarray(np.bincount(self._events, products, events), np.float64)

    def any(self, weights: Weights, events: int) -> Weights:
        """Which of the first text's terms any member of an event has, 1 or 0, in this vector of both."""
        found = np.zeros((events, weights.shape[1]))
        both = (weights[self._texts, self._places] > 0) & (weights[0, self._mine] > 0)
        found[self._events[both], self._mine[both]] = 1.0
        return found
