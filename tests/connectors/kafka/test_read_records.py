"""ReadFromKafka: a record is what was sent, whatever it lacks and however large it is."""

from datetime import UTC, datetime
from hashlib import sha256
from types import SimpleNamespace

import pytest
from apache_beam.utils.windowed_value import WindowedValue
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


def plain(record):
    return record.value if isinstance(record, WindowedValue) else record


@pytest.mark.parametrize(
    ("timestamp", "received"),
    [
        (-1, None),
        (1 << 62, None),
        (253_402_300_800_000, None),
        (253_402_300_799_999, datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_that_no_calendar_knows_is_none(timestamp, received):
    (record,) = told([raw(timestamp)], None, Feed.ANY, 10)

    assert plain(record).received == received
    assert isinstance(record, WindowedValue) == (received is not None)


def test_a_header_without_a_value_is_empty():
    (record,) = told([raw(headers=[("a", None), ("b", b"1")])], None, Feed.ANY, 10)

    assert plain(record).headers == (("a", b""), ("b", b"1"))


def test_each_record_of_a_block_follows_the_one_before_whatever_lies_between():
    block = [raw(offset=4), raw(offset=9), raw(offset=10)]

    assert [plain(record).origin.follows for record in told(block, 2, Feed.ANY, 10)] == [2, 4, 9]
