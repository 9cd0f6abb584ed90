"""The names of every counter, and the tally that a local run shows while it goes.

Beam's in-process runner shows its metrics only at the end, so each count goes to a Beam counter (for the runner's UI)
and to a tally of this process (for the status line). Counters only: distributions never reach Prometheus on Flink
(research/sinks.md §6).
"""

from collections import Counter
from functools import cache

from apache_beam.metrics.metric import Metrics
from apache_beam.metrics.metricbase import Counter as BeamCounter

NAMESPACE = "copydesk"

RECORDS = "records"
ARTICLES = "articles"
REPEATS = "repeats"
REJECTED = "rejected"

_tally: Counter[str] = Counter()


@cache
def _counter(name: str) -> BeamCounter:
    return Metrics.counter(NAMESPACE, name)


def count(name: str, amount: int = 1) -> None:
    """Count something, in Beam and in this process's tally."""
    _counter(name).inc(amount)
    _tally[name] += amount


def tally() -> dict[str, int]:
    """What this process has counted since `reset_tally`."""
    return dict(_tally)


def reset_tally() -> None:
    """Start a new run's tally."""
    _tally.clear()
