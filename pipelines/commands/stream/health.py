"""Whether a stream moves, or idles as it should: what a supervisor asks, and why not.

A stream that makes its memories of history, is drained or publishes at its end does what it should, however long that
takes: whoever ended it then would have it begin anew. None of these can last for ever: history has an end, brokers that
do not answer end a start, and the patience of the sinks ends a drain. The status says which of them it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.commands.stream.publish_beside import PublishFigures
from pipelines.commands.stream.state import Phase, StreamState

# An idle source polls twice a second, and a bundle holds it up for some seconds at most (research/slots.md). What is
# longer than a minute, an outage that a sink waits out above all, somebody should know.
_SILENCE_LIMIT_S = 60.0
# Five of a minute each: one may fail because the disk was full for a moment.
_PUBLISH_LIMIT_S = 300.0
_PUBLISHES_LIMIT = 5
# A first publish makes some 3,000 articles a second: of five million it takes half an hour.
_PUBLISH_MAY_RUN_S = 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`reasons` say why the stream is not healthy; there are none when it is."""

    status: str
    reasons: tuple[str, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether it moves, or idles as it should."""
        return not self.reasons


def health(state: StreamState) -> Health:
    """How the stream is: `streaming`, `stalled` for the reasons given, or the other phase it is in, which is healthy."""
    if state.phase is not Phase.STREAMING:
        return Health(status=str(state.phase), reasons=())
    reasons = (*_of_flow(state), *_of_publish(state.publish, state.clock, state.seconds))
    return Health(status="stalled" if reasons else str(state.phase), reasons=reasons)


def _of_flow(state: StreamState) -> Iterator[str]:
    polled = state.polled_ago_s
    if polled is not None and polled > _SILENCE_LIMIT_S:
        waiting = [why for why in (state.sink.waiting_for, state.index.waiting_for) if why]
        because = f"the sink waits: {waiting[0]}" if waiting else "a stage or a sink holds the stream up"
        yield f"no records were asked for in {polled:.0f} s; {because}"
    if state.brokers_away_s is not None and state.brokers_away_s > _SILENCE_LIMIT_S:
        yield f"no broker has answered for {state.brokers_away_s:.0f} s"


def _of_publish(publish: PublishFigures, clock: float, seconds: float) -> Iterator[str]:
    if not publish.every_s:
        return
    since = seconds if publish.current_at is None else clock - publish.current_at
    is_running = publish.running_since is not None
    limit = max(_PUBLISH_LIMIT_S, _PUBLISHES_LIMIT * publish.every_s)
    if since > (max(limit, _PUBLISH_MAY_RUN_S) if is_running else limit):
        because = f": {publish.failure}" if publish.failure else ""
        yield f"no publish has succeeded for {since:.0f} s{because}"
