"""What a topic takes: whether it is there, and how large a record in it may be.

A broker that refuses a record kills the idempotent producer that sent it (research/kafka.md §1, bug 1), so a record is
measured before it is sent.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import for_code

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.trouble import KafkaTrouble, named_trouble
from schemas.topic_record import TopicRecord

# Source: Kafka's default of `message.max.bytes`. Holds where we may write to a topic but not look at its settings.
_DEFAULT_MAX_BYTES = 1_048_588

# Room for the batch around a record, and for bytes that compression makes longer.
# Source: research/kafka.md §1, records over 1 MB.
_BATCH_BYTES = 65_536

# Source: Kafka protocol, UNKNOWN_TOPIC_OR_PARTITION and INVALID_TOPIC_EXCEPTION.
_UNKNOWN_TOPIC, _INVALID_TOPIC = 3, 17

# One look; whoever has more patience looks again.
_LOOK_MS = 5_000

# Lengths, attributes, deltas of a record; two lengths of a header. Source: Kafka protocol, record format v2.
_RECORD_BYTES, _HEADER_BYTES = 36, 10


class MissingTopic(KafkaTrouble):
    """A topic that is to be written to does not exist: nothing creates one by accident."""


def missing_topic(topic: str, cluster: KafkaCluster) -> MissingTopic:
    """The error that names a topic, and what makes it; a text alone, of which Beam makes an error again."""
    servers = ",".join(cluster.bootstrap_servers)
    return MissingTopic(f"topic {topic} does not exist on {servers}; `copydesk topics create` makes it")


def size_of(record: TopicRecord) -> int:
    """Bytes of a record in its topic, uncompressed, never too few."""
    size = _RECORD_BYTES + len(record.key or b"") + len(record.value or b"")
    for name, value in record.headers:
        size += _HEADER_BYTES + 4 * len(name) + len(value or b"")
    return size


def check_topics(cluster: KafkaCluster, names: frozenset[str]) -> None:
    """Look whether topics are there.

    Raises:
        MissingTopic: the first of them, by name, that is not.
        KafkaTrouble: the cluster does not answer, or does not let us look.
    """
    with _admin(cluster) as client:
        for name in sorted(names):
            _check_is_there(client, cluster, name)


def missing_topics(cluster: KafkaCluster, names: frozenset[str]) -> frozenset[str]:
    """Those of the names that no topic has, or could have.

    Raises:
        KafkaTrouble: the cluster does not answer, or does not let us look.
    """
    with _admin(cluster) as client:
        errors = {name: _error_of(client, name) for name in sorted(names)}
    for name, error in errors.items():
        if error not in {0, _UNKNOWN_TOPIC, _INVALID_TOPIC}:
            with named_trouble("looking at topics"):
                raise for_code(error)(name)
    return frozenset(name for name, error in errors.items() if error)


def largest_record(cluster: KafkaCluster, topic: str) -> int:
    """The bytes that a record of this topic may have, uncompressed.

    Raises:
        MissingTopic: there is no such topic.
        KafkaTrouble: the cluster does not answer, or does not let us look.
    """
    with _admin(cluster) as client:
        _check_is_there(client, cluster, topic)
        name = "max.message.bytes"
        # Without `all` only what differs from the default is told.
        told = client.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic, {name: None})], config_filter="all"
        )
        found = told.get("topic", {}).get(topic, {}).get(name)
        limit = _DEFAULT_MAX_BYTES if found is None else int(found["value"])
        # Of a small limit, half is left for records, so that there is no topic to which nothing can be written.
        return max(limit - _BATCH_BYTES, limit // 2)


def _check_is_there(client: KafkaAdminClient, cluster: KafkaCluster, topic: str) -> None:
    error = _error_of(client, topic)
    if error == _UNKNOWN_TOPIC:
        raise missing_topic(topic, cluster)
    if error:
        raise for_code(error)(topic)


def _error_of(client: KafkaAdminClient, topic: str) -> int:
    [found] = client.describe_topics([topic])
    return int(found["error_code"])


@contextmanager
def _admin(cluster: KafkaCluster) -> Iterator[KafkaAdminClient]:
    with named_trouble("looking at topics"):
        client = KafkaAdminClient(
            **cluster.client_settings(), bootstrap_timeout_ms=_LOOK_MS, request_timeout_ms=_LOOK_MS
        )
        try:
            yield client
        finally:
            client.close()
