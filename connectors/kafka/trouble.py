"""What a cluster would not or could not do, in one error that names it: callers of connectors know no kafka-python."""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import KafkaError


class KafkaTrouble(Exception):
    """The cluster went away, or refused what was asked; the message says what that was and its own words."""


@contextmanager
def named_trouble(doing: str) -> Iterator[None]:
    """Run the body; what a client raises in it says what was being done."""
    try:
        yield
    except KafkaError as error:
        raise KafkaTrouble(f"{doing}: {told(error)}") from error


def told(error: BaseException) -> str:
    """An error of the client in one line."""
    name, text = type(error).__name__, str(error)
    return text if name in text else f"{name}: {text}"
