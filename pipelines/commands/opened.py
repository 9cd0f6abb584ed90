"""The output folder as a command opens it, and what it says when that cannot be read."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa

from connectors.parquet.broken import broken_file
from connectors.parquet.steady import read_steadily
from connectors.parquet.views import connect
from pipelines.options import DEAD_LETTERS, HISTORY, Misuse, existing_folder

R = TypeVar("R")


def holds_output(data: Path) -> bool:
    """Whether a run has written anything into this folder yet."""
    return any((data / name).is_dir() for name in (HISTORY, DEAD_LETTERS))


def read_output(data: Path, as_of: datetime, ask: Callable[[duckdb.DuckDBPyConnection], R]) -> R:
    """What `ask` finds in the views over an output folder, as the folder was at one moment.

    It is asked again when files were merged or replaced meanwhile, so it only reads.

    Raises:
        Misuse: the folder holds no output, or a file that cannot be read.
    """
    folder = existing_folder(data)

    def read() -> R:
        with closing(connect(str(folder), as_of)) as database:
            return ask(database)

    with naming_broken_files(folder):
        return read_steadily(folder, read)


@contextmanager
def naming_broken_files(data: Path) -> Iterator[None]:
    """While the files of an output are read: one that is no Parquet is named.

    Raises:
        Misuse: there is such a file.
    """
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        path = broken_file(data, error)
        if path is None:
            raise
        raise Misuse(
            "--data",
            data,
            f"{path} is damaged or no Parquet file; take it away, then run `copydesk replay` with what it was made of"
            " (history, dead_letters) or `copydesk publish` (articles, events)",
        ) from error
