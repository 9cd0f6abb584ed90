"""A cluster of one node that has no plugins, and that may be killed."""

import pytest

from connectors.search.opensearch import copying
from connectors.search.opensearch.checking import index_state
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.languages import chosen_among_several, probe_analyzers
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.months import months
from connectors.search.opensearch.reindex import reindex_month
from connectors.search.opensearch.upsert import write_articles
from deploy.local.opensearch import IndexServer
from tests.builders import MORNING, an_article
from tests.index_server import unique_names

ARTICLES = 3_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = IndexServer(tmp_path_factory.mktemp("plain"), plugins=())
    server.start()
    yield server
    server.kill()


@pytest.fixture
def client(server):
    with IndexClient(server.cluster, patience_s=120) as client:
        yield client


def test_it_ranks_by_what_every_opensearch_has_and_nothing_is_amiss(client):
    names = unique_names()
    ensure_index(client, names)
    write_articles(client, names, [an_article("a1", language="ja", first_received=MORNING)])

    state = index_state(client, names)

    assert chosen_among_several(probe_analyzers(client)) == {
        "ja": "cjk",
        "ko": "cjk",
        "th": "thai",
        "zh": "cjk",
        "other": "standard",
    }
    assert (state.troubles, state.notes) == ((), ())


def test_a_node_that_is_killed_in_the_middle_of_a_copy_costs_time_and_nothing_else(
    server, client, monkeypatch
):
    names = unique_names()
    ensure_index(client, names)
    write_articles(
        client,
        names,
        [
            an_article(f"a{number}", offset=number, order_key=1_000 + number, first_received=MORNING)
            for number in range(ARTICLES)
        ],
    )
    [month, _] = months(client, names)
    killed = []

    def looked(own, task, tell):
        if not killed:
            killed.append(task)
            server.kill()
            server.start()
        return watch(own, task, tell)

    watch = copying._watch
    monkeypatch.setattr(copying, "_watch", looked)
    done = reindex_month(client, names, month, lambda copied: None)

    assert len(killed) == 1
    assert done.documents == ARTICLES
    found = client.ask("POST", f"/{names.editors}/_search", {"size": 0, "track_total_hits": True})
    assert found["hits"]["total"]["value"] == ARTICLES
    assert index_state(client, names).troubles == ()
