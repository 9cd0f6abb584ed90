"""WriteToKafka: what has flowed past is acknowledged, and what a topic refuses comes out beside it."""

import pickle
from dataclasses import replace
from functools import partial

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from connectors.kafka.dead_letter_record import DeadLetterTopics, dead_letter_records
from connectors.kafka.letters_read import letters_on_topics
from connectors.kafka.producer_pool import ProducerPool, shared_pool
from connectors.kafka.record_limits import MissingTopic
from connectors.kafka.sink_figures import SinkCount, forget_sink_figures, sink_figures
from connectors.kafka.write import DELIVERED, UNDELIVERED, WriteToKafka
from pipelines.core.dead_letters import dead_letter
from pipelines.runners.local import LocalRunner
from schemas.dead_letter import DeadLetter
from schemas.rejection import ReasonCode, Rejected
from schemas.topic_record import TopicRecord
from tests.broker import consume_all, new_topic, unique
from tests.builders import a_record

_seen: list[object] = []


def _record(topic: str, size: int) -> tuple[TopicRecord, ...]:
    """So many bytes; of a negative number no record, of 7 two."""
    one = TopicRecord(topic=topic, key=b"k", value=b"x" * size)
    return (
        () if size < 0 else (one,) * 1 if size != 7 else (one, TopicRecord(topic=topic, key=b"2", value=b""))
    )


def _see(kind: str, element: object) -> None:
    _seen.append((kind, element if kind == DELIVERED else (element[0], element[1].record.key)))


def run_write(cluster, topic: str, sizes: list[int]) -> beam.runners.runner.PipelineResult:
    _seen.clear()
    pipeline = beam.Pipeline(runner=LocalRunner(), options=PipelineOptions([]))
    delivered, undelivered = (
        pipeline
        | beam.Create(sizes)
        | "WriteToKafka" >> WriteToKafka(cluster, partial(_record, topic), int, patience_s=30)
    )
    for kind, elements in ((DELIVERED, delivered), (UNDELIVERED, undelivered)):
        _ = elements | kind >> beam.Map(partial(_see, kind))
    result = pipeline.run()
    result.wait_until_finish()
    return result


def test_what_flows_on_has_arrived(broker):
    topic = new_topic(broker)

    run_write(broker.cluster, topic, [3, 1, 2])

    assert _seen == [(DELIVERED, 3), (DELIVERED, 1), (DELIVERED, 2)]
    assert [len(record.value) for record in consume_all(broker, topic)] == [3, 1, 2]


def test_what_a_topic_refuses_comes_out_beside_and_flows_on_all_the_same(broker):
    topic = new_topic(broker, max_message_bytes=200_000)

    run_write(broker.cluster, topic, [1, 150_000, 2])

    assert [element for kind, element in _seen if kind == DELIVERED] == [1, 150_000, 2]
    assert [element for kind, element in _seen if kind == UNDELIVERED] == [(150_000, b"k")]
    assert len(consume_all(broker, topic)) == 2


def test_an_element_may_become_no_record_or_two(broker):
    topic = new_topic(broker)

    run_write(broker.cluster, topic, [-1, 7])

    assert _seen == [(DELIVERED, -1), (DELIVERED, 7)]
    assert [record.key for record in consume_all(broker, topic)] == [b"k", b"2"]


def test_beam_counts_what_the_process_counts(broker):
    forget_sink_figures()
    topic = new_topic(broker, max_message_bytes=200_000)

    result = run_write(broker.cluster, topic, [1, 150_000, 2])

    counters = {
        counter.key.metric.name: counter.committed
        for counter in result.metrics().query()["counters"]
        if counter.key.metric.namespace == "kafka_sink"
    }
    assert counters == dict(sink_figures().counts)
    assert (counters[SinkCount.RECORDS], counters[SinkCount.FAILED]) == (2, 1)


def test_a_missing_topic_fails_the_bundle(broker):
    with pytest.raises(MissingTopic):
        run_write(broker.cluster, unique("missing"), [1])

    assert _seen == []


def test_producers_are_made_once_and_lent(broker):
    pool = ProducerPool()
    first = pool.borrow(broker.cluster, 30)
    second = pool.borrow(broker.cluster, 30)
    pool.give_back(broker.cluster, 30, first)

    assert second is not first
    assert pool.borrow(broker.cluster, 30) is first
    assert pool.borrow(broker.cluster, 60) is not first


def test_a_write_is_sent_to_workers_without_its_producers(broker):
    write = WriteToKafka(broker.secure_cluster, partial(_record, "news"), int)
    shared_pool().give_back(broker.cluster, 1, shared_pool().borrow(broker.cluster, 1))

    assert pickle.loads(pickle.dumps(write)).label == write.label


def test_a_dead_letter_that_its_topic_does_not_take_whole_stands_there_without_its_payload(broker):
    topics = DeadLetterTopics(open=new_topic(broker, max_message_bytes=1 << 20), restricted=new_topic(broker))
    record = a_record(b"x" * (2 << 20), key=b"k")
    letter = dead_letter(record, "DecodeRecord", Rejected(ReasonCode.TEXT_EMPTY, "told"), is_wire=False)
    pipeline = beam.Pipeline(runner=LocalRunner(), options=PipelineOptions([]))

    _ = (
        pipeline
        | beam.Create([letter])
        | WriteToKafka(broker.cluster, partial(dead_letter_records, topics), DeadLetter, patience_s=30)
    )
    pipeline.run().wait_until_finish()

    [found] = letters_on_topics(broker.cluster, [topics.open])
    assert found == replace(letter, payload=None)
