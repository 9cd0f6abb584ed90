"""A real broker on this machine: it starts, answers, keeps what it acknowledged, and lets in whom it should."""

import stat
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from connectors.kafka.probe import answers
from connectors.secret import Secret
from deploy.local.background import command_line
from deploy.local.kafka import Broker
from deploy.local.ports import free_ports, is_taken
from deploy.local.unavailable import Unavailable
from tests.broker import consume_all, eventually, new_topic, produce, unique


def refused(cluster):
    """Whether a client of this cluster gets no answer."""
    try:
        with KafkaAdminClient(**cluster.client_settings(), bootstrap_timeout_ms=1500) as client:
            client.describe_cluster()
    except KafkaError:
        return True
    return False


def first_offset(broker, topic):
    place = TopicPartition(topic, 0)
    with KafkaConsumer(**broker.cluster.client_settings(), group_id=None) as client:
        return client.beginning_offsets([place])[place]


def test_what_was_acknowledged_is_there_after_a_kill_and_after_a_stop(own_broker):
    topic = new_topic(own_broker, partitions=3)
    places = produce(own_broker, topic, [f"{number}".encode() for number in range(300)])

    own_broker.kill()
    own_broker.start()
    after_a_kill = consume_all(own_broker, topic)
    own_broker.stop()
    stopped = (own_broker.pid, is_taken(int(own_broker.bootstrap_servers.rsplit(":", 1)[1])))
    own_broker.start()

    kept = consume_all(own_broker, topic)
    assert sorted((record.partition, record.offset) for record in kept) == sorted(places)
    assert sorted(int(record.value) for record in kept) == list(range(300))
    assert after_a_kill == kept
    assert stopped == (None, False)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_the_secure_listener_lets_in_who_knows_the_password(broker, mechanism):
    cluster = replace(broker.secure_cluster, sasl_mechanism=mechanism)

    assert answers(cluster)
    assert refused(replace(cluster, sasl_password=Secret("wrong")))


@pytest.mark.parametrize(
    "change",
    [{"ssl_cafile": None}, {"security_protocol": "PLAINTEXT"}, {"security_protocol": "SASL_PLAINTEXT"}],
)
def test_the_secure_listener_answers_nobody_without_its_authority_or_tls(broker, change):
    assert refused(replace(broker.secure_cluster, **change))


def test_the_password_stands_in_private_files_only(broker):
    password = broker.login.password_file.read_text().strip()
    holding = [
        path
        for path in broker.folder.iterdir()
        if path.is_file() and password in path.read_text(errors="replace")
    ]

    assert password not in command_line(broker.pid)
    assert {path.name for path in holding} == {"password", "server.properties"}
    assert {
        stat.S_IMODE(path.stat().st_mode) for path in [*holding, broker.folder / "tls" / "server.pem"]
    } == {0o600}


def test_a_second_start_says_that_it_runs(broker):
    with pytest.raises(Unavailable, match=f"already runs .pid {broker.pid}."):
        Broker(broker.folder).start()


def test_a_port_that_another_program_took_is_named(broker, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").touch()
    (tmp_path / "server.properties").write_text((broker.folder / "server.properties").read_text())

    with pytest.raises(Unavailable, match=f"another program listens on {broker.bootstrap_servers}"):
        Broker(tmp_path).start()


def test_free_ports_are_none_that_outgoing_connections_are_lent():
    ports = free_ports(3)

    assert len(set(ports)) == 3
    assert all(20000 <= port < 32000 and not is_taken(port) for port in ports)


def test_a_record_of_six_megabytes_passes(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"x" * 6_000_000])

    assert [len(record.value) for record in consume_all(broker, topic)] == [6_000_000]


@pytest.mark.parametrize("year", [1971, 2099])
def test_records_are_taken_whatever_they_are_dated(broker, year):
    topic = new_topic(broker, retention_ms=-1)
    dated = datetime(year, 1, 1, tzinfo=UTC)
    produce(broker, topic, [b"dated"], timestamp=dated)

    assert [record.timestamp for record in consume_all(broker, topic)] == [int(dated.timestamp() * 1000)]


def test_retention_takes_old_records_within_seconds(broker):
    topic = new_topic(broker, retention_ms=1000)
    produce(broker, topic, [b"old"] * 3, timestamp=datetime(2020, 1, 1, tzinfo=UTC))

    eventually(lambda: first_offset(broker, topic) == 3)


def test_no_topic_comes_of_being_asked_for(broker):
    topic = unique("absent")

    with KafkaConsumer(**broker.cluster.client_settings(), group_id=None) as client:
        assert not client.partitions_for_topic(topic)
        assert topic not in client.topics()
