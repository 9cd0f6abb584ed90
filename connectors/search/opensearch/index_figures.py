"""What this process has written to the index on a cluster, to be seen while it goes: status line, metrics, health.

Beam's in-process runner shows its metrics only at the end, so everything is counted here first, and whoever writes tells
Beam at each flush (namespace `index_sink`).
"""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

NAMESPACE = "index_sink"


class IndexCount(StrEnum):
    """The names of the counters, here and in Beam."""

    WRITTEN = "written"  # documents that the index took
    BYTES = "bytes"  # of these
    STALE = "stale"  # documents of which the index held a later version
    REFUSED = "refused"  # documents refused for good, each by itself
    RETRIED = "retried"  # documents sent once more, by an outage or a full queue


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFigures:
    """The figures of a moment. `waiting_for`: why nothing is taken for the moment, in one line; null while all goes well."""

    counts: Mapping[IndexCount, int]
    waiting_for: str | None


_lock = threading.Lock()
_counts: Counter[IndexCount] = Counter()
_told_to_beam: Counter[IndexCount] = Counter()


@dataclass(slots=True)
class _Now:
    waiting_for: str | None = None


_now = _Now()


def count_index(name: IndexCount, amount: int = 1) -> None:
    """Count something, from any thread."""
    with _lock:
        _counts[name] += amount


def note_waiting(why: str | None) -> None:
    """Nothing is taken for the moment, and why; `None`: it is again."""
    _now.waiting_for = why


def tell_beam_of_index() -> None:
    """Count in Beam what has been counted here since the last time; called within a bundle."""
    # Not at the top: verbs that only search would wait seconds for Beam.
    from apache_beam.metrics.metric import Metrics

    with _lock:
        news = _counts - _told_to_beam
        _told_to_beam.update(news)
    for name, amount in news.items():
        Metrics.counter(NAMESPACE, name.value).inc(amount)


def index_figures() -> IndexFigures:
    """What this process has written since `forget_index_figures`. From any thread."""
    with _lock:
        return IndexFigures(counts=dict(_counts), waiting_for=_now.waiting_for)


def forget_index_figures() -> None:
    """Begin a run's figures."""
    with _lock:
        _counts.clear()
        _told_to_beam.clear()
        _now.waiting_for = None
