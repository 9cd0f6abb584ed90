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
        told = str(error)
        name = type(error).__name__
        raise KafkaTrouble(f"{doing}: {told if name in told else f'{name}: {told}'}") from error
