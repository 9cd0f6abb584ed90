"""What ReadFromKafka costs beside a bare kafka-python poll loop: CPU per record, rates, and CPU while nothing comes.

    python -m benchmarks.kafka_source [--rounds N] [--idle SECONDS]

Starts a broker of its own. Both read the same 24 partitions with the same client settings, in turns, so that what else
the machine does meets both; CPU is that of this process alone, from a tenth of the records on (what a pipeline needs to
start is no cost of a record), and the medians of the rounds are compared.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import apache_beam as beam
from kafka import KafkaConsumer, TopicPartition

from connectors.kafka.cluster import KafkaCluster, quiet_client_logs
from connectors.kafka.consumers import reading_settings
from connectors.kafka.draining import request_drain
from connectors.kafka.places import Start, StartKind, Stop, StopKind
from connectors.kafka.read import ReadFromKafka, begin_reading, end_reading
from connectors.kafka.subscription import Subscription
from deploy.local.kafka import Broker
from pipelines.core.decode.capture import feed_of
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from schemas.record import Record
from tests.broker import make_topic, producer

PARTITIONS = 24
# Records and bytes of each: the bars of the source are set at these sizes.
SIZES = ((2_000, 60_000, 1.7), (50_000, 4_000, 1.33))
MAX_IDLE_SHARE = 0.07


@dataclass(slots=True)
class Meter:
    """CPU and wall clock of this process from a tenth of the records on."""

    records: int
    seen: int = 0
    began: tuple[float, float] = (0.0, 0.0)
    ended: tuple[float, float] = (0.0, 0.0)
    measured: int = 1

    def add(self, records: int) -> None:
        """So many more have come."""
        before, self.seen = self.seen, self.seen + records
        if before < self.records // 10 <= self.seen:
            self.began = time.process_time(), time.perf_counter()
            self.measured = self.records - self.seen
        if self.seen >= self.records > before:
            self.ended = time.process_time(), time.perf_counter()

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of a record."""
        return (self.ended[0] - self.began[0]) / self.measured * 1e6

    @property
    def per_s(self) -> float:
        """Records a second of wall clock."""
        return self.measured / (self.ended[1] - self.began[1])


_meter = Meter(records=1)
_arrived: list[float] = []


class _MeterFn(beam.DoFn):
    """Tells the meter of every hundredth record, so that it costs little itself."""

    def __init__(self) -> None:
        self._seen = 0

    def process(self, record: Record) -> None:
        if record.origin.source == "bench.live":
            _noted().append(time.time() - float(record.value.split(b" ", 1)[0]))
        self._seen += 1
        if self._seen % 100 == 0:
            _running().add(100)


def _running() -> Meter:
    return sys.modules[__name__]._meter  # noqa: SLF001  (of this module, by name: a DoFn is pickled)


def _noted() -> list[float]:
    return sys.modules[__name__]._arrived  # noqa: SLF001


def bare_loop(subscription: Subscription, records: int) -> Meter:
    """What a loop of `poll` over all partitions costs."""
    meter = Meter(records=records)
    consumer = KafkaConsumer(**reading_settings(subscription))
    partitions = [TopicPartition(subscription.topics[0], number) for number in range(PARTITIONS)]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    while meter.seen < records:
        for block in consumer.poll(timeout_ms=500, max_records=1_000).values():
            meter.add(len(block))
    consumer.close()
    return meter


def source(subscription: Subscription, records: int) -> Meter:
    """What ReadFromKafka costs, with a DoFn behind it that counts."""
    global _meter  # noqa: PLW0603  (where the DoFn finds it)
    _meter = Meter(records=records)
    run(subscription)
    return _meter


def run(subscription: Subscription) -> None:
    """Read to the end, or to a drain."""
    begin_reading()
    try:
        with beam.Pipeline(runner=LocalRunner()) as pipeline:
            records = pipeline | "ReadFromKafka" >> ReadFromKafka(subscription, feed_of)
            _ = records | "Meter" >> beam.ParDo(_MeterFn())
    finally:
        end_reading()


def idle_share(subscription: Subscription, seconds: float) -> float:
    """The share of a core that a read takes while nothing comes, after its start."""
    marks: list[float] = []

    def mark() -> None:
        marks.append(time.process_time())

    timers = [
        threading.Timer(3, mark),
        threading.Timer(3 + seconds, mark),
        threading.Timer(3.1 + seconds, request_drain),
    ]
    for timer in timers:
        timer.start()
    run(subscription)
    return (marks[1] - marks[0]) / seconds


def live(broker: Broker, per_s: float, seconds: float) -> str:
    """Records of 2 KB sent one by one: how long until the next DoFn has each, and what that costs."""
    topic = "bench.live"
    make_topic(broker, topic, PARTITIONS)
    _arrived.clear()
    sender = threading.Thread(target=_send_live, args=(broker.cluster, topic, per_s, seconds))
    sender.start()
    began = time.process_time(), time.perf_counter()
    run(Subscription(cluster=broker.cluster, topics=(topic,), group_id="bench.live"))
    share = (time.process_time() - began[0]) / (time.perf_counter() - began[1])
    sender.join()
    delays = sorted(_arrived)
    p50, p95 = (delays[int(len(delays) * part)] * 1000 for part in (0.5, 0.95))
    return f"live, {per_s:g}/s: {len(delays)} records, p50 {p50:.0f} ms, p95 {p95:.0f} ms, {share:.1%} of a core with the producer"


def _send_live(cluster: KafkaCluster, topic: str, per_s: float, seconds: float) -> None:
    filler = os.urandom(2_000)
    with producer(cluster) as client:
        time.sleep(3)  # the read has begun
        for number in range(int(per_s * seconds)):
            value = b"%r " % time.time() + filler
            client.send(topic, value=value, partition=number % PARTITIONS)
            time.sleep(1 / per_s)
    time.sleep(2)  # the last have come
    request_drain()


def fill(cluster: KafkaCluster, topic: str, size: int, records: int) -> None:
    """Write records of this size, round the partitions; bytes that compress like none."""
    value = os.urandom(size)
    with producer(cluster) as client:
        for number in range(records):
            client.send(topic, value=value, key=b"%d" % number, partition=number % PARTITIONS)
            if number % 500 == 0:
                client.flush()


def compare(broker: Broker, rounds: int) -> bool:
    """Print both at each size; whether the source keeps its bars."""
    holds = True
    for size, records, bar in SIZES:
        topic = f"bench.{size}"
        make_topic(broker, topic, PARTITIONS)
        fill(broker.cluster, topic, size, records)
        subscription = Subscription(
            cluster=broker.cluster,
            topics=(topic,),
            group_id="bench",
            start=Start(kind=StartKind.EARLIEST),
            stop=Stop(kind=StopKind.LATEST),
        )
        pairs = [(bare_loop(subscription, records), source(subscription, records)) for _ in range(rounds)]
        bare_us, our_us = (median(pair[side].cpu_us for pair in pairs) for side in (0, 1))
        bare_rate, our_rate = (median(pair[side].per_s for pair in pairs) for side in (0, 1))
        ratio = median(ours.cpu_us / bare.cpu_us for bare, ours in pairs)
        holds = holds and ratio <= bar
        print(
            f"{size:6,} B  bare {bare_us:6.1f} us {bare_rate:8,.0f}/s   source {our_us:6.1f} us {our_rate:8,.0f}/s   "
            f"CPU {ratio:.2f} (bar {bar})   rate {our_rate / bare_rate:.2f}",
            flush=True,
        )
    return holds


def main() -> int:
    """Run it; exit code 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", type=float, default=15.0, help="seconds to watch the idle read; 0 for none")
    options = parser.parse_args()
    quiet_client_logs()
    register_coders(plain=True)
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder))
        broker.start()
        try:
            holds = compare(broker, options.rounds)
            if options.idle:
                share = _idle(broker, options.idle)
                print(f"idle, {PARTITIONS} partitions: {share:.1%} of a core (bar {MAX_IDLE_SHARE:.0%})")
                holds = holds and share <= MAX_IDLE_SHARE
                print(live(broker, 200, options.idle), flush=True)
        finally:
            broker.kill()
    return 0 if holds else 1


def _idle(broker: Broker, seconds: float) -> float:
    make_topic(broker, "bench.idle", PARTITIONS)
    return idle_share(Subscription(cluster=broker.cluster, topics=("bench.idle",), group_id="bench"), seconds)


if __name__ == "__main__":
    sys.modules["benchmarks.kafka_source"] = sys.modules["__main__"]
    sys.exit(main())
