"""A cluster as another process of this program finds it: in its environment, where no user of the machine sees it."""

from connectors.kafka.cluster import KafkaCluster
from connectors.secret import Secret
from pipelines.commands.cluster.options import SASL_PASSWORD, SSL_KEY_PASSWORD


def cluster_environment(cluster: KafkaCluster) -> dict[str, str]:
    """Every variable of the connection, as the options of a cluster read them; empty where nothing is stated.

    A file of a password that our own environment names is overruled: the password itself is handed on.
    """
    return {
        "COPYDESK_BOOTSTRAP_SERVERS": ",".join(cluster.bootstrap_servers),
        "COPYDESK_SECURITY_PROTOCOL": cluster.security_protocol,
        "COPYDESK_SASL_MECHANISM": cluster.sasl_mechanism or "",
        "COPYDESK_SASL_USERNAME": cluster.sasl_username or "",
        "COPYDESK_SASL_PASSWORD_FILE": "",
        SASL_PASSWORD: _revealed(cluster.sasl_password),
        "COPYDESK_SSL_CAFILE": cluster.ssl_cafile or "",
        "COPYDESK_SSL_CERTFILE": cluster.ssl_certfile or "",
        "COPYDESK_SSL_KEYFILE": cluster.ssl_keyfile or "",
        "COPYDESK_SSL_KEY_PASSWORD_FILE": "",
        SSL_KEY_PASSWORD: _revealed(cluster.ssl_key_password),
    }


def _revealed(secret: Secret | None) -> str:
    return "" if secret is None else secret.revealed()
