"""How an OpenSearch cluster is reached: addresses, who asks, whom to believe; and which installation on it is meant."""

from dataclasses import dataclass

from connectors.search.opensearch.names import IndexNames
from connectors.secret import Secret

# A node is ready again in 12 s, a small cluster after an upgrade in minutes; as long as the sinks of topics wait.
PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexCluster:
    """Where the nodes of a cluster answer and as whom. Picklable, hashable; its repr shows no secret.

    `hosts` are `http(s)://HOST:PORT` without user, path or query, one protocol for all. The files are PEM; without
    `ca_file` the system's authorities are believed.
    """

    hosts: tuple[str, ...]
    username: str | None = None
    password: Secret | None = None
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexTarget:
    """One installation's indices on a cluster, and how long an outage of it is waited out. Picklable, hashable."""

    cluster: IndexCluster
    names: IndexNames
    patience_s: float = PATIENCE_S
