"""A cluster handed on to a process of this program: the same one, and in no argument."""

from inspect import signature

import pytest

from connectors.kafka.cluster import KafkaCluster
from connectors.secret import Secret
from pipelines.commands.cluster.environment import cluster_environment
from pipelines.commands.cluster.options import kafka_cluster

PLAIN = KafkaCluster(bootstrap_servers=("127.0.0.1:9092", "127.0.0.1:9093"))
LOGIN = KafkaCluster(
    bootstrap_servers=("127.0.0.1:9092",),
    security_protocol="SASL_PLAINTEXT",
    sasl_mechanism="SCRAM-SHA-512",
    sasl_username="copydesk",
    sasl_password=Secret("hunter-7"),
)


def read(environment, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    options = {name: f"COPYDESK_{name.upper()}" for name in signature(kafka_cluster).parameters}
    return kafka_cluster(**{name: environment.get(variable) for name, variable in options.items()})


@pytest.mark.parametrize("cluster", [PLAIN, LOGIN], ids=["plain", "login"])
def test_the_other_process_finds_the_same_cluster(cluster, monkeypatch):
    assert read(cluster_environment(cluster), monkeypatch) == cluster


def test_every_option_of_a_cluster_is_stated_so_that_nothing_of_ours_is_left_to_be_found():
    stated = cluster_environment(PLAIN)

    assert {f"COPYDESK_{name.upper()}" for name in signature(kafka_cluster).parameters} < stated.keys()
    assert stated["COPYDESK_SASL_PASSWORD"] == stated["COPYDESK_SSL_KEY_PASSWORD"] == ""
