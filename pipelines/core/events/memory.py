"""The live events of one language key: what an incoming article may join, and for how long.

    log      every row of a fortnight, as its journal has it: the same bytes again get the same answer; the newest row
             of an article or a family has its event, so that a new version, or a copy, keeps the ID
    events   members and times of the events that live, over the rows of the log
    index    which of them an article may tell of;  frequencies: how rare a term is among them

Index and frequencies are made of the members' terms alone, so whatever way a memory came to be, it decides the same.
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.core.events.change import Effect, EventChange
from pipelines.core.events.change_codec import (
    article_of,
    event_of,
    has_reason,
    pack_change,
    unpack_change,
)
from pipelines.core.events.choice import Rival
from pipelines.core.events.decision import RowDecision, decision_of
from pipelines.core.events.deriving import count_rows, found_by
from pipelines.core.events.frequencies import TermFrequencies, TermPrior, prior_of
from pipelines.core.events.index import EventIndex
from pipelines.core.events.live import KnownArticle, LiveEvent
from pipelines.core.events.lives import LiveEvents
from pipelines.core.events.log import Numbers, RowLog
from pipelines.core.events.model import event_model
from pipelines.core.events.packing import packed_id, unpacked_id
from pipelines.core.events.reason import Member
from pipelines.core.events.row_record import NO_ORDER, Mark, RowRecord, family_hash, following
from pipelines.core.events.rows_of_history import history_rows
from pipelines.core.events.snapshots import blocks_of, take_blocks
from pipelines.core.events.taking import take_rows
from pipelines.core.events.term_matrix import TermMatrix
from pipelines.core.events.terms import Vector, counted_terms
from pipelines.core.events.weighed import WeighedRows
from schemas.article_parts import EventReason

# The right event is no more often among ten: B-cubed F1 of the labelled sets is the same to 0.1 (folded 86.3 with five).
_CANDIDATES: Final = 5
# Rows of history that are taken in at once: some 50 MB of temporary columns.
_SLICE: Final = 20_000


class EventMemory:
    """Memory of AssignEventIds for one language key."""

    __slots__ = (
        "_derived",
        "_events",
        "_frequencies",
        "_index",
        "_log",
        "_texts",
        "language_key",
        "model",
        "model_name",
    )

    def __init__(self, language_key: str, prior: TermPrior | None = None) -> None:
        prior = prior_of(language_key) if prior is None else prior
        self.language_key = language_key
        self.model = event_model(language_key)
        self.model_name = f"{self.model.version}+{prior.version}"
        self._frequencies = TermFrequencies(prior)
        self._log = RowLog()
        self._texts = WeighedRows(self._log.terms)
        self._events = LiveEvents(self._log)
        self._index = EventIndex(self._is_indexed)
        self._derived = 0  # rows before this one are counted and indexed

    # what a step may ask

    @property
    def frequencies(self) -> TermFrequencies:
        """How rare terms are among what is live."""
        self._derive()
        return self._frequencies

    def decision_of(self, row: bytes) -> RowDecision | None:
        """What was decided for a row seen within the horizon."""
        number = self._log.row(row)
        return None if number is None else decision_of(unpack_change(self._log.packed(number)))

    def article(self, article_id: str) -> KnownArticle | None:
        """What is known of an article."""
        number = self._log.article(packed_id(article_id))
        return None if number is None else self._article(number)

    def _article(self, number: int) -> KnownArticle:
        """The article whose newest row this is."""
        record, change = self._log.record(number), unpack_change(self._log.packed(number))
        entry = self._log.row_back(number, record.entry_back)
        return KnownArticle(
            article_id=change.article_id,
            row=number,
            event_id=change.event_id,
            event_confidence=change.event_confidence,
            event_is_new=change.event_is_new,
            reason_row=self._log.row_back(number, record.reason_back),
            entry=entry,
            stands=entry is not None and bool(self._log.marks(entry) & Mark.STANDS),
            order_key=record.order,
            pub_status=record.pub_status,
            item_kind=record.item_kind,
            restricted=record.restricted,
            visible_from=record.visible_from,
            visible_until=record.visible_until,
        )

    def reason_of(self, article: KnownArticle) -> EventReason | None:
        """Why an article joined its event; `None` for a founder."""
        if article.reason_row is None:
            return None
        return unpack_change(self._log.packed(article.reason_row)).event_reason

    def event(self, event_id: str) -> LiveEvent | None:
        """A live event. Not to be changed."""
        return self._events.named(packed_id(event_id))

    def event_id(self, event: LiveEvent) -> str:
        """The ID of a live event: that of the row it began with."""
        return unpacked_id(event_of(self._log.packed(event.number)))

    def member(self, row: int) -> Member:
        """The article that stands in an event by a row."""
        packed = self._log.packed(row)
        article = article_of(packed)
        newest = self._log.article(article)
        standing = self._log.record(row if newest is None else newest)
        return Member(unpacked_id(article), standing, self._texts[row])

    def family_event(self, copy_family: str | None) -> str | None:
        """The event of a family of copies."""
        number = None if copy_family is None else self._log.family(family_hash(copy_family))
        return None if number is None else unpack_change(self._log.packed(number)).event_id

    def candidates(self, words: Vector, received: datetime | None) -> list[Rival]:
        """Events that an article received then might tell of, most alike first."""
        self._derive()
        clock = self._events.advanced(received)
        rows, scores = self._index.candidates(words)
        if len(rows) > 2 * _CANDIDATES:
            least = np.partition(scores, -_CANDIDATES)[-_CANDIDATES]
            rows, scores = rows[scores >= least], scores[scores >= least]
        found = [
            (-score, event.number, event)
            for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
            for event in (self._events.indexed_by(row),)
        ]
        best = [event for _, _, event in heapq.nsmallest(_CANDIDATES, found, key=lambda one: one[:2])]
        return [
            Rival(event, list(map(self._texts.__getitem__, event.compared())))
            for event in best
            if clock is None or self._events.ends(event, clock) > clock
        ]

    def __len__(self) -> int:
        return len(self._events)

    # how it changes

    def apply(self, change: EventChange) -> None:
        """Remember one row. A change that is known already changes nothing."""
        if self._log.row(change.row_key) is not None:
            return
        self._derive()
        self._note(change, pack_change(change))
        doings, counted = self._events.doings, self._frequencies
        for row in doings.left:
            counted.take_back(counted_terms(self._log.terms(row)))
        for row in doings.entered:
            counted.add(counted_terms(self._log.terms(row)))
        for row in doings.indexed:
            event = self._events.indexed_by(row)
            self._index.put(row, [self._log.terms(member) for member in event.found_by()])
        doings.clear()
        self._derived = self._log.next_number
        self._log.cut()

    def _note(self, change: EventChange, packed: bytes) -> None:
        """Remember a row and what it does in an event, but for index and frequencies."""
        log, events = self._log, self._events
        events.advance(change.received)
        row, prior = log.next_number, log.article(article_of(packed))
        before, stood = (None, None) if prior is None else (log.record(prior), self._stood(prior))
        enters = change.effect is Effect.ENTER and change.event_id is not None and bool(change.event_terms)
        leaves = change.effect is Effect.LEAVE and stood is not None
        event = self.event(change.event_id) if change.event_id is not None and (enters or leaves) else None
        record = self._record(change, event, enters=enters, has_reason=has_reason(packed))
        if prior is not None and before is not None:
            record = following(record, before, row - prior, row - log.first, is_present=change.is_present)
        log.add(record, packed, begins_event=bool(record.marks & Mark.BEGINS))
        if enters:
            events.enter(row, event, stood)
        elif leaves and event is not None and stood is not None:
            events.leave(row, event, stood)

    def _stood(self, row: int) -> int | None:
        """The row with whose terms the article stands in an event whose newest row this is."""
        entry = self._log.row_back(row, self._log.record(row).entry_back)
        return entry if entry is not None and self._log.marks(entry) & Mark.STANDS else None

    def _record(
        self, change: EventChange, event: LiveEvent | None, *, enters: bool, has_reason: bool
    ) -> RowRecord:
        """What a row says of itself."""
        arrival, clock = self._events.arrival(change.received), self._events.clock
        begins = enters and event is None
        marks = Mark.BEGINS | Mark.ALONE | Mark.INDEXED if begins else 0
        if clock is not None and arrival is not None and arrival > clock:
            marks |= Mark.AHEAD
        return RowRecord(
            arrival=arrival,
            order=change.order_key if enters else NO_ORDER,
            family=family_hash(change.copy_family) if change.event_id is not None else 0,
            visible_from=change.visible_from,
            visible_until=change.visible_until,
            event_back=0 if begins else None if event is None else self._log.next_number - event.number,
            entry_back=0 if enters else None,
            reason_back=0 if has_reason else None,
            pub_status=change.pub_status,
            item_kind=change.item_kind,
            restricted=change.restricted,
            marks=marks | Mark.STANDS if enters else marks,
        )

    def _is_indexed(self, rows: Numbers) -> NDArray[np.bool_]:
        """Which rows still say what a live event is found by."""
        live = rows >= self._log.first
        live[live] = (self._log.marks_of(rows[live]) & Mark.INDEXED) != 0
        return live

    # how it comes back

    @property
    def nbytes(self) -> int:
        """Bytes that log, index and counts take."""
        self._derive()
        return self._log.nbytes + self._index.nbytes + self._frequencies.nbytes

    def snapshot(self) -> Iterator[bytes]:
        """What is alive, in blocks of at most `SNAPSHOT_BLOCK_BYTES`."""
        return blocks_of(self._log, self._events)

    def restore(self, blocks: Iterable[bytes]) -> None:
        """Take in a snapshot, its blocks in their order."""
        take_blocks(blocks, self._log, self._events)

    def recall(self, rows: pa.Table) -> None:
        """Take in rows of history of this key, in the order of `language_seq`; see `RECALLED` for the columns.

        They are counted and indexed when first asked for: most of them are over by then.
        """
        for begin in range(0, rows.num_rows, _SLICE):
            take_rows(history_rows(rows.slice(begin, _SLICE)), self._log, self._events)
            self._take_back()

    def _take_back(self) -> None:
        """Uncount rows that were counted and are over."""
        doings = self._events.doings
        rows = np.array([row for row in doings.left if row < self._derived], np.int64)
        if len(rows):
            left = self._log.terms_of_each(rows)
            self._frequencies.take_back_many(len(left), TermMatrix(left).counted())
        doings.clear()
        self._log.cut()

    def _derive(self) -> None:
        """Count and index what the rows that have come back do in the live events."""
        log = self._log
        begin, end = max(self._derived, log.first), log.next_number
        if self._derived == end:
            return
        self._derived = end
        marks = log.view(begin, end)["marks"].copy()
        count_rows(np.flatnonzero(marks & Mark.STANDS) + begin, log, self._frequencies)
        several = {one.indexed: one for one in self._events.several if one.indexed >= begin}
        self._index.put_all(found_by(np.flatnonzero(marks & Mark.INDEXED) + begin, several, log))
