"""Declared topics against those that a cluster has: what is missing is made, what differs is said and never changed.

A topic's partitions and configs are also its operators' and other readers' business: a change may move keys or delete
records, so it is a command for a person to run, Kafka's own, and it is told whole.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.topics import DeclaredTopic
from connectors.kafka.trouble import named_trouble

# How long a new topic may take until each of its partitions has a leader: 0.1 s on one broker, more on many.
_READY_WITHIN_MS = 30_000


class TopicState(StrEnum):
    """What became of a declared topic, or how it stands."""

    CREATED = "created"
    SAME = "same"
    DIFFERS = "differs"
    MISSING = "missing"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is otherwise than declared, and Kafka's command that would change it. `found` None: not shown."""

    what: str
    declared: str
    found: str | None
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedTopic:
    """A declared topic and how it stands on the cluster.

    `partitions` are those that it has, `None` where it is missing; `detail` is the broker's word where it refused.
    """

    topic: DeclaredTopic
    state: TopicState
    partitions: int | None = None
    differences: tuple[Difference, ...] = ()
    detail: str | None = None


@contextmanager
def _admin(cluster: KafkaCluster) -> Iterator[KafkaAdminClient]:
    with named_trouble("looking at topics"):
        client = KafkaAdminClient(**cluster.client_settings())
        try:
            yield client
        finally:
            client.close()


def compare_topics(cluster: KafkaCluster, topics: Iterable[DeclaredTopic]) -> tuple[ComparedTopic, ...]:
    """How each topic stands on the cluster. Changes nothing.

    Raises:
        KafkaTrouble: the cluster does not answer, or does not let us look.
    """
    with _admin(cluster) as client:
        return _compared(client, cluster, tuple(topics))


def create_missing(cluster: KafkaCluster, topics: Iterable[DeclaredTopic]) -> tuple[ComparedTopic, ...]:
    """The same, after those that are missing have been created and are ready. Two who create at once both succeed.

    Raises:
        KafkaTrouble: the cluster does not answer, or what was created does not become ready.
    """
    declared = tuple(topics)
    with _admin(cluster) as client:
        before = _compared(client, cluster, declared)
        missing = [one.topic for one in before if one.state is TopicState.MISSING]
        refused = {topic.name: detail for topic in missing if (detail := _create(client, topic)) is not None}
        made = [topic.name for topic in missing if topic.name not in refused]
        client.wait_for_topics(made, timeout_ms=_READY_WITHIN_MS)
        return tuple(_after(one, made, refused) for one in _compared(client, cluster, declared))


def _after(one: ComparedTopic, made: list[str], refused: dict[str, str]) -> ComparedTopic:
    name = one.topic.name
    if name in refused:
        return ComparedTopic(topic=one.topic, state=TopicState.REFUSED, detail=refused[name])
    if name in made and one.state is TopicState.SAME:
        return ComparedTopic(topic=one.topic, state=TopicState.CREATED, partitions=one.partitions)
    return one


def _create(client: KafkaAdminClient, topic: DeclaredTopic) -> str | None:
    """Create one topic; what the broker said if it would not."""
    wanted = {
        "num_partitions": topic.partitions,
        "replication_factor": topic.replication_factor,
        "configs": dict(topic.configs),
    }
    try:
        [answer] = client.create_topics({topic.name: wanted}, raise_errors=False)["topics"]
    except ValueError:
        # kafka-python 3.0.12 raises on a source of a config that it does not know, after the topic was created
        # (research/kafka.md §1, bug 5).
        if _partitions(client, (topic.name,)).get(topic.name) is None:
            raise
        return None
    error = for_code(answer["error_code"])
    if answer["error_code"] == 0 or error is TopicAlreadyExistsError:
        return None
    return answer["error_message"] or str(error.message)


def _compared(
    client: KafkaAdminClient, cluster: KafkaCluster, topics: tuple[DeclaredTopic, ...]
) -> tuple[ComparedTopic, ...]:
    partitions = _partitions(client, tuple(topic.name for topic in topics))
    configs = _configs(client, [name for name, count in partitions.items() if count is not None])
    return tuple(
        _one_compared(cluster, topic, partitions.get(topic.name), configs.get(topic.name, {}))
        for topic in topics
    )


def _one_compared(
    cluster: KafkaCluster, topic: DeclaredTopic, partitions: int | None, configs: dict[str, Any]
) -> ComparedTopic:
    if partitions is None:
        return ComparedTopic(topic=topic, state=TopicState.MISSING)
    differences = tuple(_differences(cluster, topic, partitions, configs))
    state = TopicState.DIFFERS if differences else TopicState.SAME
    return ComparedTopic(topic=topic, state=state, partitions=partitions, differences=differences)


def _differences(
    cluster: KafkaCluster, topic: DeclaredTopic, partitions: int, configs: dict[str, Any]
) -> Iterator[Difference]:
    address = cluster.bootstrap_servers[0]
    if partitions < topic.partitions:
        yield Difference(
            what="partitions",
            declared=str(topic.partitions),
            found=str(partitions),
            command=f"kafka-topics.sh --bootstrap-server {address} --alter --topic {topic.name}"
            f" --partitions {topic.partitions}",
        )
    for name, declared in topic.configs:
        found = configs.get(name, {}).get("value")
        if found is None or not _is_same(declared, found):
            # Kafka reads a value with commas as a list only in square brackets.
            value = f"[{declared}]" if "," in declared else declared
            yield Difference(
                what=name,
                declared=declared,
                found=found,
                command=f"kafka-configs.sh --bootstrap-server {address} --alter --entity-type topics"
                f" --entity-name {topic.name} --add-config {name}={value}",
            )


def _is_same(declared: str, found: str) -> bool:
    """Whether two values mean the same: lists such as `compact,delete` have no order."""
    return {part.strip() for part in declared.split(",")} == {part.strip() for part in found.split(",")}


def _partitions(client: KafkaAdminClient, names: tuple[str, ...]) -> dict[str, int | None]:
    """How many partitions each topic has, `None` where there is no such topic."""
    found: dict[str, int | None] = {}
    for told in client.describe_topics(list(names)):
        error = for_code(told["error_code"])
        if error is UnknownTopicOrPartitionError:
            found[told["name"]] = None
        elif issubclass(error, KafkaError) and told["error_code"] != 0:
            raise error(f"topic {told['name']}")
        else:
            found[told["name"]] = len(told["partitions"])
    return found


def _configs(client: KafkaAdminClient, names: list[str]) -> dict[str, dict[str, Any]]:
    """The configs of each topic; empty where we may not look at them."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    described = client.describe_configs(resources, config_filter="all")
    return described.get("topic", {})
