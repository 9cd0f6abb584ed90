"""Records that were gone before they were read: told, never passed over in silence.

A gap between two records is none: transaction markers and compaction leave them. A loss is a place to read from that
lies before the log's first record (retention, deletion), or beyond its end: then the topic was deleted and made again,
or the brokers have truncated it, and nobody knows how much is gone.
"""

from dataclasses import dataclass

from connectors.kafka.places import Extent
from connectors.kafka.slots import Cursor


class DataLoss(Exception):
    """Records are gone that were to be read, and the read was told to fail then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What is gone of a partition: from `cursor` on to before the log's first record.

    With `is_unknown` the log is another one than the cursor was made for, and nobody knows what was in that.
    """

    cursor: Cursor
    extent: Extent
    is_unknown: bool = False

    @property
    def records(self) -> int:
        """How many offsets are gone, those of transaction markers among them; 0 if that is unknown."""
        return 0 if self.is_unknown else self.extent.first - self.cursor.next_offset

    @property
    def message(self) -> str:
        """What happened and what to do about it."""
        topic, partition = self.cursor.partition
        place, extent = self.cursor.next_offset, self.extent
        if self.is_unknown:
            return (
                f"topic {topic}, partition {partition}: offset {place} is the next to read, and the log (now"
                f" {extent.first} to {extent.end - 1}) is another one: the topic was deleted and made again, or its brokers truncated it. --on-data-loss skip"
                f" reads it again from its first record, offset {extent.first}; --from says where else to begin"
            )
        return (
            f"topic {topic}, partition {partition}: offsets {place} to {extent.first - 1} ({self.records} records) are"
            f" gone, deleted before they were read; the log begins at {extent.first}. --on-data-loss skip goes on there"
            " and keeps a dead letter source.lost; --from says where else to begin"
        )


def loss_of(cursor: Cursor, extent: Extent) -> Loss | None:
    """What of the partition is gone before it was read.

    >>> from kafka import TopicPartition
    >>> cursor = Cursor(partition=TopicPartition("news.wire.raw", 0), next_offset=4)
    >>> loss_of(cursor, Extent(4, 9)), loss_of(cursor, Extent(7, 9)).records
    (None, 3)
    """
    is_there = extent.first <= cursor.next_offset <= extent.end
    if is_there or (cursor.is_done and cursor.next_offset < extent.first):
        return None
    return Loss(cursor=cursor, extent=extent, is_unknown=cursor.next_offset > extent.end)
