"""One bundle of a slot by itself: what the runner takes back, what cannot be read, when it ends."""

import time
from dataclasses import replace

import pytest
from kafka import KafkaProducer

from connectors.kafka.bundle import SlotBundle, Unreadable
from connectors.kafka.claims import ClaimRefused
from connectors.kafka.consumers import SlotConsumer
from connectors.kafka.figures import Count, forget_figures, kafka_figures
from connectors.kafka.places import Start, StartKind
from connectors.kafka.slots import Cursor, Positions, Slot
from connectors.kafka.tracker import SlotTracker
from pipelines.core.decode.capture import feed_of
from tests.broker import new_topic, produce
from tests.kafka_reading import TO_THE_END, read, subscribed

EARLIEST = Start(kind=StartKind.EARLIEST)


class Deferring(SlotTracker):
    """The tracker as a DoFn has it: it can also end the bundle."""

    residual = None

    def defer_remainder(self):
        split = self.try_split(0)
        self.residual = split and split[1]


@pytest.fixture
def consumer_of():
    made = []

    def make(subscription):
        made.append(SlotConsumer(subscription, Slot(0, 1)))
        return made[-1]

    forget_figures()
    yield make
    for consumer in made:
        consumer.close()


def bundle_of(consumer, subscription, positions=None):
    tracker = Deferring(positions or Positions())
    return SlotBundle(subscription, feed_of, consumer, None, tracker), tracker


def offsets(values):
    return [(windowed.value.origin.partition, windowed.value.origin.offset) for windowed in values]


def test_a_start_that_was_taken_back_halfway_is_gone_on_with(broker, consumer_of):
    topic = new_topic(broker, partitions=2)
    produce(broker, topic, [b"x"] * 8)
    subscription = subscribed(broker, topic, start=EARLIEST)
    consumer = consumer_of(subscription)
    consumer.discovery.ask()
    entered = Cursor(partition=consumer.owned[0], next_offset=2, last_offset=1)
    bundle, tracker = bundle_of(consumer, subscription, Positions(cursors=(entered,)))

    assert sorted(offsets(bundle.read())) == [(0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3)]
    assert tracker.residual.is_started


def test_what_the_runner_takes_back_is_claimed_no_further_and_nothing_claimed_is_kept_from_it(
    broker, consumer_of
):
    topic = new_topic(broker)
    produce(broker, topic, [b"x"] * 20)
    subscription = subscribed(broker, topic, start=EARLIEST, busy_s=30.0)
    bundle, tracker = bundle_of(consumer_of(subscription), subscription)
    reading = bundle.read()
    first = next(reading)
    _, residual = tracker.try_split(0)
    produce(broker, topic, [b"x"] * 20)

    with pytest.raises(ClaimRefused):
        list(reading)
    assert first.value.origin.offset == 0
    assert [cursor.next_offset for cursor in residual.cursors] == [20]
    assert [place.next_offset for place in bundle.claims.places()] == [20]


def test_a_bundle_ends_soon_after_its_first_records_and_later_while_more_wait(broker, consumer_of):
    topic = new_topic(broker)
    produce(broker, topic, [b"x"] * 3_000)
    subscription = subscribed(broker, topic, start=EARLIEST, busy_s=0.0, behind_s=60.0, idle_s=30.0)
    bundle, tracker = bundle_of(consumer_of(subscription), subscription)
    begun = time.monotonic()

    assert len(list(bundle.read())) == 3_000
    assert time.monotonic() - begun < 20
    assert tracker.residual is not None


def test_a_bundle_ends_with_so_many_records_or_bytes(broker, consumer_of):
    topic = new_topic(broker)
    produce(broker, topic, [b"x" * 1_000] * 500)
    few = subscribed(broker, topic, start=EARLIEST, max_bundle_records=7)
    small = subscribed(broker, topic, start=EARLIEST, max_bundle_bytes=1)

    assert len(list(bundle_of(consumer_of(few), few)[0].read())) == 7
    assert len(list(bundle_of(consumer_of(small), small)[0].read())) == 1
    assert kafka_figures().counts[Count.CONSUMERS_MADE] == 2


def bundles(consumer, subscription):
    """Origins and bytes of bundle after bundle, each going on where the one before ended, until one is empty."""
    positions, told = Positions(), []
    while not told or told[-1]:
        bundle, tracker = bundle_of(consumer, subscription, positions)
        told.append([windowed.value for windowed in bundle.read()])
        positions = tracker.residual
    return told[:-1]


def test_records_that_compress_a_hundredfold_fill_no_bundle_beyond_its_bytes_and_each_comes_once_in_order(
    broker, consumer_of
):
    topic = new_topic(broker, partitions=2)
    value = b"<p>The council met on Tuesday.</p>" * 3_000
    with KafkaProducer(
        **broker.cluster.client_settings(), compression_type="zstd", batch_size=1 << 20, linger_ms=50
    ) as client:
        for number in range(400):
            client.send(topic, b"%d" % number + value, partition=number % 2)
    subscription = subscribed(broker, topic, start=EARLIEST, max_bundle_bytes=4 * len(value))

    read_by_bundle = bundles(consumer_of(subscription), subscription)

    assert {len(records) for records in read_by_bundle[:-1]} == {3}  # a fourth is a few bytes too many
    for partition in range(2):
        ours = [
            record.origin
            for records in read_by_bundle
            for record in records
            if record.origin.partition == partition
        ]
        assert [origin.offset for origin in ours] == list(range(200))
        assert [origin.follows for origin in ours] == [None, *range(199)]
    assert kafka_figures().counts[Count.RECORDS] == 400


def test_a_record_larger_than_a_bundle_is_one_by_itself(broker, consumer_of):
    topic = new_topic(broker)
    produce(broker, topic, [b"x", b"x" * 1_000, b"x" * 1_000, b"x"])
    subscription = subscribed(broker, topic, start=EARLIEST, max_bundle_bytes=10)

    read_by_bundle = bundles(consumer_of(subscription), subscription)

    assert [[record.origin.offset for record in records] for records in read_by_bundle] == [
        [0],
        [1],
        [2],
        [3],
    ]


def test_what_was_polled_and_not_claimed_is_dropped_where_the_partition_is_placed_elsewhere(
    broker, consumer_of
):
    topic = new_topic(broker)
    produce(broker, topic, [b"x" * 10] * 20)
    subscription = subscribed(broker, topic, start=EARLIEST, max_bundle_bytes=50)
    consumer = consumer_of(subscription)
    first, tracker = bundle_of(consumer, subscription)
    assert [offset for _, offset in offsets(first.read())] == [0, 1, 2, 3, 4]

    (cursor,) = tracker.residual.cursors
    back = Positions(cursors=(cursor.moved(2, 1),), is_started=True)
    again, tracker = bundle_of(consumer, subscription, back)

    assert [offset for _, offset in offsets(again.read())] == [2, 3, 4, 5, 6]
    going_on, _ = bundle_of(consumer, subscription, tracker.residual)
    assert [offset for _, offset in offsets(going_on.read())] == [7, 8, 9, 10, 11]


def test_what_was_polled_and_not_claimed_is_not_passed_over_at_a_drain_or_an_end(broker, consumer_of):
    topic = new_topic(broker)
    produce(broker, topic, [b"x" * 10] * 20)
    endless = subscribed(broker, topic, start=EARLIEST, max_bundle_bytes=50)
    bundle, _ = bundle_of(consumer_of(endless), endless)

    assert len(list(bundle.read())) == 5
    assert [place.next_offset for place in bundle.claims.places()] == [5]
    assert len(read(replace(endless, stop=TO_THE_END))) == 20


def damage(broker, topic):
    """Turn a bit of the topic's only batch on the disk: a broker hands it on as it is."""
    (log,) = (broker.folder / "data" / f"{topic}-0").glob("*.log")
    content = bytearray(log.read_bytes())
    content[-3] ^= 0x01
    log.write_bytes(content)


def test_a_damaged_batch_ends_the_read_and_its_place_is_named(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"a value that is damaged on the disk"])
    damage(broker, topic)

    with pytest.raises(Unreadable) as failure:
        read(subscribed(broker, topic, stop=TO_THE_END))
    assert "CorruptRecordError" in str(failure.value)
    assert f"{topic}-0 at offset 0" in str(failure.value)
