"""Whether a cluster answers at all, before anything is built upon it."""

import socket

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from connectors.kafka.cluster import KafkaCluster

# A broker that was killed answers again after 12 to 15 s (research/services.md §1); what is wrong for good, a password, is
# known no sooner, and 35 s are to suffice for it with the start of a program.
_ANSWERS_WITHIN_S = 25.0
# All addresses together, when it has failed already.
_CONNECT_TIMEOUT_S = 4.0


class Unreachable(Exception):
    """No broker answered, or none as this user; the message lists the likely causes."""


def check_reachable(cluster: KafkaCluster, within_s: float = _ANSWERS_WITHIN_S) -> None:
    """Return when a broker has answered; at most a few seconds later than `within_s`.

    kafka-python says the same of a wrong address, listener, authority, user, password and mechanism (research/services.md
    §1), so all of them are named.

    Raises:
        Unreachable: none has; the message holds no secret.
    """
    try:
        client = KafkaAdminClient(
            **cluster.client_settings(),
            bootstrap_timeout_ms=int(within_s * 1000),
            request_timeout_ms=int(max(1.0, within_s / 2) * 1000),
        )
    except (KafkaError, OSError, ValueError) as error:
        raise Unreachable(_message(cluster, error)) from None  # the client's own error may quote its settings
    try:
        client.describe_topics([])
    except KafkaError as error:
        raise Unreachable(_message(cluster, error)) from None
    finally:
        client.close()


def connects(address: str, timeout_s: float) -> bool:
    """Whether a port is open at `host:port`: known at once, while a client takes its whole time to find that it is not."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=timeout_s):
            return True
    except (OSError, ValueError):
        return False


def _message(cluster: KafkaCluster, error: Exception) -> str:
    timeout_s = _CONNECT_TIMEOUT_S / len(cluster.bootstrap_servers)
    answers = {address: connects(address, timeout_s) for address in cluster.bootstrap_servers}
    causes = [] if any(answers.values()) else ["the address: nothing listens there, or a firewall is between"]
    causes += _protocol_causes(cluster)
    places = ", ".join(
        f"{address} ({'a port is open' if answers[address] else 'no connection'})" for address in answers
    )
    reason = str(error) if isinstance(error, OSError) else type(error).__name__
    listed = "".join(f"\n  - {cause}" for cause in causes)
    return f"no Kafka broker answers at {places} by {cluster.security_protocol}: {reason}. Likely causes:{listed}"


def _protocol_causes(cluster: KafkaCluster) -> list[str]:
    protocol = cluster.security_protocol
    causes = [f"the listener: it may speak another protocol than {protocol} (COPYDESK_SECURITY_PROTOCOL)"]
    if protocol.endswith("SSL"):
        authority = cluster.ssl_cafile or "the system's authorities"
        causes.append(f"TLS: {authority} may not have signed the broker's certificate, or not for that name")
    if protocol.startswith("SASL"):
        causes.append(f"the user {cluster.sasl_username!r} or the password")
        causes.append(f"the mechanism: the broker may not offer {cluster.sasl_mechanism}")
    causes.append(
        "the advertised addresses: brokers name others to go on with, which may not be reached from here"
    )
    return causes
