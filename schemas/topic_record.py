"""What is to be written to a topic: a record before it has an offset."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRecord:
    """A record for `topic`; `partition` None: the one that its key falls into.

    `value` None is a tombstone. `timestamp` is left to the broker where the topic appends its own, and where it is None.
    `instead` is what is written where the topic does not take this.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: datetime | None = None
    partition: int | None = None
    instead: "TopicRecord | None" = None
