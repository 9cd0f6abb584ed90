"""A record as it was read from a topic, for those who need it as it is and not as the stream's `Record`."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumedRecord:
    """A record of a topic, as it is: `value` None is a tombstone, a header may have no value, milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    timestamp_ms: int | None = None

    @property
    def size(self) -> int:
        """Bytes of key and value."""
        return len(self.value or b"") + len(self.key or b"")


def consumed(record: Any) -> ConsumedRecord:
    """The record that kafka-python's consumer gave."""
    return ConsumedRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
        timestamp_ms=record.timestamp if record.timestamp >= 0 else None,
    )
