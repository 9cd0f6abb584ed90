"""Committed offsets: monotonic, with the record before them, and a failure is counted and never raised."""

from dataclasses import replace

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.structs import OffsetAndMetadata

from connectors.kafka.commits import Committer
from connectors.kafka.figures import Count, forget_figures, kafka_figures
from connectors.kafka.places import Place
from tests.broker import committed, new_topic, produce, unique
from tests.kafka_reading import TO_THE_END, chain, read, subscribed


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
    committer.begin_at([TopicPartition(topic, 0)])
    committer.commit([place(topic, 5)])

    assert committer.committed([TopicPartition(topic, 0)])[TopicPartition(topic, 0)].next_offset == 5


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
