"""Counting what this process does, to be seen while it goes.

Beam's in-process runner shows its metrics only at the end, and loses those of finalizers; so everything is counted here
first, and a bundle tells Beam.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=StrEnum)


class Tally(Generic[Name]):
    """Counters of one namespace of Beam's metrics, whose names are those of an enum. From any thread."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._lock = threading.Lock()
        self._counts: Counter[Name] = Counter()
        self._told: Counter[Name] = Counter()

    def count(self, name: Name, amount: int = 1) -> None:
        """Count something."""
        with self._lock:
            self._counts[name] += amount

    def counts(self) -> Mapping[Name, int]:
        """What was counted since `forget`."""
        with self._lock:
            return dict(self._counts)

    def tell_beam(self) -> None:
        """Count in Beam what has been counted here since the last time; called within a bundle."""
        # Not at the top: verbs that only send or search would wait seconds for Beam.
        from apache_beam.metrics.metric import Metrics

        with self._lock:
            news = self._counts - self._told
            self._told.update(news)
        for name, amount in news.items():
            Metrics.counter(self._namespace, name.value).inc(amount)

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._counts.clear()
            self._told.clear()
