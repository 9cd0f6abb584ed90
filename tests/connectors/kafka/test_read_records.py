"""ReadFromKafka: a record is what was sent, whatever it lacks and however large it is."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest
from apache_beam.utils.timestamp import Timestamp
from kafka import KafkaProducer

from connectors.kafka.figures import Count, kafka_figures
from connectors.kafka.records import told
from schemas.record import Feed, Origin, Record
from tests.broker import new_topic, produce
from tests.kafka_reading import TO_THE_END, moment, read, subscribed


def test_a_record_is_its_bytes_its_headers_its_time_and_its_place(broker):
    topic = new_topic(broker, "pages", retention_ms=-1)
    headers = [("content-type", b"text/html"), ("twice", b"1"), ("twice", b"\xff")]
    produce(broker, topic, [b"<p>\x00</p>"], keys=[b"\xfe"], headers=headers, timestamp=moment(7))

    (record,) = read(subscribed(broker, topic, stop=TO_THE_END))

    assert record == Record(
        origin=Origin(source=topic, partition=0, offset=0),
        value=b"<p>\x00</p>",
        key=b"\xfe",
        headers=tuple(headers),
        received=moment(7),
        feed=Feed.PAGES,
    )


def test_a_record_without_a_value_is_empty_and_one_without_a_key_has_none(broker):
    topic = new_topic(broker)
    produce(broker, topic, [None, b""], keys=[b"key", None])

    first, second = read(subscribed(broker, topic, stop=TO_THE_END))

    assert (first.value, first.key, second.value, second.key) == (b"", b"key", b"", None)
    assert kafka_figures().counts[Count.BYTES] == 0


def test_a_record_of_six_megabytes_passes_and_one_beyond_the_limit_tells_its_size_and_hash(broker):
    topic = new_topic(broker)
    passing, beyond = b"p" * (6 << 20), b"b" * (8 << 20)
    produce(broker, topic, [passing, beyond, b"small"])

    records = read(subscribed(broker, topic, stop=TO_THE_END))

    assert [len(record.value) for record in records] == [6 << 20, 0, 5]
    assert (records[1].oversize_bytes, records[1].oversize_sha256) == (8 << 20, sha256(beyond).hexdigest())
    assert kafka_figures().counts[Count.OVERSIZE] == 1


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
def test_every_codec_of_kafka_is_read(broker, codec):
    topic = new_topic(broker)
    with KafkaProducer(**broker.cluster.client_settings(), compression_type=codec) as client:
        client.send(topic, b"a" * 10_000)

    assert [record.value for record in read(subscribed(broker, topic, stop=TO_THE_END))] == [b"a" * 10_000]


def raw(timestamp=-1, value=b"v", headers=(), offset=4):
    return SimpleNamespace(
        topic="t", partition=1, offset=offset, timestamp=timestamp, key=None, value=value, headers=headers
    )


NOW_MS = 1_772_438_400_000


def told_at_now(block, follows=None):
    return [windowed.value for windowed in told(block, follows, Feed.ANY, 10, NOW_MS)]


def at(ms):
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


@pytest.mark.parametrize("timestamp", [-1, NOW_MS + 60_001, 4_070_908_800_000, 253_402_300_800_000, 1 << 62])
def test_a_time_that_cannot_be_is_that_of_reading(timestamp):
    (windowed,) = told([raw(timestamp)], None, Feed.ANY, 10, NOW_MS)

    assert windowed.value.received == at(NOW_MS)
    assert windowed.timestamp == Timestamp(micros=NOW_MS * 1000)


@pytest.mark.parametrize("timestamp", [0, 1, NOW_MS - 1, NOW_MS + 60_000])
def test_a_time_that_can_be_is_believed(timestamp):
    (record,) = told_at_now([raw(timestamp)])

    assert record.received == at(timestamp)


def test_a_time_that_cannot_be_lies_where_its_record_stands():
    far = 4_070_908_800_000
    block = [raw(far), raw(5_000), raw(far), raw(-1), raw(4_000), raw(far + 1)]

    assert [record.received for record in told_at_now(block)] == [
        at(ms) for ms in (4_999, 5_000, 5_000, 5_000, 4_000, 4_000)
    ]


def test_a_header_without_a_value_is_empty():
    (record,) = told_at_now([raw(headers=[("a", None), ("b", b"1")])])

    assert record.headers == (("a", b""), ("b", b"1"))


def test_each_record_of_a_block_follows_the_one_before_whatever_lies_between():
    block = [raw(offset=4), raw(offset=9), raw(offset=10)]

    assert [record.origin.follows for record in told_at_now(block, follows=2)] == [2, 4, 9]
