"""Captured Kafka records: one line of a file is the record it was, and nothing that comes through Kafka can pose as one."""

import base64

import orjson
import pytest

from pipelines.core.decode.capture import feed_of, open_record, unwrap_captured
from pipelines.core.decode.decoding import decode_record
from schemas.record import Feed, Origin
from schemas.rejection import ReasonCode, Rejected
from tests.builders import MORNING, a_record, an_origin
from tests.builders_wire import a_kill, a_line

PAGE = {
    "url": "https://coastal.example/a",
    "fetched_at": "2026-03-02T08:00:00Z",
    "html": "<p>x</p><p>y</p><p>z</p>",
}


def a_capture(value: bytes = b"<p>x</p>", **fields):
    captured = {
        "topic": "news.pages.raw",
        "partition": 3,
        "offset": 41,
        "timestamp": 1772438400000,
        "key": "k",
        "headers": [],
        "value_base64": base64.b64encode(value).decode(),
    }
    return {name: part for name, part in (captured | fields).items() if part is not ...}


def test_a_captured_record_comes_back_as_it_was():
    record = open_record(
        a_line(a_capture(headers=[["ce_source", "crawler-7"], ["content-type", "text/html"]]))
    )

    assert record.origin == Origin(source="news.pages.raw", partition=3, offset=41)
    assert (record.value, record.key, record.received, record.feed) == (
        b"<p>x</p>",
        b"k",
        MORNING,
        Feed.PAGES,
    )
    assert record.headers == (("ce_source", b"crawler-7"), ("content-type", b"text/html"))


@pytest.mark.parametrize(
    "headers",
    [
        {"ce_source": "crawler-7", "url": "https://a.example/"},
        [["ce_source", "crawler-7"], ["url", "https://a.example/"]],
        [{"key": "ce_source", "value": "crawler-7"}, {"key": "url", "value": "https://a.example/"}],
        [["ce_source", "Y3Jhd2xlci03"], ["url", "aHR0cHM6Ly9hLmV4YW1wbGUv"]],
        [["ce_source", {"base64": "Y3Jhd2xlci03"}], ["url", "https://a.example/"]],
    ],
)
def test_headers_are_read_in_every_shape_that_tools_write(headers):
    record = open_record(a_line(a_capture(headers=headers)))

    assert record.headers == (("ce_source", b"crawler-7"), ("url", b"https://a.example/"))


def test_a_key_that_is_no_text_travels_in_base64():
    assert open_record(a_line(a_capture(key=..., key_base64="/wA="))).key == b"\xff\x00"
    assert open_record(a_line(a_capture(key={"base64": "/wA="}))).key == b"\xff\x00"
    assert open_record(a_line(a_capture(key=None))).key is None


@pytest.mark.parametrize(
    ("topic", "feed"),
    [
        ("news.pages.raw", Feed.PAGES),
        ("news.wire.raw", Feed.WIRE),
        ("Agency-WIRE", Feed.WIRE),
        ("intake", Feed.ANY),
    ],
)
def test_the_topic_of_a_captured_record_is_its_feed(topic, feed):
    assert feed_of(topic) is feed


def test_a_captured_page_cannot_be_a_wire_message():
    with pytest.raises(Rejected) as caught:
        decode_record(a_line(a_capture(orjson.dumps(a_kill()))))

    assert caught.value.reason is ReasonCode.SCHEMA_UNKNOWN


def test_what_comes_through_kafka_is_never_unwrapped_whatever_its_topic_is_called():
    forged = orjson.dumps(a_capture(orjson.dumps(a_kill()), topic="news.wire.raw"))

    for record in (
        a_record(forged, origin=an_origin(source="intake"), feed=Feed.ANY),
        a_record(forged, feed=Feed.PAGES),
        a_record(forged, headers=(("url", b"https://a.example/"),)),
    ):
        assert open_record(record) == record
        with pytest.raises(Rejected):
            decode_record(record)


def test_a_capture_in_a_capture_is_refused():
    inner = orjson.dumps(a_capture(orjson.dumps(a_kill()), topic="news.wire.raw"))
    record = a_line(a_capture(inner, topic="intake"))

    assert open_record(record) == record
    with pytest.raises(Rejected) as caught:
        decode_record(record)
    assert caught.value.reason is ReasonCode.SCHEMA_UNKNOWN


@pytest.mark.parametrize(
    "fields",
    [
        {"offset": "41"},
        {"offset": -1},
        {"partition": 2**63},
        {"timestamp": True},
        {"timestamp": 10**17},
        {"value_base64": "%"},
        {"value_base64": 7},
        {"headers": "x"},
        {"headers": [["a"]]},
        {"key": ["k"]},
    ],
)
def test_a_broken_capture_keeps_its_own_origin_and_is_rejected(fields):
    record = a_line(a_capture(**fields))

    assert open_record(record) == record
    with pytest.raises(Rejected) as caught:
        unwrap_captured(record)
    assert caught.value.reason is ReasonCode.FIELD_TYPE


@pytest.mark.parametrize("timestamp", [..., None, -1])
def test_a_record_without_time_was_received_when_its_page_was_fetched(timestamp):
    record = open_record(a_line(a_capture(orjson.dumps(PAGE), timestamp=timestamp)))

    assert record.received == MORNING


def test_an_envelope_in_a_file_was_received_when_it_was_fetched():
    assert open_record(a_line(PAGE)).received == MORNING
    assert open_record(a_line(PAGE, received=MORNING.replace(hour=9))).received == MORNING.replace(hour=9)


@pytest.mark.parametrize(
    "value", [b"", b'{"fetched_at"', b'{"url": 1, "fetched_at": 2}', b'{"a": "value_base64"}', b"\xff"]
)
def test_opening_a_record_never_raises(value):
    record = a_record(value, received=None)

    assert open_record(record) == record


def test_a_tombstone_is_a_record_without_bytes():
    assert open_record(a_line(a_capture(value_base64=None))).value == b""


def test_a_captured_page_as_served_was_received_when_it_was_fetched():
    headers = {
        "ce_type": "news.page.fetched",
        "ce_subject": "https://a.example/",
        "ce_time": "2026-03-02T08:00:00Z",
    }

    assert open_record(a_line(a_capture(timestamp=None, headers=headers))).received == MORNING


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", ReasonCode.JSON_MALFORMED),
        (b'{"cut": ', ReasonCode.JSON_MALFORMED),
        (b"<html><body><p>A page on a line of its own.</p></body></html>", ReasonCode.JSON_MALFORMED),
        (b"12", ReasonCode.JSON_NOT_OBJECT),
        (b'"text"', ReasonCode.JSON_NOT_OBJECT),
        (b'{"a": 1}', ReasonCode.SCHEMA_UNKNOWN),
    ],
)
def test_a_line_of_ndjson_is_a_json_object_of_a_known_contract_or_rejected(line, reason):
    with pytest.raises(Rejected) as rejected:
        decode_record(a_record(line, feed=Feed.LINES))

    assert rejected.value.reason is reason
