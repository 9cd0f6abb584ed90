"""A plain, bounded read of a range of topics: no Beam, no group, nothing committed. What `capture` and repairs read with.

    offsets     begin ──────────────── end        resolved once, before the first record
    partitions  0 ▸▸▸▸▸▸▸▸▸▸│
                1 ▸▸▸▸▸▸▸│                        merged by time, each in its own order

It ends at the offsets that were the end when it began, also where transactions or compaction have left no record
there; and it never waits for ever: a cluster that does not answer for so long is trouble, and said so.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import OffsetOutOfRangeError

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.places import Start, Stop, begin_places, extents, stop_offsets
from connectors.kafka.record_limits import MissingTopic
from connectors.kafka.trouble import KafkaTrouble, named_trouble

# Without a record or a step for so long the cluster is gone: it is back 10 to 25 s after a broker was killed
# (research/slots.md).
PATIENCE_S = 60.0
_POLL_MS = 500
_POLL_RECORDS = 500
# What one partition and one fetch may bring; the first batch comes whole whatever its size (research/kafka.md §1).
_PARTITION_BYTES, _FETCH_BYTES = 4 * 1024 * 1024, 8 * 1024 * 1024
# What may wait for its turn, of all partitions together; of each at least what one fetch brings.
_WAITING_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumedRecord:
    """A record of a topic, as it is: `value` None is a tombstone, a header may have no value, milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is read of one partition: from `begin` up to and without `end`. Before `first` nothing is left in it."""

    topic: str
    partition: int
    first: int
    begin: int
    end: int


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
        return _Merge(self._consumer, self.spans, self._patience_s).records()


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
    patience_s: float = PATIENCE_S,
) -> Iterator[RangeRead]:
    """A range of topics to read, of all their partitions or of one number. Closed at the end of the body.

    `start` may not be COMMITTED, as there is no group; a `stop` of NEVER is LATEST. A begin before what is left of a
    partition is moved to that (`Span.first`), and one beyond the end reads nothing.

    Raises:
        MissingTopic: the cluster has no such topic.
        KafkaTrouble: it does not answer, or the topic has no such partition.
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
        "max_partition_fetch_bytes": _PARTITION_BYTES,
        "max_poll_records": _POLL_RECORDS,
    }


def _partitions(
    consumer: KafkaConsumer, cluster: KafkaCluster, topics: Iterable[str], partition: int | None
) -> list[TopicPartition]:
    found: list[TopicPartition] = []
    for topic in dict.fromkeys(topics):
        numbers = consumer.partitions_for_topic(topic)
        if not numbers:
            raise MissingTopic(topic, cluster)
        if partition is not None and partition not in numbers:
            raise KafkaTrouble(f"no partition {partition} of {topic}, which has {len(numbers)}")
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
                begin=begin,
                end=max(begin, end),
            )
        )
    return tuple(spans)


class _Partition:
    """One partition under way: what has come and is not told yet."""

    __slots__ = ("end", "greatest_ms", "place", "position", "waiting", "waiting_bytes")

    def __init__(self, span: Span) -> None:
        self.place = TopicPartition(span.topic, span.partition)
        self.position = span.begin
        self.end = span.end
        self.waiting: deque[ConsumedRecord] = deque()
        self.waiting_bytes = 0
        self.greatest_ms = -1

    @property
    def is_done(self) -> bool:
        return self.position >= self.end

    @property
    def is_hungry(self) -> bool:
        return not self.waiting and not self.is_done

    def next_ms(self) -> int:
        """The time by which the next record takes its turn: never before that of the last."""
        stated = self.waiting[0].timestamp_ms
        self.greatest_ms = max(self.greatest_ms, -1 if stated is None else stated)
        return self.greatest_ms

    def put(self, fetched: list[Any]) -> None:
        for record in fetched:
            if record.offset >= self.end:
                return
            taken = _consumed(record)
            self.waiting.append(taken)
            self.waiting_bytes += _size(taken)

    def take(self) -> ConsumedRecord:
        taken = self.waiting.popleft()
        self.waiting_bytes -= _size(taken)
        return taken


def _size(record: ConsumedRecord) -> int:
    return len(record.value or b"") + len(record.key or b"")


def _consumed(record: Any) -> ConsumedRecord:
    return ConsumedRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
        timestamp_ms=record.timestamp if record.timestamp >= 0 else None,
    )


class _Merge:
    """The partitions of a range in one order.

    A partition of which much waits is taken out of the assignment until it is its turn. Not paused: of a paused
    partition kafka-python 3.0.12 may keep what it has fetched for good, and `poll` then returns nothing for ever.
    """

    def __init__(self, consumer: KafkaConsumer, spans: tuple[Span, ...], patience_s: float) -> None:
        self._consumer = consumer
        self._patience_s = patience_s
        self._partitions = [_Partition(span) for span in spans]
        self._most_bytes = max(_PARTITION_BYTES, _WAITING_BYTES // max(1, len(spans)))
        self._assigned: set[TopicPartition] = set()

    def records(self) -> Iterator[ConsumedRecord]:
        turns: list[tuple[int, int]] = []
        hungry = [number for number, partition in enumerate(self._partitions) if partition.is_hungry]
        while hungry or turns:
            for number in self._fed(hungry):
                heappush(turns, (self._partitions[number].next_ms(), number))
            if not turns:
                return
            number = heappop(turns)[1]
            partition = self._partitions[number]
            yield partition.take()
            hungry = [number] if partition.is_hungry else []
            if partition.waiting:
                heappush(turns, (partition.next_ms(), number))

    def _fed(self, hungry: list[int]) -> list[int]:
        """Wait until each of these partitions has a record or is at its end; those that have one."""
        moved_at = time.monotonic()
        while any(self._partitions[number].is_hungry for number in hungry):
            if self._poll():
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > self._patience_s:
                raise self._silence()
        return [number for number in hungry if self._partitions[number].waiting]

    def _silence(self) -> KafkaTrouble:
        partition = next(partition for partition in self._partitions if partition.is_hungry)
        place = partition.place
        return KafkaTrouble(
            f"{place.topic}, partition {place.partition}: nothing has come for {self._patience_s:.0f} s at offset"
            f" {partition.position} of {partition.end}; is the broker that leads it still there?"
        )

    def _poll(self) -> bool:
        """Take what comes; whether anything has moved."""
        wanted = self._wanted()
        self._assign(wanted)
        try:
            polled = self._consumer.poll(timeout_ms=_POLL_MS)
        except OffsetOutOfRangeError as error:
            raise KafkaTrouble(f"what was to be read is gone from its topic (retention): {error}") from error
        for place, fetched in polled.items():
            wanted[place].put(fetched)
        has_moved = False
        for place, partition in wanted.items():
            position = self._consumer.position(place, timeout_ms=0)
            if position is not None and position != partition.position:
                # Past the last record there may be markers of transactions, and what compaction has removed.
                partition.position = position
                has_moved = True
        return has_moved

    def _wanted(self) -> dict[TopicPartition, _Partition]:
        return {
            partition.place: partition
            for partition in self._partitions
            if not partition.is_done and partition.waiting_bytes < self._most_bytes
        }

    def _assign(self, wanted: dict[TopicPartition, _Partition]) -> None:
        if wanted.keys() == self._assigned:
            return
        # Those that stay keep their place and what was fetched of them.
        self._consumer.assign(list(wanted))
        for place in wanted.keys() - self._assigned:
            self._consumer.seek(place, wanted[place].position)
        self._assigned = set(wanted)
