"""WriteToKafka: what flows past becomes records of topics, and flows on once they are acknowledged."""

from collections.abc import Callable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.utils.windowed_value import WindowedValue

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producer_pool import shared_pool
from connectors.kafka.producing import PATIENCE_S, BoundedProducer, Undelivered
from connectors.kafka.sink_figures import forget_sink_figures, tell_beam_of_sink
from schemas.topic_record import TopicRecord

DELIVERED = "delivered"
UNDELIVERED = "undelivered"

RecordsOf = Callable[[Any], tuple[TopicRecord, ...]]


class WriteToKafka(beam.PTransform):
    """Write the records that `records_of` makes of each element, then hand the element on.

    Two outputs: `delivered`, every element in the order it came in, timestamps and windows kept, of which `accepted` is the
    class; and `undelivered`, pairs of an element and the `Undelivered` record of it that its topic does not take. An
    element of which no record is made flows on all the same.

    Bounded or unbounded. Delivery: at least once; order per key kept, and the last record of a key is the last that was
    sent. Elements are held until their bundle ends, records are not: no more than 32 MiB or 5,000 are in flight. Parallel
    without bounds (producers of a process are shared by its bundles, one at a time); no state; lateness does not matter.

    Raises in the worker: `OutOfPatience` (nothing acknowledged for `patience_s`), `MissingTopic`, `KafkaTrouble` (refused by
    the cluster); the bundle fails and is retried.
    """

    def __init__(
        self,
        cluster: KafkaCluster,
        records_of: RecordsOf,
        accepted: type,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        super().__init__()
        self._fn = _ProduceRecordsFn(cluster, records_of, patience_s)
        self._accepted = accepted

    def expand(self, elements: PCollection) -> Any:
        return elements | "ProduceRecords" >> beam.ParDo(self._fn).with_output_types(
            self._accepted
        ).with_outputs(UNDELIVERED, main=DELIVERED)


class _ProduceRecordsFn(beam.DoFn):
    """Sends as elements come, holds these until all is acknowledged, hands them on."""

    def __init__(self, cluster: KafkaCluster, records_of: RecordsOf, patience_s: float) -> None:
        self._cluster = cluster
        self._records_of = records_of
        self._patience_s = patience_s
        self._producer: BoundedProducer | None = None
        self._held: list[WindowedValue] = []

    def start_bundle(self) -> None:
        # A bundle that failed left its elements behind, and a producer that may still hold some of its records.
        self._held = []
        self._drop_producer()

    def process(
        self,
        element: Any,
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> None:
        place = len(self._held)
        self._held.append(WindowedValue(element, timestamp, (window,)))
        for record in self._records_of(element):
            if self._producer is None:
                self._producer = shared_pool().borrow(self._cluster, self._patience_s)
            self._producer.send(record, place)

    def finish_bundle(self) -> Iterator[Any]:
        undelivered = self._flush()
        held, self._held = self._held, []
        yield from held
        for failure in undelivered:
            assert isinstance(failure.mark, int), "the place of its element"
            one = held[failure.mark]
            yield TaggedOutput(UNDELIVERED, one.with_value((one.value, failure)))

    def teardown(self) -> None:
        self._drop_producer()

    def _flush(self) -> tuple[Undelivered, ...]:
        producer = self._producer
        if producer is None:
            return ()
        undelivered = producer.flush()
        self._producer = None
        tell_beam_of_sink()
        shared_pool().give_back(self._cluster, self._patience_s, producer)
        return undelivered

    def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close()


def begin_writing() -> None:
    """Forget the figures of an earlier run; called before a run's graph is."""
    forget_sink_figures()


def end_writing() -> None:
    """Close every producer that the writes of this process have left; called after a run, however it ended."""
    shared_pool().close()
