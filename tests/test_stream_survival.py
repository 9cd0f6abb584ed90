"""A stream that is killed and started again, at whatever point, ends as one that was left alone."""

import random
import time
from itertools import islice
from pathlib import Path

import pytest

from connectors.parquet.audit import audit_folder
from tests.broker import unique
from tests.builders_stream import MixedStream, Sent
from tests.streams import (
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

RECORDS, KILLS = (5_000, 20) if is_full_size() else (300, 3)
PIECE = 10
# From the first file of history to what comes after it in a bundle: index, topic, commit, the next bundle.
_BUNDLE_S = 0.6
# From the start of the program to its first bundle.
_START_S = 8.0


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


def kill_one_run(topics: Topics, data: Path, group: str, flow: Flow, points: random.Random) -> None:
    """Start a stream and kill it at a random point: some files of history later, somewhere in a bundle."""
    begin = points.choice(("committed", "committed", "outputs"))
    before = history_files(data)
    wanted = points.choice((0, 1, 1, 2, 3))
    options = ("--from", begin, "--publish-every", points.choice(("0", "1")))
    flow.begin()

    def has_written() -> bool:
        new = len(history_files(data) - before)
        if new:
            flow.go_on()
        return new >= wanted

    with Stream(topics, data, group, *options) as stream:
        stream.wait_for(has_written)
        time.sleep(points.uniform(0, _BUNDLE_S if wanted else _START_S))  # the point of the kill
        assert not stream.is_over, stream.told[-3_000:]


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_stream_that_is_killed_while_records_flow_ends_as_one_that_is_left_alone(
    broker, tmp_path, partitions
):
    points = random.Random(partitions)
    topics = new_topics(broker, tmp_path, partitions)
    records = MixedStream(partitions, pages=partitions > 1, embargoes=True).take(RECORDS)
    killed, group = tmp_path / "killed", unique("group")

    flow = Flow(topics, records, KILLS)
    for _ in range(KILLS):
        kill_one_run(topics, killed, group, flow, points)
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
