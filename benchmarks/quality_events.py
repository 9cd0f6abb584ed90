"""Quality of event IDs: B-cubed on labelled sets through the real step, beside a plain cosine threshold.

    python -m benchmarks.quality_events [SHARED]

The peer reads the same words with the same document counts, and joins the event whose centroid is nearest by cosine,
from 0.28 on (the best single threshold of `research/events.md` §3.2, so it is flattered).

Source: B-cubed, Bagga and Baldwin 1998, over articles.
"""

import gzip
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from benchmarks.figures import Figure
from pipelines.core.events.assigning import assign_event_id
from pipelines.core.events.frequencies import TermFrequencies, prior_of
from pipelines.core.events.memory import EventMemory
from pipelines.core.events.terms import counted_terms, pack_terms, vectors_of
from pipelines.core.events.words import read_words
from schemas.article import Article
from schemas.article_parts import SourceKind
from schemas.record import Origin

# Least B-cubed F1 that is accepted.
BARS = {"gold5": 0.90, "ecb_dev": 0.85, "allsides_dev": 0.88, "allsides_folded_dev": None}
LEAST_ARTICLES_PER_CPU_S = 300.0
PEER, PEER_THRESHOLD, PEER_LIVES = "cosine to centroid", 0.28, timedelta(days=7)

Labelled = tuple[Article, str]
Partition = dict[str, str | None]


def figures(shared: Path) -> list[Figure]:
    """B-cubed of every set, and the speed of the step over all of them."""
    measured: list[Figure] = []
    articles, seconds = 0, 0.0
    for name, bar in BARS.items():
        labelled = _read_set(shared / "data" / "events" / f"{name}.jsonl.gz")
        started = time.process_time()
        ours = assign(article for article, _ in labelled)
        seconds += time.process_time() - started
        articles += len(labelled)
        gold = {article.article_id: label for article, label in labelled}
        measured += _scores(name, bar, b_cubed(gold, ours), b_cubed(gold, _by_cosine(labelled)))
    measured.append(
        Figure(
            part="events",
            measure="articles per CPU second",
            ours=articles / seconds,
            bar=LEAST_ARTICLES_PER_CPU_S,
        )
    )
    return measured


def _scores(
    name: str, bar: float | None, ours: tuple[float, float, float], peer: tuple[float, float, float]
) -> list[Figure]:
    return [
        Figure(
            part="events",
            measure=f"{name} B-cubed {measure}",
            ours=ours[at],
            peer=peer[at],
            peer_name=PEER,
            bar=bar if measure == "F1" else None,
        )
        for at, measure in enumerate(("precision", "recall", "F1"))
    ]


def assign(articles: Iterable[Article]) -> Partition:
    """The event of each article, in the order given."""
    memory = EventMemory("en")
    events: Partition = {}
    for article in articles:
        step = assign_event_id(memory, article)
        for change in step.changes:
            memory.apply(change)
        events[article.article_id] = step.articles[0].event_id
    return events


def b_cubed(gold: dict[str, str], found: Partition) -> tuple[float, float, float]:
    """Precision, recall and F1, 0..1."""
    both = Counter((label, found[article]) for article, label in gold.items())
    labels, events = Counter(gold.values()), Counter(found[article] for article in gold)
    precision = sum(n * n / events[event] for (_, event), n in both.items()) / len(gold)
    recall = sum(n * n / labels[label] for (label, _), n in both.items()) / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


def _read_set(file: Path) -> list[Labelled]:
    """A labelled set in the order of time, each article arriving when it was published."""
    with gzip.open(file) as lines:
        rows = sorted(map(orjson.loads, lines), key=_time_then_id)
    return [(_article(row, number), row["cluster"]) for number, row in enumerate(rows)]


def _time_then_id(row: dict[str, str]) -> tuple[str, str]:
    return (row["date"], row["id"])


def _article(row: dict[str, str], number: int) -> Article:
    published = datetime.fromisoformat(row["date"])
    return Article(
        article_id=row["id"],
        source_kind=SourceKind.WEB,
        source=row["source"] or "unknown",
        order_key=0,
        origin=Origin(source="benchmark", offset=number),
        payload_sha256=row["id"],
        headline=row["title"] or None,
        body_text=row["text"] or None,
        published=published,
        received=published,
        first_received=published,
    )


class _Centroids:
    """The peer: events as sums of vectors, forgotten a week after their last article."""

    def __init__(self) -> None:
        self._sums: dict[str, dict[int, float]] = {}
        self._lengths: dict[str, float] = {}
        self._touched: dict[str, datetime] = {}

    def nearest(self, vector: dict[int, float], now: datetime) -> tuple[str | None, float]:
        for event in [event for event, touched in self._touched.items() if now - touched > PEER_LIVES]:
            del self._sums[event], self._touched[event], self._lengths[event]
        likeness = {
            event: sum(weight * sums.get(term, 0.0) for term, weight in vector.items()) / self._lengths[event]
            for event, sums in self._sums.items()
        }
        best = max(likeness, key=likeness.__getitem__, default=None)
        return best, 0.0 if best is None else likeness[best]

    def add(self, event: str, vector: dict[int, float], now: datetime) -> None:
        sums = self._sums.setdefault(event, {})
        for term, weight in vector.items():
            sums[term] = sums.get(term, 0.0) + weight
        self._lengths[event] = math.sqrt(sum(weight * weight for weight in sums.values())) or 1.0
        self._touched[event] = now


def _by_cosine(labelled: list[Labelled]) -> Partition:
    centroids, frequencies = _Centroids(), TermFrequencies(prior_of("en"))
    events: Partition = {}
    for article, _ in labelled:
        words = read_words(article.headline or "", article.body_text or "", "en")
        terms = pack_terms(words, (), frequencies)
        frequencies.add(counted_terms(terms))
        vector, now = dict(vectors_of(terms).words), article.published
        if now is None:
            raise AssertionError("a labelled article has a date")
        event, likeness = centroids.nearest(vector, now)
        if event is None or likeness < PEER_THRESHOLD:
            event = article.article_id
        centroids.add(event, vector, now)
        events[article.article_id] = event
    return events


def main(print_line: Callable[[str], None] = print) -> None:
    """Print the figures as a table."""
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "shared"
    for figure in figures(shared):
        peer = "" if figure.peer is None else f"{figure.peer:9.3f} {figure.peer_name}"
        bar = "" if figure.bar is None else f"bar {figure.bar:g}"
        print_line(f"{figure.measure:36} {figure.ours:9.3f} {peer:30} {bar}")


if __name__ == "__main__":
    main()
