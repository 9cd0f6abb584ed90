"""The names of every counter, and the tally that a local run shows while it goes.

Beam's in-process runner shows its metrics only at the end, so each count goes to a Beam counter (for the runner's UI)
and to a tally of this process (for the status line). Counters only: distributions never reach Prometheus on Flink
(research/sinks.md §6).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.metrics.metricbase import Counter as BeamCounter

from schemas.article import Article
from schemas.record import Origin, Record, is_of_a_file

NAMESPACE = "copydesk"

RECORDS = "records"
ROWS = "rows"
REPEATS = "repeats"
REJECTED = "rejected"
FLAG = "flag"
REBUILT = "rebuilt"
RECALLED_ROWS, RECALLED_BYTES, RECALLED_MS = "recalled.rows", "recalled.bytes", "recalled.ms"

_tally: Counter[str] = Counter()


@dataclass(slots=True)
class OffsetsRead:
    """What was read of one partition: the first and the last offset, and how many records that were."""

    first: int
    last: int
    records: int = 0


_read: dict[tuple[str, int], OffsetsRead] = {}


@cache
def _counter(name: str) -> BeamCounter:
    return Metrics.counter(NAMESPACE, name)


def count(name: str, amount: int = 1) -> None:
    """Count something, in Beam and in this process's tally."""
    _counter(name).inc(amount)
    _tally[name] += amount


def note(name: str, amount: int) -> None:
    """Count something in this process's tally only: what happens before there is a Beam to count it in."""
    _tally[name] += amount


def tally() -> dict[str, int]:
    """What this process has counted since `reset_tally`."""
    return dict(_tally)


def reset_tally() -> None:
    """Start a new run's tally."""
    _tally.clear()
    _read.clear()


def offsets_read() -> dict[tuple[str, int], OffsetsRead]:
    """What this process has read of each topic and partition since `reset_tally`."""
    return dict(_read)


def _note_offset(origin: Origin) -> None:
    if is_of_a_file(origin.source):
        return
    place = origin.source, origin.partition
    read = _read.get(place)
    if read is None:
        read = _read[place] = OffsetsRead(origin.offset, origin.offset)
    read.last = origin.offset
    read.records += 1


class _CountRecordsFn(beam.DoFn):
    def process(self, record: Record) -> Iterator[Record]:
        count(RECORDS)
        _note_offset(record.origin)
        yield record


class _CountArticlesFn(beam.DoFn):
    def process(self, article: Article) -> Iterator[Article]:
        count(ROWS)
        count(f"{ROWS}.{article.change_type}")
        if article.dup_kind is not None:
            count(f"{REPEATS}.{article.dup_kind}")
        for flag in article.quality_flags:
            count(f"{FLAG}.{flag}")
        yield article


class CountRecords(beam.PTransform):
    """Records in, the same out, counted: what was read."""

    def expand(self, records: beam.PCollection) -> beam.PCollection:
        return records | beam.ParDo(_CountRecordsFn()).with_output_types(Record)


class CountArticles(beam.PTransform):
    """Articles in, the same out, counted by what they are: what every sink has taken."""

    def expand(self, articles: beam.PCollection) -> beam.PCollection:
        return articles | beam.ParDo(_CountArticlesFn()).with_output_types(Article)
