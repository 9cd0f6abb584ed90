"""The addresses of a cluster's brokers, as Kafka writes them."""

import re

from pipelines.options import Misuse

# Of addresses that state none. Source: Kafka's documentation, `listeners`.
DEFAULT_PORT = 9092
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")


def parse_bootstrap_servers(text: str | None) -> tuple[str, ...]:
    """The addresses in a list, each with its port.

    Raises:
        Misuse: none, or one that is no address.

    >>> parse_bootstrap_servers("kafka-1.example:9094, kafka-2.example,[::1]:9092")
    ('kafka-1.example:9094', 'kafka-2.example:9092', '[::1]:9092')
    """
    stated = [address.strip() for address in (text or "").split(",")]
    addresses = tuple(_address(address) for address in stated if address)
    if not addresses:
        allowed = "give the address of a broker, like 127.0.0.1:9092, or set COPYDESK_BOOTSTRAP_SERVERS"
        raise Misuse("--bootstrap-servers", "is missing", allowed)
    return addresses


def _address(text: str) -> str:
    found = _ADDRESS.fullmatch(text)
    port = DEFAULT_PORT if found is None or found[2] is None else int(found[2])
    if found is None or not 1 <= port <= 65_535:
        # What stands before an @ may be a password.
        shown = text.rpartition("@")[2]
        raise Misuse("--bootstrap-servers", shown, "no address; write HOST:PORT, several with commas between")
    return f"{found[1]}:{port}"
