"""A cluster as another process of this program finds it: in its environment, where no user of the machine sees it."""

from connectors.kafka.cluster import KafkaCluster
from connectors.search.opensearch.cluster import IndexTarget
from connectors.secret import Secret
from pipelines.commands.cluster.index_options import INDEX_PASSWORD
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


def index_environment(index: IndexTarget | None) -> dict[str, str]:
    """The same of an index; with `None` the other process finds none. Its patience is no variable's matter."""
    cluster = None if index is None else index.cluster
    return {
        "COPYDESK_INDEX": "" if cluster is None else ",".join(cluster.hosts),
        "COPYDESK_INDEX_PREFIX": "" if index is None else index.names.prefix,
        "COPYDESK_INDEX_USERNAME": "" if cluster is None else cluster.username or "",
        "COPYDESK_INDEX_PASSWORD_FILE": "",
        INDEX_PASSWORD: "" if cluster is None else _revealed(cluster.password),
        "COPYDESK_INDEX_CAFILE": "" if cluster is None else cluster.ca_file or "",
        "COPYDESK_INDEX_CERTFILE": "" if cluster is None else cluster.cert_file or "",
        "COPYDESK_INDEX_KEYFILE": "" if cluster is None else cluster.key_file or "",
    }


def _revealed(secret: Secret | None) -> str:
    return "" if secret is None else secret.revealed()
