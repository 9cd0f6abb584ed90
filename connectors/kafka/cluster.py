"""How a Kafka cluster is reached: addresses, protocol, who asks. One form for every client."""

import logging
from dataclasses import dataclass, fields
from typing import Any

from connectors.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaCluster:
    """Where a cluster answers and as whom. Picklable, hashable; its repr shows no secret.

    `security_protocol` is PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; `sasl_mechanism` PLAIN, SCRAM-SHA-256 or
    SCRAM-SHA-512. The `ssl_` files are PEM; without `ssl_cafile` the system's authorities are believed.
    """

    bootstrap_servers: tuple[str, ...]
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: Secret | None = None
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    ssl_key_password: Secret | None = None

    def client_settings(self) -> dict[str, Any]:
        """The settings that every kafka-python client takes."""
        stated = {field.name: getattr(self, field.name) for field in fields(self)}
        settings: dict[str, Any] = {
            _CLIENT_NAMES.get(name, name): value.revealed() if isinstance(value, Secret) else value
            for name, value in stated.items()
            if value is not None
        }
        settings["bootstrap_servers"] = list(self.bootstrap_servers)
        return settings


_CLIENT_NAMES = {
    "sasl_username": "sasl_plain_username",
    "sasl_password": "sasl_plain_password",
    "ssl_key_password": "ssl_password",
}


def quiet_client_logs() -> None:
    """Keep kafka-python from telling of each try to connect.

    While a broker is away it logs some 15 errors a second (research/kafka.md §1); what matters is told by our figures.
    """
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
