"""One run at a time writes an output: what one remembers, the other would not know."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.parquet.temporary import lock
from pipelines.options import Misuse

_LOCK, _SENDER_LOCK = "writer.lock", "sender.lock"


@contextmanager
def sole_writer(data: Path) -> Iterator[None]:
    """Keep other runs out of a folder of output while the body runs. The lock dies with its process.

    Where the file system knows no locks, nobody is kept out.

    Raises:
        Misuse: another run is writing there.
    """
    with _alone(data, _LOCK, "another run is writing there; wait for its end, or give another folder"):
        yield


@contextmanager
def sole_sender(data: Path) -> Iterator[None]:
    """Keep others from sending the dead letters of a folder while the body runs: each would send the same ones.

    Raises:
        Misuse: somebody is sending them.
    """
    with _alone(data, _SENDER_LOCK, "its dead letters are being sent by another command; wait for its end"):
        yield


@contextmanager
def _alone(data: Path, name: str, allowed: str) -> Iterator[None]:
    with (data / name).open("a") as file:
        try:
            lock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Misuse("--data", data, allowed) from error
        yield
