"""A captured record is the record again, whatever bytes it is made of."""

import base64
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.kafka.captured import captured_line
from connectors.kafka.consumed import ConsumedRecord
from pipelines.core.decode.capture import captured_again, feed_of, unwrap_captured
from schemas.record import Feed, Origin, Record
from schemas.topic_record import TopicRecord

# Bytes that tempt a reader to take them for base64, for JSON or for nothing.
AWKWARD = st.sampled_from(
    [b"", b"abcd", b"Y3Jhd2xlci03", b"1.0", b"null", b'{"base64":"eA=="}', b"\xff\xfe", b"\0", b"7", b'"\\']
)
BYTES = AWKWARD | st.binary(max_size=40) | st.text(max_size=20).map(str.encode)
HEADERS = st.lists(st.tuples(st.text(max_size=8), st.none() | BYTES), max_size=5)
# From 1970 to the end of the year 9999.
TIMES = st.integers(min_value=0, max_value=253_402_300_799_999)


@st.composite
def consumed_records(draw):
    return ConsumedRecord(
        topic=draw(st.sampled_from(["news.pages.raw", "news.wire.raw", "intake"])),
        partition=draw(st.integers(0, 1_000)),
        offset=draw(st.integers(0, 2**63 - 1)),
        key=draw(st.none() | BYTES),
        value=draw(st.none() | BYTES),
        headers=tuple(draw(HEADERS)),
        timestamp_ms=draw(st.none() | TIMES),
    )


def line(record, feed=Feed.LINES):
    return Record(origin=Origin(source="file:capture.ndjson"), value=captured_line(record), feed=feed)


def instant(timestamp_ms):
    if timestamp_ms is None:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=timestamp_ms)


@given(consumed_records())
def test_what_was_captured_is_unwrapped_to_what_the_stream_has_read(record):
    assert unwrap_captured(line(record)) == Record(
        origin=Origin(source=record.topic, partition=record.partition, offset=record.offset),
        value=record.value or b"",
        key=record.key,
        headers=tuple((name, value or b"") for name, value in record.headers),
        received=instant(record.timestamp_ms),
        feed=feed_of(record.topic),
    )


@given(consumed_records())
def test_what_was_captured_can_be_sent_again_as_it_was(record):
    assert captured_again(line(record, Feed.ANY)) == TopicRecord(
        topic=record.topic,
        key=record.key,
        value=record.value,
        headers=tuple((name, value or b"") for name, value in record.headers),
        timestamp=instant(record.timestamp_ms),
    )


def test_a_null_header_stays_null_in_the_file():
    record = ConsumedRecord(topic="t", partition=0, offset=0, key=None, value=b"", headers=(("a", None),))

    assert b'["a",null]' in captured_line(record)


def test_readable_text_is_readable_in_the_file():
    record = ConsumedRecord(
        topic="t",
        partition=0,
        offset=0,
        key="été".encode(),
        value=b"",
        headers=(("content-type", b"text/html"),),
    )

    assert '"key":"été"' in captured_line(record).decode()
    assert '["content-type","text/html"]' in captured_line(record).decode()


def test_a_time_beyond_all_calendars_is_no_time():
    record = ConsumedRecord(topic="t", partition=0, offset=0, key=None, value=b"", timestamp_ms=10**17)

    assert unwrap_captured(line(record)).received is None


def test_a_capture_in_a_capture_is_sent_again_as_the_value_it_is():
    inner = captured_line(ConsumedRecord(topic="t", partition=0, offset=0, key=None, value=b"<p>"))
    outer = ConsumedRecord(topic="intake", partition=0, offset=1, key=None, value=inner)

    again = captured_again(line(outer))

    assert again is not None
    assert (again.topic, again.value) == ("intake", inner)


def test_what_is_no_capture_is_not_sent_as_one():
    page = Record(origin=Origin(source="file:a"), value=b'{"url": "https://a.example/"}', feed=Feed.LINES)
    through_kafka = Record(
        origin=Origin(source="news.pages.raw"),
        value=captured_line(ConsumedRecord(topic="t", partition=0, offset=0, key=None, value=b"x")),
        feed=Feed.PAGES,
    )

    assert captured_again(page) is None
    assert captured_again(through_kafka) is None
    assert base64.b64encode(b"x") in through_kafka.value
