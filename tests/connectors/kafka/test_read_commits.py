"""Committed offsets: monotonic, with the record before them, and a failure is counted and never raised."""

from dataclasses import replace

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.structs import OffsetAndMetadata

from connectors.kafka import commits
from connectors.kafka.commits import Committer, committer_of
from connectors.kafka.consumers import SlotConsumer
from connectors.kafka.figures import Count, forget_figures, kafka_figures
from connectors.kafka.places import Place
from tests.broker import committed, eventually, new_topic, produce, unique
from tests.kafka_reading import TO_THE_END, Reading, chain, read, subscribed


@pytest.fixture
def topic(broker):
    return new_topic(broker, partitions=2)


@pytest.fixture
def committer(broker):
    forget_figures()
    made = Committer(broker.cluster, unique("group"))
    yield made
    made.close()


def place(topic, next_offset, last_offset=None, partition=0):
    return Place(topic=topic, partition=partition, next_offset=next_offset, last_offset=last_offset)


def test_a_committed_place_comes_back_with_its_last_record(committer, topic):
    committer.commit([place(topic, 9, 5), place(topic, 4, None, partition=1)])

    told = committer.committed([TopicPartition(topic, 0), TopicPartition(topic, 1)])

    assert list(told.values()) == [place(topic, 9, 5), place(topic, 4, None, partition=1)]
    assert committer.committed([TopicPartition(unique("none"), 0)]) == {}


def test_a_commit_never_goes_backwards(broker, committer, topic):
    for offset in (10, 5, 10):
        committer.commit([place(topic, offset)])

    assert committer.committed([TopicPartition(topic, 0)])[TopicPartition(topic, 0)].next_offset == 10
    assert kafka_figures().counts[Count.COMMITS_SUCCEEDED] == 1


def test_a_commit_may_be_lower_once_the_partition_is_read_from_another_place(committer, topic):
    committer.commit([place(topic, 10)])
    committer.begin_at({TopicPartition(topic, 0): 4})
    committer.commit([place(topic, 5)])

    assert committer.committed([TopicPartition(topic, 0)])[TopicPartition(topic, 0)].next_offset == 5


def test_what_waits_to_be_committed_is_dropped_only_beyond_where_the_partition_is_read_from(
    committer, topic, monkeypatch
):
    with monkeypatch.context() as broken:
        broken.setattr(committer._client, "commit", _refuse)
        committer.commit([place(topic, 3, 2), place(topic, 9, 8, partition=1)])
    committer.begin_at({TopicPartition(topic, 0): 3, TopicPartition(topic, 1): 8})

    committer.commit([], is_last=True)

    told = committer.committed([TopicPartition(topic, 0), TopicPartition(topic, 1)])
    assert list(told.values()) == [place(topic, 3, 2)]


def test_nothing_is_committed_of_a_partition_that_is_gone(committer, topic, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(committer._client, "commit", _refuse)
        committer.commit([place(topic, 3, 2)])
    committer.forget([TopicPartition(topic, 0)])

    assert not committer.is_behind


def test_a_new_consumer_leaves_to_be_committed_what_waits(broker, monkeypatch):
    monkeypatch.setattr(commits, "_BACK_OFF_S", 0.3)
    topic = new_topic(broker)
    produce(broker, topic, [b"x"] * 6)
    subscription = subscribed(broker, topic)
    reading = Reading(subscription)
    reading.wait_for(6)
    eventually(lambda: committed(broker, subscription.group_id, topic) == {0: 6})
    waiting = committer_of(subscription.cluster, subscription.group_id)
    with monkeypatch.context() as broken:
        broken.setattr(waiting._client, "commit", _refuse)
        produce(broker, topic, [b"x"] * 4)
        eventually(lambda: waiting.is_behind)
        monkeypatch.setattr(SlotConsumer, "is_stalled", lambda *_, **__: True)
        made = kafka_figures().counts[Count.CONSUMERS_MADE]
        eventually(lambda: kafka_figures().counts[Count.CONSUMERS_MADE] > made)

    eventually(lambda: committed(broker, subscription.group_id, topic) == {0: 10})
    monkeypatch.undo()
    reading.drain()


def test_a_commit_that_fails_is_counted_waits_and_is_covered_by_a_later_one(committer, topic, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(committer._client, "commit", _refuse)
        committer.commit([place(topic, 3, 2)])
        committer.commit([place(topic, 4, 3)])  # within the back-off
    assert kafka_figures().counts == {Count.COMMITS_FAILED: 1}
    assert committer.is_behind

    committer.commit([], is_last=True)

    assert committer.committed([TopicPartition(topic, 0)])[TopicPartition(topic, 0)] == place(topic, 4, 3)
    assert not committer.is_behind


def _refuse(*_, **__):
    raise KafkaTimeoutError


def test_what_others_committed_goes_on_after_the_offset_before(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"x"] * 6)
    subscription = subscribed(broker, topic, stop=TO_THE_END)
    settings = broker.cluster.client_settings()
    with KafkaConsumer(**settings, group_id=subscription.group_id, enable_auto_commit=False) as theirs:
        theirs.commit({TopicPartition(topic, 0): OffsetAndMetadata(4, "theirs", -1)})

    assert chain(read(subscription)) == [(4, 3), (5, 4)]


def test_a_read_without_a_group_commits_nothing(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"x"])
    subscription = subscribed(broker, topic, stop=TO_THE_END)
    start = replace(subscription.start, kind="earliest")

    assert len(read(replace(subscription, group_id=None, start=start))) == 1
    assert committed(broker, subscription.group_id, topic) == {}
