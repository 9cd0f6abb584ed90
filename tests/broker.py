"""The real broker of the tests: topics of their own for each, records written and read, states waited for."""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import uuid4

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewPartitions, NewTopic

from connectors.kafka.cluster import KafkaCluster
from deploy.local.kafka import Broker
from deploy.local.kafka_properties import MAX_MESSAGE_BYTES

T = TypeVar("T")

# A client may read again only 10 to 14 s after a killed broker's port is open again (research/services.md §1): a test
# that calls a record lost waits three times as long.
PATIENCE_S = 40
_POLL_S = 0.05


def eventually(
    condition: Callable[[], T], within_s: float = PATIENCE_S, *, told: Callable[[], object] | None = None
) -> T:
    """What `condition` gives as soon as that is true; else the test fails and shows what `told` says."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s:g} s: {value!r}; {told() if told else ''}")
        time.sleep(_POLL_S)
    return value


def unique(stem: str) -> str:
    """A name for a topic or a group that no other test has."""
    return f"{stem}.{uuid4().hex[:12]}"


def admin(cluster: KafkaCluster) -> KafkaAdminClient:
    return KafkaAdminClient(**cluster.client_settings())


def new_topic(broker: Broker, stem: str = "news", partitions: int = 1, **configs: object) -> str:
    """A topic of a name of its own, ready to be written to; `configs` with `_` for Kafka's dots."""
    topic = unique(stem)
    make_topic(broker, topic, partitions, **configs)
    return topic


def make_topic(broker: Broker, topic: str, partitions: int = 1, **configs: object) -> None:
    """A topic of this name; it takes records as large as the broker does."""
    stated = {"max.message.bytes": str(MAX_MESSAGE_BYTES)}
    stated |= {name.replace("_", "."): str(value) for name, value in configs.items()}
    wanted = NewTopic(topic, num_partitions=partitions, replication_factor=1, topic_configs=stated)
    with admin(broker.cluster) as client:
        client.create_topics([wanted], wait_for_metadata=True)


def add_partitions(broker: Broker, topic: str, total: int) -> None:
    with admin(broker.cluster) as client:
        client.create_partitions({topic: NewPartitions(total_count=total)})


def delete_records(broker: Broker, topic: str, before: dict[int, int]) -> None:
    """Let retention take what stands before these offsets, by partition."""
    with admin(broker.cluster) as client:
        client.delete_records({TopicPartition(topic, part): offset for part, offset in before.items()})


def produce(
    broker: Broker,
    topic: str,
    values: Iterable[bytes | None],
    *,
    keys: Iterable[bytes | None] | None = None,
    partition: int | None = None,
    headers: Sequence[tuple[str, bytes]] = (),
    timestamp: datetime | None = None,
) -> list[tuple[int, int]]:
    """Write the values and return partition and offset of each, all acknowledged.

    `keys` one for each value; without them, and without `partition`, records go round the partitions.
    """
    values = list(values)
    keyed = list(keys) if keys is not None else [None] * len(values)
    timestamp_ms = None if timestamp is None else int(timestamp.timestamp() * 1000)
    with producer(broker.cluster) as client:
        turns = len(client.partitions_for(topic))
        sent = [
            client.send(
                topic,
                value=value,
                key=key,
                partition=place % turns if partition is None and key is None else partition,
                headers=list(headers),
                timestamp_ms=timestamp_ms,
            )
            for place, (value, key) in enumerate(zip(values, keyed, strict=True))
        ]
        written = [future.get(PATIENCE_S) for future in sent]
    return [(each.partition, each.offset) for each in written]


def producer(cluster: KafkaCluster) -> KafkaProducer:
    return KafkaProducer(**cluster.client_settings(), max_request_size=MAX_MESSAGE_BYTES)


def consume_all(broker: Broker, topic: str, *, within_s: float = PATIENCE_S) -> list[object]:
    """Every record that stands in the topic now, by partition and offset, committed ones and others."""
    settings = broker.cluster.client_settings()
    with KafkaConsumer(**settings, group_id=None, auto_offset_reset="earliest") as client:
        places = [TopicPartition(topic, part) for part in sorted(client.partitions_for_topic(topic))]
        ends = client.end_offsets(places)
        client.assign(places)
        read: list[object] = []
        deadline = time.monotonic() + within_s
        while any(client.position(place) < ends[place] for place in places):
            assert time.monotonic() < deadline, f"{topic} was not read to its end within {within_s:g} s"
            for records in client.poll(200).values():
                read.extend(records)
    return sorted(read, key=lambda record: (record.partition, record.offset))


def committed(broker: Broker, group: str, topic: str) -> dict[int, int]:
    """What a group has committed of the topic: the next offset to read, by partition."""
    with admin(broker.cluster) as client:
        listed = client.list_group_offsets({group: None})
    return {
        place.partition: offset.offset
        for place, offset in listed.get(group, {}).items()
        if place.topic == topic
    }
