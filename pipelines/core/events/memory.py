"""The live events of one language key: what an incoming article may join, and for how long.

    rows      what was decided for each row: the same bytes again get the same answer
    articles  each article's event, so that a new version keeps its ID; copy families likewise
    events    members, sums, postings and term counts, forgotten together

Expiry is driven by the `received` of the changes, whose advance is capped, so that one wrong clock forgets nothing much.

Source: `research/events.md` §4 (expiry); DESIGN.md §6 (clocks of others), §7.
"""

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pipelines.core.events.change import Effect, EventChange
from pipelines.core.events.decision import PackedDecision, RowDecision, pack_decision
from pipelines.core.events.frequencies import TermFrequencies, TermPrior, prior_of
from pipelines.core.events.index import EventIndex
from pipelines.core.events.live import KnownArticle, LiveEvent, Span
from pipelines.core.events.model import event_model
from pipelines.core.events.terms import Vector, counted_terms
from pipelines.core.identity import epoch_ms

_HOUR_MS = 3_600_000
SINGLE_LIVES_MS = 48 * _HOUR_MS
EVENT_LIVES_MS = 7 * 24 * _HOUR_MS
HORIZON_MS = 14 * 24 * _HOUR_MS
_ADVANCE_MS = 24 * _HOUR_MS
# While the clock catches up after a pause of the stream, what comes in counts from its own time, up to this far ahead.
_AHEAD_MS = 30 * 24 * _HOUR_MS


@dataclass(slots=True)
class _Family:
    event_id: str
    articles: int


class EventMemory:
    """Memory of AssignEventIds for one language key. Only `apply` changes it."""

    def __init__(self, language_key: str, prior: TermPrior | None = None) -> None:
        prior = prior_of(language_key) if prior is None else prior
        self.language_key = language_key
        self.model = event_model(language_key)
        self.model_name = f"{self.model.version}+{prior.version}"
        self.frequencies = TermFrequencies(prior)
        self._clock: int | None = None
        self._rows: dict[bytes, PackedDecision] = {}
        self._articles: dict[str, KnownArticle] = {}
        self._families: dict[str, _Family] = {}
        self._events: dict[str, LiveEvent] = {}
        self._by_ordinal: dict[int, LiveEvent] = {}
        self._next_ordinal = 0
        self._index = EventIndex()
        self._ends: list[tuple[int, int]] = []  # heap of (when to look, ordinal), one entry a live event
        self._seen: deque[tuple[int | None, bytes, str]] = deque()  # rows in order of the clock

    # what a step may ask

    def decision_of(self, row: bytes) -> RowDecision | None:
        """What was decided for a row seen within the horizon."""
        stored = self._rows.get(row)
        return None if stored is None else stored.unpacked()

    def article(self, article_id: str) -> KnownArticle | None:
        """What is known of an article. Not to be changed."""
        return self._articles.get(article_id)

    def event(self, event_id: str) -> LiveEvent | None:
        """A live event. Not to be changed."""
        return self._events.get(event_id)

    def family_event(self, copy_family: str | None) -> str | None:
        """The event of a family of copies, whichever of them came first."""
        family = self._families.get(copy_family) if copy_family is not None else None
        return None if family is None else family.event_id

    def candidates(self, words: Vector, received: datetime | None) -> Iterator[LiveEvent]:
        """Events that an article received then might tell of, most alike first."""
        clock = self._advanced(received)
        for ordinal in self._index.candidates(words):
            event = self._by_ordinal[ordinal]
            if clock is None or self._end(event, clock) > clock:
                yield event

    def __len__(self) -> int:
        return len(self._events)

    # how it changes

    def apply(self, change: EventChange) -> None:
        """Remember one row. A change that is known already changes nothing."""
        if change.row_key in self._rows:
            return
        self._advance(change.received)
        self._rows[change.row_key] = pack_decision(change)
        arrival = self._arrival(change.received)
        self._seen.append((arrival, change.row_key, change.article_id))
        article = self._know(change, arrival)
        if change.effect is Effect.ENTER:
            self._enter(article, change, arrival)
        elif change.effect is Effect.LEAVE:
            self._leave(article)

    def _know(self, change: EventChange, arrival: int | None) -> KnownArticle:
        article = self._articles.get(change.article_id)
        if article is None:
            article = KnownArticle(article_id=change.article_id, copy_family=change.copy_family)
            self._articles[change.article_id] = article
        article.seen = arrival
        if change.is_present:
            article.pub_status, article.item_kind = change.pub_status, change.item_kind
            article.restricted = change.restricted
            article.visible_from, article.visible_until = change.visible_from, change.visible_until
        if article.event_id is None and change.event_id is not None:
            article.event_id = change.event_id
            article.event_confidence = change.event_confidence
            article.event_is_new = change.event_is_new
            article.reason = self._rows[change.row_key].reason
            self._join_family(article, change)
        return article

    def _join_family(self, article: KnownArticle, change: EventChange) -> None:
        article.copy_family = change.copy_family
        if change.copy_family is not None and change.event_id is not None:
            family = self._families.setdefault(change.copy_family, _Family(change.event_id, 0))
            family.articles += 1

    def _enter(self, article: KnownArticle, change: EventChange, arrival: int | None) -> None:
        if article.event_id is None or change.event_terms is None:
            return
        event = self._events.get(article.event_id) or self._begin(article.event_id, arrival)
        if article.terms is not None:
            self.frequencies.take_back(counted_terms(article.terms))
            event.remove(article.article_id)
        article.terms = change.event_terms
        article.order_key = change.order_key
        article.span = _span(change)
        event.add(article, arrival)
        self.frequencies.add(counted_terms(article.terms))
        self._index.grown(event)

    def _begin(self, event_id: str, arrival: int | None) -> LiveEvent:
        event = LiveEvent(event_id, self._next_ordinal, arrival)
        self._next_ordinal += 1
        self._events[event_id] = self._by_ordinal[event.ordinal] = event
        if arrival is not None:
            heapq.heappush(self._ends, (arrival + SINGLE_LIVES_MS, event.ordinal))
        return event

    def _leave(self, article: KnownArticle) -> None:
        event = self._events.get(article.event_id or "")
        if event is None or article.terms is None:
            return
        if len(event.members) == 1:
            self._forget_event(event)
            return
        self.frequencies.take_back(counted_terms(article.terms))
        article.terms = article.span = None
        event.remove(article.article_id)
        self._index.put(event)

    def _forget_event(self, event: LiveEvent) -> None:
        for member in event.members.values():
            self.frequencies.take_back(counted_terms(member.terms or b""))
            member.terms = member.span = None
        self._index.drop(event)
        del self._events[event.event_id], self._by_ordinal[event.ordinal]

    # how it forgets

    def _advanced(self, received: datetime | None) -> int | None:
        """The clock after a row received then: never back, never more than a day ahead at once."""
        if received is None:
            return self._clock
        if self._clock is None:
            return epoch_ms(received)
        return min(max(self._clock, epoch_ms(received)), self._clock + _ADVANCE_MS)

    def _arrival(self, received: datetime | None) -> int | None:
        """The time a row counts from: its own, but not before the clock and not far ahead of it."""
        if received is None or self._clock is None:
            return self._clock
        return min(max(self._clock, epoch_ms(received)), self._clock + _AHEAD_MS)

    def _advance(self, received: datetime | None) -> None:
        clock = self._advanced(received)
        if clock is None or clock == self._clock:
            return
        if self._clock is None:
            self._start(clock)
        self._clock = clock
        while self._ends and self._ends[0][0] <= clock:
            _, ordinal = heapq.heappop(self._ends)
            event = self._by_ordinal.get(ordinal)
            if event is None:
                continue
            end = self._end(event, clock)
            if end <= clock:
                self._forget_event(event)
            else:
                heapq.heappush(self._ends, (end, ordinal))
        self._forget_rows(clock)

    def _start(self, clock: int) -> None:
        """What came in before the first clock counts from it."""
        self._seen = deque((clock, row, article_id) for _, row, article_id in self._seen)
        for article in self._articles.values():
            article.seen = clock
        for event in self._events.values():
            event.born = event.touched = clock
            self._ends.append((clock + SINGLE_LIVES_MS, event.ordinal))
        heapq.heapify(self._ends)

    def _end(self, event: LiveEvent, clock: int) -> int:
        """When an event is over: after its last report, and never beyond the horizon."""
        lives = SINGLE_LIVES_MS if len(event.members) == 1 else EVENT_LIVES_MS
        touched = clock if event.touched is None else event.touched
        born = clock if event.born is None else event.born
        return min(touched + lives, born + HORIZON_MS)

    def _forget_rows(self, clock: int) -> None:
        while self._seen and (self._seen[0][0] or 0) <= clock - HORIZON_MS:
            seen, row, article_id = self._seen.popleft()
            self._rows.pop(row, None)
            article = self._articles.get(article_id)
            if article is None or article.seen != seen:
                continue
            if article.terms is not None:  # its event has begun anew since: look again a horizon later
                article.seen = clock
                self._seen.append((clock, row, article_id))
            else:
                self._forget_article(article)

    def _forget_article(self, article: KnownArticle) -> None:
        del self._articles[article.article_id]
        family = self._families.get(article.copy_family or "")
        if family is None or article.event_id is None:
            return
        family.articles -= 1
        if family.articles == 0:
            del self._families[article.copy_family or ""]


def _span(change: EventChange) -> Span | None:
    if change.first_ms is None or change.last_ms is None:
        return None
    return Span(change.first_ms, change.last_ms)
