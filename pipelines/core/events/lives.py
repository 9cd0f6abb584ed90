"""How events begin, grow, lose members and end: what rows do to the live events of one language.

    alone      most events are one report and stay so: their row is all of them, a mark in the log
    several    an object each, with the rows of its members

The clock is the `received` of the rows, whose advance is capped, so that one wrong clock forgets nothing much. What is
remembered is a function of the rows and the clock alone: an event ends when its time is over, not when that is noticed.

Source: `research/events.md` §4 (expiry); DESIGN.md §6 (clocks of others).
"""

import heapq
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.core.events.doings import Doings
from pipelines.core.events.live import LiveEvent, Span, index_size
from pipelines.core.events.log import Numbers, RowLog
from pipelines.core.events.row_record import Mark
from pipelines.core.identity import epoch_ms

_HOUR_MS: Final = 3_600_000
SINGLE_LIVES_MS: Final = 48 * _HOUR_MS
EVENT_LIVES_MS: Final = 7 * 24 * _HOUR_MS
HORIZON_MS: Final = 14 * 24 * _HOUR_MS
_ADVANCE_MS: Final = 24 * _HOUR_MS
# While the clock catches up after a pause of the stream, what comes in counts from its own time, up to this far ahead.
_AHEAD_MS: Final = 30 * 24 * _HOUR_MS

_ALONE_OR_AHEAD: Final = Mark.ALONE | Mark.AHEAD


class LiveEvents:
    """The live events over a log of rows. `doings` tells what has changed since it was last cleared."""

    __slots__ = ("_alone_from", "_ends", "_log", "_several", "clock", "doings")

    def __init__(self, log: RowLog) -> None:
        self._log = log
        self.clock: int | None = None
        self.doings = Doings()
        self._several: dict[int, LiveEvent] = {}
        self._ends: list[tuple[int, int]] = []  # heap of (when to look, number)
        self._alone_from = 0

    # finding

    def named(self, event: bytes) -> LiveEvent | None:
        """The live event of this packed id. Not to be changed."""
        for number in self._log.beginnings(event):
            found = self.at(number)
            if found is not None:
                return found
        return None

    def indexed_by(self, row: int) -> LiveEvent:
        """The event that is found by the row of this number, which is marked as such. Not to be changed."""
        found = self.at(self._log.beginning(row))
        if found is None:
            raise AssertionError(f"row {row} is marked as the index of an event that is not live")
        return found

    def at(self, number: int) -> LiveEvent | None:
        """The live event that began with a row. Not to be changed."""
        several = self._several.get(number)
        if several is not None or not self._log.marks(number) & Mark.ALONE:
            return several
        arrival = self._log.arrival(number)
        return LiveEvent(
            number=number,
            born=arrival,
            touched=arrival,
            members=[number],
            span=self._span(number),
            indexed=number,
        )

    def _span(self, row: int) -> Span | None:
        span = self._log.span(row)
        return None if span is None else Span(*span)

    @property
    def several(self) -> Iterable[LiveEvent]:
        """The events that are more than their first row, in no order that matters."""
        return self._several.values()

    def __len__(self) -> int:
        marks = self._log.view(self._log.first, self._log.next_number)["marks"]
        return int(np.count_nonzero(marks & Mark.ALONE)) + len(self._several)

    def ends(self, event: LiveEvent, clock: int) -> int:
        """When an event is over: after its last report, and never beyond the horizon."""
        lives = SINGLE_LIVES_MS if len(event.members) == 1 else EVENT_LIVES_MS
        touched = clock if event.touched is None else event.touched
        born = clock if event.born is None else event.born
        return min(touched + lives, born + HORIZON_MS)

    # the clock

    def advanced(self, received: datetime | None) -> int | None:
        """The clock after a row received then: never back, never more than a day ahead at once."""
        if received is None:
            return self.clock
        if self.clock is None:
            return epoch_ms(received)
        return min(max(self.clock, epoch_ms(received)), self.clock + _ADVANCE_MS)

    def arrival(self, received: datetime | None) -> int | None:
        """The time a row counts from: its own, but not before the clock and not far ahead of it."""
        if received is None or self.clock is None:
            return self.clock
        return min(max(self.clock, epoch_ms(received)), self.clock + _AHEAD_MS)

    def advance(self, received: datetime | None) -> None:
        """Let the time of a row come: events end, rows are forgotten."""
        clock = self.advanced(received)
        if clock is None or clock == self.clock:
            return
        if self.clock is None:
            self.start(clock)
        self.advance_to(clock, self._log.next_number)

    def advance_to(self, clock: int, next_number: int) -> None:
        """Set the clock: events end, rows are forgotten. Rows from `next_number` on have not come yet."""
        if clock == self.clock:
            return
        self.clock = clock
        self._end_alone(clock, next_number)
        while self._ends and self._ends[0][0] <= clock:
            event = self.at(heapq.heappop(self._ends)[1])
            if event is None:
                continue
            end = self.ends(event, clock)
            if end <= clock:
                self._end(event)
            else:
                heapq.heappush(self._ends, (end, event.number))
        self._forget_rows(clock - HORIZON_MS, next_number)

    def advances(self, received: Numbers, has_arrived: NDArray[np.bool_]) -> Numbers:
        """The clock at each of many rows; as `advanced` from one to the next. There is a clock."""
        clock = 0 if self.clock is None else self.clock
        clocks: Numbers = np.maximum.accumulate(np.where(has_arrived, received, clock).clip(clock))
        if np.diff(clocks, prepend=clock).max(initial=0) <= _ADVANCE_MS:
            return clocks
        for place, moment in enumerate(np.where(has_arrived, received, clock).tolist()):
            clock = min(max(clock, moment), clock + _ADVANCE_MS)
            clocks[place] = clock
        return clocks

    @staticmethod
    def arrivals(clocks: Numbers, received: Numbers, has_arrived: NDArray[np.bool_]) -> Numbers:
        """The times that many rows count from: as `arrival` of each."""
        own: Numbers = np.minimum(np.maximum(clocks, received), clocks + _AHEAD_MS)
        return np.where(has_arrived, own, clocks)

    def start(self, clock: int) -> None:
        """What came in before the first clock counts from it."""
        self.clock = clock
        self._log.arrive_at(clock)
        for event in self._several.values():
            event.born = event.touched = clock
            self._ends.append((self.ends(event, clock), event.number))
        heapq.heapify(self._ends)

    def _end_alone(self, clock: int, end: int) -> None:
        """Rows that are not ahead of the clock arrive in its order: those that are over stand in front."""
        log, row = self._log, max(self._alone_from, self._log.first)
        while row < end:
            if log.marks(row) & _ALONE_OR_AHEAD == Mark.ALONE:
                if (log.arrival(row) or 0) + SINGLE_LIVES_MS > clock:
                    break
                self._end_row(row)
            row += 1
        self._alone_from = row

    def _end_row(self, row: int) -> None:
        self._log.unmark(row, Mark.STANDS | Mark.ALONE | Mark.INDEXED)
        self.doings.left.append(row)

    def _end(self, event: LiveEvent) -> None:
        for member in event.members:
            self._end_row(member)
        self._log.unmark(event.indexed, Mark.INDEXED)
        self._several.pop(event.number, None)

    def _forget_rows(self, before: int, end: int) -> None:
        log = self._log
        first = log.first
        while first < end and (log.arrival(first) or 0) <= before:
            first += 1
        if first > log.first:
            log.forget_before(first)

    # what a row does

    def found(self, rows: Numbers) -> None:
        """Let each of some rows of the log be all of a new event."""
        self._log.found(rows)
        if self.clock is not None:
            ahead = rows[(self._log.marks_of(rows) & Mark.AHEAD) != 0]
            for row in ahead.tolist():
                heapq.heappush(self._ends, ((self._log.arrival(row) or 0) + SINGLE_LIVES_MS, row))

    def enter(self, row: int, event: LiveEvent | None, stood: int | None) -> None:
        """Let the article of a row stand in an event with the row's terms, in place of the row with which it stood.

        `event` is the live one it belongs to; without one the row, which is marked accordingly, is all of a new event.
        """
        self.doings.entered.append(row)
        if event is None:
            self.doings.indexed.append(row)
            if self.clock is not None and self._log.marks(row) & Mark.AHEAD:
                heapq.heappush(self._ends, ((self._log.arrival(row) or 0) + SINGLE_LIVES_MS, row))
            return
        event = self._as_several(event)
        is_found_anew = stood is not None and self._take_out(event, stood)
        event.members.append(row)
        size = len(event.members)
        arrival = self._log.arrival(row)
        if arrival is not None:
            event.touched = arrival if event.touched is None else max(event.touched, arrival)
        event.span = self._span_with(event, row)
        if is_found_anew or index_size(size) == size:
            self._index(event, row)

    def _span_with(self, event: LiveEvent, row: int) -> Span | None:
        span = self._span(row)
        return event.span if span is None else span.joined(event.span)

    def _as_several(self, event: LiveEvent) -> LiveEvent:
        if event.number not in self._several:
            self._log.unmark(event.number, Mark.ALONE)
            self._several[event.number] = event
            if self.clock is not None:
                heapq.heappush(self._ends, (self.ends(event, self.clock), event.number))
        return event

    def _take_out(self, event: LiveEvent, member: int) -> bool:
        """Take a member out, as if it had never been in; whether that changes what the event is found by."""
        place, found_by = event.members.index(member), index_size(len(event.members))
        del event.members[place]
        self._log.unmark(member, Mark.STANDS)
        self.doings.left.append(member)
        event.span = None
        for other in event.members:
            event.span = self._span_with(event, other)
        return place < found_by

    def leave(self, row: int, event: LiveEvent, stood: int) -> None:
        """Take the article of a row out of its event."""
        if len(event.members) == 1:
            self._end(event)
            return
        if self._take_out(event, stood):
            self._index(event, row)
        if self.clock is not None:
            heapq.heappush(self._ends, (self.ends(event, self.clock), event.number))

    def _index(self, event: LiveEvent, row: int) -> None:
        self._log.unmark(event.indexed, Mark.INDEXED)
        self._log.mark(row, Mark.INDEXED)
        event.indexed = row
        self.doings.indexed.append(row)

    # whole

    def come_back(self, clock: int | None, several: Iterable[LiveEvent]) -> None:
        """Take in the events of a snapshot, over a log that is there already."""
        self.clock = clock
        self._several = {event.number: event for event in several}
        for event in self._several.values():
            for member in event.members:
                event.span = self._span_with(event, member)
        if clock is None:
            return
        self._ends = [(self.ends(event, clock), event.number) for event in self._several.values()]
        marks = self._log.view(self._log.first, self._log.next_number)["marks"]
        ahead: Numbers = np.flatnonzero(marks & _ALONE_OR_AHEAD == _ALONE_OR_AHEAD)
        self._ends += [
            ((self._log.arrival(row) or 0) + SINGLE_LIVES_MS, row)
            for row in (ahead + self._log.first).tolist()
        ]
        heapq.heapify(self._ends)
