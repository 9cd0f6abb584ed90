"""`copydesk run`: topics in, clean articles with event IDs out, until told to end."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producing import PATIENCE_S
from connectors.kafka.record_limits import check_topics
from connectors.kafka.subscription import MAX_RECORD_BYTES, Subscription
from connectors.kafka.topics import Topics
from connectors.search.opensearch.cluster import IndexTarget
from pipelines.commands.arguments import DataFolder
from pipelines.commands.cluster.environment import cluster_environment, index_environment
from pipelines.commands.cluster.index_options import with_index
from pipelines.commands.cluster.options import with_cluster
from pipelines.commands.cluster.outlets import outlets_of
from pipelines.commands.cluster.reaching import reached
from pipelines.commands.cluster.reaching_index import make_index_ready
from pipelines.commands.cluster.topics_file import TopicsFile, topics_told
from pipelines.commands.interrupts import leaving_on_interrupt
from pipelines.commands.sole_writer import sole_writer
from pipelines.commands.stream.metrics_server import parse_port
from pipelines.options import Misuse, Outlets, parse_workers, stream_config

_INTERRUPTED = "interrupted before anything was read."
# Source: Prometheus, default port allocations, the first port of exporters that belong to no other.
_PORT = "9464"


@with_cluster
@with_index
def run(
    cluster: KafkaCluster,
    index: IndexTarget | None,
    data: DataFolder = Path("copydesk-data"),
    topic: Annotated[
        list[str] | None,
        typer.Option(metavar="TOPIC", help="Topic to read; give several. Default: the declared raw topics."),
    ] = None,
    topic_pattern: Annotated[
        str | None,
        typer.Option(metavar="REGEX", help="Read topics whose whole name matches.", show_default=False),
    ] = None,
    group_id: Annotated[
        str,
        typer.Option(
            envvar="COPYDESK_GROUP_ID", metavar="NAME", help="Whose offsets are read and committed."
        ),
    ] = "copydesk",
    begin: Annotated[
        str,
        typer.Option("--from", metavar="committed|earliest|latest|outputs|TIME", help="Where to begin."),
    ] = "committed",
    until: Annotated[
        str | None,
        typer.Option(metavar="latest|TIME", help="Where to end. Default: never.", show_default=False),
    ] = None,
    on_data_loss: Annotated[
        str, typer.Option(metavar="fail|skip", help="What to do about records that were gone unread.")
    ] = "fail",
    isolation_level: Annotated[
        str,
        typer.Option(
            metavar="read_uncommitted|read_committed", help="Which records of transactions are read."
        ),
    ] = "read_uncommitted",
    max_record_bytes: Annotated[
        int, typer.Option(metavar="N", help="A larger record is a dead letter that tells its place.")
    ] = MAX_RECORD_BYTES,
    sink_patience: Annotated[
        float, typer.Option(min=0.0, metavar="SECONDS", help="How long an outage of a sink is waited out.")
    ] = PATIENCE_S,
    publish_every: Annotated[
        float, typer.Option(min=0.0, metavar="SECONDS", help="How often `publish` runs beside it; 0: never.")
    ] = 60.0,
    memory: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|none",
            help="Output whose history is remembered at the start; default: that of --data.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes that extract pages; 0: no sandbox. Default: one a core.", show_default=False
        ),
    ] = None,
    metrics_host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where /metrics and /healthz listen.")
    ] = "127.0.0.1",
    metrics_port: Annotated[
        str, typer.Option(metavar="PORT|none", help="0: any free port; none: do not listen.")
    ] = _PORT,
    topics: TopicsFile = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, at the end.")] = False,
) -> None:
    """Read pages and wire copy from Kafka topics and write articles, until Ctrl-C or SIGTERM.

    The first of these drains the stream: what was read is written and committed. The second leaves at once. Started
    again, it reads on where it was, with the memories that its own output gives it.

    /healthz answers 503 with the reasons when nothing moves that should, else 200: also while the memories are made, while
    it is drained and while it publishes at the end. `status` says which.
    """
    port = parse_port(metrics_port)
    parse_workers(workers)
    declared = topics_told(topics)
    with ExitStack() as writing:
        with leaving_on_interrupt(_INTERRUPTED):
            from pipelines.commands.stream.subscribing import Reading, begun_from_outputs, subscription_of

            reading = Reading(
                topics=topic or (),
                pattern=topic_pattern,
                group_id=group_id,
                begin=begin,
                end=until,
                on_data_loss=on_data_loss,
                isolation_level=isolation_level,
                max_record_bytes=max_record_bytes,
            )
            subscription = subscription_of(cluster, declared, reading)
            outlets = outlets_of(cluster, declared, sink_patience)
            config = stream_config(
                subscription, outlets, data=data, workers=workers, memory=memory, index=index
            )
            _check_topics(subscription, outlets, declared)
            make_index_ready(index)
            # Beam takes seconds to import: what can be refused is refused before.
            from pipelines.commands.stream.publish_beside import PublishBeside, publish_command
            from pipelines.commands.stream.streaming import due, stream
            from pipelines.commands.stream.summary import tell_end

            writing.enter_context(sole_writer(config.data))
            config = replace(config, subscription=begun_from_outputs(subscription, config.data))
        publishing = PublishBeside(
            command=publish_command(config.data),
            environment=cluster_environment(cluster)
            | index_environment(index)
            | {"COPYDESK_TOPICS": "" if topics is None else str(topics.absolute())},
            is_due=due(config.data),
            every_s=publish_every,
        )
        end = stream(config, publishing, metrics_host, port)
        tell_end(config, end, json=json)
    if not end.is_published:
        raise typer.Exit(1)


def _check_topics(subscription: Subscription, outlets: Outlets, declared: Topics) -> None:
    """Ask now, not at the first article, whether the topics that are written to are there; and those to read, if it has an end.

    A stream without an end waits for a topic that it reads.

    Raises:
        Misuse: one is not.
    """
    from connectors.kafka.topics_on_cluster import TopicState, compare_topics

    written = [topic for topic in declared if topic not in (declared.pages, declared.wire)]
    with reached(outlets.cluster):
        missing = [
            one.topic.name
            for one in compare_topics(outlets.cluster, written)
            if one.state is TopicState.MISSING
        ]
        if not missing and not subscription.is_endless:
            # Says which, and leaves with the exit code of a misuse.
            check_topics(outlets.cluster, frozenset(subscription.topics))
    if missing:
        allowed = "is written to and does not exist; run `copydesk topics create` first"
        raise Misuse("topic", ", ".join(missing), allowed)
