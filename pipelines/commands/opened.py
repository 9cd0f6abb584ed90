"""The output folder as a reading command opens it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from connectors.parquet.views import connect
from pipelines.options import existing_folder


@contextmanager
def opened(data: Path, as_of: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
    """The views over an output folder, closed at the end.

    Raises:
        Misuse: the folder holds no output.
    """
    database = connect(str(existing_folder(data)), as_of)
    try:
        yield database
    finally:
        database.close()
