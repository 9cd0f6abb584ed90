"""Where a read of topics begins and where it ends, and which offsets these are now.

An offset is the next record to read. The last record's own offset goes along with it: between the two a topic holds
none (transaction markers, compaction), and whoever reads on tells so (`origin.follows`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

from kafka import KafkaConsumer, TopicPartition

# How long a broker may take to say where its partitions begin and end: those of 24 take some 20 ms.
ASK_TIMEOUT_MS = 15_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class StartKind(StrEnum):
    """What a read begins with; partitions that appear later are read from their first record."""

    COMMITTED = "committed"  # where the group stands; from the first record where it has committed nothing
    EARLIEST = "earliest"
    LATEST = "latest"
    TIME = "time"  # the first record of that time or later
    OUTPUTS = "outputs"  # places that the outputs say are not read; of other partitions the first record


class StopKind(StrEnum):
    """What a read ends with."""

    NEVER = "never"
    LATEST = "latest"  # the last record there is at the start
    TIME = "time"  # the last record before the first of that time or later, of those there are at the start


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The next record of a partition to read, and the last that was; null where none is known to have been.

    `again`: a start reads so many offsets before it once more, as far as they are still there.
    """

    topic: str
    partition: int
    next_offset: int
    last_offset: int | None = None
    again: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where to begin. `time` (aware) with TIME, `places` with OUTPUTS.

    Raises:
        ValueError: TIME without a time.
    """

    kind: StartKind = StartKind.COMMITTED
    time: datetime | None = None
    places: tuple[Place, ...] = ()

    def __post_init__(self) -> None:
        if self.kind is StartKind.TIME and self.time is None:
            raise ValueError("a start by time needs a time")

    def of_later_partitions(self) -> Self:
        """Where partitions begin that appear after the start: with their first record, unless the group or the outputs know better.

        They do of one that was there all along and that the brokers had not told of, as after a restart of theirs.
        """
        knows = self.kind in (StartKind.COMMITTED, StartKind.OUTPUTS)
        return self if knows else replace(self, kind=StartKind.EARLIEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where to end. `time` (aware) with TIME.

    Raises:
        ValueError: TIME without a time.
    """

    kind: StopKind = StopKind.NEVER
    time: datetime | None = None

    def __post_init__(self) -> None:
        if self.kind is StopKind.TIME and self.time is None:
            raise ValueError("a stop by time needs a time")


@dataclass(frozen=True, slots=True)
class Extent:
    """What a partition holds: the offset of its first record and that after its last."""

    first: int
    end: int


# What a group has committed of partitions; those without are left out.
Committed = Callable[[Iterable[TopicPartition]], Mapping[TopicPartition, Place]]


def extents(consumer: KafkaConsumer, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Extent]:
    """What each partition holds now; with `read_committed` up to the first open transaction.

    Raises:
        KafkaTimeoutError: the brokers do not answer, or a partition is none of theirs.
    """
    asked = list(partitions)
    if not asked:
        return {}
    firsts = consumer.beginning_offsets(asked, timeout_ms=ASK_TIMEOUT_MS)
    ends = consumer.end_offsets(asked, timeout_ms=ASK_TIMEOUT_MS)
    return {partition: Extent(firsts[partition], ends[partition]) for partition in asked}


def begin_places(
    consumer: KafkaConsumer, extent_of: Mapping[TopicPartition, Extent], start: Start, committed: Committed
) -> dict[TopicPartition, Place]:
    """Where the read of each of these partitions begins; maybe beyond what it holds (`committed`, `places`).

    Raises:
        KafkaTimeoutError: the brokers do not answer.
    """
    firsts = {partition: extent.first for partition, extent in extent_of.items()}
    match start.kind:
        case StartKind.COMMITTED:
            return _places(firsts) | dict(committed(extent_of))
        case StartKind.OUTPUTS:
            told = {TopicPartition(place.topic, place.partition): place for place in start.places}
            return {
                partition: _once_more(told[partition], extent_of[partition]) if partition in told else place
                for partition, place in _places(firsts).items()
            }
        case StartKind.EARLIEST:
            return _places(firsts)
        case StartKind.LATEST:
            return _places({partition: extent.end for partition, extent in extent_of.items()})
        case StartKind.TIME:
            assert start.time is not None
            return _places(_offsets_at(consumer, extent_of, start.time))


def stop_offsets(
    consumer: KafkaConsumer, extent_of: Mapping[TopicPartition, Extent], stop: Stop
) -> dict[TopicPartition, int]:
    """The offset after the last to read of each of these partitions; empty if there is no end.

    Raises:
        KafkaTimeoutError: the brokers do not answer.
    """
    match stop.kind:
        case StopKind.NEVER:
            return {}
        case StopKind.LATEST:
            return {partition: extent.end for partition, extent in extent_of.items()}
        case StopKind.TIME:
            assert stop.time is not None
            return _offsets_at(consumer, extent_of, stop.time)


def _once_more(place: Place, extent: Extent) -> Place:
    """Where the reading again begins; the place itself where the log tells of a loss or is another one.

    >>> place = Place(topic="t", partition=0, next_offset=20, last_offset=19, again=5)
    >>> [_once_more(place, Extent(*held)).next_offset for held in ((0, 30), (18, 30), (25, 30), (0, 3))]
    [15, 18, 20, 20]
    """
    if not place.again or not extent.first < place.next_offset <= extent.end:
        return place
    begin = max(extent.first, place.next_offset - place.again)
    return replace(place, next_offset=begin, last_offset=None)


def _places(offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, Place]:
    return {
        partition: Place(topic=partition.topic, partition=partition.partition, next_offset=offset)
        for partition, offset in offsets.items()
    }


def _offsets_at(
    consumer: KafkaConsumer, extent_of: Mapping[TopicPartition, Extent], time: datetime
) -> dict[TopicPartition, int]:
    """The first record of that time or later, in the order of the partition; its end where all are older."""
    if not extent_of:
        return {}
    moment = max(0, (time - _EPOCH) // timedelta(milliseconds=1))
    found = consumer.offsets_for_times(dict.fromkeys(extent_of, moment), timeout_ms=ASK_TIMEOUT_MS)
    return {
        partition: extent.end if found[partition] is None else found[partition].offset
        for partition, extent in extent_of.items()
    }
