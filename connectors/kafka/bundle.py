"""One bundle of a slot: from its checkpoint to the next.

A block of records is claimed as far as the bundle has room for it, then all of that emitted. The rest of what was polled stays
with the consumer for the next bundle; what was neither claimed nor kept is read again.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kafka import TopicPartition
from kafka.errors import (
    CorruptRecordError,
    KafkaTimeoutError,
    LogTruncationError,
    OffsetOutOfRangeError,
    RetriableError,
    TopicAuthorizationFailedError,
    UnsupportedCodecError,
)

from connectors.kafka import figures
from connectors.kafka.blocks import fitting
from connectors.kafka.claims import Claims
from connectors.kafka.commits import Committer
from connectors.kafka.consumers import SlotConsumer
from connectors.kafka.draining import is_drain_requested
from connectors.kafka.places import Start, begin_places, stop_offsets
from connectors.kafka.records import received_of, told
from connectors.kafka.slots import Cursor
from connectors.kafka.subscription import Subscription
from connectors.kafka.trouble import KafkaTrouble, named_trouble
from schemas.record import Feed

_LOG = logging.getLogger(__name__)


class Unreadable(Exception):
    """A batch of records that the client cannot decode: damaged, or of a codec that is not installed."""


class SlotBundle:
    """What one bundle reads."""

    def __init__(
        self,
        subscription: Subscription,
        feed_of: Callable[[str], Feed],
        consumer: SlotConsumer,
        committer: Committer | None,
        tracker: Any,
    ) -> None:
        self._subscription = subscription
        self._feed_of = feed_of
        self._consumer = consumer
        self._committer = committer
        self._tracker = tracker
        self.claims = Claims(tracker, subscription.on_data_loss, feed_of)
        self._ends = time.monotonic() + subscription.idle_s
        self._first_at: float | None = None
        self._records = 0
        self._bytes = 0
        self._is_cut = False  # the next record had no room

    def read(self) -> Iterator[Any]:
        """Records of the slot until the bundle is full, the read at its end, or a drain is requested.

        Raises:
            DataLoss: records are gone that were to be read, and none may be.
            Unreadable: the client cannot decode a batch.
            KafkaTrouble: a topic or the group may not be read, or the brokers do not say where to begin.
            ClaimRefused: the runner has taken what is left.
        """
        with named_trouble(self._beginning()):
            yield from self._begin()
        self._place()
        with named_trouble(f"reading {self._topics()}"):
            yield from self._go_on()

    def _go_on(self) -> Iterator[Any]:
        while not self._is_finished():
            left = self._ends - time.monotonic()
            if is_drain_requested():
                self._claim_silent_moves()
                self.claims.drained()
                return
            if left <= 0 or self._is_full():
                self._claim_silent_moves()
                if not self._is_finished():
                    self._tracker.defer_remainder()  # never with a delay: Flink keeps whole seconds
                return
            yield from self._poll(left)

    def _begin(self) -> Iterator[Any]:
        claims, subscription, discovery = self.claims, self._subscription, self._consumer.discovery
        if not claims.is_started:
            if not discovery.ask():
                raise KafkaTimeoutError("the brokers do not say which partitions there are")
            yield from self._enter(subscription.start)
            if claims.cursors or subscription.is_endless:
                claims.started()
            else:
                claims.drained()  # an end that no partition has is reached
        elif subscription.is_endless and discovery.is_due and discovery.ask():
            before = len(claims.cursors)
            try:
                self._begin_anew()
                yield from self._enter(subscription.start.of_later_partitions())
            except RetriableError as error:
                _LOG.debug("new partitions wait for the next look: %r", error)
            figures.count(figures.Count.PARTITIONS_FOUND, len(claims.cursors) - before)

    def _topics(self) -> str:
        return ", ".join(self._subscription.topics) or f"topics like {self._subscription.pattern}"

    def _beginning(self) -> str:
        group_id = self._subscription.group_id
        group = "" if group_id is None else f" and on the group {group_id}"
        return f"asking where to begin with {self._topics()}, for which the user needs READ on them{group}"

    def _enter(self, start: Start) -> Iterator[Any]:
        """Enter the partitions that there are and were not yet, where they begin."""
        consumer = self._consumer
        new = [partition for partition in consumer.owned if partition not in self.claims.cursors]
        if not new:
            return
        extent_of = consumer.extents(new)
        committed = (lambda _: {}) if self._committer is None else self._committer.committed
        begins = begin_places(consumer.client, extent_of, start, committed)
        stops = stop_offsets(consumer.client, extent_of, self._subscription.stop)
        for partition, place in begins.items():
            stop = stops.get(partition)
            self.claims.move(
                Cursor(
                    partition=partition,
                    next_offset=place.next_offset,
                    stop_offset=None if stop is None else max(stop, place.next_offset),
                    last_offset=place.last_offset,
                )
            )
            lost = self.claims.look_for_loss(partition, extent_of[partition])
            if lost is not None:
                yield lost

    def _place(self) -> None:
        sought = self._consumer.place(self.claims.cursors.values())
        if self._committer is not None:
            # What waits to be committed of a topic that is gone would fail for ever, and the others with it.
            self._committer.forget(self.claims.cursors.keys() - self._consumer.discovery.partitions)
            self._committer.begin_at(sought)

    def _is_finished(self) -> bool:
        return not self._subscription.is_endless and self.claims.are_done

    def _is_full(self) -> bool:
        return (
            self._is_cut
            or self._records >= self._subscription.max_bundle_records
            or self._bytes >= self._subscription.max_bundle_bytes
        )

    def _poll(self, seconds: float) -> Iterator[Any]:
        try:
            blocks = self._consumer.poll(seconds, self._subscription.max_bundle_records - self._records)
        except OffsetOutOfRangeError as error:
            yield from self._look_for_losses(error.args[0])
        except LogTruncationError as error:
            self._go_back(error)
        except (CorruptRecordError, UnsupportedCodecError, ValueError) as error:
            raise Unreadable(self._unreadable(error)) from error
        except TopicAuthorizationFailedError as error:
            topics = ", ".join(sorted(error.args[0]))
            raise KafkaTrouble(f"reading {topics} is not allowed: the user needs READ on it") from error
        else:
            yield from self._take(blocks)

    def _take(self, blocks: Mapping[TopicPartition, list[Any]]) -> Iterator[Any]:
        if not blocks:
            self._claim_silent_moves()
            return
        if self._first_at is None:
            self._first_at = time.monotonic()
        for partition, block in blocks.items():
            yield from self._emit(partition, block)
        is_behind = self._consumer.is_behind(blocks)
        self._ends = self._first_at + (
            self._subscription.behind_s if is_behind else self._subscription.busy_s
        )
        if any(self.claims.cursors[partition].is_done for partition in blocks):
            self._place()

    def _emit(self, partition: TopicPartition, block: list[Any]) -> Iterator[Any]:
        cursor = self.claims.cursors[partition]
        next_offset, stop = block[-1].offset + 1, cursor.stop_offset
        if stop is not None and next_offset > stop:
            next_offset, block = stop, [raw for raw in block if raw.offset < stop]
        sizes = [raw.serialized_value_size for raw in block]
        room = self._room_for(sizes)
        if room < len(block):
            self._is_cut = True
            self._consumer.keep(partition, block[room:])
            if not room:
                return
            block, sizes = block[:room], sizes[:room]
            next_offset = block[-1].offset + 1
        self._advance(cursor.moved(next_offset, block[-1].offset if block else cursor.last_offset))
        if not block:
            return
        self._count(sizes)
        now_ms, feed = int(time.time() * 1000), self._feed_of(partition.topic)
        figures.note_received(received_of(block[-1].timestamp, now_ms))
        yield from told(block, cursor.last_offset, feed, self._subscription.max_record_bytes, now_ms)

    def _room_for(self, sizes: list[int]) -> int:
        """How many of the first of these the bundle takes; one in any case, if it has none yet."""
        if self._is_cut:
            return 0
        most = self._subscription
        room = fitting(sizes, most.max_bundle_records - self._records, most.max_bundle_bytes - self._bytes)
        return room if room or self._records else min(1, len(sizes))

    def _count(self, sizes: list[int]) -> None:
        """Count a block; the size of a null value is -1."""
        size = max(0, sum(sizes))
        self._records += len(sizes)
        self._bytes += size
        figures.count(figures.Count.RECORDS, len(sizes))
        figures.count(figures.Count.BYTES, size)
        most = self._subscription.max_record_bytes
        if max(sizes) > most:
            figures.count(figures.Count.OVERSIZE, sum(size > most for size in sizes))

    def _claim_silent_moves(self) -> None:
        for partition, position in self._consumer.silent_moves():
            cursor = self.claims.cursors[partition]
            stop = cursor.stop_offset
            next_offset = position if stop is None else min(stop, position)
            self._advance(cursor.moved(next_offset, cursor.last_offset))

    def _advance(self, cursor: Cursor) -> None:
        self.claims.move(cursor)
        self._consumer.moved(cursor.partition, cursor.next_offset)

    def _begin_anew(self) -> None:
        """Begin again with topics that were made again since they were read from."""
        consumer = self._consumer
        topics = consumer.discovery.made_anew
        if not topics:
            return
        known = [one for one in consumer.owned if one.topic in topics and one in self.claims.cursors]
        for partition, extent in consumer.extents(known).items():
            self.claims.begin_anew(partition, extent)
        consumer.discovery.begin_anew(topics)

    def _look_for_losses(self, partitions: Iterable[TopicPartition]) -> Iterator[Any]:
        try:
            if self._consumer.discovery.ask():
                self._begin_anew()
            extent_of = self._consumer.extents(partitions)
        except RetriableError:
            return  # the next poll says the same
        for partition, extent in extent_of.items():
            lost = self.claims.look_for_loss(partition, extent)
            if lost is not None:
                yield lost
        self._place()

    def _go_back(self, error: LogTruncationError) -> None:
        # The client takes a topic that was made again for one that was truncated: both begin with leader epoch 0.
        anew = self._consumer.discovery.made_anew if self._consumer.discovery.ask() else None
        try:
            if anew is None:
                raise KafkaTimeoutError("the brokers do not say which topics there are")
            self._begin_anew()
            extent_of = self._consumer.extents(error.divergent_offsets)
        except RetriableError:
            self._consumer.say_again(error)
            return
        for partition, extent in extent_of.items():
            if partition.topic not in anew:
                self.claims.go_back(partition, extent, error.divergent_offsets[partition])
        self._place()

    def _unreadable(self, error: Exception) -> str:
        places = ", ".join(
            f"{partition.topic}-{partition.partition} at offset {self.claims.cursors[partition].next_offset}"
            for partition, lag in sorted(self._consumer.lags().items())
            if lag
        )
        return (
            f"a batch of records cannot be read: {type(error).__name__}: {error}. It stands at the next offset to read of"
            f" one of: {places}. Install the codec it names, or go past it by committing a later offset for the group"
        )
