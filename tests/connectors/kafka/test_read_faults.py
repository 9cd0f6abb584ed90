"""ReadFromKafka while brokers go away, and clusters that cannot be reached."""

import gc
import os
import time
from dataclasses import replace

import pytest
from kafka import TopicPartition
from kafka.errors import (
    GroupAuthorizationFailedError,
    KafkaTimeoutError,
    LogTruncationError,
    SaslAuthenticationFailedError,
)
from kafka.structs import OffsetAndMetadata

from connectors.kafka import consumers
from connectors.kafka.bundle import SlotBundle
from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.commits import Committer
from connectors.kafka.consumers import SlotConsumer
from connectors.kafka.losses import DataLoss
from connectors.kafka.places import Start, StartKind
from connectors.kafka.reach import Unreachable, check_reachable
from connectors.kafka.slots import Cursor, Positions, Slot
from connectors.kafka.subscription import OnDataLoss
from connectors.kafka.tracker import SlotTracker
from connectors.kafka.trouble import KafkaTrouble
from connectors.secret import Secret
from deploy.local.ports import free_ports
from pipelines.core.decode.capture import feed_of
from tests.broker import committed, consume_all, eventually, new_topic, produce, producer
from tests.kafka_reading import TO_THE_END, Reading, read, subscribed


def test_a_broker_that_is_killed_and_comes_back_costs_no_record_and_no_order(own_broker):
    topic = new_topic(own_broker)
    subscription = subscribed(own_broker, topic)
    reading = Reading(subscription)
    with producer(own_broker.cluster) as client:
        futures = [client.send(topic, b"%d" % number) for number in range(500)]
        reading.wait_for(1)
        own_broker.kill()
        futures += [client.send(topic, b"%d" % number) for number in range(500, 600)]
        own_broker.start()
        acknowledged = [future.get(60) for future in futures]

    records = reading.wait_for(len(acknowledged), within_s=60)
    reading.drain()

    assert [record.origin.offset for record in records] == list(range(600))
    assert committed(own_broker, subscription.group_id, topic) == {0: 600}


@pytest.fixture
def waiting(broker):
    """A consumer that has read one of ten records, and no more."""
    topic = new_topic(broker)
    produce(broker, topic, [b"x"] * 10)
    consumer = SlotConsumer(subscribed(broker, topic), Slot(0, 1))
    consumer.discovery.ask()
    (partition,) = consumer.owned
    consumer.place([Cursor(partition=partition, next_offset=0)])
    eventually(lambda: consumer.poll(0.5, 1))
    consumer.moved(partition, 1)
    yield consumer, partition
    consumer.close()


def test_a_partition_with_records_waiting_and_none_coming_for_a_minute_is_stalled(waiting, monkeypatch):
    consumer, partition = waiting
    assert not consumer.is_stalled(consumer.lags(), moved=())

    monkeypatch.setattr(consumers, "_STALLED_AFTER_S", -1)

    assert consumer.lags() == {partition: 9}
    assert consumer.is_stalled(consumer.lags(), moved=())


def test_a_partition_that_moves_or_has_nothing_waiting_is_not_stalled(waiting, monkeypatch):
    consumer, partition = waiting
    monkeypatch.setattr(consumers, "_STALLED_AFTER_S", 0)

    assert not consumer.is_stalled({partition: 9}, moved=[partition])
    assert not consumer.is_stalled({partition: 0}, moved=())


def test_nothing_is_stalled_while_the_brokers_do_not_answer(waiting, monkeypatch):
    consumer, _ = waiting
    monkeypatch.setattr(consumers, "_STALLED_AFTER_S", -1)
    consumer.discovery.answered_at = None

    assert not consumer.is_stalled(consumer.lags(), moved=())


def test_nothing_is_stalled_while_the_brokers_do_not_say_whether_there_is_more(waiting, monkeypatch):
    consumer, _ = waiting
    monkeypatch.setattr(consumers, "_STALLED_AFTER_S", -1)
    monkeypatch.setattr(consumer, "extents", raising(KafkaTimeoutError("no answer")))

    assert not consumer.is_stalled(consumer.lags(), moved=())


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.parametrize(
    "error",
    [GroupAuthorizationFailedError("of the group"), KafkaTimeoutError("no answer")],
    ids=["refused", "no answer"],
)
def test_a_start_for_which_the_group_cannot_be_asked_says_what_it_takes(broker, monkeypatch, error):
    topic = new_topic(broker)
    subscription = subscribed(broker, topic, stop=TO_THE_END)
    monkeypatch.setattr(Committer, "committed", raising(error))

    with pytest.raises(KafkaTrouble) as failure:
        read(subscription)
    said = str(failure.value)
    assert f"needs READ on them and on the group {subscription.group_id}" in said
    assert topic in said
    assert type(error).__name__ in said


def test_a_start_without_a_broker_is_trouble_and_says_so(broker, monkeypatch):
    monkeypatch.setattr(consumers, "KafkaConsumer", raising(KafkaTimeoutError("no broker")))

    with pytest.raises(KafkaTrouble, match="connecting to the brokers"):
        read(subscribed(broker, new_topic(broker), stop=TO_THE_END))


def test_a_read_that_the_client_ends_for_a_reason_of_its_own_is_trouble_with_its_words(broker, monkeypatch):
    topic = new_topic(broker)
    refused = raising(SaslAuthenticationFailedError("the password was changed"))
    monkeypatch.setattr(SlotConsumer, "poll", refused)

    with pytest.raises(KafkaTrouble, match=f"reading {topic}: .*the password was changed"):
        read(subscribed(broker, topic))


def test_a_truncation_is_said_again_until_the_brokers_say_what_is_left(broker, monkeypatch):
    topic = new_topic(broker)
    produce(broker, topic, [b"x"] * 10)
    subscription = subscribed(broker, topic, start=Start(kind=StartKind.EARLIEST))
    consumer = SlotConsumer(subscription, Slot(0, 1))
    extents, answers = consumer.extents, [KafkaTimeoutError("no answer")] * 2

    def asked(partitions):
        if partitions == truncated.divergent_offsets and answers:
            raise answers.pop()
        return extents(partitions)

    truncated = LogTruncationError({TopicPartition(topic, 0): OffsetAndMetadata(4, "", 0)})
    monkeypatch.setattr(consumer, "extents", asked)
    consumer.say_again(truncated)
    tracker = SlotTracker(Positions())
    bundle = SlotBundle(subscription, feed_of, consumer, None, tracker)
    reading = bundle.read()

    assert next(reading).value.origin.offset == 4
    assert answers == []
    reading.close()
    consumer.close()


def test_a_cluster_that_answers_is_reachable(broker):
    check_reachable(broker.cluster)
    check_reachable(broker.secure_cluster)


def test_an_address_where_nothing_listens_is_named(broker):
    (port,) = free_ports(1)

    with pytest.raises(Unreachable) as failure:
        check_reachable(KafkaCluster(bootstrap_servers=(f"127.0.0.1:{port}",)), within_s=1)
    assert f"127.0.0.1:{port} (no connection)" in str(failure.value)
    assert "the address" in str(failure.value)


# kafka-python leaves the socket of a failed handshake to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sasl_password": Secret("wr0ng-and-secret")}, "the user 'copydesk' or the password"),
        ({"sasl_mechanism": "SCRAM-SHA-256"}, "may not offer SCRAM-SHA-256"),
        ({"ssl_cafile": None}, "the system's authorities may not have signed"),
        ({"security_protocol": "PLAINTEXT"}, "another protocol than PLAINTEXT"),
    ],
    ids=["password", "mechanism", "authority", "protocol"],
)
def test_whatever_keeps_a_client_out_is_among_the_likely_causes_and_no_secret_is_told(broker, change, said):
    begun = time.monotonic()
    with pytest.raises(Unreachable) as failure:
        check_reachable(replace(broker.secure_cluster, **change), within_s=2)

    assert said in str(failure.value)
    assert "a port is open" in str(failure.value)
    assert "secret" not in f"{failure.value!r} {failure.value.__cause__!r}"
    assert broker.secure_cluster.sasl_password.revealed() not in str(failure.value)
    assert time.monotonic() - begun < 2 + 5
    gc.collect()


def cut_log(broker, topic):
    """Lose the last batch of a topic's only log, as an unclean election does."""
    folder = broker.folder / "data" / f"{topic}-0"
    (log,) = folder.glob("*.log")
    content = log.read_bytes()
    sizes, place = [], 0
    while place < len(content):
        size = 12 + int.from_bytes(content[place + 8 : place + 12], "big")
        sizes.append(size)
        place += size
    log.write_bytes(content[: len(content) - sizes[-1]])
    for stale in (*folder.glob("*.index"), *folder.glob("*.timeindex"), *folder.glob("*.snapshot")):
        stale.unlink()


@pytest.mark.skipif("COPYDESK_FULL" not in os.environ, reason="two more starts of a broker")
def test_a_log_that_its_broker_has_truncated_fails_the_read_or_is_read_on(own_broker):
    topic = new_topic(own_broker)
    failing, skipping = (
        subscribed(own_broker, topic, on_data_loss=on_data_loss) for on_data_loss in OnDataLoss
    )
    produce(own_broker, topic, [b"kept"] * 10)
    produce(own_broker, topic, [b"lost"] * 10)
    for subscription in (failing, skipping):
        assert len(read(replace(subscription, stop=TO_THE_END))) == 20
    own_broker.kill()
    cut_log(own_broker, topic)
    own_broker.start()

    with pytest.raises(DataLoss, match="truncated"):
        read(replace(failing, stop=TO_THE_END))
    there = [record.value for record in consume_all(own_broker, topic)]
    assert [record.value for record in read(replace(skipping, stop=TO_THE_END))] == there
    assert 10 <= len(there) < 20


@pytest.mark.skipif("COPYDESK_FULL" not in os.environ, reason="two more starts of a broker")
def test_a_log_that_is_truncated_while_it_is_read_is_read_on_and_nothing_new_is_missing(own_broker):
    topic = new_topic(own_broker)
    produce(own_broker, topic, [b"kept"] * 10)
    produce(own_broker, topic, [b"lost"] * 10)
    reading = Reading(subscribed(own_broker, topic, on_data_loss=OnDataLoss.SKIP))
    reading.wait_for(20)
    own_broker.kill()
    cut_log(own_broker, topic)
    own_broker.start()
    new = [b"%d" % number for number in range(30)]
    produce(own_broker, topic, new)

    eventually(
        lambda: {record.value for record in reading.records} >= set(new), told=lambda: reading.records[20:]
    )
    reading.drain()


@pytest.mark.skipif("COPYDESK_FULL" not in os.environ, reason="the cleaner of a log comes after 15 s")
def test_what_compaction_has_removed_is_no_gap(own_broker):
    topic = new_topic(
        own_broker,
        cleanup_policy="compact",
        segment_ms=100,
        min_cleanable_dirty_ratio=0,
        delete_retention_ms=0,
    )
    for number in range(40):
        produce(own_broker, topic, [b"%d" % number], keys=[b"key%d" % (number % 4)])
    eventually(lambda: len(consume_all(own_broker, topic)) < 20, within_s=90)
    left = [record.offset for record in consume_all(own_broker, topic)]
    subscription = subscribed(own_broker, topic, stop=TO_THE_END)

    records = read(subscription)

    assert [record.origin.offset for record in records] == left
    assert [record.origin.follows for record in records] == [None, *left[:-1]]
    assert committed(own_broker, subscription.group_id, topic) == {0: 40}
