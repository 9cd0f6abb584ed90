"""A dead letter as a record of its topic, and back.

Key, value and headers are those of the original record, untouched; behind the original headers stand Kafka Connect's
names, which tools read, and ours (`dlq-*`), from which the dead letter is made again. The value of a record that was too
large to be kept is missing, and of one that its topic does not take whole: `dlq-payload` says so, size and hash say which
bytes they were.

A reader takes the last of equal names, and the first `dlq-original-headers` headers for the original ones: a record may
have been a dead letter before.

Source: research/kafka.md §5; Kafka Connect, `DeadLetterQueueReporter`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from schemas.dead_letter import DeadLetter, DeadLetterKind, Header, has_payload
from schemas.record import Feed, Origin, Record
from schemas.rejection import ReasonCode
from schemas.topic_record import TopicRecord

PIPELINE = "copydesk"
CONNECT_PREFIX, OWN_PREFIX = "__connect.errors.", "dlq-"

# Every number of a dead letter: an offset, the largest of them, has 63 bits.
_MAX_NUMBER = (1 << 63) - 1
_NUMBER = re.compile(r"[0-9]{1,19}")


class NotADeadLetter(ValueError):
    """A record of a dead-letter topic that was not written by this pipeline, or by a later one; the message says what lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterTopics:
    """Names of the topic for all who may read dead letters, and of the one for editors only (wire copy)."""

    open: str
    restricted: str


def dead_letter_records(topics: DeadLetterTopics, letter: DeadLetter) -> tuple[TopicRecord]:
    """The record of a dead letter, and without the payload what is written where the topic does not take that much.

    The same dead letter is the same record; its time is when it is written.
    """
    topic = topics.restricted if letter.editors_only else topics.open
    missing = _record(topic, letter, is_kept=False)
    if not has_payload(letter):
        return (missing,)
    return (replace(_record(topic, letter, is_kept=True), instead=missing),)


def _record(topic: str, letter: DeadLetter, *, is_kept: bool) -> TopicRecord:
    original = tuple((header.key, header.value) for header in letter.headers)
    value = letter.payload if is_kept else None
    if value is None and letter.key is None:
        value = b""  # a record without key and value is none
    return TopicRecord(
        topic=topic,
        key=letter.key,
        value=value,
        headers=(*original, *_connect_headers(letter), *_own_headers(letter, is_kept=is_kept)),
    )


def _connect_headers(letter: DeadLetter) -> Iterator[tuple[str, bytes]]:
    origin = letter.origin
    told = {
        "topic": origin.source,
        "partition": origin.partition,
        "offset": origin.offset,
        "connector.name": PIPELINE,
        "task.id": 0,
        "stage": letter.stage,
        "class.name": letter.stage,
        "exception.class.name": letter.exception_type or "Rejected",
        "exception.message": f"{letter.reason_code}: {letter.detail}",
    }
    for name, value in told.items():
        yield CONNECT_PREFIX + name, _encoded(value)


def _own_headers(letter: DeadLetter, *, is_kept: bool) -> Iterator[tuple[str, bytes]]:
    origin = letter.origin
    told = {
        "original-headers": len(letter.headers),
        "dead-letter-id": letter.dead_letter_id,
        "error-code": letter.reason_code.value,
        "detail": letter.detail,
        "kind": letter.kind.value,
        "stage": letter.stage,
        "attempt": letter.attempt,
        "source": origin.source,
        "partition": origin.partition,
        "offset": origin.offset,
        "item": origin.item,
        "follows": origin.follows,
        "payload": "kept" if is_kept else "missing",
        "payload-sha256": letter.payload_sha256,
        "payload-size": letter.payload_size,
        "received": None if letter.received is None else letter.received.isoformat(),
        "exception-type": letter.exception_type,
        "editors-only": int(letter.editors_only),
        "kill-suspect": int(letter.is_kill_suspect),
        "provider": letter.provider,
        "guid": letter.guid,
        "replay-of": letter.replay_of,
        "feed": None if letter.feed is None else letter.feed.value,
        "schema-version": letter.schema_version,
        "pipeline-version": letter.pipeline_version,
    }
    for name, value in told.items():
        if value is not None:
            yield OWN_PREFIX + name, _encoded(value)


def _encoded(value: object) -> bytes:
    return str(value).encode("utf-8", "replace")


def letter_of(record: Record) -> DeadLetter:
    """The dead letter that a record of a dead-letter topic tells of; what the topic could not hold of it is missing.

    Whoever may write to the topic may write anything: what comes back can be encoded and be a row of a table.

    Raises:
        NotADeadLetter: it has not the headers of one, or they say what no dead letter can.
    """
    told = _Told({name: value for name, value in record.headers if name.startswith(OWN_PREFIX)})
    try:
        return _letter(told, record)
    except (ValueError, OverflowError) as error:  # beyond year 9999 or before year 1 in UTC is an overflow
        raise NotADeadLetter(str(error)) from error


def _letter(told: "_Told", record: Record) -> DeadLetter:
    feed = told.find("feed")
    return DeadLetter(
        dead_letter_id=told.text("dead-letter-id"),
        kind=DeadLetterKind(told.text("kind")),
        reason_code=ReasonCode(told.text("error-code")),
        stage=told.text("stage"),
        detail=told.text("detail"),
        origin=_origin(told),
        payload_sha256=told.text("payload-sha256"),
        payload_size=told.number("payload-size"),
        payload=None if told.text("payload") == "missing" else record.value,
        key=record.key,
        headers=_original_headers(record, told.number("original-headers")),
        received=told.instant("received"),
        attempt=told.number("attempt"),
        exception_type=told.find("exception-type"),
        editors_only=told.number("editors-only") != 0,
        is_kill_suspect=told.number("kill-suspect") != 0,
        provider=told.find("provider"),
        guid=told.find("guid"),
        schema_version=told.number("schema-version"),
        pipeline_version=told.text("pipeline-version"),
        replay_of=told.find("replay-of"),
        feed=None if feed is None else Feed(feed),
    )


def _origin(told: "_Told") -> Origin:
    return Origin(
        source=told.text("source"),
        partition=told.number("partition"),
        offset=told.number("offset"),
        item=told.number("item"),
        follows=None if told.find("follows") is None else told.number("follows"),
    )


def _original_headers(record: Record, count: int) -> tuple[Header, ...]:
    if count > len(record.headers):
        raise NotADeadLetter(f"{count} original headers among {len(record.headers)}")
    headers = tuple(Header(key=name, value=value) for name, value in record.headers[:count])
    for header in headers:
        header.key.encode()  # half of a surrogate pair is no text: an error as of any other
    return headers


@dataclass(frozen=True, slots=True)
class _Told:
    """Our headers of a record, of equal names the last."""

    headers: dict[str, bytes]

    def find(self, name: str) -> str | None:
        value = self.headers.get(OWN_PREFIX + name)
        return None if value is None else value.decode()

    def text(self, name: str) -> str:
        value = self.find(name)
        if value is None:
            raise NotADeadLetter(f"no header {OWN_PREFIX}{name}")
        return value

    def number(self, name: str) -> int:
        text = self.text(name)
        if _NUMBER.fullmatch(text) is None or int(text) > _MAX_NUMBER:
            raise NotADeadLetter(f"header {OWN_PREFIX}{name} is no count: {text[:32]!r}")
        return int(text)

    def instant(self, name: str) -> datetime | None:
        text = self.find(name)
        if text is None:
            return None
        stated = datetime.fromisoformat(text)
        if stated.tzinfo is None:
            raise NotADeadLetter(f"header {OWN_PREFIX}{name} is a time without a zone")
        return stated.astimezone(UTC)
