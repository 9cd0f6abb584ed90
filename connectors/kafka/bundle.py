"""One bundle of a slot: from its checkpoint to the next.

A block of records is claimed, then all of it emitted. Whatever was not claimed is read again by the next bundle.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError, LogTruncationError, OffsetOutOfRangeError

from connectors.kafka import figures
from connectors.kafka.commits import Committer
from connectors.kafka.consumers import SlotConsumer
from connectors.kafka.draining import is_drain_requested
from connectors.kafka.losses import DataLoss, Loss, loss_of
from connectors.kafka.places import Extent, Place, begin_places, stop_offsets
from connectors.kafka.records import received_of, told
from connectors.kafka.slots import Cursor
from connectors.kafka.subscription import OnDataLoss, Subscription
from connectors.kafka.tracker import Claim, Mark, Rewound
from schemas.record import Feed, Origin, Record

_LOG = logging.getLogger(__name__)
# Records of one poll: more make a poll no cheaper.
_MAX_BLOCK_RECORDS = 1_000


class Unreadable(Exception):
    """A batch of records that the client cannot decode: damaged, or of a codec that is not installed."""


class ClaimRefused(Exception):
    """The runner has taken what is left: what was polled and not claimed is the next bundle's."""


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
        self._cursors: dict[TopicPartition, Cursor] = {}
        self._ends = time.monotonic() + subscription.idle_s
        self._first_at: float | None = None
        self._records = 0
        self._bytes = 0
        self.moved: set[TopicPartition] = set()

    def places(self) -> list[Place]:
        """Where the partitions stand that this bundle has moved or entered: what to commit once it is complete."""
        return [
            Place(
                topic=cursor.partition.topic,
                partition=cursor.partition.partition,
                next_offset=cursor.next_offset,
                last_offset=cursor.last_offset,
            )
            for cursor in self._cursors.values()
            if cursor.partition in self.moved
        ]

    def read(self) -> Iterator[Any]:
        """Records of the slot until the bundle is full, the read at its end, or a drain is requested.

        Raises:
            DataLoss: records are gone that were to be read, and none may be.
            Unreadable: the client cannot decode a batch.
            ClaimRefused: the runner has taken what is left.
        """
        yield from self._begin()
        self._place()
        while not self._is_finished():
            if is_drain_requested():
                self._claim_silent_moves()
                self._tracker.try_claim(Mark.DRAINED)
                return
            left = self._ends - time.monotonic()
            if left <= 0 or self._is_full():
                self._claim_silent_moves()
                if not self._is_finished():
                    self._tracker.defer_remainder()  # never with a delay: Flink keeps whole seconds
                return
            yield from self._poll(left)

    def _begin(self) -> Iterator[Any]:
        positions = self._tracker.current_restriction()
        self._cursors = {cursor.partition: cursor for cursor in positions.cursors}
        if not positions.is_started:
            yield from self._start()
        elif self._subscription.is_endless:
            self._enter_new()

    def _start(self) -> Iterator[Any]:
        """Enter all partitions that there are where the subscription begins."""
        subscription, consumer = self._subscription, self._consumer
        if not consumer.discovery.ask():
            raise KafkaTimeoutError("the brokers do not say which partitions there are")
        extent_of = consumer.extents(consumer.owned)
        committed = (lambda _: {}) if self._committer is None else self._committer.committed
        begins = begin_places(consumer.client, extent_of, subscription.start, committed)
        stops = stop_offsets(consumer.client, extent_of, subscription.stop)
        for partition, place in begins.items():
            stop = stops.get(partition)
            self._enter(
                Cursor(
                    partition=partition,
                    next_offset=place.next_offset,
                    stop_offset=None if stop is None else max(stop, place.next_offset),
                    last_offset=place.last_offset,
                )
            )
            yield from self._look_for_loss(partition, extent_of[partition])
        # An end that no partition has is reached.
        self._claim(Mark.STARTED if self._cursors or subscription.is_endless else Mark.DRAINED)

    def _enter_new(self) -> None:
        """Enter partitions that have appeared, from their first record."""
        if not self._consumer.discovery.is_due or not self._consumer.discovery.ask():
            return
        new = [partition for partition in self._consumer.owned if partition not in self._cursors]
        try:
            extent_of = self._consumer.extents(new)
        except KafkaTimeoutError as error:
            _LOG.debug("new partitions wait for the next look: %r", error)
            return
        for partition, extent in extent_of.items():
            self._enter(Cursor(partition=partition, next_offset=extent.first))
        figures.count(figures.Count.PARTITIONS_FOUND, len(new))

    def _enter(self, cursor: Cursor) -> None:
        self._claim(cursor)
        self._cursors[cursor.partition] = cursor
        self.moved.add(cursor.partition)

    def _place(self) -> None:
        sought = self._consumer.place(self._cursors.values())
        if self._committer is not None:
            # What waits to be committed of a topic that is gone would fail for ever, and the others with it.
            self._committer.begin_at(sought, self._cursors.keys() - self._consumer.discovery.partitions)

    def _is_finished(self) -> bool:
        return not self._subscription.is_endless and all(cursor.is_done for cursor in self._cursors.values())

    def _is_full(self) -> bool:
        return (
            self._records >= self._subscription.max_bundle_records
            or self._bytes >= self._subscription.max_bundle_bytes
        )

    def _poll(self, seconds: float) -> Iterator[Any]:
        at_most = min(_MAX_BLOCK_RECORDS, self._subscription.max_bundle_records - self._records)
        try:
            blocks = self._consumer.poll(seconds, at_most)
        except OffsetOutOfRangeError as error:
            yield from self._look_for_losses(error.args[0])
            return
        except LogTruncationError as error:
            yield from self._look_for_losses(error.divergent_offsets)
            return
        except (KafkaError, ValueError) as error:
            raise Unreadable(self._unreadable(error)) from error
        if not blocks:
            self._claim_silent_moves()
        elif self._first_at is None:
            self._first_at = time.monotonic()
        for partition, block in blocks.items():
            yield from self._emit(partition, block)
        if self._first_at is not None:
            is_behind = self._consumer.is_behind(blocks)
            self._ends = self._first_at + (
                self._subscription.behind_s if is_behind else self._subscription.busy_s
            )
        if any(self._cursors[partition].is_done for partition in blocks):
            self._place()

    def _emit(self, partition: TopicPartition, block: list[Any]) -> Iterator[Any]:
        cursor = self._cursors[partition]
        next_offset, stop = block[-1].offset + 1, cursor.stop_offset
        if stop is not None and next_offset > stop:
            next_offset, block = stop, [raw for raw in block if raw.offset < stop]
        self._advance(cursor.moved(next_offset, block[-1].offset if block else cursor.last_offset))
        sizes = [raw.serialized_value_size for raw in block]  # -1 for a null value
        self._records += len(block)
        self._bytes += sum(sizes)
        now_ms = int(time.time() * 1000)
        if block:
            self._count(sizes)
            figures.note_received(received_of(block[-1].timestamp, now_ms))
        feed, most = self._feed_of(partition.topic), self._subscription.max_record_bytes
        yield from told(block, cursor.last_offset, feed, most, now_ms)

    def _count(self, sizes: list[int]) -> None:
        figures.count(figures.Count.RECORDS, len(sizes))
        figures.count(figures.Count.BYTES, max(0, sum(sizes)))
        most = self._subscription.max_record_bytes
        if max(sizes) > most:
            figures.count(figures.Count.OVERSIZE, sum(size > most for size in sizes))

    def _claim_silent_moves(self) -> None:
        for partition, position in self._consumer.silent_moves():
            cursor = self._cursors[partition]
            stop = cursor.stop_offset
            next_offset = position if stop is None else min(stop, position)
            self._advance(cursor.moved(next_offset, cursor.last_offset))

    def _advance(self, cursor: Cursor) -> None:
        self._claim(cursor)
        self._cursors[cursor.partition] = cursor
        self.moved.add(cursor.partition)
        self._consumer.moved(cursor.partition, cursor.next_offset)

    def _claim(self, claim: Claim) -> None:
        if not self._tracker.try_claim(claim):
            raise ClaimRefused

    def _look_for_losses(self, partitions: Iterable[TopicPartition]) -> Iterator[Any]:
        for partition, extent in self._consumer.extents(partitions).items():
            yield from self._look_for_loss(partition, extent)
        self._place()

    def _look_for_loss(self, partition: TopicPartition, extent: Extent) -> Iterator[Any]:
        loss = loss_of(self._cursors[partition], extent)
        if loss is not None:
            yield from self._lose(loss)

    def _lose(self, loss: Loss) -> Iterator[Any]:
        """Go on after what is gone, and tell it; or fail."""
        if self._subscription.on_data_loss is OnDataLoss.FAIL:
            raise DataLoss(loss.message)
        _LOG.error("%s", loss.message)
        figures.count(figures.Count.LOSSES)
        cursor, first, stop = loss.cursor, loss.extent.first, loss.cursor.stop_offset
        if loss.is_unknown:
            begun = replace(
                cursor.moved(first, None), stop_offset=None if stop is None else min(stop, loss.extent.end)
            )
            self._claim(Rewound(begun))
        else:
            last = first - 1 if stop is None else min(first, stop) - 1
            begun = cursor.moved(last + 1, last)
            self._claim(begun)
            figures.count(figures.Count.LOST, loss.records)
        self._cursors[cursor.partition] = begun
        self.moved.add(cursor.partition)
        if not loss.is_unknown:
            yield self._lost(cursor, begun)

    def _lost(self, before: Cursor, after: Cursor) -> Record:
        topic, partition = before.partition
        return Record(
            origin=Origin(
                source=topic,
                partition=partition,
                offset=after.next_offset - 1,
                follows=before.last_offset,
            ),
            value=b"",
            feed=self._feed_of(topic),
            lost_records=after.next_offset - before.next_offset,
        )

    def _unreadable(self, error: Exception) -> str:
        lags = self._consumer.lags()
        places = ", ".join(
            f"{partition.topic}-{partition.partition} at offset {self._cursors[partition].next_offset}"
            for partition, lag in sorted(lags.items())
            if lag
        )
        return (
            f"a batch of records cannot be read: {type(error).__name__}: {error}. It stands at the next offset to read of"
            f" one of: {places}. Install the codec it names, or go past it by committing a later offset for the group"
        )
