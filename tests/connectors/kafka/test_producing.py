"""Writing to topics: within bounds, in order, and no record at the cost of another."""

import os
import signal
import threading
import time
from collections import defaultdict
from dataclasses import replace

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producer_client import OutOfPatience
from connectors.kafka.producing import BoundedProducer, Undelivered
from connectors.kafka.record_limits import MissingTopic, check_topics, largest_record, size_of
from connectors.kafka.sink_figures import SinkCount, forget_sink_figures, sink_figures
from connectors.kafka.trouble import KafkaTrouble
from connectors.secret import Secret
from deploy.local.kafka import Broker
from schemas.topic_record import TopicRecord
from tests.broker import admin, consume_all, new_topic, unique
from tests.builders import MORNING

NOBODY = KafkaCluster(bootstrap_servers=("127.0.0.1:9",))


def a_topic_record(topic: str, key: bytes | None = b"k", value: bytes | None = b"v", **fields) -> TopicRecord:
    return TopicRecord(topic=topic, key=key, value=value, **fields)


def written(producer: BoundedProducer, *records: TopicRecord) -> tuple[Undelivered, ...]:
    for record in records:
        producer.send(record)
    return producer.flush()


def numbered(topic: str, count: int, start: int = 0, *, keys: int = 5, size: int = 100) -> list[TopicRecord]:
    """Records that say their place among those of their key."""
    places = range(start, start + count)
    return [
        a_topic_record(topic, b"k%d" % (place % keys), b"%010d" % place + b"x" * size) for place in places
    ]


def by_key(broker: Broker, topic: str) -> dict[bytes, list[int]]:
    found = defaultdict(list)
    for record in consume_all(broker, topic):
        if record.key is not None and record.key.startswith(b"k"):
            found[record.key].append(int(record.value[:10]))
    return found


def last_words(places: list[int]) -> list[int]:
    """The places in the order in which each was told last: what a reader who is told twice ends with."""
    return list(dict.fromkeys(reversed(places)))[::-1]


@pytest.fixture
def producer(broker):
    forget_sink_figures()
    made = BoundedProducer(broker.cluster, patience_s=30)
    yield made
    made.close()


def test_records_of_a_key_arrive_once_and_in_the_order_they_were_sent(broker, producer):
    topic = new_topic(broker, partitions=3)

    failed = written(producer, *numbered(topic, 2_000))

    assert failed == ()
    found = by_key(broker, topic)
    assert sum(map(len, found.values())) == 2_000
    assert all(places == sorted(places) for places in found.values())


def test_a_record_is_written_as_it_is(broker, producer):
    topic = new_topic(broker, partitions=3, retention_ms=-1)
    headers = (("h", b"1"), ("h", b"2"), ("null", None), ("ü", b"\xff"))

    written(
        producer,
        a_topic_record(topic, None, b"no key", partition=2, headers=headers, timestamp=MORNING),
        a_topic_record(topic, b"gone", None),
    )

    found = {record.value: record for record in consume_all(broker, topic)}
    assert found[b"no key"].partition == 2
    assert list(found[b"no key"].headers) == [("h", b"1"), ("h", b"2"), ("null", b""), ("ü", b"\xff")]
    assert found[b"no key"].timestamp == int(MORNING.timestamp() * 1000)
    assert found[None].key == b"gone"


def test_what_is_larger_than_its_topic_takes_never_reaches_the_broker(broker, producer):
    topic = new_topic(broker, max_message_bytes=200_000)
    assert largest_record(broker.cluster, topic) == 200_000 - 65_536
    large = a_topic_record(topic, value=b"x" * 140_000)

    (failed,) = written(
        producer,
        a_topic_record(topic, b"k1", b"%010d" % 1),
        large,
        a_topic_record(topic, b"k1", b"%010d" % 2),
    )

    assert failed.record is large
    assert "134,464" in failed.reason
    assert by_key(broker, topic) == {b"k1": [1, 2]}
    assert SinkCount.REBUILT not in sink_figures().counts


def test_what_a_topic_does_not_take_is_replaced_by_what_is_to_be_written_instead_in_its_order(
    broker, producer
):
    topic = new_topic(broker, max_message_bytes=200_000)
    small = a_topic_record(topic, value=b"small")
    large = a_topic_record(topic, value=b"x" * 300_000, instead=small)

    undelivered = written(
        producer, a_topic_record(topic, value=b"1"), large, a_topic_record(topic, value=b"2", instead=small)
    )

    assert undelivered == ()
    assert [record.value for record in consume_all(broker, topic)] == [b"1", b"small", b"2"]


def test_the_largest_record_that_is_sent_is_taken(broker, producer):
    topic = new_topic(broker, max_message_bytes=200_000)
    record = a_topic_record(topic, value=b"")
    noise = bytes((place * 7919 >> 3) % 256 for place in range(200_000 - 65_536 - size_of(record)))

    assert written(producer, replace(record, value=noise)) == ()


@pytest.mark.parametrize(
    "fields",
    [{"partition": 9}, {"headers": (("\ud800", b""),)}, {"key": None, "value": None}],
    ids=["no such partition", "a name that is no text", "neither key nor value"],
)
def test_what_is_no_record_comes_back_and_its_neighbours_arrive(broker, producer, fields):
    topic = new_topic(broker)
    broken = a_topic_record(topic, **fields)

    (failed,) = written(producer, *numbered(topic, 3), broken, *numbered(topic, 3, 3))

    assert failed.record is broken
    assert sum(map(len, by_key(broker, topic).values())) == 6


def test_a_record_that_kills_its_producer_costs_no_other_record(broker, producer):
    topic = new_topic(broker, cleanup_policy="compact")  # refuses what has no key
    poison = [a_topic_record(topic, None, b"no key %d" % place) for place in range(3)]

    failed = written(
        producer,
        *numbered(topic, 300),
        poison[0],
        poison[1],
        *numbered(topic, 300, 300),
        poison[2],
        *numbered(topic, 300, 600),
    )

    assert [one.record for one in failed] == poison
    found = by_key(broker, topic)
    assert sum(len(set(places)) for places in found.values()) == 900
    assert all(last_words(places) == sorted(set(places)) for places in found.values())
    assert sink_figures().counts[SinkCount.REBUILT] >= 1
    assert sink_figures().counts[SinkCount.FAILED] == 3


def test_a_topic_that_takes_less_than_it_did_refuses_the_large_record_only(broker, producer):
    topic = new_topic(broker, max_message_bytes=1_000_000)
    noise = bytes((place * 7919 >> 3) % 251 for place in range(400_000))
    assert written(producer, a_topic_record(topic, b"k0", b"%010d" % 0 + noise)) == ()
    with admin(broker.cluster) as client:
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": "2000"})])

    failed = written(
        producer, *numbered(topic, 20, 5), a_topic_record(topic, b"big", noise), *numbered(topic, 20, 25)
    )

    assert [one.record.key for one in failed] == [b"big"]
    assert sum(len(set(places)) for places in by_key(broker, topic).values()) == 41


def test_what_a_lowered_limit_refuses_is_replaced_as_well(broker, producer):
    topic = new_topic(broker, max_message_bytes=1_000_000)
    noise = bytes((place * 7919 >> 3) % 251 for place in range(400_000))
    assert written(producer, a_topic_record(topic, b"k0", noise)) == ()
    with admin(broker.cluster) as client:
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": "2000"})])
    large = a_topic_record(topic, b"big", noise, instead=a_topic_record(topic, b"big", b"small"))

    assert written(producer, *numbered(topic, 20, 5), large, *numbered(topic, 20, 25)) == ()

    values = [record.value for record in consume_all(broker, topic) if record.key == b"big"]
    assert set(values) == {b"small"}


def test_no_more_is_in_flight_than_the_bound(broker):
    topic = new_topic(broker, partitions=3)
    forget_sink_figures()
    producer = BoundedProducer(broker.cluster, patience_s=30, max_bytes=1 << 20, max_records=50)
    most_bytes = most_records = 0

    for record in numbered(topic, 300, size=30_000):
        producer.send(record)
        figures = sink_figures()
        most_bytes = max(most_bytes, producer.in_flight_bytes, figures.in_flight_bytes)
        most_records = max(most_records, figures.in_flight_records)
    producer.flush()
    producer.close()

    assert 0 < most_bytes <= 1 << 20
    assert 0 < most_records <= 50
    assert (sink_figures().in_flight_bytes, sink_figures().in_flight_records) == (0, 0)
    assert sink_figures().counts[SinkCount.RECORDS] == 300


def test_a_missing_topic_is_said_at_once_with_what_makes_it(broker, producer):
    name = unique("missing")
    began = time.monotonic()

    with pytest.raises(MissingTopic, match=rf"{name} does not exist .*copydesk topics create"):
        producer.send(a_topic_record(name))

    assert time.monotonic() - began < 10
    with pytest.raises(MissingTopic):
        check_topics(broker.cluster, frozenset((new_topic(broker), name)))


def test_a_cluster_that_stays_away_is_waited_for_and_then_raised():
    producer = BoundedProducer(NOBODY, patience_s=1)

    with pytest.raises(OutOfPatience, match=r"127\.0\.0\.1:9 has acknowledged nothing for 1 s"):
        producer.send(a_topic_record("news"))


def test_a_broker_that_takes_records_and_answers_nothing_is_told_of_and_not_waited_for_longer_than_patience(
    own_broker,
):
    topic = new_topic(own_broker)
    producer = BoundedProducer(own_broker.cluster, patience_s=6)
    assert written(producer, *numbered(topic, 1)) == ()
    os.kill(own_broker.pid, signal.SIGSTOP)

    with pytest.raises(OutOfPatience):
        written(producer, *numbered(topic, 10))

    assert sink_figures().waiting_for is not None
    os.kill(own_broker.pid, signal.SIGCONT)
    producer.close()
    assert sink_figures().in_flight_records == 0


def test_a_wrong_password_is_raised_and_not_shown(broker):
    cluster = replace(broker.secure_cluster, sasl_password=Secret("not-the-password"))
    producer = BoundedProducer(cluster, patience_s=1)

    with pytest.raises(KafkaTrouble) as raised:
        producer.send(a_topic_record("news"))

    assert "not-the-password" not in f"{raised.value!r} {raised.value.__cause__!r}"


def test_it_writes_over_tls_as_a_user(broker):
    topic = new_topic(broker)
    producer = BoundedProducer(broker.secure_cluster, patience_s=30)

    assert written(producer, *numbered(topic, 10)) == ()
    producer.close()

    assert sum(map(len, by_key(broker, topic).values())) == 10


def test_a_broker_that_goes_and_comes_back_loses_nothing_and_keeps_the_order(own_broker):
    topic = new_topic(own_broker, partitions=3)
    producer = BoundedProducer(own_broker.cluster, patience_s=120)
    away = threading.Event()
    back = threading.Thread(target=_away_for_a_while, args=(own_broker, away))

    assert written(producer, *numbered(topic, 500)) == ()
    back.start()
    for sent, record in enumerate(numbered(topic, 4_000, 500)):
        producer.send(record)
        if sent == 500:
            away.wait()
    failed = producer.flush()
    back.join()
    producer.close()

    assert failed == ()
    found = by_key(own_broker, topic)
    assert sorted(place for places in found.values() for place in set(places)) == list(range(4_500))
    assert all(last_words(places) == sorted(set(places)) for places in found.values())


def _away_for_a_while(broker: Broker, away: threading.Event) -> None:
    broker.kill()
    away.set()
    broker.start()
