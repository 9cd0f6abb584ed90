"""What this process has written to topics, to be seen while it goes: status line, metrics, health.

The end of a bundle tells Beam (namespace `kafka_sink`).
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from connectors.tally import Tally

NAMESPACE = "kafka_sink"


class SinkCount(StrEnum):
    """The names of the counters, here and in Beam."""

    RECORDS = "records"  # acknowledged
    BYTES = "bytes"  # of these, uncompressed
    FAILED = "failed"  # refused, each by itself
    REBUILT = "rebuilt"  # producers that died and were made anew


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkFigures:
    """The figures of a moment.

    In flight is what was sent and is not acknowledged. `waiting_for`: why nothing has been acknowledged since, in the
    client's words; null while all goes well.
    """

    counts: Mapping[SinkCount, int]
    in_flight_records: int
    in_flight_bytes: int
    waiting_for: str | None


_lock = threading.Lock()
_tally: Tally[SinkCount] = Tally(NAMESPACE)


@dataclass(slots=True)
class _Now:
    records: int = 0
    bytes: int = 0
    waiting_for: str | None = None


_now = _Now()


def count_sink(name: SinkCount, amount: int = 1) -> None:
    """Count something, from any thread."""
    _tally.count(name, amount)


def note_in_flight(records: int, size: int) -> None:
    """So many more records and bytes are in flight, or fewer."""
    with _lock:
        _now.records += records
        _now.bytes += size


def note_waiting(why: str | None) -> None:
    """Nothing is acknowledged for the moment, and why; `None`: it is again."""
    _now.waiting_for = why


def tell_beam_of_sink() -> None:
    """Count in Beam what has been counted here since the last time; called within a bundle."""
    _tally.tell_beam()


def sink_figures() -> SinkFigures:
    """What the producers of this process have done since `forget_sink_figures`. From any thread."""
    with _lock:
        return SinkFigures(
            counts=_tally.counts(),
            in_flight_records=_now.records,
            in_flight_bytes=_now.bytes,
            waiting_for=_now.waiting_for,
        )


def forget_sink_figures() -> None:
    """Begin a run's figures; what is in flight stays."""
    _tally.forget()
