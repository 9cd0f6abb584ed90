"""The line that says to a person how the stream goes."""

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.kafka.figures import Count
from pipelines.commands.stream.state import Phase, StreamState
from pipelines.transforms.metrics import RECALLED_ROWS, RECORDS, REJECTED, ROWS

_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3_600.0, 86_400.0
# The rate of late: over some ten seconds, which is one line of a log.
_RATE_S = 10.0
_REASONS = 3


@dataclass(slots=True)
class RecentRate:
    """Records a second of late: of the last ten seconds or so that it was asked about."""

    since: float = 0.0
    read: int = 0
    told: float | None = None

    def at(self, seconds: float, read: int) -> float:
        """The rate at `seconds` after the start, when `read` records had been read.

        >>> rate = RecentRate()
        >>> rate.at(10.0, 500), rate.at(15.0, 500), rate.at(20.0, 600)
        (50.0, 50.0, 10.0)
        """
        if seconds - self.since >= _RATE_S:
            self.told = (read - self.read) / (seconds - self.since)
            self.since, self.read = seconds, read
        if self.told is None:
            return read / seconds if seconds else 0.0
        return self.told


def status_line(state: StreamState, recent: float) -> str:
    """What the stream does, in one line; `recent` is its rate of late."""
    return " · ".join(_parts(state, recent))


def _parts(state: StreamState, recent: float) -> Iterator[str]:
    if state.phase is Phase.STARTING:
        rows = max((n for name, n in state.counts.items() if name.startswith(f"{RECALLED_ROWS}.")), default=0)
        yield f"remembering {rows:,} rows of history" if rows else "starting"
    else:
        yield from _flow(state, recent)
        yield from _places(state)
    yield from _troubles(state)
    yield span(state.seconds)


def _flow(state: StreamState, recent: float) -> Iterator[str]:
    if state.phase is not Phase.STREAMING:
        yield f"{state.phase} (Ctrl-C again leaves at once)"
    read = state.counts.get(RECORDS, 0)
    overall = read / state.seconds if state.seconds else 0.0
    yield f"{recent:,.1f}/s now, {overall:,.1f}/s overall"
    yield f"{read:,} read"
    yield f"{state.counts.get(ROWS, 0):,} written"
    yield f"{state.repeats:,} repeats"
    yield f"{state.dead_letters:,} dead letters{_reasons(state)}"


def _reasons(state: StreamState) -> str:
    """The commonest reasons of dead letters: what to look at."""
    prefix = f"{REJECTED}."
    counts = [(n, name.removeprefix(prefix)) for name, n in state.counts.items() if name.startswith(prefix)]
    shown = [f"{reason} {n:,}" for n, reason in sorted(counts, key=lambda one: (-one[0], one[1]))]
    more = ", …" if len(shown) > _REASONS else ""
    return f" ({', '.join(shown[:_REASONS])}{more})" if shown else ""


def _places(state: StreamState) -> Iterator[str]:
    if state.source.lag:
        yield f"lag {state.source.total_lag:,} in {state.source.partitions} partitions"
    if state.newest_age_s is not None:
        yield f"newest {span(state.newest_age_s)} old"


def _troubles(state: StreamState) -> Iterator[str]:
    if state.source.waiting_for:
        yield f"waiting for topic {', '.join(state.source.waiting_for)}"
    if state.brokers_away_s is not None:
        yield f"no broker answers since {span(state.brokers_away_s)}"
    if state.sink.waiting_for:
        yield f"the sink waits: {state.sink.waiting_for}"
    if state.index.waiting_for:
        yield f"the index waits: {state.index.waiting_for}"
    if lost := state.source.counts.get(Count.LOST, 0):
        yield f"{lost:,} records lost"
    if state.publish.failure is not None:
        yield "publish fails"


def span(seconds: float) -> str:
    """A length of time as a person says it.

    >>> span(4.2), span(75), span(7_300), span(200_000)
    ('4 s', '1 min 15 s', '2 h 1 min', '2 d 7 h')
    """
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S:.0f} min {seconds % _MINUTE_S:.0f} s"
    if seconds < _DAY_S:
        return f"{seconds // _HOUR_S:.0f} h {seconds % _HOUR_S // _MINUTE_S:.0f} min"
    return f"{seconds // _DAY_S:.0f} d {seconds % _DAY_S // _HOUR_S:.0f} h"
