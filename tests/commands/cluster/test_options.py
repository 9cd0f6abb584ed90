"""A cluster is named in Kafka's own words; what cannot work is refused before anything connects; a password is shown nowhere."""

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from connectors.kafka.cluster import KafkaCluster
from connectors.secret import Secret
from deploy.local.authority import make_authority
from pipelines.commands.cluster.options import kafka_cluster
from pipelines.options import Misuse
from tests.commands.copydesk import copydesk

VARIABLES = ("SASL_PASSWORD", "SSL_KEY_PASSWORD")


@pytest.fixture(autouse=True)
def no_passwords(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(f"COPYDESK_{name}", raising=False)


@pytest.fixture
def password_file(tmp_path):
    file = tmp_path / "password"
    file.write_text("open sesame\n")
    return file


def sasl(**options):
    return {
        "bootstrap_servers": "kafka.example",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_username": "desk",
    } | {name: None if value is ... else value for name, value in options.items()}


def test_a_plain_cluster_needs_addresses_only():
    cluster = kafka_cluster(bootstrap_servers="a.example:9094,b.example")

    assert cluster.bootstrap_servers == ("a.example:9094", "b.example:9092")
    assert cluster.security_protocol == "PLAINTEXT"


def test_a_password_comes_from_a_file_without_its_line_feed(password_file):
    cluster = kafka_cluster(**sasl(sasl_password_file=str(password_file)))

    assert cluster.sasl_password == Secret("open sesame")


def test_a_password_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("COPYDESK_SASL_PASSWORD", " of the environment ")

    assert kafka_cluster(**sasl()).sasl_password == Secret(" of the environment ")


def test_a_file_that_is_named_is_believed_before_the_environment(monkeypatch, password_file):
    monkeypatch.setenv("COPYDESK_SASL_PASSWORD", "another")

    assert kafka_cluster(**sasl(sasl_password_file=str(password_file))).sasl_password == Secret("open sesame")


def test_the_environments_password_is_left_alone_where_nobody_logs_in(monkeypatch):
    monkeypatch.setenv("COPYDESK_SASL_PASSWORD", "of another cluster")

    assert kafka_cluster(bootstrap_servers="a.example").sasl_password is None


def test_names_are_read_in_any_case():
    cluster = kafka_cluster(bootstrap_servers="a.example", security_protocol="ssl")

    assert cluster.security_protocol == "SSL"


@pytest.mark.parametrize(
    ("options", "option", "word"),
    [
        ({"bootstrap_servers": None}, "--bootstrap-servers", "COPYDESK_BOOTSTRAP_SERVERS"),
        ({"bootstrap_servers": " , "}, "--bootstrap-servers", "missing"),
        ({"bootstrap_servers": "a.example:99999"}, "--bootstrap-servers", "HOST:PORT"),
        ({"bootstrap_servers": "http://a.example"}, "--bootstrap-servers", "HOST:PORT"),
        ({"bootstrap_servers": "a.example", "security_protocol": "TLS"}, "--security-protocol", "SASL_SSL"),
        ({"bootstrap_servers": "a.example", "sasl_mechanism": "PLAIN"}, "--sasl-mechanism", "SASL_SSL"),
        ({"bootstrap_servers": "a.example", "sasl_username": "desk"}, "--sasl-username", "SASL_SSL"),
        ({"bootstrap_servers": "a.example", "sasl_password_file": "p"}, "--sasl-password-file", "SASL_SSL"),
        ({"bootstrap_servers": "a.example", "ssl_cafile": "ca.pem"}, "--ssl-cafile", "not PLAINTEXT"),
        (sasl(sasl_mechanism="GSSAPI"), "--sasl-mechanism", "SCRAM-SHA-256"),
        (sasl(sasl_mechanism=...), "--sasl-mechanism", "missing"),
        (sasl(sasl_username=...), "--sasl-username", "missing"),
        (sasl(), "--sasl-password-file", "COPYDESK_SASL_PASSWORD"),
        (sasl(sasl_password_file="/nowhere/x"), "--sasl-password-file", "No such file"),
        (sasl(sasl_password_file="/proc"), "--sasl-password-file", "directory"),
        (sasl(sasl_password_file="/dev/null"), "--sasl-password-file", "empty"),
        (sasl(sasl_password_file="/dev/zero"), "--sasl-password-file", "no password"),
    ],
)
def test_options_that_cannot_work_are_named_with_what_is_allowed(options, option, word):
    with pytest.raises(Misuse) as caught:
        kafka_cluster(**options)

    assert caught.value.option == option
    assert word in str(caught.value)


def test_a_password_that_is_no_text_is_refused_and_not_shown(tmp_path):
    (tmp_path / "password").write_bytes(b"sesame\xff")
    with pytest.raises(Misuse) as caught:
        kafka_cluster(**sasl(sasl_password_file=str(tmp_path / "password")))

    assert "sesame" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_an_address_that_holds_a_password_does_not_show_it():
    with pytest.raises(Misuse) as caught:
        kafka_cluster(bootstrap_servers="desk:sesame@a.example:9092")

    assert "sesame" not in str(caught.value)


def test_the_files_of_tls_are_loaded_before_anything_connects(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    tls = {"bootstrap_servers": "a.example", "security_protocol": "SSL"}
    for option, files, word in (
        ("--ssl-cafile", {"ssl_cafile": str(tmp_path / "ca.pem")}, "PEM"),
        ("--ssl-cafile", {"ssl_cafile": "/nowhere.pem"}, "No such file"),
        ("--ssl-keyfile", {"ssl_keyfile": str(tmp_path / "ca.pem")}, "--ssl-certfile"),
        ("--ssl-certfile", {"ssl_certfile": "/nowhere.pem"}, "No such file"),
        ("--ssl-certfile", {"ssl_certfile": str(tmp_path / "ca.pem")}, "PEM"),
    ):
        with pytest.raises(Misuse) as caught:
            kafka_cluster(**tls, **files)

        assert caught.value.option == option
        assert word in str(caught.value)


def test_an_encrypted_key_needs_its_password_and_never_asks_the_terminal(tmp_path, monkeypatch):
    certificate, key = an_encrypted_key(tmp_path)
    tls = {
        "bootstrap_servers": "a.example",
        "security_protocol": "SSL",
        "ssl_certfile": str(certificate),
        "ssl_keyfile": str(key),
    }
    for password in (None, "wrong"):
        if password is not None:
            monkeypatch.setenv("COPYDESK_SSL_KEY_PASSWORD", password)
        with pytest.raises(Misuse) as caught:
            kafka_cluster(**tls)
        assert "--ssl-key-password-file" in str(caught.value)
    monkeypatch.setenv("COPYDESK_SSL_KEY_PASSWORD", "right one")

    assert kafka_cluster(**tls).ssl_key_password == Secret("right one")


def an_encrypted_key(folder):
    _, server = make_authority(folder)
    private = load_pem_private_key(server.read_bytes(), None)
    key = folder / "own.key"
    key.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"right one"))
    )
    return server, key


def test_help_shows_variables_and_never_what_they_hold():
    secure = KafkaCluster(
        bootstrap_servers=("sesame.example:9092",),
        security_protocol="SASL_SSL",
        sasl_mechanism="PLAIN",
        sasl_username="sesame-user",
        sasl_password=Secret("sesame-password"),
    )
    told = copydesk("capture", "--help", cluster=secure).out.decode()

    assert "COPYDESK_SASL_PASSWORD" in told
    assert "sesame" not in told
