"""`copydesk topics create|check|ls`: the declared topics, and whether the cluster has them so."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.topics import MAX_PARTITIONS, DeclaredTopic, Topics
from connectors.kafka.topics_on_cluster import (
    ComparedTopic,
    TopicState,
    compare_topics,
    create_missing,
)
from pipelines.commands.cluster.options import with_cluster
from pipelines.commands.cluster.reaching import reached
from pipelines.commands.cluster.topics_file import TopicsFile, topics_told
from pipelines.commands.output import people, print_json, print_table

topics = typer.Typer(no_args_is_help=True, help="The declared topics, and whether the cluster has them so.")

_Partitions = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MAX_PARTITIONS,
        metavar="N",
        help="Partitions of each topic. Default: as declared.",
        show_default=False,
    ),
]
_ReplicationFactor = Annotated[
    int | None,
    typer.Option(
        min=1, max=1_000, metavar="N", help="Replicas of each. Default: the broker's.", show_default=False
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
_TROUBLE = (TopicState.DIFFERS, TopicState.MISSING, TopicState.REFUSED)
_Looked = Callable[[KafkaCluster, Iterable[DeclaredTopic]], tuple[ComparedTopic, ...]]


@topics.command("create", short_help="create what is missing, compare what is there")
@with_cluster
def create(
    cluster: KafkaCluster,
    file: TopicsFile = None,
    partitions: _Partitions = None,
    replication_factor: _ReplicationFactor = None,
    json: _Json = False,
) -> None:
    """Create the declared topics that are missing. Those that are there are compared and never changed.

    Exit code 1 if one was refused or differs.
    """
    found = _looked(create_missing, cluster, topics_told(file).sized(partitions, replication_factor))
    _tell(found, json)
    _leave(found)


@topics.command("check", short_help="compare the cluster's topics with the declared ones")
@with_cluster
def check(
    cluster: KafkaCluster,
    file: TopicsFile = None,
    partitions: _Partitions = None,
    json: _Json = False,
) -> None:
    """Compare the cluster's topics with the declared ones; what differs is told with the command that would change it.

    Exit code 1 if one is missing or differs. More partitions than declared are fine.
    """
    found = _looked(compare_topics, cluster, topics_told(file).sized(partitions, None))
    _tell(found, json)
    _leave(found)


@topics.command("ls", short_help="list the declared topics and how they stand")
@with_cluster
def ls(cluster: KafkaCluster, file: TopicsFile = None, json: _Json = False) -> None:
    """List the declared topics, what keys them and how they stand on the cluster."""
    _tell(_looked(compare_topics, cluster, topics_told(file)), json, with_keys=True)


def _looked(look: _Looked, cluster: KafkaCluster, declared: Topics) -> tuple[ComparedTopic, ...]:
    with reached(cluster):
        return look(cluster, declared)


def _leave(found: tuple[ComparedTopic, ...]) -> None:
    if any(one.state in _TROUBLE for one in found):
        raise typer.Exit(1)


def _tell(found: tuple[ComparedTopic, ...], json: bool, *, with_keys: bool = False) -> None:
    if json:
        print_json({"topics": [_document(one) for one in found]})
        return
    columns = ["topic", "role", "partitions", "state", *(["key"] if with_keys else [])]
    rows = [
        (one.topic.name, one.topic.role, _count(one), one.state, *([one.topic.key] if with_keys else []))
        for one in found
    ]
    # Names, roles, numbers and states: of these one types, or looks for in a file. What keys a topic is a sentence.
    print_table(columns, rows, whole=4)
    for one in found:
        _tell_trouble(one)


def _count(one: ComparedTopic) -> int:
    return one.topic.partitions if one.partitions is None else one.partitions


def _tell_trouble(one: ComparedTopic) -> None:
    if one.state is TopicState.MISSING:
        people.print(f"{one.topic.name} is missing; create it with `copydesk topics create`", markup=False)
    if one.detail is not None:
        people.print(f"{one.topic.name} was refused: {one.detail}", markup=False)
    for difference in one.differences:
        shown = "not shown to us" if difference.found is None else difference.found
        people.print(
            f"{one.topic.name}: {difference.what} is {shown}, declared {difference.declared}; to change it:"
            f"\n    {difference.command}",
            markup=False,
        )


def _document(one: ComparedTopic) -> dict[str, Any]:
    return {
        "role": one.topic.role,
        "name": one.topic.name,
        "key": one.topic.key,
        "state": one.state,
        "partitions": one.partitions,
        "declared": {
            "partitions": one.topic.partitions,
            "replication_factor": one.topic.replication_factor,
            "configs": dict(one.topic.configs),
        },
        "detail": one.detail,
        "differences": [
            {
                "what": difference.what,
                "declared": difference.declared,
                "found": difference.found,
                "command": difference.command,
            }
            for difference in one.differences
        ],
    }
