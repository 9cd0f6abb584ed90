"""ReadFromKafka on the local runner: to its end, or beside the test until that has seen enough."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import apache_beam as beam

from connectors.kafka.draining import request_drain
from connectors.kafka.places import Stop, StopKind
from connectors.kafka.read import ReadFromKafka, begin_reading, end_reading
from connectors.kafka.subscription import Subscription
from pipelines.core.decode.capture import feed_of
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from schemas.record import Record
from tests.broker import PATIENCE_S, eventually, unique

TO_THE_END = Stop(kind=StopKind.LATEST)


class BrokenOnPurpose(Exception):
    """What a stage behind the source raises when a test wants it to."""


@dataclass
class Run:
    records: list = field(default_factory=list)
    fails_at: int | None = None


# DoFns are pickled: what they write to is found by name.
_runs = {}


def keep(record, run):
    kept = _runs[run]
    if len(kept.records) == kept.fails_at:
        raise BrokenOnPurpose("on purpose")
    kept.records.append(record)
    return record


def subscribed(broker, *topics, **changes):
    """A subscription of a group of its own that looks for new partitions all the time."""
    settings = {"group_id": unique("group"), "discovery_s": 0.2} | changes
    return Subscription(cluster=broker.cluster, topics=topics, **settings)


class Reading:
    """A read that goes on beside the test. `drain` and `ended` give what it has read, or raise what it failed with."""

    def __init__(self, subscription, *, slots=1, fails_at=None):
        register_coders(plain=True)
        self._name = uuid4().hex
        self._run = _runs[self._name] = Run(fails_at=fails_at)
        self._subscription = subscription
        self._slots = slots
        self._error = None
        begin_reading()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def records(self):
        return list(self._run.records)

    def wait_for(self, count, within_s=PATIENCE_S):
        """The records as soon as there are so many; a read that has not brought them keeps no later one waiting."""
        try:
            eventually(
                lambda: len(self._run.records) >= count or not self._thread.is_alive(),
                within_s,
                told=lambda: f"{len(self._run.records)} of {count} records",
            )
        except AssertionError:
            request_drain()
            self._thread.join(within_s)
            raise
        return self.records

    def drain(self):
        request_drain()
        return self.ended()

    def ended(self, within_s=PATIENCE_S):
        self._thread.join(within_s)
        assert not self._thread.is_alive(), f"still reading, {len(self._run.records)} records so far"
        del _runs[self._name]
        if self._error is not None:
            raise self._error
        return self.records

    def _read(self):
        try:
            with beam.Pipeline(runner=LocalRunner()) as pipeline:
                records = pipeline | "ReadFromKafka" >> ReadFromKafka(
                    self._subscription, feed_of, self._slots
                )
                _ = records | "Keep" >> beam.Map(keep, self._name).with_output_types(Record)
        except Exception as error:  # noqa: BLE001  (the test's to judge)
            self._error = error
        finally:
            end_reading()


def read(subscription, **settings):
    """What a read to its end gives."""
    return Reading(subscription, **settings).ended()


def places(records):
    return [(record.origin.partition, record.origin.offset) for record in records]


def chain(records):
    """Offset and what it follows, in the order read."""
    return [(record.origin.offset, record.origin.follows) for record in records]


def moment(second):
    return datetime(2026, 3, 2, 6, 0, second, tzinfo=UTC)
