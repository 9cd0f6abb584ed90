"""How an OpenSearch cluster is reached: addresses, who asks, whom to believe."""

from dataclasses import dataclass

from connectors.secret import Secret


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
