"""The consumer of a slot: it stays with the process from bundle to bundle, with what it has fetched ahead.

Its positions are ours: it belongs to no group, so that no coordinator can stall a read. It is not thread-safe; whoever
took it has it alone.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, LogTruncationError, RetriableError

from connectors.kafka import figures
from connectors.kafka.blocks import PollSize
from connectors.kafka.discovery import Discovery
from connectors.kafka.draining import wait_for_drain
from connectors.kafka.places import ASK_TIMEOUT_MS, Extent, extents
from connectors.kafka.slots import Cursor, Slot
from connectors.kafka.subscription import Subscription

_LOG = logging.getLogger(__name__)
# A fetch asks all partitions; answering each record with one of its own cost 26-50 % of a core at 200 records a second,
# waiting up to 0.1 s for 128 KiB 14-15 % (research/slots.md).
_FETCH_MIN_BYTES, _FETCH_MAX_WAIT_MS = 128 * 1024, 200
# What is fetched ahead bounds the memory; a batch beyond it arrives all the same (research/kafka.md §1).
_FETCH_MAX_BYTES, _MAX_PARTITION_FETCH_BYTES = 8 * 1024 * 1024, 4 * 1024 * 1024
# Leaders are looked up this often besides whenever one has moved.
_METADATA_MAX_AGE_MS = 30_000
# kafka-python 3.0 had stalls (#3106, #3131): a partition with records waiting and none coming for this long gets another consumer.
_STALLED_AFTER_S = 60.0
# A bundle of the source alone ends within `behind_s`, half a second (0.02-0.43 s with 32 MiB, measured beside other work on two
# cores), and brokers that do not say which partitions there are hold it up for another 5 s.
_HELD_AFTER_S = 10.0


def reading_settings(subscription: Subscription) -> dict[str, Any]:
    """The settings of a consumer that reads what is assigned to it and from where it is told."""
    return subscription.cluster.client_settings() | {
        "enable_auto_commit": False,
        "auto_offset_reset": "none",  # what is gone must be told, and `earliest` passes over it in silence
        "allow_auto_create_topics": False,
        "isolation_level": subscription.isolation_level.value,
        "metadata_max_age_ms": _METADATA_MAX_AGE_MS,
        "fetch_min_bytes": _FETCH_MIN_BYTES,
        "fetch_max_wait_ms": _FETCH_MAX_WAIT_MS,
        "fetch_max_bytes": _FETCH_MAX_BYTES,
        "max_partition_fetch_bytes": _MAX_PARTITION_FETCH_BYTES,
        # A session that omits a partition makes the client discard and fetch again for ever (research/kafka.md §1).
        "enable_incremental_fetch_sessions": False,
        "request_timeout_ms": ASK_TIMEOUT_MS,
        "reconnect_backoff_max_ms": 1_000,
        "metrics_enabled": False,
    }


class SlotConsumer:
    """One consumer, the partitions it is to read, and where each of them stands.

    Raises:
        KafkaTimeoutError: no broker answers.
    """

    def __init__(self, subscription: Subscription, slot: Slot) -> None:
        self._slot = slot
        self.discovery = Discovery(subscription)
        self.client = KafkaConsumer(**reading_settings(subscription))
        self._at: dict[TopicPartition, int] = {}  # after the last record that was claimed
        self._kept: dict[TopicPartition, list[Any]] = {}  # what was polled from there on and not claimed
        self._poll_size = PollSize(subscription.max_bundle_bytes)
        self._moved_at: dict[TopicPartition, float] = {}
        self._looked_at = time.monotonic()
        self._truncated: LogTruncationError | None = None
        figures.count(figures.Count.CONSUMERS_MADE)

    @property
    def owned(self) -> list[TopicPartition]:
        """The partitions of this slot that there are, in order."""
        return sorted(partition for partition in self.discovery.partitions if self._slot.owns(partition))

    def extents(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Extent]:
        """What these hold now. Raises `RetriableError` when the brokers do not say, `KafkaError` when they refuse."""
        return extents(self.client, partitions)

    def place(self, cursors: Iterable[Cursor]) -> dict[TopicPartition, int]:
        """Read these from where they stand, but for those that are done or gone; where those do that stood elsewhere."""
        there = self.discovery.partitions
        wanted = {
            cursor.partition: cursor.next_offset
            for cursor in cursors
            if not cursor.is_done and cursor.partition in there
        }
        if wanted.keys() != self._at.keys():
            figures.forget_lag(self._at.keys() - wanted.keys())
            self.client.assign(list(wanted))  # those that stay keep their positions and what was fetched
            self._kept = {partition: block for partition, block in self._kept.items() if partition in wanted}
        sought = {
            partition: offset for partition, offset in wanted.items() if self._at.get(partition) != offset
        }
        for partition, offset in sought.items():
            self._kept.pop(partition, None)
            self.client.seek(partition, offset)
            self._moved_at[partition] = time.monotonic()
        self._at = wanted
        return sought

    def poll(self, seconds: float, max_records: int) -> Mapping[TopicPartition, list[Any]]:
        """Records by partition; none after so long, or at a request to drain while nothing is assigned.

        At most so many, and about as many bytes as a bundle takes; but what was kept comes first, and all of it.

        Raises:
            OffsetOutOfRangeError: a partition does not hold where it stands; every time, until it is placed elsewhere.
            LogTruncationError: the same, known by the epoch of its leader.
            KafkaError, ValueError: a batch cannot be read; this consumer must not be polled again (research/kafka.md §1).
        """
        figures.note_poll()
        truncated, self._truncated = self._truncated, None
        if truncated is not None:
            raise truncated
        if not self._at:
            wait_for_drain(seconds)
            return {}
        if self._kept:  # nothing is asked meanwhile: the client is further on than what was claimed
            kept, self._kept = self._kept, {}
            return kept
        at_most = min(max_records, self._poll_size.records)
        blocks = self.client.poll(timeout_ms=int(seconds * 1000), max_records=at_most)
        if blocks:
            sizes = [raw.serialized_value_size for block in blocks.values() for raw in block]
            self._poll_size.note(len(sizes), sum(sizes))
        return blocks

    def say_again(self, truncated: LogTruncationError) -> None:
        """The next poll raises this, which the client says only once."""
        self._truncated = truncated

    def keep(self, partition: TopicPartition, block: list[Any]) -> None:
        """The end of a block, not claimed: it comes with the next poll, unless the partition is placed elsewhere."""
        self._kept[partition] = block

    def moved(self, partition: TopicPartition, next_offset: int) -> None:
        """What is before this offset has been claimed."""
        self._at[partition] = next_offset

    def silent_moves(self) -> Iterator[tuple[TopicPartition, int]]:
        """Partitions that went on without a record, and where to: transaction markers, compacted ends. Never waits.

        None while records are kept, as the client has gone past those, or a truncation is to be said.
        """
        if self._kept or self._truncated is not None:
            return
        for partition, offset in list(self._at.items()):
            if (self.client.highwater(partition) or 0) <= offset:
                continue
            try:
                position = self.client.position(partition, timeout_ms=0)
            except LogTruncationError as error:
                self._truncated = error
                return
            if position is not None and position > offset:
                yield partition, position

    def lags(self) -> dict[TopicPartition, int]:
        """How many records are waiting in each partition, as of its latest fetch."""
        lags = {}
        for partition, offset in self._at.items():
            end = self.client.highwater(partition)
            if end is not None:
                lags[partition] = max(0, end - offset)
        return lags

    def is_behind(self, partitions: Iterable[TopicPartition]) -> bool:
        """Whether more is waiting in one of these, as of its latest fetch."""
        return any((self.client.highwater(partition) or 0) > self._at[partition] for partition in partitions)

    def is_stalled(self, lags: Mapping[TopicPartition, int], moved: Iterable[TopicPartition]) -> bool:
        """Whether records wait and none has come for a minute of asking, while the brokers answer."""
        now = time.monotonic()
        # Since a bundle that took long nobody has asked: what is behind the source held it back.
        was_held = now - self._looked_at > _HELD_AFTER_S
        self._looked_at = now
        lively = set(self._at) if was_held else set(moved)
        for partition in self._at:
            if partition in lively or not lags.get(partition):
                self._moved_at[partition] = now
        waiting = [partition for partition in self._at if now - self._moved_at[partition] > _STALLED_AFTER_S]
        return bool(waiting) and self.discovery.is_answered and self._holds_more(waiting)

    def _holds_more(self, partitions: list[TopicPartition]) -> bool:
        """Whether there is more to read, asked: behind an open transaction there is not; nobody knows without an answer."""
        try:
            extent_of = self.extents(partitions)
        except RetriableError:
            return False  # asked again after the next bundle
        return any(extent_of[partition].end > self._at[partition] for partition in partitions)

    def close(self) -> None:
        """Leave the cluster."""
        figures.forget_lag(self._at)
        try:
            self.client.close(autocommit=False)
            self.discovery.close()
        except KafkaError as error:
            _LOG.warning("closing a consumer: %r", error)


_lock = threading.Lock()
_free: dict[tuple[Subscription, Slot], SlotConsumer] = {}


def take_consumer(subscription: Subscription, slot: Slot) -> SlotConsumer:
    """The consumer of a slot, the one given back last if there is one: a residual comes back on another DoFn."""
    with _lock:
        consumer = _free.pop((subscription, slot), None)
    return SlotConsumer(subscription, slot) if consumer is None else consumer


def give_consumer(subscription: Subscription, slot: Slot, consumer: SlotConsumer) -> None:
    """Keep a consumer for the next bundle of its slot."""
    with _lock:
        twin = _free.pop((subscription, slot), None)
        _free[subscription, slot] = consumer
    if twin is not None:
        twin.close()


def close_consumers() -> None:
    """Close all consumers of this process that nobody has taken."""
    with _lock:
        consumers = list(_free.values())
        _free.clear()
    for consumer in consumers:
        consumer.close()
