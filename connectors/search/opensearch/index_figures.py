"""What this process has written to the index on a cluster, to be seen while it goes: status line, metrics, health.

Whoever writes tells Beam at each flush (namespace `index_sink`).
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from weakref import WeakKeyDictionary

from connectors.tally import Tally

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


_tally: Tally[IndexCount] = Tally(NAMESPACE)


@dataclass(slots=True)
class _Now:
    # By who waits, and for as long as there is such: one that goes on must not speak for another.
    waiting: WeakKeyDictionary[object, str] = field(default_factory=WeakKeyDictionary)
    lock: threading.Lock = field(default_factory=threading.Lock)
    refused: set[str] | None = None


_now = _Now()


def count_index(name: IndexCount, amount: int = 1) -> None:
    """Count something, from any thread."""
    _tally.count(name, amount)


def note_waiting(who: object, why: str | None) -> None:
    """Nothing is taken of what `who` asks for the moment, and why; `None`: it is again. From any thread."""
    with _now.lock:
        if why is None:
            _now.waiting.pop(who, None)
        else:
            _now.waiting[who] = why


@contextmanager
def refused_articles() -> Iterator[set[str]]:
    """The ids of the articles that the sink of this process was refused while the body runs, each once.

    For runs that end: of a stream they would be ever more.
    """
    refused = _now.refused = set()
    try:
        yield refused
    finally:
        _now.refused = None


def note_refused(article_ids: Iterable[str]) -> None:
    """The index does not take these articles, whoever tries."""
    if _now.refused is not None:
        _now.refused.update(article_ids)


def tell_beam_of_index() -> None:
    """Count in Beam what has been counted here since the last time; called within a bundle."""
    _tally.tell_beam()


def index_figures() -> IndexFigures:
    """What this process has written since `forget_index_figures`. From any thread."""
    with _now.lock:
        waiting_for = next(iter(_now.waiting.values()), None)
    return IndexFigures(counts=_tally.counts(), waiting_for=waiting_for)


def forget_index_figures() -> None:
    """Begin a run's figures."""
    _tally.forget()
    with _now.lock:
        _now.waiting.clear()
