"""One run at a time writes an output: what one remembers, the other would not know."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.parquet.temporary import lock
from pipelines.options import Misuse

_LOCK = "writer.lock"


@contextmanager
def sole_writer(data: Path) -> Iterator[None]:
    """Keep other runs out of a folder of output while the body runs. The lock dies with its process.

    Where the file system knows no locks, nobody is kept out.

    Raises:
        Misuse: another run is writing there.
    """
    with (data / _LOCK).open("a") as file:
        try:
            lock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            allowed = "another run is writing there; wait for its end, or give another folder"
            raise Misuse("--data", data, allowed) from error
        yield
