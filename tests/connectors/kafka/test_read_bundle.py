"""One bundle of a slot by itself: what the runner takes back, what cannot be read, when it ends."""

import time

import pytest

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
    assert 0 < len(list(bundle_of(consumer_of(small), small)[0].read())) <= 500
    assert kafka_figures().counts[Count.CONSUMERS_MADE] == 2


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
