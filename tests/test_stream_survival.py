"""A stream that is killed and started again, at whatever point, ends as one that was left alone."""

import random
import time
from itertools import islice
from pathlib import Path

import pytest

from connectors.parquet.audit import audit_folder
from pipelines.options import SEARCH
from tests.broker import unique
from tests.builders_stream import MixedStream, Sent
from tests.streams import (
    EndOfTopic,
    Place,
    Stream,
    Topics,
    history_files,
    is_full_size,
    new_topics,
    on_topic,
    outcome,
    run_to_the_end,
)

RECORDS, KILLS = (5_000, 20) if is_full_size() else (300, 4)
# With one partition all records have one order, so that even the events are those of an undisturbed run.
PARTITIONS = (1, 3) if is_full_size() else (1,)
POINTS = ("history", "index", "topic", "bundle", "start")
PIECE = 10
# From the first file of history to what comes after it in a bundle: index, topic, commit, the next bundle.
_BUNDLE_S = 0.6
# From the start of the program to its first bundle.
_START_S = 8.0
# As much after the point itself as the writing of a few files takes.
_LATE_S = 0.03


class Flow:
    """Records that are sent piece by piece, a share of them for each run."""

    def __init__(self, topics: Topics, records: list[Sent], runs: int) -> None:
        self._topics = topics
        self._records = iter(records)
        self._share = len(records) // (runs + 1)
        self._left = 0
        self.places: list[Place] = []

    def begin(self) -> None:
        """Half the share of a run: what it finds."""
        self._send(self._share // 2)
        self._left = self._share - self._share // 2

    def go_on(self) -> None:
        """Another piece, until the share is sent."""
        if self._left > 0:
            self._send(min(PIECE, self._left))
            self._left -= PIECE

    def end(self) -> list[Place]:
        """All that is left; where every record stands."""
        self._send(None)
        return self.places

    def _send(self, count: int | None) -> None:
        self.places += self._topics.send(islice(self._records, count))


class Strike:
    """The point of a run at which it is killed: `has_come` looks at the outputs, as nothing in the program tells it.

    start    before anything is written          history  rows are in history, maybe not in the index
    bundle   some bundles later, anywhere        index    the index has changed, the topic maybe not
                                                 topic    records are in the topic, maybe not committed
    """

    def __init__(self, name: str, topics: Topics, data: Path, bundles: int) -> None:
        self.name = name
        self._data = data
        self._before = history_files(data)
        self._bundles = bundles if name == "bundle" else 1
        self._index: tuple[int, int] | None = None
        self._topic = EndOfTopic(topics.broker, topics["articles"])
        self._end = self._topic()

    def has_come(self) -> bool:
        if self.name == "start":
            return True
        if self.name == "topic":
            return self._topic() > self._end
        if len(history_files(self._data) - self._before) < self._bundles:
            return False
        return self.name != "index" or self._index_has_changed()

    @property
    def is_written(self) -> bool:
        """Whether the run has written anything yet."""
        return bool(history_files(self._data) - self._before)

    def _index_has_changed(self) -> bool:
        """Since rows were first seen in history."""
        log = self._data / f"{SEARCH}-wal"
        told = (log.stat().st_mtime_ns, log.stat().st_size) if log.exists() else (0, 0)
        if self._index is None:
            self._index = told
        return told != self._index


def kill_one_run(
    topics: Topics, data: Path, group: str, flow: Flow, strike: Strike, points: random.Random
) -> None:
    """Start a stream and kill it when the point has come, or a little later."""
    begin = points.choice(("committed", "committed", "outputs"))
    options = ("--from", begin, "--publish-every", points.choice(("0", "1")))
    late_s = {"start": _START_S, "bundle": _BUNDLE_S}.get(strike.name, _LATE_S)
    flow.begin()

    def has_come() -> bool:
        if strike.name == "bundle" and strike.is_written:
            flow.go_on()
        return strike.has_come()

    with Stream(topics, data, group, *options) as stream:
        stream.wait_for(has_come, poll_s=0.002)
        time.sleep(points.uniform(0, late_s))  # no state that is waited for: the point of the kill
        assert not stream.is_over, stream.told[-3_000:]


def strikes(points: random.Random) -> list[str]:
    """Where the runs are killed: each point as often as the others."""
    chosen = [POINTS[place % len(POINTS)] for place in range(KILLS)]
    points.shuffle(chosen)
    return chosen


@pytest.mark.parametrize("partitions", PARTITIONS)
def test_a_stream_that_is_killed_while_records_flow_ends_as_one_that_is_left_alone(
    broker, tmp_path, partitions
):
    points = random.Random(partitions)
    topics = new_topics(broker, tmp_path, partitions)
    records = MixedStream(partitions, pages=partitions > 1, embargoes=True).take(RECORDS)
    killed, group = tmp_path / "killed", unique("group")

    flow = Flow(topics, records, KILLS)
    for point in strikes(points):
        strike = Strike(point, topics, killed, points.choice((1, 1, 2, 3)))
        kill_one_run(topics, killed, group, flow, strike, points)
    sent = flow.end()
    run_to_the_end(topics, killed, group)
    other = topics.beside(tmp_path)
    run_to_the_end(other, tmp_path / "undisturbed", unique("group"))

    found, expected = outcome(killed), outcome(tmp_path / "undisturbed")
    assert audit_folder(killed).unaccounted == 0
    assert found.told == set(sent)
    assert {*found.rows.values(), *found.letters.values()} == {1}
    assert found.articles == found.index == on_topic(topics)
    assert expected.articles == expected.index == on_topic(other)
    assert found.versions == expected.versions
    assert found.articles.keys() == expected.articles.keys()
    assert found.families == expected.families
    if partitions == 1:
        assert found.articles == expected.articles


def test_a_start_from_the_outputs_brings_to_every_sink_what_only_history_has(broker, tmp_path):
    topics = new_topics(broker, tmp_path)
    data = tmp_path / "data"
    topics.send(MixedStream(17, pages=False).take(40))
    run_to_the_end(topics, data, unique("group"))
    other = topics.beside(tmp_path)
    # As a kill behind history leaves it: the rows are there, and neither index nor topic has heard of them.
    for file in data.glob(f"{SEARCH}*"):
        file.unlink()

    run_to_the_end(other, data, unique("group"), "--from", "outputs")

    found = outcome(data)
    assert found.articles
    assert found.articles == found.index == on_topic(other)
