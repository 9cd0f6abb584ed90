"""ReadFromKafka: where a read begins and ends, and that it goes on where it was."""

from dataclasses import replace

import pytest

from connectors.kafka.places import Place, Start, StartKind, Stop, StopKind
from connectors.kafka.subscription import Subscription
from schemas.record import Feed
from tests.broker import committed, eventually, new_topic, produce
from tests.kafka_reading import TO_THE_END, BrokenOnPurpose, Reading, chain, moment, places, read, subscribed


def start(kind, **settings):
    return Start(kind=StartKind(kind), **settings)


def numbered(first, end):
    return [b"%d" % number for number in range(first, end)]


@pytest.fixture(scope="module")
def six_seconds(broker):
    """A topic with a record of each of six seconds."""
    topic = new_topic(broker, retention_ms=-1)
    for second in range(6):
        produce(broker, topic, [b"%d" % second], timestamp=moment(second))
    return topic


def test_every_record_of_every_partition_comes_once_and_the_read_ends(broker):
    topic = new_topic(broker, "wire", partitions=5)
    sent = produce(broker, topic, numbered(0, 200))

    records = read(subscribed(broker, topic, stop=TO_THE_END))

    assert sorted(places(records)) == sorted(sent)
    assert {record.value for record in records} == set(numbered(0, 200))
    assert {(record.origin.source, record.feed) for record in records} == {(topic, Feed.WIRE)}


def test_slots_share_the_partitions_and_leave_none_out(broker):
    topic = new_topic(broker, partitions=5)
    sent = produce(broker, topic, numbered(0, 50))

    records = read(subscribed(broker, topic, stop=TO_THE_END), slots=3)

    assert sorted(places(records)) == sorted(sent)


@pytest.mark.parametrize(
    ("begin", "first"),
    [
        (start("committed"), 0),
        (start("earliest"), 0),
        (start("latest"), 6),
        (start("time", time=moment(2)), 2),
        (start("time", time=moment(59)), 6),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_a_read_begins_where_it_is_told_to(broker, six_seconds, begin, first):
    records = read(subscribed(broker, six_seconds, start=begin, stop=TO_THE_END))

    assert [record.origin.offset for record in records] == list(range(first, 6))
    assert all(record.origin.follows is None for record in records[:1])


def test_a_read_ends_before_the_time_it_is_told(broker, six_seconds):
    stop = Stop(kind=StopKind.TIME, time=moment(4))

    records = read(subscribed(broker, six_seconds, start=start("time", time=moment(1)), stop=stop))

    assert [record.received for record in records] == [moment(1), moment(2), moment(3)]


def test_a_read_from_the_outputs_begins_after_what_they_told(broker, six_seconds):
    place = Place(topic=six_seconds, partition=0, next_offset=3, last_offset=1)

    records = read(subscribed(broker, six_seconds, start=start("outputs", places=(place,)), stop=TO_THE_END))

    assert chain(records) == [(3, 1), (4, 3), (5, 4)]


def test_what_comes_after_the_start_is_not_read_by_one_that_ends_with_the_latest(broker):
    topic = new_topic(broker)
    produce(broker, topic, numbered(0, 30))

    reading = Reading(subscribed(broker, topic, stop=TO_THE_END, max_bundle_records=1))
    reading.wait_for(3)
    produce(broker, topic, numbered(30, 40))

    assert len(reading.ended()) == 30


def test_a_drained_read_goes_on_where_it_was_and_the_chain_is_unbroken(broker):
    topic = new_topic(broker)
    subscription = subscribed(broker, topic)
    produce(broker, topic, numbered(0, 40))
    reading = Reading(subscription)
    reading.wait_for(40)
    first = reading.drain()
    produce(broker, topic, numbered(40, 60))

    second = read(replace(subscription, stop=TO_THE_END))

    assert chain(first + second) == [(offset, offset - 1 if offset else None) for offset in range(60)]
    assert committed(broker, subscription.group_id, topic) == {0: 60}


def test_after_a_failure_no_record_is_missing_and_complete_bundles_do_not_come_again(broker):
    topic = new_topic(broker)
    subscription = subscribed(broker, topic, max_bundle_records=10, stop=TO_THE_END)
    produce(broker, topic, numbered(0, 40))
    failing = Reading(subscription, fails_at=25)
    with pytest.raises(BrokenOnPurpose):
        failing.ended()

    assert committed(broker, subscription.group_id, topic) == {0: 20}
    assert chain(read(subscription)) == [(offset, offset - 1) for offset in range(20, 40)]


def test_offsets_are_committed_while_the_read_goes_on(broker):
    topic = new_topic(broker)
    subscription = subscribed(broker, topic)
    reading = Reading(subscription)
    for end in (10, 20):
        produce(broker, topic, numbered(0, 10))
        reading.wait_for(end)
        eventually(lambda end=end: committed(broker, subscription.group_id, topic) == {0: end})

    assert len(reading.drain()) == 20


def test_a_read_from_the_latest_goes_on_from_there_though_nothing_came(broker):
    topic = new_topic(broker, partitions=2)
    subscription = subscribed(broker, topic, start=start("latest"))
    produce(broker, topic, numbered(0, 10))
    reading = Reading(subscription)
    eventually(lambda: committed(broker, subscription.group_id, topic) == {0: 5, 1: 5})
    reading.drain()
    produce(broker, topic, numbered(10, 14))

    records = read(replace(subscription, start=Start(), stop=TO_THE_END))

    assert sorted(places(records)) == [(0, 5), (0, 6), (1, 5), (1, 6)]
    assert sorted(chain(records), key=str) == [(5, None), (5, None), (6, 5), (6, 5)]


def test_an_idle_read_drains_at_once_and_one_of_an_empty_topic_ends(broker):
    topic = new_topic(broker)

    assert Reading(subscribed(broker, topic)).drain() == []
    assert read(subscribed(broker, topic, stop=TO_THE_END)) == []


def test_two_groups_each_read_everything(broker):
    topic = new_topic(broker)
    produce(broker, topic, numbered(0, 10))

    assert [len(read(subscribed(broker, topic, stop=TO_THE_END))) for _ in range(2)] == [10, 10]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"group_id": "g"}, "topics or a pattern"),
        ({"group_id": "g", "pattern": "("}, "no regular expression"),
        ({"topics": ("t",)}, "needs a group id"),
    ],
)
def test_a_subscription_that_cannot_be_read_is_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        Subscription(cluster=None, **settings)


@pytest.mark.parametrize("make", [lambda: start("time"), lambda: Stop(kind=StopKind.TIME)])
def test_a_time_must_be_stated(make):
    with pytest.raises(ValueError, match="needs a time"):
        make()
