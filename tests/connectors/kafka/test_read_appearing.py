"""ReadFromKafka: partitions and topics that appear while it reads, or go."""

from dataclasses import replace

from kafka.admin import KafkaAdminClient

from connectors.kafka.figures import kafka_figures
from connectors.kafka.places import Start, StartKind
from connectors.kafka.subscription import Subscription
from tests.broker import add_partitions, eventually, make_topic, new_topic, produce, unique
from tests.kafka_reading import TO_THE_END, Reading, read, subscribed

LATEST = Start(kind=StartKind.LATEST)


def test_a_partition_that_is_added_is_read_from_its_first_record(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"old"])
    reading = Reading(subscribed(broker, topic, start=LATEST))
    eventually(lambda: kafka_figures().partitions == 1)
    add_partitions(broker, topic, 3)
    produce(broker, topic, [b"one", b"two"], partition=2)

    records = reading.wait_for(2)
    reading.drain()

    assert [(record.value, record.origin.partition, record.origin.follows) for record in records] == [
        (b"one", 2, None),
        (b"two", 2, 0),
    ]


def test_a_topic_that_does_not_exist_yet_is_waited_for_said_once_and_read_from_its_first_record(
    broker, caplog
):
    here, later = new_topic(broker), unique("later")
    reading = Reading(subscribed(broker, here, later, start=LATEST))
    eventually(lambda: kafka_figures().waiting_for == (later,))
    produce(broker, here, [b"meanwhile"])
    reading.wait_for(1)
    make_topic(broker, later)
    produce(broker, later, [b"first"])

    records = reading.wait_for(2)
    reading.drain()

    assert [record.value for record in records] == [b"meanwhile", b"first"]
    assert kafka_figures().waiting_for == ()
    assert [record.message for record in caplog.records if later in record.message] == [
        f"topic {later} does not exist, or may not be read: it is read once it does"
    ]


def test_a_read_to_the_end_waits_for_no_topic(broker):
    assert read(subscribed(broker, unique("nowhere"), stop=TO_THE_END)) == []
    assert len(kafka_figures().waiting_for) == 1


def test_a_pattern_reads_every_topic_whose_whole_name_it_matches_and_those_that_come_later(broker):
    stem = unique("pattern")
    for name in (f"{stem}.pages", f"{stem}.pages.old"):
        make_topic(broker, name)
        produce(broker, name, [name.encode()])
    subscription = Subscription(
        cluster=broker.cluster, pattern=f"{stem}\\.[a-z]+", group_id=unique("group"), discovery_s=0.2
    )
    reading = Reading(subscription)
    reading.wait_for(1)
    make_topic(broker, f"{stem}.wire")
    produce(broker, f"{stem}.wire", [b"later"])

    records = reading.wait_for(2)
    reading.drain()

    assert [record.value for record in records] == [f"{stem}.pages".encode(), b"later"]


def test_a_topic_that_is_deleted_stops_no_other(broker):
    here, gone = new_topic(broker), new_topic(broker)
    for topic in (here, gone):
        produce(broker, topic, [b"before"])
    subscription = subscribed(broker, here, gone)
    reading = Reading(subscription)
    reading.wait_for(2)
    with KafkaAdminClient(**broker.cluster.client_settings()) as admin:
        admin.delete_topics([gone])
    eventually(lambda: kafka_figures().waiting_for == (gone,))
    produce(broker, here, [b"after"])
    reading.wait_for(3)
    reading.drain()

    make_topic(broker, gone)
    produce(broker, gone, [b"anew"])
    assert [record.value for record in read(replace(subscription, stop=TO_THE_END))] == [b"anew"]
