"""What one bundle has claimed: where each partition of its slot stands now, and what of it was gone."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from connectors.kafka import figures
from connectors.kafka.losses import DataLoss, Loss, loss_of
from connectors.kafka.places import Extent, Place
from connectors.kafka.slots import Cursor
from connectors.kafka.subscription import OnDataLoss
from connectors.kafka.tracker import Claim, Mark, Rewound
from schemas.record import Feed, Origin, Record

_LOG = logging.getLogger(__name__)


class ClaimRefused(Exception):
    """The runner has taken what is left: what was polled and not claimed is the next bundle's."""


class Claims:
    """The cursors of a bundle; each changes once the tracker has granted it, and never otherwise.

    Every method that claims raises `ClaimRefused`.
    """

    def __init__(self, tracker: Any, on_data_loss: OnDataLoss, feed_of: Callable[[str], Feed]) -> None:
        self._tracker = tracker
        self._on_data_loss = on_data_loss
        self._feed_of = feed_of
        positions = tracker.current_restriction()
        self.is_started = positions.is_started
        self.cursors = {cursor.partition: cursor for cursor in positions.cursors}
        self.moved: set[TopicPartition] = set()

    @property
    def are_done(self) -> bool:
        """Whether every partition has reached its stop."""
        return all(cursor.is_done for cursor in self.cursors.values())

    def places(self) -> list[Place]:
        """Where the partitions stand that were moved or entered: what to commit once the bundle is complete."""
        return [
            Place(
                topic=cursor.partition.topic,
                partition=cursor.partition.partition,
                next_offset=cursor.next_offset,
                last_offset=cursor.last_offset,
            )
            for cursor in self.cursors.values()
            if cursor.partition in self.moved
        ]

    def started(self) -> None:
        """All partitions of the start have entered."""
        self._claim(Mark.STARTED)

    def drained(self) -> None:
        """Nothing more is to be read in this run."""
        self._claim(Mark.DRAINED)

    def move(self, cursor: Cursor) -> None:
        """A partition enters, or everything before where it now stands is this bundle's."""
        self._claim(cursor)
        self._keep(cursor)

    def look_for_loss(self, partition: TopicPartition, extent: Extent) -> Record | None:
        """Go on after what of the partition was gone before it was read, if anything was; the record that tells it.

        Raises:
            DataLoss: something was, and nothing may be.
        """
        loss = loss_of(self.cursors[partition], extent)
        return None if loss is None else self._lose(loss)

    def begin_anew(self, partition: TopicPartition, extent: Extent) -> None:
        """Read a topic that was made again from its first record: an offset of the old log says nothing of the new.

        Raises:
            DataLoss: the old one had been read from, and nothing may be gone.
        """
        cursor = self.cursors[partition]
        if cursor.next_offset > extent.first:
            self._lose(Loss(cursor=cursor, extent=extent, is_unknown=True))

    def go_back(self, partition: TopicPartition, extent: Extent, common: OffsetAndMetadata | None) -> None:
        """Brokers have truncated what was read: go on where their log took another way; unknown where that is, with its first record.

        Raises:
            DataLoss: that is unknown, and nothing may be gone.
        """
        cursor = self.cursors[partition]
        if common is None:
            self._lose(Loss(cursor=cursor, extent=extent, is_unknown=True))
            return
        _LOG.warning("%s was truncated at offset %d, from where it is read again", partition, common.offset)
        figures.count(figures.Count.LOSSES)
        self._rewind(cursor.moved(max(common.offset, extent.first), None))

    def _lose(self, loss: Loss) -> Record | None:
        if self._on_data_loss is OnDataLoss.FAIL:
            raise DataLoss(loss.message)
        _LOG.error("%s", loss.message)
        figures.count(figures.Count.LOSSES)
        before, first, stop = loss.cursor, loss.extent.first, loss.cursor.stop_offset
        if loss.is_unknown:
            stop = None if stop is None else min(stop, loss.extent.end)
            self._rewind(replace(before.moved(first, None), stop_offset=stop))
            return None
        next_offset = first if stop is None else min(first, stop)
        self.move(before.moved(next_offset, next_offset - 1))
        lost = next_offset - before.next_offset
        figures.count(figures.Count.LOST, lost)
        topic, partition = before.partition
        return Record(
            origin=Origin(
                source=topic, partition=partition, offset=next_offset - 1, follows=before.last_offset
            ),
            value=b"",
            feed=self._feed_of(topic),
            lost_records=lost,
        )

    def _rewind(self, cursor: Cursor) -> None:
        self._claim(Rewound(cursor))
        self._keep(cursor)

    def _claim(self, claim: Claim) -> None:
        if not self._tracker.try_claim(claim):
            raise ClaimRefused

    def _keep(self, cursor: Cursor) -> None:
        self.cursors[cursor.partition] = cursor
        self.moved.add(cursor.partition)
