"""A running stream as it is watched: its state at this moment, for the line, the pages and the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

from connectors.kafka.draining import request_drain
from connectors.kafka.figures import kafka_figures
from connectors.kafka.sink_figures import sink_figures
from connectors.search.opensearch.index_figures import index_figures
from pipelines.commands.stream.exposition import CONTENT_TYPE, exposition
from pipelines.commands.stream.health import health
from pipelines.commands.stream.metrics_server import Page, Pages
from pipelines.commands.stream.publish_beside import PublishFigures
from pipelines.commands.stream.state import Phase, StreamState
from pipelines.commands.stream.status_line import RecentRate, status_line
from pipelines.transforms.metrics import RECORDS, tally


@dataclass(slots=True, kw_only=True)
class StreamWatch:
    """What is seen of a stream from outside of it, from any thread; `publish` tells of the publishes beside it."""

    publish: Callable[[], PublishFigures]
    began: float = field(default_factory=time.monotonic)
    is_draining: bool = False
    is_publishing: bool = False
    _rate: RecentRate = field(default_factory=RecentRate)

    def drain(self) -> None:
        """Ask the stream to end."""
        self.is_draining = True
        request_drain()

    def state(self) -> StreamState:
        """The stream as it is now."""
        source, clock = kafka_figures(), time.monotonic()
        return StreamState(
            now=datetime.now(UTC),
            clock=clock,
            seconds=clock - self.began,
            phase=self._phase(has_asked=source.polled_at is not None),
            counts=tally(),
            source=source,
            sink=sink_figures(),
            index=index_figures(),
            publish=self.publish(),
        )

    def _phase(self, *, has_asked: bool) -> Phase:
        if self.is_publishing:
            return Phase.PUBLISHING
        if self.is_draining:
            return Phase.DRAINING
        return Phase.STREAMING if has_asked else Phase.STARTING

    def line(self, _seconds: float) -> str:
        """The status line."""
        state = self.state()
        return status_line(state, self._rate.at(state.seconds, state.counts.get(RECORDS, 0)))

    def pages(self) -> Pages:
        """What is served over HTTP."""
        metrics = exposition(self.state)
        return {
            "/metrics": lambda: Page(status=200, content_type=CONTENT_TYPE, body=metrics()),
            "/healthz": self._healthz,
        }

    def _healthz(self) -> Page:
        state = self.state()
        found = health(state)
        document = {
            "status": found.status,
            "reasons": found.reasons,
            "seconds": round(state.seconds, 1),
            "lag": state.source.total_lag,
            "partitions": state.source.partitions,
            "waiting_for": state.source.waiting_for,
            "newest_age_seconds": state.newest_age_s,
            "publish_failure": state.publish.failure,
        }
        return Page(
            status=200 if found.is_healthy else 503,
            content_type="application/json",
            body=orjson.dumps(document) + b"\n",
        )
