"""Two write the same articles at once, as `publish` does beside a stream: the greatest version stands, in one month.

Each test lets the second write at one moment of the first: between what it asked and what it asks next.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.trouble import IndexRefused
from connectors.search.opensearch.upsert import write_articles
from connectors.search.opensearch.withdraw import withdraw_articles
from connectors.search.versions import UpsertReport
from schemas.article_parts import PubStatus
from tests.builders import MORNING
from tests.builders_versions import CANCELED, HOUR, a_hold, a_kill, a_version
from tests.indexed import PATIENCE_S, an_installation, held

FEBRUARY, JANUARY = MORNING - timedelta(days=20), MORNING - timedelta(days=60)
BULK, LOOK_UP, MAKE_MONTH, REMOVE = ("POST", "/_bulk"), ("POST", "/_mget"), ("PUT", "/"), ("DELETE", "/")
_NUMBERS = count()


class Interrupted(IndexClient):
    """A client before whose n-th request of a kind something else happens, once."""

    def __init__(self, cluster, kind, act, nth=1):
        super().__init__(cluster, patience_s=PATIENCE_S)
        self._kind, self._act, self._left = kind, act, nth

    def ask_within(self, patience, method, path, body=None, **more):
        if method == self._kind[0] and path.startswith(self._kind[1]):
            self._left -= 1
            if self._left == 0:
                self._act()
        return super().ask_within(patience, method, path, body, **more)

    @property
    def was_interrupted(self):
        return self._left <= 0


@pytest.fixture(scope="module")
def installation(index_server):
    with an_installation(index_server.cluster) as made:
        yield made


@pytest.fixture
def two(installation, index_server):
    """An index that two write to, with months that are there already."""
    writers = Two(*installation, index_server.cluster)
    writers.write(
        *(a_version(1, f"in{month:%m}", first_received=month) for month in (JANUARY, FEBRUARY, MORNING))
    )
    return writers


class Two:
    def __init__(self, client, names, cluster):
        self.client, self.names, self._cluster = client, names, cluster
        self._number = next(_NUMBERS)

    def own(self, row):
        return replace(row, article_id=f"{self._number}-{row.article_id}")

    def write(self, *rows, client=None):
        outcome = write_articles(client or self.client, self.names, map(self.own, rows), as_of=MORNING)
        assert not outcome.refused
        return outcome.report

    def write_while(self, row, *others, at=BULK, nth=1):
        """Write a row, and others at a moment of that."""
        with Interrupted(self._cluster, at, lambda: self.write(*others), nth) as client:
            report = self.write(row, client=client)
            assert client.was_interrupted
        return report

    def withdraw_while(self, key, act, at=BULK):
        with Interrupted(self._cluster, at, act) as client:
            own = [(f"{self._number}-a1", key)]
            return withdraw_articles(client, self.names, own, MORNING)

    def standing(self, article_id="a1"):
        """The months and keys that documents of an article have, and their headlines."""
        found = held(self.client, self.names, beginning=f"{self._number}-{article_id}")
        sources = [one["_source"] for one in found]
        return [(one["month"], one["order_key"], one.get("headline")) for one in sources]


KILLED = [("2026.02", CANCELED, None)]


def test_a_kill_that_comes_while_its_article_is_moved_is_not_undone(two):
    two.write(a_version(1, first_received=MORNING))
    kill = replace(a_kill(), first_received=MORNING)

    two.write_while(a_version(1, first_received=FEBRUARY), kill)

    assert two.standing() == KILLED


def test_a_kill_that_comes_between_the_two_halves_of_a_move_is_not_undone(two):
    two.write(a_version(1, first_received=MORNING))
    kill = replace(a_kill(), first_received=MORNING)

    two.write_while(a_version(1, first_received=FEBRUARY), kill, at=REMOVE)

    assert two.standing() == KILLED


@pytest.mark.parametrize(
    "later", [replace(a_kill(), first_received=MORNING), a_version(2, first_received=MORNING)]
)
def test_a_version_that_is_written_while_its_article_is_moved_goes_with_it(two, later):
    two.write(a_version(1, first_received=MORNING))

    two.write_while(later, a_version(1, first_received=FEBRUARY))

    assert two.standing() == [("2026.02", later.order_key, later.headline)]


def test_a_hold_that_comes_while_a_text_of_its_key_is_written_again_is_not_undone(two):
    two.write(a_version(5))

    assert two.write_while(a_version(5, event_id="evt-1"), a_hold(5)) == UpsertReport(stale=1)
    assert [place[2] for place in two.standing()] == [None]


@pytest.mark.parametrize(
    "greater", [a_hold(5), a_version(5, visible_from=MORNING + HOUR), a_version(5, content_hash="zz")]
)
def test_of_two_new_versions_of_one_key_the_greater_stands_whoever_writes_first(two, greater):
    lesser = a_version(5, content_hash="aa")
    other_way = [replace(row, article_id="b1") for row in (lesser, greater)]

    assert two.write_while(lesser, greater) == UpsertReport(stale=1)
    two.write_while(other_way[1], other_way[0])

    assert [place[1:] for place in two.standing()] == [place[1:] for place in two.standing("b1")]
    expected = None if greater.pub_status is PubStatus.WITHHELD else greater.headline
    assert [place[2] for place in two.standing()] == [expected]


def test_two_rewrites_of_one_version_keep_what_each_knows(two):
    two.write(a_version(5))

    two.write_while(a_version(5, event_id="evt-1"), a_version(5, first_received=FEBRUARY))

    (document,) = held(two.client, two.names, beginning=two.own(a_version(5)).article_id)
    assert document["_source"]["event_id"] == "evt-1"
    assert document["_source"]["first_received"] == f"{FEBRUARY:%Y-%m-%dT%H:%M:%S}.000Z"


def test_a_kill_finds_its_article_in_a_month_that_is_made_meanwhile(index_server):
    with an_installation(index_server.cluster) as made:
        two = Two(*made, index_server.cluster)
        kill = replace(a_kill(), first_received=MORNING)

        two.write_while(kill, a_version(1, first_received=FEBRUARY), at=MAKE_MONTH)

        assert two.standing() == KILLED


def test_the_first_article_of_a_month_finds_the_kill_that_came_meanwhile(index_server):
    with an_installation(index_server.cluster) as made:
        two = Two(*made, index_server.cluster)
        kill = replace(a_kill(), first_received=MORNING)

        two.write_while(a_version(1, first_received=FEBRUARY), kill, at=MAKE_MONTH)

        assert two.standing() == KILLED


def test_a_kill_finds_its_article_that_is_written_to_another_month_meanwhile(two):
    kill = replace(a_kill(), first_received=MORNING)

    two.write_while(kill, a_version(1, first_received=FEBRUARY))

    assert two.standing() == KILLED


def test_a_move_takes_the_text_that_has_come_since_it_looked_with_its_version(two):
    two.write(a_version(1, first_received=MORNING))
    release = a_version(1, first_received=FEBRUARY, headline=None, body_text=None, content_hash=None)

    two.write_while(release, a_version(5, first_received=MORNING), at=LOOK_UP, nth=2)

    (document,) = held(two.client, two.names, beginning=two.own(release).article_id)
    assert (document["_version"], document["_source"]["month"]) == (5, "2026.02")
    assert document["_source"]["headline"] == "Version 5 of a1"


def test_a_move_whose_text_is_withdrawn_since_it_looked_moves_the_withdrawal(two):
    two.write(a_version(1, first_received=MORNING))
    kill = replace(a_kill(), first_received=MORNING)

    two.write_while(a_version(0, first_received=FEBRUARY), kill, at=LOOK_UP, nth=2)

    assert two.standing() == KILLED


def test_a_kill_of_an_earlier_month_leaves_no_text_in_the_other_while_it_moves(two):
    two.write(a_version(1, first_received=MORNING))
    seen = []
    kill = replace(a_kill(), first_received=FEBRUARY)
    with Interrupted(two._cluster, REMOVE, lambda: seen.extend(two.standing())) as client:
        two.write(kill, client=client)

    assert seen == [*KILLED, ("2026.03", CANCELED, None)]
    assert two.standing() == KILLED


def test_a_text_that_is_written_again_while_it_is_withdrawn_is_withdrawn(two):
    two.write(a_version(5))

    assert two.withdraw_while(5, lambda: two.write(a_version(5, event_id="evt-1"))) == 1
    assert [place[2] for place in two.standing()] == [None]


def test_a_newer_version_that_comes_while_one_is_withdrawn_stays(two):
    two.write(a_version(5))
    two.withdraw_while(5, lambda: two.write(a_version(6)))

    assert [place[1:] for place in two.standing()] == [(6, "Version 6 of a1")]


def test_what_is_withdrawn_while_it_is_moved_stays_withdrawn(two):
    two.write(a_version(5, first_received=MORNING))
    own = [(two.own(a_version(5)).article_id, 5)]
    with Interrupted(
        two._cluster, BULK, lambda: withdraw_articles(two.client, two.names, own, MORNING)
    ) as client:
        two.write(a_version(1, first_received=FEBRUARY), client=client)

    assert two.standing() == [("2026.02", 5, None)]


def test_a_month_that_is_taken_away_while_its_article_is_withdrawn_holds_no_more_of_it(index_server):
    with an_installation(index_server.cluster) as made:
        two = Two(*made, index_server.cluster)
        two.write(a_version(5, first_received=MORNING), a_version(5, "a2", first_received=FEBRUARY))

        two.withdraw_while(5, lambda: two.client.ask("DELETE", f"/{two.names.generation('2026.03', 1)}"))

        assert two.standing() == []


def test_a_withdrawal_that_the_index_does_not_take_is_told(index_server):
    with an_installation(index_server.cluster) as made:
        two = Two(*made, index_server.cluster)
        two.write(a_version(5, first_received=MORNING))
        pipeline, month = f"{two.names.prefix}-refusing", two.names.generation("2026.03", 1)
        two.client.ask(
            "PUT",
            f"/_ingest/pipeline/{pipeline}",
            {"processors": [{"convert": {"field": "month", "type": "integer"}}]},
        )
        two.client.ask("PUT", f"/{month}/_settings", {"index.default_pipeline": pipeline})

        with pytest.raises(IndexRefused, match="a1 cannot be taken from readers"):
            withdraw_articles(two.client, two.names, [(two.own(a_version(5)).article_id, 5)], MORNING)

        two.client.ask("PUT", f"/{month}/_settings", {"index.default_pipeline": "_none"})
        two.client.ask("DELETE", f"/_ingest/pipeline/{pipeline}")
