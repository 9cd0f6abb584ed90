"""A range of topics is read to the end it had when it began, each time in the same order, and never for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer

from connectors.kafka.places import Start, StartKind, Stop, StopKind
from connectors.kafka.range_read import Offsets, open_range
from connectors.kafka.record_limits import MissingTopic
from connectors.kafka.trouble import KafkaTrouble
from tests.broker import delete_records, new_topic, produce, unique

EARLIEST, LATEST = Start(kind=StartKind.EARLIEST), Stop(kind=StopKind.LATEST)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def read(broker, *topics, start=EARLIEST, stop=LATEST, **options):
    with open_range(broker.cluster, topics, start=start, stop=stop, **options) as found:
        return list(found.records())


def places(records):
    return [(record.partition, record.offset) for record in records]


def test_every_record_of_every_partition_comes_once_in_its_order(broker):
    topic = new_topic(broker, partitions=4)
    written = produce(broker, topic, [b"%d" % number for number in range(2_000)])
    records = read(broker, topic)

    assert sorted(places(records)) == sorted(written)
    for partition in range(4):
        offsets = [record.offset for record in records if record.partition == partition]
        assert offsets == sorted(offsets)


def test_partitions_are_merged_by_time_and_a_time_that_goes_back_waits_its_turn(broker):
    topic = new_topic(broker, partitions=2, retention_ms=-1)
    for partition, minutes in ((0, [0, 4, 1]), (1, [2, 3, 5])):
        for minute in minutes:
            produce(
                broker,
                topic,
                [b"%d" % minute],
                partition=partition,
                timestamp=NINE + timedelta(minutes=minute),
            )

    assert [record.value for record in read(broker, topic)] == [b"0", b"2", b"3", b"4", b"1", b"5"]


def test_two_reads_of_a_range_give_the_same_order(broker):
    topics = [new_topic(broker, partitions=3) for _ in range(2)]
    for topic in topics:
        produce(broker, topic, [b"x" * 40_000] * 300)
    first = read(broker, *topics)

    assert len(first) == 600
    assert read(broker, *topics) == first


def test_what_comes_while_it_is_read_is_not_in_the_range(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"before"])
    with open_range(broker.cluster, [topic], start=EARLIEST, stop=LATEST) as found:
        produce(broker, topic, [b"after"])
        records = list(found.records())

    assert [record.value for record in records] == [b"before"]


def test_the_markers_of_transactions_end_a_range_without_a_record(broker):
    topic = new_topic(broker)
    with KafkaProducer(**broker.cluster.client_settings(), transactional_id=unique("range")) as client:
        client.init_transactions()
        for value, is_kept in ((b"kept", True), (b"aborted", False)):
            client.begin_transaction()
            client.send(topic, value).get(30)
            _ = client.commit_transaction() if is_kept else client.abort_transaction()

    assert [record.value for record in read(broker, topic)] == [b"kept"]
    assert len(read(broker, topic, isolation_level="read_uncommitted")) == 2


def test_a_compacted_topic_is_read_to_its_end(broker):
    topic = new_topic(
        broker,
        cleanup_policy="compact",
        segment_ms=100,
        min_cleanable_dirty_ratio=0.01,
        delete_retention_ms=0,
        max_compaction_lag_ms=100,
    )
    produce(broker, topic, [b"%d" % number for number in range(20)], keys=[b"one"] * 20)
    produce(broker, topic, [None], keys=[b"one"])

    assert [record.value for record in read(broker, topic)][-1] is None


def test_null_and_empty_keys_values_and_headers_are_told_apart(broker):
    topic = new_topic(broker)
    produce(broker, topic, [None, b""], keys=[b"", b"k"], headers=[("a", b""), ("a", b"\xff")])
    records = read(broker, topic)

    assert [(record.key, record.value) for record in records] == [(b"", None), (b"k", b"")]
    assert records[0].headers == (("a", b""), ("a", b"\xff"))


def test_a_record_of_6_mb_comes_whole(broker):
    topic = new_topic(broker)
    large = bytes(range(256)) * 24_000
    produce(broker, topic, [large, b"small"])

    assert [record.value for record in read(broker, topic)] == [large, b"small"]


def test_a_range_by_time_holds_what_is_between(broker):
    topic = new_topic(broker, retention_ms=-1)
    for minute in range(5):
        produce(broker, topic, [b"%d" % minute], timestamp=NINE + timedelta(minutes=minute))
    start = Start(kind=StartKind.TIME, time=NINE + timedelta(minutes=1))
    stop = Stop(kind=StopKind.TIME, time=NINE + timedelta(minutes=3))

    assert [record.value for record in read(broker, topic, start=start, stop=stop)] == [b"1", b"2"]


def test_a_range_by_offset_stays_within_what_is_there(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"%d" % number for number in range(10)])
    delete_records(broker, topic, {0: 4})

    def offsets(begin, end):
        return [
            record.offset
            for record in read(broker, topic, partition=0, offsets=Offsets(begin=begin, end=end))
        ]

    assert offsets(6, 8) == [6, 7]
    assert offsets(0, 6) == [4, 5]
    assert offsets(8, 99) == [8, 9]
    assert offsets(8, 2) == []
    assert offsets(99, None) == []


def test_an_empty_topic_holds_nothing_and_a_missing_one_is_named(broker):
    assert read(broker, new_topic(broker, partitions=3)) == []
    with pytest.raises(MissingTopic):
        read(broker, unique("missing"))
    with pytest.raises(KafkaTrouble, match="no partition 7"):
        read(broker, new_topic(broker), partition=7)


def test_what_retention_takes_while_it_is_read_is_trouble_and_no_gap(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"x" * 1_000_000] * 20)
    with open_range(broker.cluster, [topic], start=EARLIEST, stop=LATEST) as found:
        records = found.records()
        next(records)
        delete_records(broker, topic, {0: 20})

        with pytest.raises(KafkaTrouble, match="retention"):
            list(records)


def test_a_broker_that_goes_away_is_waited_for_so_long_and_then_it_is_said(own_broker):
    topic = new_topic(own_broker)
    produce(own_broker, topic, [b"x" * 1_000_000] * 30)

    def begun(patience_s):
        return open_range(own_broker.cluster, [topic], start=EARLIEST, stop=LATEST, patience_s=patience_s)

    with begun(1) as hasty, begun(60) as patient:
        ranges = [each.records() for each in (hasty, patient)]
        offsets = [next(records).offset for records in ranges]
        own_broker.stop()
        with pytest.raises(KafkaTrouble, match="partition 0: nothing has come for 1 s at offset"):
            list(ranges[0])
        own_broker.start()
        offsets += [record.offset for record in ranges[1]]

    assert offsets == [0, *range(30)]
