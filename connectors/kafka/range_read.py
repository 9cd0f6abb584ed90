"""A plain, bounded read of a range of topics: no Beam, no group, nothing committed. What `capture` and repairs read with.

    offsets     begin ──────────────── end        resolved once, before the first record
    partitions  0 ▸▸▸▸▸▸▸▸▸▸│
                1 ▸▸▸▸▸▸▸│                        merged by time, each in its own order

It ends at the offsets that were the end when it began, also where transactions or compaction have left no record
there; and it never waits for ever: a cluster that does not answer for so long is trouble, and said so.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.consumed import ConsumedRecord
from connectors.kafka.places import Start, Stop, begin_places, extents, stop_offsets
from connectors.kafka.range_merge import PARTITION_BYTES, Merge, Span
from connectors.kafka.record_limits import MissingTopic, missing_topic
from connectors.kafka.trouble import named_trouble

# Without a record or a step for so long the cluster is gone: it is back 10 to 25 s after a broker was killed
# (research/slots.md).
SILENCE_S = 60.0
_POLL_RECORDS = 500
_FETCH_BYTES = 8 * 1024 * 1024


class MissingPartition(MissingTopic):
    """A topic has no partition of the number that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offsets:
    """A range by offsets, the same in each partition, in the place of its `start` or `stop`."""

    begin: int | None = None
    end: int | None = None


class RangeRead:
    """A range that is about to be read. `spans` are its partitions, by topic as asked and number."""

    def __init__(self, consumer: KafkaConsumer, spans: tuple[Span, ...], patience_s: float) -> None:
        self._consumer = consumer
        self._patience_s = patience_s
        self.spans = spans

    def records(self) -> Iterator[ConsumedRecord]:
        """The records, each partition in its order, the partitions merged by timestamp and, where equal, by place.

        A timestamp that goes back within its partition counts as the greatest before it. So the same range gives the
        same order each time. To be called once.

        Raises:
            KafkaTrouble: the cluster does not answer any more, or retention has taken what was to be read.
        """
        return Merge(self._consumer, self.spans, self._patience_s).records()


@contextmanager
def open_range(
    cluster: KafkaCluster,
    topics: Iterable[str],
    *,
    start: Start,
    stop: Stop,
    partition: int | None = None,
    offsets: Offsets | None = None,
    isolation_level: str = "read_committed",
    patience_s: float = SILENCE_S,
) -> Iterator[RangeRead]:
    """A range of topics to read, of all their partitions or of one number. Closed at the end of the body.

    `start` may not be COMMITTED, as there is no group; a `stop` of NEVER is LATEST. A begin before what is left of a
    partition is moved to that (`Span.first`), and one beyond the end reads nothing.

    Raises:
        MissingTopic: the cluster has no such topic, or the topic no such partition (`MissingPartition`).
        KafkaTrouble: it does not answer.
    """
    with named_trouble("reading"):
        consumer = KafkaConsumer(**_settings(cluster, isolation_level))
        try:
            partitions = _partitions(consumer, cluster, topics, partition)
            spans = _spans(consumer, partitions, start, stop, offsets or Offsets())
            yield RangeRead(consumer, spans, patience_s)
        finally:
            consumer.close(timeout_ms=1_000)


def _settings(cluster: KafkaCluster, isolation_level: str) -> dict[str, Any]:
    return cluster.client_settings() | {
        "group_id": None,
        "enable_auto_commit": False,
        # Truncation must be told, not jumped over.
        "auto_offset_reset": "none",
        "allow_auto_create_topics": False,
        # A reply that leaves out a partition makes the client fetch for ever (research/kafka.md §1, bug 4).
        "enable_incremental_fetch_sessions": False,
        "isolation_level": isolation_level,
        "fetch_max_bytes": _FETCH_BYTES,
        "max_partition_fetch_bytes": PARTITION_BYTES,
        "max_poll_records": _POLL_RECORDS,
    }


def _partitions(
    consumer: KafkaConsumer, cluster: KafkaCluster, topics: Iterable[str], partition: int | None
) -> list[TopicPartition]:
    found: list[TopicPartition] = []
    for topic in dict.fromkeys(topics):
        numbers = consumer.partitions_for_topic(topic)
        if not numbers:
            raise missing_topic(topic, cluster)
        if partition is not None and partition not in numbers:
            raise MissingPartition(
                f"topic {topic} has no partition {partition}; it has {len(numbers)}, from 0 on"
            )
        found += [TopicPartition(topic, number) for number in sorted(numbers) if partition in (None, number)]
    return found


def _spans(
    consumer: KafkaConsumer, partitions: list[TopicPartition], start: Start, stop: Stop, offsets: Offsets
) -> tuple[Span, ...]:
    extent_of = extents(consumer, partitions)
    begins = begin_places(consumer, extent_of, start, lambda _partitions: {})
    ends = stop_offsets(consumer, extent_of, stop)
    spans = []
    for place in partitions:
        extent = extent_of[place]
        begin = begins[place].next_offset if offsets.begin is None else offsets.begin
        end = ends.get(place, extent.end) if offsets.end is None else offsets.end
        begin, end = max(begin, extent.first), min(end, extent.end)
        spans.append(
            Span(
                topic=place.topic,
                partition=place.partition,
                first=extent.first,
                next=extent.end,
                begin=begin,
                end=max(begin, end),
            )
        )
    return tuple(spans)
