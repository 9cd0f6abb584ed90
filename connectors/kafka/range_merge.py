"""Several partitions in one order: each in its own, and all by time."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import OffsetOutOfRangeError

from connectors.kafka.consumed import ConsumedRecord, consumed
from connectors.kafka.trouble import KafkaTrouble

_POLL_MS = 500
# What one fetch may bring of a partition; the first batch comes whole whatever its size (research/kafka.md §1).
PARTITION_BYTES = 4 * 1024 * 1024
# What may wait for its turn, of all partitions together; of each at least what one fetch brings.
_WAITING_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is read of one partition: from `begin` up to and without `end`.

    Before `first` nothing is left in it, and from `next` on nothing was there yet.
    """

    topic: str
    partition: int
    first: int
    next: int
    begin: int
    end: int


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
            taken = consumed(record)
            self.waiting.append(taken)
            self.waiting_bytes += taken.size

    def take(self) -> ConsumedRecord:
        taken = self.waiting.popleft()
        self.waiting_bytes -= taken.size
        return taken


class Merge:
    """The partitions of a range in one order.

    A partition of which much waits is taken out of the assignment until it is its turn. Not paused: of a paused
    partition kafka-python 3.0.12 may keep what it has fetched for good, and `poll` then returns nothing for ever.
    """

    def __init__(self, consumer: KafkaConsumer, spans: tuple[Span, ...], patience_s: float) -> None:
        self._consumer = consumer
        self._patience_s = patience_s
        self._partitions = [_Partition(span) for span in spans]
        self._most_bytes = max(PARTITION_BYTES, _WAITING_BYTES // max(1, len(spans)))
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
