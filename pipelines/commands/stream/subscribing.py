"""What a stream reads: the words of the command line to a subscription."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.places import Place, Start, StartKind, Stop, StopKind
from connectors.kafka.subscription import MAX_RECORD_BYTES, IsolationLevel, OnDataLoss, Subscription
from connectors.kafka.topics import Topics
from connectors.parquet.unread import unread_places
from pipelines.options import Misuse, parse_instant

E = TypeVar("E", bound=StrEnum)

_STARTS = (StartKind.COMMITTED, StartKind.EARLIEST, StartKind.LATEST, StartKind.OUTPUTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the options of a read say, as they were given; `topics` and `pattern` as in a subscription."""

    topics: Sequence[str]
    pattern: str | None
    group_id: str
    begin: str
    end: str | None
    on_data_loss: str
    isolation_level: str
    max_record_bytes: int


def subscription_of(cluster: KafkaCluster, declared: Topics, reading: Reading) -> Subscription:
    """The subscription that the options ask for: by default the declared topics of pages and wires.

    A start from the outputs has no places yet: see `begun_from_outputs`.

    Raises:
        Misuse: an unknown word, a time that is none, a topic that the stream itself writes to.
    """
    topics = tuple(dict.fromkeys(reading.topics))
    if not topics and reading.pattern is None:
        topics = (declared.pages.name, declared.wire.name)
    start, stop = _start(reading.begin), _stop(reading.end)
    if start.time is not None and stop.time is not None and start.time > stop.time:
        raise Misuse("--until", reading.end, f"is before --from {reading.begin}")
    subscription = Subscription(
        cluster=cluster,
        topics=topics,
        pattern=_pattern(reading.pattern),
        group_id=_group_id(reading.group_id),
        start=start,
        stop=stop,
        on_data_loss=_one_of("--on-data-loss", reading.on_data_loss, OnDataLoss),
        isolation_level=_one_of("--isolation-level", reading.isolation_level, IsolationLevel),
        max_record_bytes=_record_bytes(reading.max_record_bytes),
    )
    _check_no_circle(subscription, declared)
    return subscription


def begun_from_outputs(subscription: Subscription, data: Path) -> Subscription:
    """The subscription, where it starts from the outputs, with the places that those in `data` tell.

    History is written first: of a bundle that was cut short it has rows that index and topics have not. They were the
    last that were read, so as many records as a bundle may have are read again; what is known goes to every sink again.
    """
    if subscription.start.kind is not StartKind.OUTPUTS:
        return subscription
    places = tuple(
        Place(
            topic=topic,
            partition=partition,
            next_offset=unread.next_offset,
            last_offset=unread.last_offset,
            # Never what the outputs have not told of: the stream may have begun with the latest.
            again=min(subscription.max_bundle_records, unread.next_offset - unread.first_offset),
        )
        for (topic, partition), unread in unread_places(data).items()
    )
    return replace(subscription, start=Start(kind=StartKind.OUTPUTS, places=places))


def _start(text: str) -> Start:
    if text in _STARTS:
        return Start(kind=StartKind(text))
    try:
        return Start(kind=StartKind.TIME, time=parse_instant("--from", text))
    except Misuse as error:
        raise Misuse("--from", repr(text), f"must be {', '.join(_STARTS)} or a time (ISO 8601)") from error


def _stop(text: str | None) -> Stop:
    if text is None:
        return Stop()
    if text == StopKind.LATEST:
        return Stop(kind=StopKind.LATEST)
    try:
        return Stop(kind=StopKind.TIME, time=parse_instant("--until", text))
    except Misuse as error:
        raise Misuse("--until", repr(text), f"must be {StopKind.LATEST} or a time (ISO 8601)") from error


def _one_of(option: str, text: str, kind: type[E]) -> E:
    try:
        return kind(text)
    except ValueError as error:
        raise Misuse(option, repr(text), f"unknown; allowed: {', '.join(kind)}") from error


def _pattern(text: str | None) -> str | None:
    if text is not None:
        try:
            re.compile(text)
        except re.error as error:
            raise Misuse("--topic-pattern", repr(text), f"is no regular expression: {error}") from error
    return text


def _group_id(text: str) -> str:
    if not text:
        raise Misuse("--group-id", "''", "is empty; give the name that read offsets are committed under")
    return text


def _record_bytes(count: int) -> int:
    if not 1 <= count <= MAX_RECORD_BYTES:
        allowed = f"must be 1 to {MAX_RECORD_BYTES}, the largest that a dead letter still holds"
        raise Misuse("--max-record-bytes", count, allowed)
    return count


def _check_no_circle(subscription: Subscription, declared: Topics) -> None:
    """Refuse to read what the stream writes: each record would come back as another."""
    for topic in declared:
        if topic not in (declared.pages, declared.wire) and subscription.selects(topic.name):
            option = "--topic" if topic.name in subscription.topics else "--topic-pattern"
            value = topic.name if option == "--topic" else repr(subscription.pattern)
            raise Misuse(option, value, f"{topic.name} is a topic that the stream writes to ({topic.role})")
