"""Kafka's records as ours: bytes untouched, time of the record as the time of receipt, place told."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import Timestamp
from apache_beam.utils.windowed_value import WindowedValue

from schemas.record import Feed, Origin, Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A record cannot have been received after it is read, but for what clocks differ: those that NTP keeps, by milliseconds over the
# Internet (README of chrony); one that it left, by 1.3 s more each day (15 ppm, RFC 5905 §7.2), so by a minute in six weeks.
_MAX_AHEAD_MS = 60_000


def received_of(timestamp_ms: int, now_ms: int) -> datetime | None:
    """The time of a record, UTC; null where it has none, or one more than a minute ahead of the reader's clock.

    >>> received_of(1_000, 5_000).isoformat(), received_of(-1, 5_000), received_of(65_001, 5_000)
    ('1970-01-01T00:00:01+00:00', None, None)
    """
    return _EPOCH + timedelta(milliseconds=timestamp_ms) if _is_credible(timestamp_ms, now_ms) else None


def _is_credible(timestamp_ms: int, now_ms: int) -> bool:
    return 0 <= timestamp_ms <= now_ms + _MAX_AHEAD_MS


# A slot is in the global window, and so are its records.
_WINDOWS = (GlobalWindow(),)


def told(
    block: Sequence[Any], follows: int | None, feed: Feed, max_record_bytes: int, now_ms: int
) -> Iterator[WindowedValue]:
    """The records of a block of one partition, in order, with the time of receipt as event time.

    A time that cannot be true by the reader's clock `now_ms` is that of the record before it, which was written before it;
    that of the first ones of the block lies before the next that can be true, or is now. So no clock of a sender makes what
    others send stale.

    `block` is of kafka-python's `ConsumerRecord`; `follows` the last record before it. A null value and null headers are
    empty, a null key stays null. A value beyond `max_record_bytes` is left out and its size and hash are told; key and headers stay,
    whose size the brokers limit.

    Written for speed: a `WindowedValue` as it is saves the 2.5 us in which Beam finds the window of a `TimestampedValue`.
    """
    moment = None
    told_ms = _time_before(block, now_ms)
    for raw in block:
        if raw.timestamp != moment:  # records of one batch mostly share theirs
            moment = raw.timestamp
            if _is_credible(moment, now_ms):
                told_ms = moment
            received, timestamp = _EPOCH + timedelta(milliseconds=told_ms), Timestamp(micros=told_ms * 1000)
        value, offset = raw.value or b"", raw.offset
        record = Record(
            origin=Origin(source=raw.topic, partition=raw.partition, offset=offset, follows=follows),
            value=value,
            key=raw.key,
            headers=tuple([(name, text or b"") for name, text in raw.headers]) if raw.headers else (),
            received=received,
            feed=feed,
        )
        if len(value) > max_record_bytes:
            record = without_value(record)
        follows = offset
        yield WindowedValue(record, timestamp, _WINDOWS)


def _time_before(block: Sequence[Any], now_ms: int) -> int:
    """A time for those records of a block that stand before the first whose own can be true."""
    return next((max(0, raw.timestamp - 1) for raw in block if _is_credible(raw.timestamp, now_ms)), now_ms)


def without_value(record: Record) -> Record:
    """The record with the size and the hash of its value instead of the value."""
    value = record.value
    return replace(record, value=b"", oversize_bytes=len(value), oversize_sha256=sha256(value).hexdigest())
