"""All that is known of a running stream at one moment: what the status line, /metrics and /healthz are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from connectors.kafka.figures import KafkaFigures
from connectors.kafka.sink_figures import SinkFigures
from connectors.search.opensearch.index_figures import IndexFigures
from pipelines.commands.stream.publish_beside import PublishFigures
from pipelines.transforms.metrics import REJECTED, REPEATS

_NO_INDEX = IndexFigures(counts={}, waiting_for=None)
# The brokers are asked each five seconds which partitions there are: three answers that did not come.
_ANSWERS_WITHIN_S = 15.0


class Phase(StrEnum):
    """Where a run stands between its start and its end."""

    STARTING = "starting"
    STREAMING = "streaming"
    DRAINING = "draining"
    PUBLISHING = "publishing"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """The stream at one moment: `now` by the clock of the world, `clock` by the monotonic one that ages are counted by.

    `seconds` are those since it began to read, or since its start while it does not. `counts` are those of the tally.
    """

    now: datetime
    clock: float
    seconds: float
    source: KafkaFigures
    sink: SinkFigures
    index: IndexFigures = _NO_INDEX
    phase: Phase = Phase.STREAMING
    counts: Mapping[str, int] = field(default_factory=dict)
    publish: PublishFigures = field(default_factory=PublishFigures)

    def total(self, family: str) -> int:
        """What was counted under all names of a family, such as the dead letters of every reason."""
        return sum(count for name, count in self.counts.items() if name.startswith(f"{family}."))

    @property
    def repeats(self) -> int:
        """Rows that are copies, rewrites or excerpts."""
        return self.total(REPEATS)

    @property
    def dead_letters(self) -> int:
        """Records and items that were rejected."""
        return self.total(REJECTED)

    @property
    def polled_ago_s(self) -> float | None:
        """How long ago records were last asked for."""
        return None if self.source.polled_at is None else max(0.0, self.clock - self.source.polled_at)

    @property
    def brokers_away_s(self) -> float | None:
        """How long the brokers have been silent; `None` while they answer, or nobody asks them."""
        polled, seen = self.polled_ago_s, self.source.seen_at
        if polled is None or seen is None or polled > _ANSWERS_WITHIN_S:
            return None
        silent = self.clock - seen
        return silent if silent > _ANSWERS_WITHIN_S else None

    @property
    def newest_age_s(self) -> float | None:
        """How old the newest record that was read is."""
        age = self.source.last_age_s(self.now)
        return None if age is None else max(0.0, age)
