"""What of a read of topics is kept between bundles: the slot, and where its partitions stand.

The element is a slot, a group of partitions read by one consumer; its restriction says where each of them stands. On a
cluster both outlive the program that wrote them, so nothing that a release may change (addresses, topics, group,
limits) stands in them, their encodings carry a version, and tests/snapshots holds their bytes.
"""

import struct
import zlib
from dataclasses import dataclass, replace
from typing import Any, Self

import orjson
from apache_beam.coders import Coder
from apache_beam.utils.timestamp import Timestamp
from kafka import TopicPartition

_VERSION = 1
_SLOT = struct.Struct(">Biii")
_WATERMARK = struct.Struct(">Bq")


@dataclass(frozen=True, slots=True)
class Slot:
    """One of `count` groups into which all partitions of all topics are dealt.

    `salt` changes the encoding alone, which on Flink decides who reads the slot (research/slots.md).
    """

    number: int
    count: int
    salt: int = 0

    def owns(self, partition: TopicPartition) -> bool:
        """Whether this slot reads the partition: those of a topic go around, each topic beginning elsewhere.

        A hash of topic and partition dealt 8:4 of 12 (research/slots.md).

        >>> [Slot(1, 3).owns(TopicPartition("news.wire.raw", number)) for number in range(6)].count(True)
        2
        """
        return (zlib.crc32(partition.topic.encode()) + partition.partition) % self.count == self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a partition stands: the next offset, the one to stop before, and that of the last record told."""

    partition: TopicPartition
    next_offset: int
    stop_offset: int | None = None
    last_offset: int | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing is left before the stop."""
        return self.stop_offset is not None and self.next_offset >= self.stop_offset

    def moved(self, next_offset: int, last_offset: int | None) -> Self:
        """The cursor further on."""
        return replace(self, next_offset=next_offset, last_offset=last_offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """The restriction: where all partitions of a slot stand. A class, as Beam drops what is falsy, like an empty mapping.

    `is_started` says that the start has been resolved: a partition that appears later is read from its first record.
    """

    cursors: tuple[Cursor, ...] = ()
    is_started: bool = False


class SlotCoder(Coder):
    """A slot in 13 bytes. On Flink this is the slot's key: it never changes."""

    def encode(self, value: Slot) -> bytes:
        return _SLOT.pack(_VERSION, value.number, value.count, value.salt)

    def decode(self, encoded: bytes) -> Slot:
        _known(encoded, "slot")
        _, number, count, salt = _SLOT.unpack(encoded)
        return Slot(number, count, salt)

    def is_deterministic(self) -> bool:
        return True


class PositionsCoder(Coder):
    """Positions as a version byte and a JSON array, in the order of topics and partitions."""

    def encode(self, value: Positions) -> bytes:
        rows = [
            [*cursor.partition, cursor.next_offset, cursor.stop_offset, cursor.last_offset]
            for cursor in sorted(value.cursors, key=lambda cursor: cursor.partition)
        ]
        return bytes((_VERSION,)) + orjson.dumps([value.is_started, rows])

    def decode(self, encoded: bytes) -> Positions:
        _known(encoded, "positions")
        is_started, rows = orjson.loads(encoded[1:])
        return Positions(cursors=tuple(_cursor(*row) for row in rows), is_started=is_started)

    def is_deterministic(self) -> bool:
        return True


class WatermarkCoder(Coder):
    """The watermark of a slot, in microseconds."""

    def encode(self, value: Timestamp) -> bytes:
        return _WATERMARK.pack(_VERSION, value.micros)

    def decode(self, encoded: bytes) -> Timestamp:
        _known(encoded, "watermark")
        return Timestamp(micros=_WATERMARK.unpack(encoded)[1])

    def is_deterministic(self) -> bool:
        return True


def _known(encoded: bytes, what: str) -> None:
    if encoded[:1] != bytes((_VERSION,)):
        raise ValueError(f"the {what} of a savepoint has version {encoded[:1]!r}, which is unknown here")


def _cursor(topic: str, partition: int, next_offset: int, stop: Any, last: Any) -> Cursor:
    return Cursor(
        partition=TopicPartition(topic, partition),
        next_offset=next_offset,
        stop_offset=stop,
        last_offset=last,
    )
