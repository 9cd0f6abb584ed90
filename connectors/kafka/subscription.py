"""What is read from which cluster, from where to where, and in which portions."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.places import Start, StartKind, Stop, StopKind

# The largest record that a raw topic should hold; dead-letter topics take 9 MiB, with the headers that say why.
MAX_RECORD_BYTES = 7 * 1024 * 1024


class OnDataLoss(StrEnum):
    """What to do about records that were gone before they were read."""

    FAIL = "fail"
    SKIP = "skip"


class IsolationLevel(StrEnum):
    """Whether records of transactions that are open or were aborted are read."""

    READ_UNCOMMITTED = "read_uncommitted"
    READ_COMMITTED = "read_committed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A read of topics. Part of the DoFn and never of what is kept, so that a release may change it.

    Topics are those named and those whose whole name matches `pattern`. `group_id` is whose offsets are read and
    committed, and nothing else: no group is joined. One run at a time reads for a group.

    A bundle ends after `idle_s` with nothing, `busy_s` after its first record if no more is waiting and `behind_s` if there is,
    or with so many records or bytes.

    Raises:
        ValueError: no topic and no pattern; a pattern that is none; a start at committed offsets without a group.
    """

    cluster: KafkaCluster
    topics: tuple[str, ...] = ()
    pattern: str | None = None
    group_id: str | None = None
    start: Start = field(default_factory=Start)
    stop: Stop = field(default_factory=Stop)
    on_data_loss: OnDataLoss = OnDataLoss.FAIL
    isolation_level: IsolationLevel = IsolationLevel.READ_UNCOMMITTED
    max_record_bytes: int = MAX_RECORD_BYTES
    # Idle, 0.2 s cost 5-7 % of a core and 0.5 s 3.5 % (research/slots.md).
    idle_s: float = 0.5
    busy_s: float = 0.15
    behind_s: float = 0.5
    max_bundle_records: int = 5_000
    max_bundle_bytes: int = 32 * 1024 * 1024
    # How often the brokers are asked which partitions there are.
    discovery_s: float = 5.0

    def __post_init__(self) -> None:
        if not self.topics and self.pattern is None:
            raise ValueError("a subscription needs topics or a pattern")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(f"pattern {self.pattern!r} is no regular expression: {error}") from error
        if self.start.kind is StartKind.COMMITTED and self.group_id is None:
            raise ValueError("a start at committed offsets needs a group id")

    @property
    def is_endless(self) -> bool:
        """Whether it has no stop, so that partitions and topics that appear later are read too."""
        return self.stop.kind is StopKind.NEVER

    def selects(self, topic: str) -> bool:
        """Whether the topic is one to read."""
        return topic in self.topics or (
            self.pattern is not None and re.fullmatch(self.pattern, topic) is not None
        )
