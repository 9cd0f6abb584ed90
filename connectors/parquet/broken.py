"""Which file of an output is no Parquet any more, when a query or a run has failed."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.parquet.scan import parquet_files

_FOLDERS = ("history", "articles", "events", "dead_letters", "handled")


# What both readers of Parquet raise at a file that is none; the others (a query of no sense, a full disk) tell of no file.
_TELLING = (
    duckdb.IOException,
    duckdb.InvalidInputException,
    duckdb.SerializationException,
    duckdb.InternalException,
    pa.ArrowException,
)


def broken_file(folder: Path, error: Exception) -> Path | None:
    """The file at which reading has failed with this error: one that it names, else the first that cannot be read.

    `None` when all can, and when the error is of another kind.
    """
    if not _tells_of_a_file(error):
        return None
    files = [path for name in _FOLDERS for path in parquet_files(folder / name)]
    named = [path for path in files if str(path) in str(error)]
    by_end = (path for path in files if not _has_footer(path))
    by_rows = (path for path in (*named, *files) if not _has_rows(path))
    return next(by_end, None) or next(by_rows, None)


def _tells_of_a_file(error: Exception) -> bool:
    """Whether it may be a file's fault. What has broken in the middle has no class of its own, and no error number."""
    nameless = type(error) is duckdb.Error or (isinstance(error, OSError) and error.errno is None)
    return nameless or isinstance(error, _TELLING)


def _has_footer(path: Path) -> bool:
    try:
        pq.ParquetFile(path).close()
    except FileNotFoundError:  # merged or withdrawn since
        return True
    except (pa.ArrowException, OSError):
        return False
    return True


def _has_rows(path: Path) -> bool:
    try:
        with pq.ParquetFile(path) as file:
            for _ in file.iter_batches():
                pass
    except FileNotFoundError:
        return True
    except (pa.ArrowException, OSError):
        return False
    return True
