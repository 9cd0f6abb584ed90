"""What the reads of this process have done, to be seen while they go: status line, metrics, health.

The next bundle tells Beam (namespace `kafka`): it loses what finalizers count.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kafka import TopicPartition

from connectors.tally import Tally

NAMESPACE = "kafka"


class Count(StrEnum):
    """The names of the counters, here and in Beam."""

    RECORDS = "records"
    BYTES = "bytes"
    OVERSIZE = "oversize_records"
    LOST = "lost_records"
    LOSSES = "losses"  # as often as records were gone, a log that began anew included
    COMMITS_SUCCEEDED = "commits_succeeded"
    COMMITS_FAILED = "commits_failed"
    STALL_REBUILDS = "stall_rebuilds"
    CONSUMERS_MADE = "consumers_made"
    PARTITIONS_FOUND = "partitions_found"  # after the start


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaFigures:
    """The figures of a moment.

    `lag` in records by partition, as of the latest fetch; `last_received` the timestamp of the latest record;
    `waiting_for` the topics that are to be read and do not exist; `polled_at`, `seen_at` on the monotonic clock: when the
    read last asked for records, and when the brokers last said which partitions there are (null: never yet).
    """

    counts: Mapping[Count, int]
    lag: Mapping[TopicPartition, int]
    last_received: datetime | None
    waiting_for: tuple[str, ...]
    polled_at: float | None
    seen_at: float | None

    @property
    def partitions(self) -> int:
        """How many partitions are read."""
        return len(self.lag)

    @property
    def total_lag(self) -> int:
        """How many records are waiting in all partitions."""
        return sum(self.lag.values())

    def last_age_s(self, now: datetime) -> float | None:
        """How old the latest record is by the caller's clock."""
        return None if self.last_received is None else (now - self.last_received).total_seconds()

    def polled_ago_s(self) -> float | None:
        """How long ago the read last asked for records."""
        return None if self.polled_at is None else time.monotonic() - self.polled_at


_lock = threading.Lock()
_tally: Tally[Count] = Tally(NAMESPACE)
_lag: dict[TopicPartition, int] = {}


@dataclass(slots=True)
class _Latest:
    received: datetime | None = None
    waiting_for: tuple[str, ...] = ()
    polled_at: float | None = None
    seen_at: float | None = None


_latest = _Latest()


def count(name: Count, amount: int = 1) -> None:
    """Count something, from any thread."""
    _tally.count(name, amount)


def tell_beam() -> None:
    """Count in Beam what has been counted here since the last time; called within a bundle."""
    _tally.tell_beam()


def note_lag(lag: Mapping[TopicPartition, int]) -> None:
    """What is waiting in partitions that are read."""
    with _lock:
        _lag.update(lag)


def forget_lag(partitions: Iterable[TopicPartition]) -> None:
    """These partitions are no longer read."""
    with _lock:
        for partition in partitions:
            _lag.pop(partition, None)


def note_poll() -> None:
    """Records are asked for."""
    _latest.polled_at = time.monotonic()


def note_received(received: datetime | None) -> None:
    """The timestamp of the latest record."""
    _latest.received = received or _latest.received


def note_topics(waiting_for: tuple[str, ...]) -> None:
    """The brokers have said which partitions there are, and none of these topics."""
    _latest.seen_at, _latest.waiting_for = time.monotonic(), waiting_for


def kafka_figures() -> KafkaFigures:
    """What the reads of this process have done since `forget_figures`. From any thread."""
    with _lock:
        return KafkaFigures(
            counts=_tally.counts(),
            lag=dict(_lag),
            last_received=_latest.received,
            waiting_for=_latest.waiting_for,
            polled_at=_latest.polled_at,
            seen_at=_latest.seen_at,
        )


def forget_figures() -> None:
    """Begin a run's figures."""
    global _latest  # noqa: PLW0603  (of the process, like the rest)
    _tally.forget()
    with _lock:
        _lag.clear()
        _latest = _Latest()
