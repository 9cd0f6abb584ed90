"""Asking a cluster: an outage is waited out, a refusal said at once; no secret and no foreign page is ever shown."""

import socket
import threading
import time

import pytest

from connectors.kafka.draining import forget_drain, request_drain
from connectors.search.opensearch import client as client_module
from connectors.search.opensearch import patience as patience_module
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.cluster import IndexCluster
from connectors.search.opensearch.index_figures import forget_index_figures, index_figures
from connectors.search.opensearch.trouble import IndexRefused, IndexUnreachable
from tests.asking_index import PATIENCE_S, ask, refused
from tests.broker import eventually
from tests.scripted_index import Answer, refusal, scripted

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(patience_module, "_LONGEST_PAUSE_S", 0.1)
    monkeypatch.setattr(patience_module, "_FIRST_PAUSE_S", 0.1)
    forget_index_figures()


def test_an_index_answers_what_it_is_asked(index_server):
    assert ask(index_server.cluster, "GET", "/")["version"]["distribution"] == "opensearch"
    assert ask(index_server.cluster, "GET", "/_cat/health") != ""


def test_a_body_is_json_and_bytes_are_sent_as_they_are():
    with scripted(Answer(body={"ok": True})) as index:
        answers = [ask(index.cluster, "POST", "/x", body) for body in ({"a": "é"}, b'{"a":1}\n', None)]

        assert [asked.body for asked in index.asked] == ['{"a":"é"}'.encode(), b'{"a":1}\n', b""]
    assert answers == [{"ok": True}] * 3


def test_params_are_sent_whatever_the_client_library_takes_them_for():
    with scripted(Answer()) as index:
        ask(index.cluster, "GET", "/x", params={"timeout": "30s", "filter_path": "a,b*"})

        assert index.asked[0].path == "/x?timeout=30s&filter_path=a%2Cb%2A"


@pytest.mark.parametrize("kind", ["index_not_found_exception", "parsing_exception"])
@pytest.mark.parametrize("status", [400, 404, 405, 409, 413, 500])
def test_what_the_index_refuses_is_told_at_once_in_its_own_words(status, kind):
    with scripted(refusal(status, kind, "no such thing [x]")) as index:
        error = refused(index.cluster)

        assert len(index.asked) == 1
    assert (error.status, error.kind) == (status, kind)
    assert f"{kind}: no such thing [x]" in str(error)


def test_a_document_that_is_not_there_is_a_refusal_of_404(index_server):
    with pytest.raises(IndexRefused) as caught:
        ask(index_server.cluster, "GET", "/nowhere-at-all/_doc/1")

    assert (caught.value.status, caught.value.kind) == (404, "index_not_found_exception")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_outage_is_waited_out(status):
    outage = refusal(status, "rejected_execution_exception")
    with scripted(outage, Answer(status, b"<html>", "text/html"), Answer(None), Answer(body=[1])) as index:
        assert ask(index.cluster) == [1]
    assert index_figures().waiting_for is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, "cluster_block_exception"),
        (429, "cluster_block_exception"),
        (500, "i_o_exception"),
        (404, "shard_not_found_exception"),
        (500, "node_closed_exception"),
    ],
)
def test_a_block_a_full_disk_and_a_shard_that_moves_are_outages(status, kind):
    with scripted(refusal(status, kind), Answer(body=[1])) as index:
        assert ask(index.cluster) == [1]


def test_an_outage_that_outlasts_patience_is_told_with_its_reason_and_how_long():
    with scripted(refusal(503, "no_shard_available_action_exception", "no shard")) as index:
        with pytest.raises(IndexUnreachable) as caught:
            ask(index.cluster, patience_s=0.3)

        assert len(index.asked) > 1
    told = str(caught.value)
    assert index.url in told
    assert "0.3 s" in told
    assert "503 no_shard_available_action_exception: no shard" in told
    assert "no shard" in index_figures().waiting_for


def test_nobody_there_is_told_in_plain_words():
    assert "Connection refused" in str(refused(IndexCluster(hosts=(NOBODY,)), IndexUnreachable, 0.1))


def test_a_server_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr("connectors.search.opensearch.transport.ANSWER_TIMEOUT_S", 0.2)
    monkeypatch.setattr(client_module, "ANSWER_TIMEOUT_S", 0.2)
    with scripted(Answer(after_s=2.0)) as index:
        assert "no answer within 0.2 s" in str(refused(index.cluster, IndexUnreachable, 0.1))


def test_a_host_that_takes_no_connection_is_given_up(monkeypatch):
    monkeypatch.setattr("connectors.search.opensearch.transport.CONNECT_TIMEOUT_S", 0.2)
    monkeypatch.setattr(client_module, "CONNECT_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            told = str(refused(IndexCluster(hosts=(f"http://127.0.0.1:{port}",)), IndexUnreachable, 0.1))
    assert "within 0.2 s" in told


def test_the_other_node_answers_when_one_is_away():
    with scripted(Answer(body=[1])) as index:
        both = IndexCluster(hosts=(NOBODY, index.url))

        assert [ask(both) for _ in range(6)] == [[1]] * 6


def test_a_node_that_went_away_is_not_asked_again_at_each_request():
    with scripted(Answer(None)) as gone, scripted(Answer(body=[1])) as index:
        with IndexClient(IndexCluster(hosts=(gone.url, index.url)), patience_s=PATIENCE_S) as client:
            answers = [client.ask("GET", "/") for _ in range(10)]

        assert answers == [[1]] * 10
        assert len(gone.asked) <= 1


def test_patience_counts_anew_for_each_request():
    with (
        scripted(refusal(503, "x"), Answer(), refusal(503, "x"), Answer()) as index,
        IndexClient(index.cluster, patience_s=0.5) as client,
    ):
        client.ask("GET", "/")
        time.sleep(0.6)  # longer than patience, with nothing asked

        client.ask("GET", "/")


def test_a_drain_ends_a_long_pause(monkeypatch):
    monkeypatch.setattr(patience_module, "_LONGEST_PAUSE_S", 1000.0)
    monkeypatch.setattr(patience_module, "_FIRST_PAUSE_S", 1000.0)
    monkeypatch.setattr(patience_module.random, "uniform", lambda _least, most: most)
    with scripted(refusal(503, "x"), Answer(body=[1])) as index:
        answers = []
        asking = threading.Thread(target=lambda: answers.append(ask(index.cluster, patience_s=2000)))
        asking.start()
        try:
            eventually(lambda: index.asked)
            request_drain()
            asking.join(PATIENCE_S)
        finally:
            forget_drain()
    assert answers == [[1]]
