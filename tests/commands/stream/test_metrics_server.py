"""The pages that a running stream shows: where they are, and that no asker holds up anything."""

import socket
import urllib.error
import urllib.request

import pytest

from pipelines.commands.stream.metrics_server import Page, parse_port, serving
from pipelines.options import Misuse


def page(text, status=200):
    return Page(status=status, content_type="text/plain", body=text.encode())


PAGES = {"/metrics": lambda: page("copydesk_records_total 1\n"), "/healthz": lambda: page("stalled", 503)}


def ask(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def test_each_path_has_its_page_with_its_status():
    with serving("127.0.0.1", 0, PAGES) as url:
        assert ask(f"{url}/metrics") == (200, "text/plain", "copydesk_records_total 1\n")
        assert ask(f"{url}/metrics?format=text") == (200, "text/plain", "copydesk_records_total 1\n")
        assert ask(f"{url}/healthz") == (503, "text/plain", "stalled")


def test_another_path_is_not_found_and_told_what_there_is():
    with serving("127.0.0.1", 0, PAGES) as url:
        status, _, told = ask(f"{url}/secrets")

    assert status == 404
    assert told == "there is /healthz and /metrics\n"


def test_it_listens_on_the_given_address_only_and_is_gone_at_the_end():
    with serving("127.0.0.1", 0, PAGES) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_an_asker_that_says_nothing_keeps_no_other_waiting_and_ends_with_the_server():
    with serving("127.0.0.1", 0, PAGES) as url:
        silent = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10)

        assert ask(f"{url}/metrics")[0] == 200

    silent.close()


def test_an_asker_that_goes_before_its_answer_is_told_to_nobody(capfd):
    with serving("127.0.0.1", 0, {"/metrics": lambda: page("x" * 10_000_000)}) as url:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as asker:
            asker.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            asker.recv(10)
        assert ask(f"{url}/metrics")[0] == 200

    assert capfd.readouterr().err == ""


def test_a_port_that_is_taken_is_misuse_and_says_what_to_give():
    with (
        serving("127.0.0.1", 0, PAGES) as url,
        pytest.raises(Misuse, match=r"--metrics-port \d+: nothing can listen there.*give another port, 0"),
        serving("127.0.0.1", int(url.rpartition(":")[2]), PAGES),
    ):
        pass


@pytest.mark.parametrize("host", ["no.such.host.example", "192.0.2.1"])
def test_an_address_of_another_machine_is_misuse(host):
    with pytest.raises(Misuse, match="--metrics-"), serving(host, 0, PAGES):
        pass


@pytest.mark.parametrize(("text", "port"), [("none", None), ("0", 0), ("9464", 9464), ("65535", 65_535)])
def test_a_port_is_a_number_or_none(text, port):
    assert parse_port(text) == port


@pytest.mark.parametrize("text", ["", "-1", "65536", "http", "94 64", "٣"])
def test_what_is_no_port_is_misuse(text):
    with pytest.raises(Misuse, match="--metrics-port"):
        parse_port(text)
