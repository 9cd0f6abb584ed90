"""What an index holds is asked for in every month, and what cannot be read is never taken for nothing."""

import orjson
import pytest

from connectors.search.opensearch import patience as patience_module
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.standing import look_up
from connectors.search.opensearch.trouble import IndexRefused
from connectors.search.opensearch.upsert import write_articles
from tests.builders import MORNING
from tests.builders_versions import a_version
from tests.indexed import PATIENCE_S, an_installation
from tests.scripted_index import Answer, scripted

NAMES = IndexNames()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(patience_module, "_FIRST_PAUSE_S", 0.1)


def failing(kind):
    """An answer of which one document could not be read."""
    return Answer(body={"docs": [{"error": {"type": kind, "reason": f"of {kind}"}}]})


def test_a_role_that_may_not_read_is_told_at_once_with_the_index_s_reason():
    with (
        scripted(failing("security_exception")) as index,
        IndexClient(index.cluster, patience_s=PATIENCE_S) as client,
        pytest.raises(IndexRefused, match="of security_exception") as caught,
    ):
        look_up(client, NAMES, ["2026.03"], ["a"])

    assert caught.value.status == 403


def test_an_alias_of_two_indices_is_told_at_once_with_the_index_s_reason(index_server):
    with an_installation(index_server.cluster) as (client, names):
        write_articles(client, names, [a_version(1, first_received=MORNING)])
        second = {"aliases": {names.month_alias("2026.03"): {"is_write_index": False}}}
        client.ask("PUT", f"/{names.generation('2026.03', 2)}", second)

        with pytest.raises(IndexRefused, match="more than one ind") as caught:
            write_articles(client, names, [a_version(2, first_received=MORNING)])

    assert caught.value.kind == "illegal_argument_exception"


@pytest.mark.parametrize("kind", ["index_closed_exception", "no_shard_available_action_exception", "x"])
def test_what_cannot_be_read_for_a_moment_is_asked_again(kind):
    with (
        scripted(failing(kind), Answer(body={"docs": []})) as index,
        IndexClient(index.cluster, patience_s=PATIENCE_S) as client,
    ):
        assert look_up(client, NAMES, ["2026.03"], ["a"]) == {}
        assert len(index.asked) == 2


def limited_to(size, pairs):
    """An index that takes questions up to so many bytes, and notes what it was asked."""

    def answer(asked):
        if len(asked.body) > size:
            return Answer(413, b"<html>", "text/html")
        pairs.extend((one["_index"], one["_id"]) for one in orjson.loads(asked.body)["docs"])
        return Answer(body={"docs": []})

    return answer


def test_every_id_is_asked_for_once_in_every_month_by_requests_of_half_a_megabyte():
    months, ids, pairs = (
        [f"2026.{month:02}" for month in range(1, 13)],
        [f"{n:032x}" for n in range(1_000)],
        [],
    )
    with (
        scripted(limited_to(500_020, pairs)) as index,
        IndexClient(index.cluster, patience_s=PATIENCE_S) as client,
    ):
        assert look_up(client, NAMES, months, ids) == {}
        assert len(index.asked) == 2

    assert sorted(pairs) == [(NAMES.month_alias(month), one) for month in months for one in ids]


def test_a_question_that_is_too_large_is_halved_and_one_that_cannot_be_is_told():
    pairs = []
    with (
        scripted(limited_to(1_000, pairs)) as index,
        IndexClient(index.cluster, patience_s=PATIENCE_S) as client,
    ):
        look_up(client, NAMES, ["2026.03"], [f"{n:032x}" for n in range(50)])
        with pytest.raises(IndexRefused) as caught:
            look_up(client, NAMES, ["2026.03"], ["x" * 1_000])

    assert len(pairs) == len(set(pairs)) == 50
    assert caught.value.status == 413


def test_for_no_id_nothing_is_asked():
    with scripted(Answer(None)) as index, IndexClient(index.cluster, patience_s=PATIENCE_S) as client:
        assert look_up(client, NAMES, ["2026.03"], ["", ""]) == look_up(client, NAMES, [], ["a"]) == {}
        assert index.asked == []
