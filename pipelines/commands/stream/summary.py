"""What a stream did between its start and its end, as a document and as a person reads it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.kafka.figures import Count
from connectors.kafka.sink_figures import SinkCount
from connectors.search.opensearch.index_figures import IndexCount
from pipelines.commands.output import people, print_json
from pipelines.commands.replay import print_summary, summarise, warnings
from pipelines.commands.stream.publish_beside import PublishFigures
from pipelines.commands.stream.streaming import StreamEnd
from pipelines.options import IngestConfig
from pipelines.transforms.metrics import offsets_read


def tell_end(config: IngestConfig, end: StreamEnd, *, json: bool) -> None:
    """Say how a stream ended: one document on stdout, or a table; what a person must look at on stderr."""
    summary = stream_summary(config, end)
    for warning in warnings(dict(end.state.counts), config.data):
        people.print(f"copydesk: {warning}", style="yellow", markup=False)
    if json:
        print_json(summary)
        return
    print_summary(summary, config)
    for place in summary["partitions"]:
        people.print(
            f"{place['topic']}, partition {place['partition']}: offsets {place['first_offset']} to"
            f" {place['last_offset']}, {place['records']:,} records",
            markup=False,
        )


def stream_summary(config: IngestConfig, end: StreamEnd) -> dict[str, Any]:
    """What a replay tells of itself, and beyond it what was read of which partition, committed, lost and published."""
    source, sink, index = end.state.source, end.state.sink, end.state.index
    at_end = replace(config, as_of=datetime.now(UTC))
    return {
        **summarise(at_end, dict(end.state.counts), end.state.seconds),
        "ended": "drained" if end.is_drained else "at --until",
        "partitions": [
            {
                "topic": topic,
                "partition": partition,
                "first_offset": read.first,
                "last_offset": read.last,
                "records": read.records,
            }
            for (topic, partition), read in sorted(offsets_read().items())
        ],
        "lost": source.counts.get(Count.LOST, 0),
        "commits": source.counts.get(Count.COMMITS_SUCCEEDED, 0),
        "commits_failed": source.counts.get(Count.COMMITS_FAILED, 0),
        "sent": sink.counts.get(SinkCount.RECORDS, 0),
        "undelivered": sink.counts.get(SinkCount.FAILED, 0) + index.counts.get(IndexCount.REFUSED, 0),
        "indexed": index.counts.get(IndexCount.WRITTEN, 0),
        "publish": _published(end.state.publish),
    }


def _published(publish: PublishFigures) -> dict[str, Any]:
    return {
        "done": publish.done,
        "failed": publish.failed,
        "not_needed": publish.not_needed,
        "failure": publish.failure,
    }
