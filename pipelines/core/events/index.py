"""Which live events an article might tell of: an inverted index over each event's heaviest terms.

Source: `research/events.md` §3.1 (the true event is among the ten best in 97.8-100 %).
"""

import heapq
import math
from itertools import islice

from pipelines.core.events.live import LiveEvent
from pipelines.core.events.terms import Vector

_TERMS_OF_ONE, _TERMS_OF_SEVERAL = 20, 30
_CANDIDATES = 10
# Of a common term only the events that were indexed last are looked at: the cost of a candidate search stays flat.
_MOST_POSTINGS = 400
# The heaviest terms of an event are looked up anew at these sizes, and at every fiftieth member.
_REINDEX_SIZES = frozenset((1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64))


class EventIndex:
    """Postings by term: event ordinal and weight, in the order of indexing."""

    def __init__(self) -> None:
        self._postings: dict[int, dict[int, float]] = {}

    def put(self, event: LiveEvent) -> None:
        """Index an event under the heaviest terms it has now."""
        self.drop(event)
        words = event.profile().words
        count = _TERMS_OF_ONE if len(event.members) == 1 else _TERMS_OF_SEVERAL
        heaviest = heapq.nlargest(count, words.items(), key=lambda pair: (pair[1], pair[0]))
        length = math.sqrt(sum(weight * weight for weight in words.values())) or 1.0
        event.indexed = tuple(term for term, _ in heaviest)
        for term, weight in heaviest:
            self._postings.setdefault(term, {})[event.ordinal] = weight / length

    def grown(self, event: LiveEvent) -> None:
        """Index an event anew if it has changed enough since the last time."""
        size = len(event.members)
        if size in _REINDEX_SIZES or size % 50 == 0:
            self.put(event)

    def drop(self, event: LiveEvent) -> None:
        """Forget an event."""
        for term in event.indexed:
            postings = self._postings[term]
            del postings[event.ordinal]
            if not postings:
                del self._postings[term]
        event.indexed = ()

    def candidates(self, words: Vector) -> list[int]:
        """Ordinals of the events most like an article, best first; the older one of equals first."""
        scores: dict[int, float] = {}
        for term, mine in words.items():
            postings = self._postings.get(term)
            if postings is None:
                continue
            recent = islice(reversed(postings.items()), _MOST_POSTINGS)
            for ordinal, weight in recent:
                scores[ordinal] = scores.get(ordinal, 0.0) + mine * weight
        best = heapq.nsmallest(_CANDIDATES, scores.items(), key=lambda pair: (-pair[1], pair[0]))
        return [ordinal for ordinal, _ in best]
