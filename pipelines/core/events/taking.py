"""Rows of history taken into log and events, thousands at once; what `EventMemory.apply` does for one after the other.

plain      the first row of an article that founds an event or has to do with none: all of them at once
entangled  the article was there before, or its event has begun: one by one, as of their moment
"""

from itertools import compress

import numpy as np
from numpy.typing import NDArray

from pipelines.core.events import change_codec as codec
from pipelines.core.events.change import Effect
from pipelines.core.events.lives import LiveEvents
from pipelines.core.events.log import Numbers, RowLog
from pipelines.core.events.row_record import (
    NO_ORDER,
    NONE,
    NOWHERE,
    RECORD_DTYPE,
    RESTRICTED,
    Mark,
    following,
)
from pipelines.core.events.rows_of_history import HistoryRows


def take_rows(rows: HistoryRows, log: RowLog, events: LiveEvents) -> None:
    """Take in rows that follow those of the log, in their order. Rows that are known already change nothing."""
    begin = 0
    for place in _doubtful(rows, log):
        _take_new(rows.part(begin, place), log, events)
        is_known = log.row(rows.row_key(place)) is not None
        begin = place + is_known
    _take_new(rows.part(begin, len(rows)), log, events)


def _doubtful(rows: HistoryRows, log: RowLog) -> list[int]:
    """Places of rows that may be known: told from half of their names."""
    halves = np.ascontiguousarray(rows.heads["row_key"][:, :8]).view(np.uint64).ravel()
    _, first = np.unique(halves, return_index=True)
    doubtful = np.ones(len(rows), np.bool_)
    doubtful[first] = False
    doubtful[log.perhaps_known(rows.heads["row_key"])] = True
    places: list[int] = np.flatnonzero(doubtful).tolist()
    return places


def _take_new(rows: HistoryRows, log: RowLog, events: LiveEvents) -> None:
    """Take in rows that are not known; those before the first clock for themselves."""
    if events.clock is None:
        received = np.flatnonzero(rows.has(codec.RECEIVED))
        first = int(received[0]) if len(received) else len(rows)
        if first:
            _Course(rows.part(0, first), log, events).run()
        rows = rows.part(first, len(rows))
        if len(rows):
            events.start(int(rows.received_ms()[0]))
    if len(rows):
        _Course(rows, log, events).run()


class _Course:
    """Some rows, and what they do."""

    __slots__ = ("_begin", "_beginnings", "_clocks", "_enters", "_events", "_leaves", "_log", "_rows")

    def __init__(self, rows: HistoryRows, log: RowLog, events: LiveEvents) -> None:
        self._rows, self._log, self._events = rows, log, events
        self._begin = log.next_number
        self._clocks = None if events.clock is None else self._advances()
        has_event = rows.has(codec.EVENT)
        self._enters = rows.effect(Effect.ENTER) & has_event & (rows.heads["terms"] > 0)
        self._leaves = rows.effect(Effect.LEAVE) & has_event
        self._beginnings: dict[bytes, int] = {}

    def _advances(self) -> Numbers:
        return self._events.advances(self._rows.received_ms(), self._rows.has(codec.RECEIVED))

    def run(self) -> None:
        """Take the rows in."""
        rows, log, events = self._rows, self._log, self._events
        log.extend(self._records(), rows.packed)
        before = log.newest_of_articles(dict.fromkeys(rows.articles))
        entangled = self._set_apart(dict(before))
        clocks = None if self._clocks is None else self._clocks.tolist()
        for row, prior in entangled:
            if clocks is not None:
                events.advance_to(clocks[row - self._begin], row)
            self._take(row, prior)
        if clocks is not None:
            events.advance_to(clocks[-1], log.next_number)
        log.index(self._begin, rows.heads["row_key"], rows.articles, rows.events, before.values())

    def _records(self) -> NDArray[np.void]:
        """What the rows say of themselves, as if nothing had been before them."""
        rows, enters = self._rows, self._enters
        records = np.zeros(len(rows), RECORD_DTYPE)
        records["order"] = np.where(enters, rows.heads["order_key"], NO_ORDER)
        records["family"] = rows.families
        records["visible_from"], records["visible_until"] = rows.visible_from, rows.visible_until
        records["event"] = NOWHERE
        records["entry"] = np.where(enters, 0, NOWHERE)
        records["reason"] = np.where(rows.has(codec.REASON), 0, NOWHERE)
        records["status"] = rows.heads["status"] | rows.has(codec.RESTRICTED) * np.uint8(RESTRICTED)
        records["kind"] = rows.heads["deed"] & np.uint8((1 << codec.KIND_BITS) - 1)
        records["marks"] = enters * np.uint8(Mark.STANDS)
        if self._clocks is None:
            records["arrival"] = NONE
            return records
        arrivals = self._events.arrivals(self._clocks, rows.received_ms(), rows.has(codec.RECEIVED))
        records["arrival"] = arrivals
        records["marks"] |= (arrivals > self._clocks) * np.uint8(Mark.AHEAD)
        return records

    def _set_apart(self, newest: dict[bytes, int]) -> list[tuple[int, int | None]]:
        """Let plain rows found their events; the others, each with the row of its article before it."""
        entering: list[bytes | None] = list(compress(self._rows.events, self._enters | self._leaves))
        self._beginnings = self._log.newest_beginnings(
            dict.fromkeys(one for one in entering if one is not None)
        )
        has_begun = dict.fromkeys(self._beginnings)
        entangled: list[tuple[int, int | None]] = []
        founders: list[int] = []
        of_rows = zip(self._rows.articles, self._rows.events, self._enters.tolist(), strict=True)
        for row, (article, event, enters) in enumerate(of_rows, self._begin):
            prior = newest.get(article)
            newest[article] = row
            if prior is not None or (enters and event in has_begun):
                entangled.append((row, prior))
            elif enters and event is not None:
                founders.append(row)
                self._beginnings[event] = row
            if enters and event is not None:
                has_begun[event] = None
        self._events.found(np.array(founders, np.int64))
        return entangled

    def _take(self, row: int, prior: int | None) -> None:
        """Let a row do what it does; the rows before it have done so."""
        log, place = self._log, row - self._begin
        stood = None
        if prior is not None and prior >= log.first:
            before = log.record(prior)
            is_present = bool(self._rows.heads["flags"][place] & codec.PRESENT)
            record = following(log.record(row), before, row - prior, row - log.first, is_present=is_present)
            log.put_record(row, record)
            entry = log.row_back(prior, before.entry_back)
            stood = entry if entry is not None and log.marks(entry) & Mark.STANDS else None
        if self._enters[place]:
            self._enter(row, stood)
        elif self._leaves[place] and stood is not None:
            self._leave(row, stood)

    def _enter(self, row: int, stood: int | None) -> None:
        name = self._rows.events[row - self._begin]
        assert name is not None
        number = self._beginnings.get(name)
        event = None if number is None or not self._log.first <= number < row else self._events.at(number)
        if event is None:
            self._beginnings[name] = row
            self._events.found(np.array((row,), np.int64))
        else:
            self._log.put_event(row, event.number)
            self._events.enter(row, event, stood)

    def _leave(self, row: int, stood: int) -> None:
        name = self._rows.events[row - self._begin]
        assert name is not None
        number = self._beginnings.get(name)
        event = None if number is None or not self._log.first <= number < row else self._events.at(number)
        if event is not None:
            self._log.put_event(row, event.number)
            self._events.leave(row, event, stood)
