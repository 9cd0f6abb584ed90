"""What an index holds is asked for in every month, and what cannot be read is never taken for nothing."""

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
