"""ReadFromKafka: what was gone before it was read is told and counted, and a gap is no loss."""

from dataclasses import replace

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient

from connectors.kafka.figures import Count, kafka_figures
from connectors.kafka.losses import DataLoss
from connectors.kafka.places import Place, Start, StartKind
from connectors.kafka.subscription import IsolationLevel, OnDataLoss
from tests.broker import (
    committed,
    delete_records,
    eventually,
    make_topic,
    new_topic,
    produce,
    unique,
)
from tests.kafka_reading import TO_THE_END, Reading, chain, read, subscribed

SKIP = OnDataLoss.SKIP


def left_off(broker, read_before, gone_before, **changes):
    """A subscription that has read so many of 30 records when those before an offset were deleted."""
    topic = new_topic(broker)
    produce(broker, topic, [b"x"] * read_before)
    subscription = subscribed(broker, topic, stop=TO_THE_END, **changes)
    assert len(read(subscription)) == read_before
    produce(broker, topic, [b"x"] * (30 - read_before))
    delete_records(broker, topic, {0: gone_before})
    return subscription


def test_a_read_fails_when_records_are_gone_and_says_which_and_what_to_do(broker):
    subscription = left_off(broker, 10, 17)

    with pytest.raises(DataLoss) as failure:
        read(subscription)
    said = str(failure.value)
    assert subscription.topics[0] in said
    assert "offsets 10 to 16 (7 records)" in said
    assert "--on-data-loss skip" in said
    assert "--from" in said


def test_a_read_that_may_skip_tells_one_record_for_all_that_are_gone_and_goes_on(broker):
    subscription = left_off(broker, 10, 17, on_data_loss=SKIP)

    lost, *others = read(subscription)

    assert (lost.origin.offset, lost.origin.follows, lost.lost_records, lost.value) == (16, 9, 7, b"")
    assert chain(others) == [(offset, offset - 1) for offset in range(17, 30)]
    assert all(record.lost_records is None for record in others)
    assert kafka_figures().counts[Count.LOST] == 7
    assert committed(broker, subscription.group_id, subscription.topics[0]) == {0: 30}


def test_what_retention_took_of_read_records_is_no_loss(broker):
    subscription = left_off(broker, 10, 10)

    assert chain(read(subscription)) == [(offset, offset - 1) for offset in range(10, 30)]


def test_records_that_go_while_the_read_goes_on_are_told_too(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"x"] * 20)
    place = Place(topic=topic, partition=0, next_offset=5, last_offset=3)
    start = Start(kind=StartKind.OUTPUTS, places=(place,))
    delete_records(broker, topic, {0: 8})

    lost, first, *_ = read(subscribed(broker, topic, start=start, stop=TO_THE_END, on_data_loss=SKIP))

    assert (lost.origin.offset, lost.origin.follows, lost.lost_records) == (7, 3, 3)
    assert (first.origin.offset, first.origin.follows) == (8, 7)


def test_a_loss_up_to_the_stop_ends_the_read(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"x"] * 20)
    delete_records(broker, topic, {0: 20})
    start = Start(kind=StartKind.OUTPUTS, places=(Place(topic=topic, partition=0, next_offset=5),))

    (lost,) = read(subscribed(broker, topic, start=start, stop=TO_THE_END, on_data_loss=SKIP))

    assert (lost.origin.offset, lost.lost_records) == (19, 15)


def made_again(broker, topic, records):
    with KafkaAdminClient(**broker.cluster.client_settings()) as admin:
        admin.delete_topics([topic])
        eventually(lambda: topic not in admin.list_topics())
    make_topic(broker, topic)
    produce(broker, topic, [b"new"] * records)


def test_a_topic_that_was_made_again_is_a_loss_of_unknown_size(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"new"] * 5)
    start = Start(kind=StartKind.OUTPUTS, places=(Place(topic=topic, partition=0, next_offset=20),))
    subscription = subscribed(broker, topic, start=start, stop=TO_THE_END)

    with pytest.raises(
        DataLoss, match=r"offset 20 is the next to read, and the log .now 0 to 4. is another one"
    ):
        read(subscription)
    records = read(replace(subscription, on_data_loss=SKIP))
    assert chain(records) == [(0, None), (1, 0), (2, 1), (3, 2), (4, 3)]
    assert committed(broker, subscription.group_id, topic) == {0: 5}
    assert kafka_figures().counts[Count.LOSSES] == 1


@pytest.mark.parametrize("size", [5, 40], ids=["shorter", "longer"])
def test_a_topic_that_is_made_again_while_it_is_read_is_read_again_from_its_first_record(broker, size):
    topic = new_topic(broker)
    produce(broker, topic, [b"old"] * 20)
    reading = Reading(subscribed(broker, topic, on_data_loss=SKIP))
    reading.wait_for(20)
    made_again(broker, topic, size)

    records = reading.wait_for(20 + size)
    reading.drain()

    assert [record.value for record in records[20:]] == [b"new"] * size
    assert chain(records[20:22]) == [(0, None), (1, 0)]
    assert kafka_figures().counts[Count.LOSSES] == 1


def transactions(broker, topic, *outcomes):
    """Records of one transaction each, with the markers that these leave in the log."""
    with KafkaProducer(**broker.cluster.client_settings(), transactional_id=unique("tx")) as client:
        client.init_transactions()
        for number, is_committed in enumerate(outcomes):
            client.begin_transaction()
            for part in range(3):
                client.send(topic, b"%d.%d" % (number, part), partition=0)
            client.flush()
            client.commit_transaction() if is_committed else client.abort_transaction()


def test_markers_of_transactions_are_no_gap_and_the_chain_of_records_is_unbroken(broker):
    topic = new_topic(broker)
    subscription = subscribed(broker, topic, stop=TO_THE_END, isolation_level=IsolationLevel.READ_COMMITTED)
    transactions(broker, topic, True, False, True)
    first = read(subscription)
    transactions(broker, topic, True)

    second = read(subscription)

    assert chain(first) == [(0, None), (1, 0), (2, 1), (8, 2), (9, 8), (10, 9)]
    assert chain(second) == [(12, 10), (13, 12), (14, 13)]
    assert committed(broker, subscription.group_id, topic) == {0: 16}


def test_a_read_that_does_not_wait_for_transactions_reads_aborted_records_too(broker):
    topic = new_topic(broker)
    transactions(broker, topic, True, False)

    assert chain(read(subscribed(broker, topic, stop=TO_THE_END))) == [
        (0, None),
        (1, 0),
        (2, 1),
        (4, 2),
        (5, 4),
        (6, 5),
    ]
