"""ReadFromKafka: topics as a stream of records, each at least once, each telling its place and the one before it.

    Slot ── Read ──▶ Record          one element a slot; bundle after bundle of it, each ending in a checkpoint

A bundle takes the slot's consumer from the process, places it where the restriction says, polls, claims and emits block
by block, and commits once the runner has its results (research/slots.md).
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.utils.timestamp import Timestamp

from connectors.kafka import figures
from connectors.kafka.bundle import SlotBundle
from connectors.kafka.claims import ClaimRefused
from connectors.kafka.commits import Committer, close_committers, committer_of
from connectors.kafka.consumers import SlotConsumer, close_consumers, give_consumer, take_consumer
from connectors.kafka.draining import forget_drain, is_drain_requested
from connectors.kafka.slots import Slot, SlotCoder
from connectors.kafka.subscription import Subscription
from connectors.kafka.tracker import SlotPositions, SlotWatermark
from connectors.kafka.trouble import named_trouble
from schemas.record import Feed, Record


class _ReadSlotFn(beam.DoFn):
    def __init__(self, subscription: Subscription, feed_of: Callable[[str], Feed]) -> None:
        self._subscription = subscription
        self._feed_of = feed_of

    @beam.DoFn.unbounded_per_element()
    def process(
        self,
        element: Slot,
        finalizer: Any = beam.DoFn.BundleFinalizerParam,  # before the two that follow, or Beam hands it over twice
        tracker: Any = beam.DoFn.RestrictionParam(SlotPositions()),
        watermark: Any = beam.DoFn.WatermarkEstimatorParam(SlotWatermark()),
    ) -> Iterator[Any]:
        subscription = self._subscription
        with named_trouble("connecting to the brokers in order to read"):
            committer = self._committer()
            consumer = take_consumer(subscription, element)
        bundle = SlotBundle(subscription, self._feed_of, consumer, committer, tracker)
        is_sound = False
        try:
            yield from bundle.read()
            is_sound = self._look_back(bundle, consumer, watermark)
        except ClaimRefused:
            pass  # the consumer is ahead of what was claimed: another one begins where it was
        finally:
            # After any error the next poll of a consumer may never return (research/kafka.md §1).
            if is_sound:
                give_consumer(subscription, element, consumer)
            else:
                consumer.close()
            figures.tell_beam()
        if committer is not None and (bundle.claims.moved or committer.is_behind):
            places = bundle.claims.places()
            finalizer.register(lambda: committer.commit(places, is_last=is_drain_requested()))

    def _committer(self) -> Committer | None:
        group_id = self._subscription.group_id
        return None if group_id is None else committer_of(self._subscription.cluster, group_id)

    def _look_back(self, bundle: SlotBundle, consumer: SlotConsumer, watermark: Any) -> bool:
        """Note what is waiting; whether the consumer is of further use."""
        lags = consumer.lags()
        figures.note_lag(lags)
        if not any(lags.values()):
            watermark.advance(Timestamp(micros=int(time.time() * 1_000_000)))
        if consumer.is_stalled(lags, bundle.claims.moved):
            figures.count(figures.Count.STALL_REBUILDS)
            return False
        return True


class ReadFromKafka(beam.PTransform):
    """Topics in, `Record`s out: unbounded, or bounded by the subscription's stop; each record at least once.

    Within a partition records come in order. `slots` consumers read beside each other, locally one. The offsets told are
    committed when a bundle is complete; a start from them reads again at most what a crash took back. `feed_of` says
    what a topic may hold. Nothing waits for the watermark.

    A bundle fails with `DataLoss` when records are gone that were to be read and the subscription says so, and with
    `Unreadable` when a batch is damaged, with `KafkaTrouble` when the brokers refuse it or are not there at its start.
    """

    def __init__(self, subscription: Subscription, feed_of: Callable[[str], Feed], slots: int = 1) -> None:
        super().__init__()
        if slots < 1:
            raise ValueError(f"slots must be at least 1, not {slots}")
        self._slots = [Slot(number, slots) for number in range(slots)]
        self._read = _ReadSlotFn(subscription, feed_of)

    def expand(self, begin: beam.pvalue.PBegin) -> beam.PCollection:
        beam.coders.registry.register_coder(Slot, SlotCoder)
        return (
            begin
            | "Slots" >> beam.Create(self._slots, reshuffle=False).with_output_types(Slot)
            | "Read" >> beam.ParDo(self._read).with_output_types(Record)
        )


def begin_reading() -> None:
    """Forget the request to drain and the figures of an earlier run; called before a run's graph is."""
    forget_drain()
    figures.forget_figures()


def end_reading() -> None:
    """Close every client that the reads of this process have left; called after a run, however it ended."""
    close_consumers()
    close_committers()
