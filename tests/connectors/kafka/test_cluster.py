"""How a cluster is reached, and that nobody sees the password on the way."""

import logging
import pickle
import traceback

from connectors.kafka.cluster import KafkaCluster, quiet_client_logs
from connectors.secret import Secret

CLUSTER = KafkaCluster(
    bootstrap_servers=("kafka-1.example:9093", "kafka-2.example:9093"),
    security_protocol="SASL_SSL",
    sasl_mechanism="SCRAM-SHA-512",
    sasl_username="desk",
    sasl_password=Secret("open sesame"),
    ssl_cafile="ca.pem",
)


def test_a_client_is_given_the_names_that_it_knows_and_the_password_itself():
    assert CLUSTER.client_settings() == {
        "bootstrap_servers": ["kafka-1.example:9093", "kafka-2.example:9093"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "desk",
        "sasl_plain_password": "open sesame",
        "ssl_cafile": "ca.pem",
    }


def test_a_password_is_shown_in_no_form_that_a_log_could_take():
    raised = traceback.format_exception(ValueError(CLUSTER))
    shown = [repr(CLUSTER), str(CLUSTER), f"{CLUSTER}", f"{CLUSTER.sasl_password!s}", *raised]

    assert not [text for text in shown if "sesame" in text]


def test_a_cluster_reaches_a_worker_whole():
    assert pickle.loads(pickle.dumps(CLUSTER)) == CLUSTER


def test_the_client_library_is_quiet_while_a_broker_is_away():
    quiet_client_logs()

    assert not logging.getLogger("kafka.net").isEnabledFor(logging.ERROR)
