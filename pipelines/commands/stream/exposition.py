"""The figures of a running stream in Prometheus's words, made anew each time they are asked for.

Names end in their unit; what only grows ends in `_total`. Figures of the process itself (CPU, memory, files) are those of
prometheus-client. Source: https://prometheus.io/docs/practices/naming/
"""

from collections.abc import Callable, Iterator
from typing import cast

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from connectors.kafka.figures import Count
from connectors.kafka.sink_figures import SinkCount, SinkFigures
from connectors.search.opensearch.index_figures import IndexCount, IndexFigures
from pipelines.commands.stream.health import health
from pipelines.commands.stream.state import Phase, StreamState
from schemas.version import PIPELINE_VERSION, SCHEMA_VERSION

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Names of the tally (pipelines/transforms/metrics.py) that go by what they count, and what the label of each is.
_COUNTED = (
    ("rows", "copydesk_rows", "change_type", "Rows of history that every sink has taken."),
    ("repeats", "copydesk_repeats", "kind", "Rows that are copies, rewrites or excerpts of another."),
    ("rejected", "copydesk_dead_letters", "reason", "Records and items that became dead letters."),
    ("flag", "copydesk_quality_flags", "flag", "Flags on rows of history."),
    (
        "rebuilt",
        "copydesk_memories_rebuilt",
        "stage",
        "Memories of a key that were made anew from their journal.",
    ),
)

_SOURCE_COUNTERS = {
    Count.RECORDS: "Records read from topics.",
    Count.BYTES: "Bytes of their values.",
    Count.OVERSIZE: "Records too large to be read; each becomes a dead letter.",
    Count.LOST: "Records that were gone before they were read.",
    Count.LOSSES: "How often records were gone, logs that began anew included.",
    Count.COMMITS_SUCCEEDED: "Offset commits that the brokers took.",
    Count.COMMITS_FAILED: "Offset commits that failed; the next one makes up for it.",
    Count.STALL_REBUILDS: "Consumers made anew because nothing came though there was something.",
    Count.CONSUMERS_MADE: "Consumers made.",
    Count.PARTITIONS_FOUND: "Partitions that appeared while the stream ran.",
}

_SINK_COUNTERS = {
    SinkCount.RECORDS: "Records that the brokers have taken.",
    SinkCount.BYTES: "Bytes of these records.",
    SinkCount.FAILED: "Records that their topic does not take; each becomes a dead letter.",
    SinkCount.REBUILT: "Producers made anew after an error that ends one.",
}


_INDEX_COUNTERS = {
    IndexCount.WRITTEN: "Documents that the index on a cluster has taken.",
    IndexCount.BYTES: "Bytes of these documents.",
    IndexCount.STALE: "Documents of which the index held a later version.",
    IndexCount.REFUSED: "Documents that the index does not take; each becomes a dead letter.",
    IndexCount.RETRIED: "Documents sent once more, after an outage or to a full queue.",
}


def exposition(state: Callable[[], StreamState]) -> Callable[[], bytes]:
    """What makes the text of /metrics of the state of that moment."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_StreamCollector(state))
    return lambda: generate_latest(registry)


class _StreamCollector(Collector):
    def __init__(self, state: Callable[[], StreamState]) -> None:
        self._state = state

    def describe(self) -> list[Metric]:
        # Nothing is asked of a stream that has not begun.
        return []

    def collect(self) -> Iterator[Metric]:
        state = self._state()
        yield from _of_run(state)
        yield from _of_counts(state)
        yield from _of_source(state)
        yield from _of_sink(state.sink)
        yield from _of_index(state.index)
        yield from _of_publish(state)


def _of_run(state: StreamState) -> Iterator[Metric]:
    build = {"version": PIPELINE_VERSION, "schema_version": str(SCHEMA_VERSION)}
    yield InfoMetricFamily("copydesk_build", "What runs.", value=build)
    yield _gauge("copydesk_up_seconds", "Since the run began.", state.seconds)
    yield _gauge("copydesk_healthy", "1 while /healthz answers 200.", float(health(state).is_healthy))
    phase = GaugeMetricFamily("copydesk_phase", "1 for the phase that the run is in.", labels=["phase"])
    for name in Phase:
        phase.add_metric([str(name)], float(state.phase is name))
    yield phase


def _of_counts(state: StreamState) -> Iterator[Metric]:
    counts = state.counts
    yield _counter("copydesk_records", "Records taken into the dataflow.", counts.get("records", 0))
    for family, name, label, told in _COUNTED:
        metric = CounterMetricFamily(name, told, labels=[label])
        for counted, count in sorted(counts.items()):
            if counted.startswith(f"{family}."):
                metric.add_metric([counted.removeprefix(f"{family}.")], count)
        yield metric
    remembered = GaugeMetricFamily(
        "copydesk_remembered_rows", "Rows of history taken in at the start.", labels=["stage"]
    )
    for counted, count in sorted(counts.items()):
        if counted.startswith("recalled.rows."):
            remembered.add_metric([counted.removeprefix("recalled.rows.")], count)
    yield remembered
    yield _gauge(
        "copydesk_remembered_bytes",
        "Memory of what was taken in at the start.",
        counts.get("recalled.bytes", 0),
    )
    yield _gauge(
        "copydesk_remembering_seconds", "What taking it in has taken.", counts.get("recalled.ms", 0) / 1000
    )


def _of_source(state: StreamState) -> Iterator[Metric]:
    source = state.source
    lag = GaugeMetricFamily(
        "copydesk_source_lag_records", "Offsets behind the end.", labels=["topic", "partition"]
    )
    for place, behind in sorted(source.lag.items()):
        lag.add_metric([place.topic, str(place.partition)], behind)
    yield lag
    yield _gauge("copydesk_source_partitions", "Partitions that are read.", source.partitions)
    waiting = GaugeMetricFamily(
        "copydesk_source_waiting_for_topic", "1 for a topic that does not exist yet.", labels=["topic"]
    )
    for topic in source.waiting_for:
        waiting.add_metric([topic], 1.0)
    yield waiting
    for count, told in _SOURCE_COUNTERS.items():
        yield _counter(f"copydesk_source_{count}", told, source.counts.get(count, 0))
    for name, told, age in (
        ("last_poll_age_seconds", "Since records were last asked for.", state.polled_ago_s),
        ("newest_record_age_seconds", "Age of the newest record that was read.", state.newest_age_s),
        (
            "brokers_away_seconds",
            "Since the brokers are silent; absent while they answer.",
            state.brokers_away_s,
        ),
    ):
        yield from _age(f"copydesk_source_{name}", told, age)


def _of_sink(sink: SinkFigures) -> Iterator[Metric]:
    for count, told in _SINK_COUNTERS.items():
        yield _counter(f"copydesk_sink_{count}", told, sink.counts.get(count, 0))
    yield _gauge(
        "copydesk_sink_in_flight_records", "Records sent and not acknowledged.", sink.in_flight_records
    )
    yield _gauge("copydesk_sink_in_flight_bytes", "Bytes of these records.", sink.in_flight_bytes)
    told = "1 while the brokers acknowledge nothing and the stream waits for them."
    yield _gauge("copydesk_sink_waiting", told, float(sink.waiting_for is not None))


def _of_index(index: IndexFigures) -> Iterator[Metric]:
    for count, told in _INDEX_COUNTERS.items():
        yield _counter(f"copydesk_index_{count}", told, index.counts.get(count, 0))
    told = "1 while the index takes nothing and the stream waits for it."
    yield _gauge("copydesk_index_waiting", told, float(index.waiting_for is not None))


def _of_publish(state: StreamState) -> Iterator[Metric]:
    publish = state.publish
    outcomes = CounterMetricFamily("copydesk_publishes", "Publishes beside the stream.", labels=["outcome"])
    for outcome, count in (
        ("done", publish.done),
        ("failed", publish.failed),
        ("not_needed", publish.not_needed),
    ):
        outcomes.add_metric([outcome], count)
    yield outcomes
    yield _gauge(
        "copydesk_publish_failing", "1 if the latest one failed.", float(publish.failure is not None)
    )
    yield _gauge("copydesk_publish_running", "1 while one runs.", float(publish.running_since is not None))
    told = "Since the folder was last known to show readers all that it holds."
    current = publish.current_at
    yield from _age("copydesk_publish_age_seconds", told, None if current is None else state.clock - current)


def _gauge(name: str, told: str, value: float) -> Metric:
    return cast("Metric", GaugeMetricFamily(name, told, value=value))


def _counter(name: str, told: str, value: float) -> Metric:
    return cast("Metric", CounterMetricFamily(name, told, value=value))


def _age(name: str, told: str, age_s: float | None) -> Iterator[Metric]:
    """A gauge of how long ago something was; none of what has not been."""
    if age_s is not None:
        yield _gauge(name, told, age_s)
