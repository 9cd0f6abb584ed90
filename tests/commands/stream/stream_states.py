"""A stream as it stands at one moment, for what is shown of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from kafka import TopicPartition

from connectors.kafka.figures import Count, KafkaFigures
from connectors.kafka.sink_figures import SinkCount, SinkFigures
from connectors.search.opensearch.index_figures import IndexCount, IndexFigures
from pipelines.commands.stream.publish_beside import PublishFigures
from pipelines.commands.stream.state import StreamState

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLOCK = 10_000.0
COUNTS = {
    "records": 1_200,
    "rows": 1_180,
    "rows.new": 1_000,
    "rows.kill": 2,
    "repeats.copy": 40,
    "repeats.rewrite": 3,
    "rejected.text.empty": 17,
    "rejected.http.status": 3,
    "flag.kill_target_unknown": 1,
    "recalled.rows.FollowStory": 5_000,
    "recalled.bytes": 2_000_000,
    "recalled.ms": 1_500,
}


def a_source(**told: Any) -> KafkaFigures:
    """A source that keeps up with two partitions."""
    base: dict[str, Any] = {
        "counts": {Count.RECORDS: 1_200, Count.BYTES: 9_000_000},
        "lag": {TopicPartition("news.wire.raw", 0): 0, TopicPartition("news.pages.raw", 3): 12},
        "last_received": NOW - timedelta(seconds=2),
        "waiting_for": (),
        "polled_at": CLOCK - 0.3,
        "seen_at": CLOCK - 3.0,
    }
    return KafkaFigures(**(base | told))


def a_sink(**told: Any) -> SinkFigures:
    """A sink whose records arrive."""
    base: dict[str, Any] = {
        "counts": {SinkCount.RECORDS: 1_100},
        "in_flight_records": 0,
        "in_flight_bytes": 0,
        "waiting_for": None,
    }
    return SinkFigures(**(base | told))


def an_index(**told: Any) -> IndexFigures:
    """An index on a cluster that takes what it is given."""
    base: dict[str, Any] = {"counts": {IndexCount.WRITTEN: 1_050, IndexCount.STALE: 3}, "waiting_for": None}
    return IndexFigures(**(base | told))


def a_stream(**told: Any) -> StreamState:
    """A stream that reads, writes and publishes as it should, ten minutes after its start."""
    base: dict[str, Any] = {
        "now": NOW,
        "clock": CLOCK,
        "seconds": 600.0,
        "counts": COUNTS,
        "source": a_source(),
        "sink": a_sink(),
        "index": an_index(),
        "publish": PublishFigures(every_s=60.0, done=9, current_at=CLOCK - 20.0),
    }
    return StreamState(**(base | told))
