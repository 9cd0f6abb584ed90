"""Who asks, and whom to believe: told at once when it fails, and no secret and no foreign page is ever shown."""

import base64
import logging
import pickle
import socket
import ssl
import threading
import traceback
import warnings
from dataclasses import replace

import pytest

from connectors.search.opensearch.cluster import IndexCluster
from connectors.search.opensearch.trouble import IndexUnreachable, IndexUntrusted
from connectors.secret import Secret
from deploy.local.authority import make_authority
from tests.asking_index import ask, refused
from tests.scripted_index import Answer, refusal, scripted

NOBODY = "http://127.0.0.1:9"
LOGIN_PAGE = Answer(401, b"<html>sesame, log in</html>", "text/html")


def secured(index, **fields):
    return replace(index.cluster, username="desk", password=Secret("sesame-ü€"), **fields)


def test_a_password_of_any_letters_is_sent_as_utf_8():
    with scripted(Answer()) as index:
        ask(secured(index))

        _, _, sent = index.asked[0].headers["authorization"].partition("Basic ")
    assert base64.b64decode(sent).decode() == "desk:sesame-ü€"


def test_without_a_user_nobody_logs_in():
    with scripted(Answer()) as index:
        ask(index.cluster)

        assert "authorization" not in index.asked[0].headers


def test_a_wrong_password_is_told_at_once_and_neither_it_nor_a_proxys_page_is_shown():
    with scripted(LOGIN_PAGE) as index:
        error = refused(secured(index))

        assert len(index.asked) == 1
    shown = "".join(traceback.format_exception(error))
    assert error.status == 401
    assert "user and a password" in str(error)
    assert "sesame" not in shown
    assert "<html>" not in shown


def test_what_the_user_may_not_do_is_told_in_the_index_s_words():
    reason = "no permissions for [indices:data/write/bulk] and User [name=desk]"
    with scripted(refusal(403, "security_exception", reason)) as index:
        assert reason in str(refused(index.cluster))


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_what_is_no_answer_of_an_index_is_not_shown(status):
    with scripted(Answer(status, b"<html>sesame</html>", "text/html")) as index:
        error = refused(index.cluster)

    assert error.status == status
    assert "no answer of OpenSearch" in str(error)
    assert "sesame" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_another_server_that_says_yes_is_no_index(kind):
    with scripted(Answer(200, b"<html>sesame</html>", kind)) as index:
        error = refused(index.cluster)

    assert "no OpenSearch" in str(error)
    assert "sesame" not in "".join(traceback.format_exception(error))


def test_errors_keep_what_they_know_when_they_are_sent_from_a_worker():
    with scripted(refusal(400, "some_exception")) as index:
        error = pickle.loads(pickle.dumps(refused(index.cluster)))

    assert (error.status, error.kind) == (400, "some_exception")


def test_nothing_is_logged_or_warned_of(caplog, recwarn):
    warnings.simplefilter("always")
    caplog.set_level(logging.DEBUG)
    with scripted(refusal(503, "x"), Answer(None), Answer(body=["sesame"])) as index:
        ask(secured(index), "POST", "/", {"sesame": 1})
    with pytest.raises(IndexUnreachable):
        ask(IndexCluster(hosts=(NOBODY, "http://127.0.0.1:1")), patience_s=0.1)

    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []
    assert "sesame" not in caplog.text
    assert [warning for warning in recwarn if "earch" in str(warning)] == []


@pytest.fixture
def authority(tmp_path):
    return make_authority(tmp_path)


def as_server(certificate, **settings):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for name, value in settings.items():
        setattr(context, name, value)
    return context


def test_a_private_authority_that_is_named_is_believed(authority):
    believed, certificate = authority
    with scripted(Answer(body=[1]), tls=as_server(certificate)) as index:
        assert ask(secured(index, ca_file=str(believed))) == [1]


def test_an_authority_nobody_named_is_not_believed_and_that_is_told_at_once(authority):
    _, certificate = authority
    with scripted(Answer(), tls=as_server(certificate)) as index:
        error = refused(secured(index), IndexUntrusted)

        assert index.asked == []
    assert "not believed" in str(error)
    assert "sesame" not in "".join(traceback.format_exception(error))


def test_a_certificate_for_another_name_is_not_believed(authority):
    believed, certificate = authority
    with scripted(Answer(), tls=as_server(certificate)) as index:
        elsewhere = replace(
            secured(index, ca_file=str(believed)),
            hosts=(index.url.replace("127.0.0.1", "127.0.0.2"),),
        )
        listening = socket.create_server(("127.0.0.2", int(index.url.rpartition(":")[2])))
        threading.Thread(target=relay, args=(listening, index.url), daemon=True).start()
        error = refused(elsewhere, IndexUntrusted)
        listening.close()

    assert "127.0.0.2" in str(error)
    assert "not believed" in str(error)


def relay(listening, url):
    """Hand one connection on to another address."""
    near, _ = listening.accept()
    far = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
    back = threading.Thread(target=pump, args=(far, near), daemon=True)
    back.start()
    pump(near, far)


def pump(source, sink):
    try:
        while received := source.recv(65536):
            sink.sendall(received)
    except OSError:
        pass
    finally:
        sink.close()


def test_our_own_certificate_is_shown_where_it_is_asked_for(authority):
    believed, certificate = authority
    asking = as_server(certificate, verify_mode=ssl.CERT_REQUIRED)
    asking.load_verify_locations(believed)
    with scripted(Answer(body=[1]), tls=asking) as index:
        known = secured(index, ca_file=str(believed), cert_file=str(certificate))
        unknown = replace(known, cert_file=None)

        assert ask(known) == [1]
        assert "TLS fails" in str(refused(unknown, IndexUntrusted))


def test_https_to_a_port_that_speaks_http_is_told_at_once():
    with scripted(Answer()) as index:
        cluster = IndexCluster(hosts=(index.url.replace("http://", "https://"),))

        assert "http://" in str(refused(cluster, IndexUntrusted))


def test_the_real_server_is_reached_by_tls_and_password_and_by_neither_alone(index_server):
    cluster = index_server.secure_cluster
    wrong = replace(cluster, password=Secret("sesame"))

    assert ask(cluster)["version"]["distribution"] == "opensearch"
    assert refused(wrong).status == 401
    assert refused(replace(cluster, username=None, password=None)).status == 401
    assert "not believed" in str(refused(replace(cluster, ca_file=None), IndexUntrusted))
