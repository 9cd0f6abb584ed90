"""A real OpenSearch on this machine: it starts, answers, keeps what it acknowledged, and its front lets in whom it should."""

import signal
import socket
import ssl
import stat
from dataclasses import replace
from http.client import HTTPSConnection

import pytest

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.trouble import IndexRefused, IndexTrouble
from connectors.secret import Secret
from deploy.local.background import command_line
from deploy.local.opensearch import IndexServer
from deploy.local.ports import is_taken
from deploy.local.unavailable import DidNotStart, Unavailable
from tests.broker import PATIENCE_S
from tests.index_server import unique_names


def asked(cluster, method, path, body=None, **params):
    with IndexClient(cluster, patience_s=0) as client:
        return client.ask(method, path, body, params=params)


def fronts_pid(server):
    return int((server.folder / "front" / "pid").read_text())


def port_of(url):
    return int(url.rsplit(":", 1)[1])


def shaken(server):
    """A connection by TLS to the front that believes its authority."""
    believing = ssl.create_default_context(cafile=server.login.ca_file)
    return HTTPSConnection("127.0.0.1", port_of(server.secure_url), context=believing, timeout=PATIENCE_S)


def test_what_was_acknowledged_is_there_after_a_stop_and_after_crashes_of_the_node_and_of_the_front(
    own_index_server,
):
    server, written = own_index_server, {"word": "ferry"}
    asked(server.cluster, "PUT", "/kept/_doc/1", written)
    addresses = server.url, server.secure_url

    server.stop()
    stopped = server.pid, [is_taken(port_of(address)) for address in addresses]
    server.start()
    after_a_stop = asked(server.cluster, "GET", "/kept/_doc/1")["_source"]
    server.crash()
    with pytest.raises(IndexTrouble, match="502"):
        asked(server.secure_cluster, "GET", "/")
    server.start()
    after_a_crash = asked(server.secure_cluster, "GET", "/kept/_doc/1")["_source"]
    server._front.end(signal.SIGKILL)
    server.wait()

    assert stopped == (None, [False, False])
    assert after_a_stop == after_a_crash == written
    assert asked(server.secure_cluster, "GET", "/kept/_doc/1")["_source"] == written
    assert (server.url, server.secure_url) == addresses


def test_it_has_the_plugins_of_analysis_and_is_asked_through_both_doors(index_server):
    installed = [
        {plugin["component"] for plugin in asked(cluster, "GET", "/_cat/plugins", format="json")}
        for cluster in (index_server.cluster, index_server.secure_cluster)
    ]

    for plugin in ("AnalysisICU", "AnalysisKuromoji", "AnalysisNori", "AnalysisSmartChinese"):
        assert any(f".{plugin}Plugin" in name for name in installed[0])
    assert installed[0] == installed[1]


@pytest.mark.parametrize("change", [{"password": Secret("wrong")}, {"username": "other"}, {"username": None}])
def test_the_front_lets_in_who_knows_the_password_only(index_server, change):
    with pytest.raises(IndexRefused) as refused:
        asked(replace(index_server.secure_cluster, **change), "GET", "/")

    assert refused.value.status == 401


def test_the_front_refuses_in_html_as_proxies_do(index_server):
    front = shaken(index_server)

    front.request("GET", "/")
    answer = front.getresponse()

    assert (answer.status, answer.headers["Content-Type"]) == (401, "text/html")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.read().startswith(b"<html>")
    front.close()


def test_the_front_takes_bodies_to_64_mb(index_server):
    index, text = f"{unique_names().prefix}-long", "word " * 2_000_000
    mapped = {"mappings": {"properties": {"text": {"type": "text", "index": False}}}}
    asked(index_server.cluster, "PUT", f"/{index}", mapped)

    asked(index_server.secure_cluster, "PUT", f"/{index}/_doc/1", {"text": text})

    assert asked(index_server.secure_cluster, "GET", f"/{index}/_doc/1")["_source"] == {"text": text}
    asked(index_server.cluster, "DELETE", f"/{index}")
    front = shaken(index_server)
    front.putrequest("POST", "/_bulk")
    front.putheader("Content-Length", str(64 * 1024 * 1024 + 1))
    front.endheaders()
    assert front.getresponse().status == 413
    front.close()


def test_who_connects_and_says_nothing_holds_up_nobody(index_server):
    with socket.create_connection(("127.0.0.1", port_of(index_server.secure_url))):
        assert asked(index_server.secure_cluster, "GET", "/")["version"]["distribution"] == "opensearch"


def test_the_password_stands_in_one_private_file(index_server):
    password = index_server.login.password_file.read_text().strip()
    holding = [
        path
        for folder in (index_server.folder, index_server.folder / "front")
        for path in folder.iterdir()
        if path.is_file() and password in path.read_text(errors="replace")
    ]

    assert password not in command_line(index_server.pid)
    assert password not in command_line(fronts_pid(index_server))
    assert holding == [index_server.login.password_file]
    assert {
        stat.S_IMODE(path.stat().st_mode) for path in [*holding, index_server.folder / "tls" / "server.pem"]
    } == {0o600}


def test_a_second_start_says_that_it_runs(index_server):
    with pytest.raises(Unavailable, match=f"already runs .pid {index_server.pid}."):
        IndexServer(index_server.folder).start()


def test_a_port_that_another_program_took_is_named(index_server, tmp_path):
    for kept in ("opensearch.properties", "front/settings.json"):
        (tmp_path / kept).parent.mkdir(exist_ok=True)
        (tmp_path / kept).write_text((index_server.folder / kept).read_text())

    with pytest.raises(Unavailable, match=f"another program listens on {index_server.url.split('//')[1]}"):
        IndexServer(tmp_path).start()


def test_one_that_does_not_start_is_told_with_the_end_of_its_log_and_leaves_nothing_running(tmp_path):
    server = IndexServer(tmp_path, settings={"no.such.setting": "1"})

    with pytest.raises(DidNotStart, match=r"ended; the last lines of its log:[\s\S]*no\.such\.setting"):
        server.start()

    assert not any(is_taken(port_of(url)) for url in (server.url, server.secure_url))
