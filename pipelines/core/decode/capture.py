"""A captured Kafka record as one line of a file: unwrapped, it is the record it was.

    {"topic", "partition", "offset", "timestamp", "key", "headers", "value_base64"}

`topic`, `offset` and `value_base64` are required; `partition` is 0 and the others nothing unless stated. `timestamp` is
milliseconds since 1970, or ISO 8601. Only what was read from a file (`Feed.ANY` or `Feed.LINES`, without headers) is unwrapped, and only
once: whoever may write to a topic, whatever its name, must not choose another topic, feed or place for what they write.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipelines.core.decode.cloud_event import attributes_of
from pipelines.core.decode.envelope import stated_time
from pipelines.core.decode.json_guard import load_object
from pipelines.core.instants import parse_iso
from schemas.record import Feed, Origin, Record, is_of_a_file
from schemas.rejection import ReasonCode, Rejected
from schemas.topic_record import TopicRecord

# A record of 8 MiB in base64, with room for its headers: the largest a raw topic accepts (research/kafka.md §5).
MAX_CAPTURE_BYTES = 16 * 1024 * 1024
_FETCHED_AT = re.compile(rb'"fetched_at"(?<!\\"fetched_at")\s*:\s*"([0-9TtZz:.,+ -]{1,40})"')
_URL = re.compile(rb'"url"(?<!\\"url")\s*:\s*"')
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def open_record(record: Record) -> Record:
    """The record with its true origin, feed and time of receipt, before anything can be rejected. Never raises.

    A captured record is unwrapped; a page envelope without a time of receipt was received when it was fetched; all
    else, what is broken included, comes back unchanged, for decoding to reject.
    """
    try:
        return received_when_fetched(unwrap_captured(record))
    except Rejected:
        return record


def unwrap_captured(record: Record) -> Record:
    """The record inside a captured one; any other record unchanged.

    Raises:
        Rejected: it is a captured record and its fields are not what they must be, or it holds another capture.
    """
    fields = _captured_fields(record)
    if fields is None:
        return record
    value = _base64(fields["value_base64"], "value_base64")
    _refuse_nested(value)
    topic = fields["topic"]
    headers = tuple(_headers(fields.get("headers")))
    return replace(
        record,
        origin=Origin(
            source=topic,
            partition=_integer(fields, "partition", 0),
            offset=_integer(fields, "offset", None),
        ),
        value=value,
        key=_key(fields),
        headers=headers,
        received=_instant(fields.get("timestamp")) or record.received,
        feed=feed_of(topic),
    )


def captured_again(record: Record) -> TopicRecord | None:
    """The record inside a captured one as it can be written to its topic again; `None` of any other record.

    Unlike `unwrap_captured` it keeps a tombstone apart from an empty value, and it takes a capture of a capture as the
    value that it is.

    Raises:
        Rejected: it is a captured record and its fields are not what they must be.
    """
    fields = _captured_fields(record)
    if fields is None:
        return None
    stated = fields["value_base64"]
    return TopicRecord(
        topic=fields["topic"],
        key=_key(fields),
        value=None if stated is None else _base64(stated, "value_base64"),
        headers=tuple(_headers(fields.get("headers"))),
        timestamp=_instant(fields.get("timestamp")),
    )


def _captured_fields(record: Record) -> dict[str, Any] | None:
    may_be_one = is_of_a_file(record.origin.source) and record.feed in (Feed.ANY, Feed.LINES)
    if not may_be_one or record.headers or b'"value_base64"' not in record.value:
        return None
    fields = load_object(record.value, MAX_CAPTURE_BYTES).fields
    return fields if _is_capture(fields) else None


def feed_of(topic: str) -> Feed:
    """What the name of a topic says of its content: `wire` or `page` in it; of any other name nothing.

    >>> feed_of("news.pages.raw").value, feed_of("agency.wire.v2").value, feed_of("intake").value
    ('pages', 'wire', 'any')
    """
    name = topic.casefold()
    if "wire" in name:
        return Feed.WIRE
    return Feed.PAGES if "page" in name else Feed.ANY


def _is_capture(fields: dict[str, Any]) -> bool:
    return isinstance(fields.get("topic"), str) and "offset" in fields and "value_base64" in fields


def _refuse_nested(value: bytes) -> None:
    if b'"value_base64"' not in value:
        return
    try:
        inner = load_object(value, MAX_CAPTURE_BYTES).fields
    except Rejected:
        return  # no capture, then: decoding says what it is
    if _is_capture(inner):
        raise Rejected(ReasonCode.SCHEMA_UNKNOWN, "a captured record inside a captured record")


def _integer(fields: dict[str, Any], name: str, default: int | None) -> int:
    value = fields.get(name, default)
    # Kafka's offsets are signed 64-bit; its partitions fit as well.
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise Rejected(ReasonCode.FIELD_TYPE, f"{name} of a captured record must be a whole number")
    return value


def _instant(value: object) -> datetime | None:
    if value is None or value == -1:  # Kafka's word for no timestamp
        return None
    if isinstance(value, str):
        stated = parse_iso(value)
        return None if stated is None else stated.instant
    if isinstance(value, bool) or not isinstance(value, int):
        raise Rejected(
            ReasonCode.FIELD_TYPE, "timestamp of a captured record must be milliseconds since 1970"
        )
    try:
        return _EPOCH + timedelta(milliseconds=value)
    except OverflowError as error:
        raise Rejected(
            ReasonCode.FIELD_TYPE, "timestamp of a captured record is beyond the year 9999"
        ) from error


def _key(fields: dict[str, Any]) -> bytes | None:
    if fields.get("key_base64") is not None:
        return _base64(fields["key_base64"], "key_base64")
    return _bytes(fields.get("key"), "key")


def _headers(value: object) -> Iterator[tuple[str, bytes]]:
    pairs = _header_pairs(value)
    # Headers are text or base64, and the capture does not say which: base64 it is when every value decodes to
    # printable text, which plain header values (`1.0`, `text/html`) do not.
    texts = [text for _, text in pairs if isinstance(text, str)]
    are_base64 = bool(texts) and all(_is_printable_base64(text) for text in texts)
    for name, text in pairs:
        if are_base64 and isinstance(text, str):
            yield name, base64.b64decode(text)
        else:
            yield name, _bytes(text, f"header {name[:64]}") or b""


def _header_pairs(value: object) -> list[tuple[str, object]]:
    if value is None:
        return []
    if isinstance(value, dict):
        return list(value.items())
    if not isinstance(value, list):
        raise Rejected(
            ReasonCode.FIELD_TYPE, "headers of a captured record must be a list of pairs or an object"
        )
    pairs: list[tuple[str, object]] = []
    for pair in value:
        if isinstance(pair, dict) and isinstance(pair.get("key"), str):
            pairs.append((pair["key"], pair.get("value")))
        elif isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str):
            pairs.append((pair[0], pair[1]))
        else:
            raise Rejected(
                ReasonCode.FIELD_TYPE, "a header of a captured record must be a pair of name and value"
            )
    return pairs


def _is_printable_base64(text: str) -> bool:
    try:
        return base64.b64decode(text, validate=True).decode().isprintable()
    except ValueError:
        return False


def _bytes(value: object, name: str) -> bytes | None:
    """Text as UTF-8; `{"base64": …}` for bytes that are no text."""
    if value is None or isinstance(value, str):
        return None if value is None else value.encode()
    if isinstance(value, dict) and set(value) == {"base64"}:
        return _base64(value["base64"], name)
    if isinstance(value, int):
        return str(value).encode()
    raise Rejected(ReasonCode.FIELD_TYPE, f'{name} of a captured record must be text or {{"base64": …}}')


def _base64(value: object, name: str) -> bytes:
    if value is None:
        return b""  # a Kafka tombstone
    if not isinstance(value, str):
        raise Rejected(ReasonCode.FIELD_TYPE, f"{name} must be base64 text")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected(ReasonCode.FIELD_TYPE, f"{name} is not base64: {error}") from error


def received_when_fetched(record: Record) -> Record:
    """The record with the time of its fetch for that of its receipt, where it has none and is a page that says so.

    Raises:
        Rejected: what it says is no time.
    """
    if record.received is not None or record.feed is Feed.WIRE:
        return record
    attributes = attributes_of(record)
    time = attributes.get("time")
    if time is not None and attributes.is_page(record.feed):
        return replace(record, received=stated_time(time, "ce_time"))
    if record.headers:
        return record
    # Not parsed: a quotation mark inside a JSON string has a backslash before it, so these are the keys themselves.
    fetched = _FETCHED_AT.findall(record.value)
    if len(fetched) != 1 or _URL.search(record.value) is None:
        return record
    return replace(record, received=stated_time(fetched[0].decode(), "fetched_at"))
