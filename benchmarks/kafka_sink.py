"""What the bounded producer costs beside a bare kafka-python send loop: CPU per record, rates, memory.

    python -m benchmarks.kafka_sink [--rounds N]

Starts a broker of its own. Both write the same records to the same 12 partitions with the same settings, in turns, so that
what else the machine does meets both; CPU is that of this process, and the medians of the rounds are compared. Memory is
that of the whole process at its peak, while 400 MB are sent as fast as they can be.
"""

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from kafka import KafkaProducer

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producing import MAX_IN_FLIGHT_BYTES, BoundedProducer
from deploy.local.kafka import Broker
from schemas.topic_record import TopicRecord
from tests.broker import make_topic

PARTITIONS = 12
# Bytes of a record and how many: an article, and a page among the dead letters.
SIZES = ((6_000, 20_000), (50_000, 2_000))
# What a bundle may hold is sent and then waited for.
BUNDLE = 2_000


def texts(size: int) -> list[bytes]:
    """Texts that compress as news does."""
    made = random.Random(1)
    words = ["".join(made.choice("etaoinshrdlu") for _ in range(made.randint(2, 9))) for _ in range(3_000)]
    return [" ".join(made.choice(words) for _ in range(size // 3)).encode()[:size] for _ in range(50)]


def records_of(topic: str, size: int, count: int) -> list[TopicRecord]:
    """Records with keys and headers as those of articles."""
    some = texts(size)
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_type", b"news.article.enriched"),
        ("content-type", b"application/json"),
    )
    return [
        TopicRecord(topic=topic, key=b"%032d" % place, value=some[place % len(some)], headers=headers)
        for place in range(count)
    ]


def bare(cluster: KafkaCluster, records: list[TopicRecord]) -> None:
    """The loop that one would write: send, and flush after each bundle."""
    producer = KafkaProducer(
        **cluster.client_settings(),
        acks="all",
        compression_type="zstd",
        linger_ms=10,
        batch_size=262_144,
        max_request_size=MAX_IN_FLIGHT_BYTES,
        metrics_enabled=False,
    )
    for place, record in enumerate(records, start=1):
        producer.send(record.topic, value=record.value, key=record.key, headers=list(record.headers))
        if place % BUNDLE == 0:
            producer.flush()
    producer.flush()
    producer.close()


def bounded(cluster: KafkaCluster, records: list[TopicRecord]) -> None:
    """Ours."""
    producer = BoundedProducer(cluster)
    for place, record in enumerate(records, start=1):
        producer.send(record)
        if place % BUNDLE == 0:
            producer.flush()
    producer.flush()
    producer.close()


def measured(write: Callable[[], None], count: int) -> tuple[float, float]:
    """CPU microseconds a record, and records a second."""
    cpu, wall = time.process_time(), time.perf_counter()
    write()
    return (time.process_time() - cpu) / count * 1e6, count / (time.perf_counter() - wall)


def compare(broker: Broker, size: int, count: int, rounds: int) -> None:
    """Print both, and the median of their ratios."""
    topic = f"sink-{size}"
    make_topic(broker, topic, PARTITIONS)
    records = records_of(topic, size, count)
    bare(broker.cluster, records[:200])
    pairs = [
        (
            measured(lambda: bounded(broker.cluster, records), count),
            measured(lambda: bare(broker.cluster, records), count),
        )
        for _ in range(rounds)
    ]
    ours, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
    ratio = median(one[0] / other[0] for one, other in pairs)
    print(
        f"{size:>6,} B  ours {median(cpu for cpu, _ in ours):6.0f} us  {median(rate for _, rate in ours):7,.0f}/s"
        f"   bare {median(cpu for cpu, _ in theirs):6.0f} us  {median(rate for _, rate in theirs):7,.0f}/s"
        f"   CPU x {ratio:.2f}"
    )


def peak_memory(broker: Broker) -> None:
    """Print how much 400 MB in one bundle add to the memory of this process."""
    make_topic(broker, "sink-memory", PARTITIONS)
    some = texts(50_000)
    producer = BoundedProducer(broker.cluster)
    producer.send(TopicRecord(topic="sink-memory", key=b"0", value=some[0]))
    producer.flush()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    most = 0
    for place in range(8_000):
        producer.send(TopicRecord(topic="sink-memory", key=b"%d" % place, value=bytes(some[place % 50])))
        most = max(most, producer.in_flight_bytes)
    producer.flush()
    producer.close()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"400 MB in one bundle: {most / 1e6:.0f} MB in flight at most, peak memory + {grown / 1024:.0f} MB")


def main() -> None:
    """Start a broker, measure, end it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    rounds = options.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder))
        broker.start()
        try:
            peak_memory(broker)
            for size, count in SIZES:
                compare(broker, size, count, rounds)
        finally:
            broker.kill()


if __name__ == "__main__":
    main()
