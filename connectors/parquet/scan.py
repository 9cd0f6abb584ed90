"""Parquet files as SQL: a DuckDB that sees one folder, and scans that bear files of every release.

Every scan has the columns of its record class first, in order and typed, whether or not any file has them, then the
columns that a later release has added. `union_by_name` alone takes what the files have, and no file at all is an error
(`research/sinks.md` §4.4).
"""

# ruff: noqa: S608  (queries are made of names and literals of ours; paths are quoted)

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from connectors.parquet.listing import listed_files

# No extension is fetched, from nowhere, whatever a query asks for.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # A name that no view has is not looked for among the variables of the program.
    "python_enable_replacements": False,
}

# What DuckDB's patterns are made of; it knows no other way to escape them than a set of one.
_PATTERN = re.compile(r"[*?\[]")

_ORDER = pa.schema([("filename", pa.string()), ("written", pa.int64())])

# One row of a ledger, however many files it stands in. Written out as `origin.source`: rows have a `source` of their own.
_PLACE = "origin.source, origin.partition, origin.offset, origin.item"
ROW_OF_HISTORY = f"{_PLACE}, part, payload_sha256"
ROW_OF_DEAD_LETTERS = f"{_PLACE}, dead_letter_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A column that folders name: `<column>=<value>/` somewhere below `folder`, and nowhere above it."""

    column: str
    folder: Path

    @property
    def sql(self) -> str:
        """The value of the row's file, null where no folder names it. A filter on it is applied before rows are read."""
        below = f"substr(filename, {len(str(self.folder.resolve())) + 1})"
        return f"nullif(regexp_extract({below}, {quoted(f'/{self.column}=([^/]*)/')}, 1), '')"


def open_database(folder: Path, spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A database in memory whose queries may read `folder` and nothing else: no network, no other file.

    Times come out as UTC. What does not fit into memory goes to the folder `spill`, made and removed by the database
    (the system's folder for temporary files if none is named).
    """
    database = duckdb.connect(":memory:", config=_CONFIG)
    database.execute("set TimeZone = 'UTC'")
    # A query of more than two seconds would draw a bar into the output of whoever asks.
    database.execute("set enable_progress_bar = false")
    # Every view of a query opens its files anew; footers are read once.
    database.execute("set parquet_metadata_cache = true")
    place = spill if spill is not None else Path(tempfile.gettempdir()) / "copydesk-sql"
    database.execute(f"set temp_directory = {quoted(str(place))}")
    # A name is checked as the pattern that it is taken for, and as the file that this is.
    allowed = ", ".join(quoted(text) for text in (str(folder.resolve()), _literally(folder.resolve())))
    database.execute(f"set allowed_directories = [{allowed}]")
    database.execute("set enable_external_access = false")
    return database


def quoted(text: str) -> str:
    """The text as an SQL literal.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def parquet_files(folder: Path) -> tuple[Path, ...]:
    """Finished files in the partition folders of `folder` and in itself, those written last at the end.

    Of two files with the same row the later one has the last word.
    """
    return tuple(file.path for file in listed_files(folder))


def create_rows(
    database: duckdb.DuckDBPyConnection,
    name: str,
    schema: pa.Schema,
    files: Sequence[Path],
    partition: Partition | None = None,
) -> None:
    """A view `<name>_rows` over all rows of the files, and a table `<name>_files` of their order.

    The view adds `filename`, `file_row_number`, and the partition's value as text.
    """
    day = f", null::varchar as {partition.column}" if partition else ""
    database.register("columns_arrow", schema.empty_table())
    database.execute(
        f"create temp table {name}_columns as select *{day}, null::varchar as filename,"
        " null::bigint as file_row_number from columns_arrow"
    )
    database.unregister("columns_arrow")
    # Not DuckDB's `file_index`: it counts anew when a filter prunes files.
    order = pa.table({"filename": [str(path) for path in files], "written": range(len(files))}, _ORDER)
    database.register("order_arrow", order)
    database.execute(f"create temp table {name}_files as select * from order_arrow")
    database.unregister("order_arrow")
    read = f" union all by name {_read(files, partition)}" if files else ""
    database.execute(f"create temp view {name}_rows as select * from {name}_columns{read}")


def _read(files: Sequence[Path], partition: Partition | None) -> str:
    names = ", ".join(quoted(_literally(path)) for path in files)
    # Not DuckDB's own reading of folders: it takes those above the output for partitions, too.
    day = f", {partition.sql} as {partition.column}" if partition else ""
    return (
        f"select *, filename, file_row_number{day}"
        f" from read_parquet([{names}], union_by_name = true, hive_partitioning = false)"
    )


def _literally(path: Path) -> str:
    """The path as a pattern that nothing else matches; DuckDB takes every name for a pattern."""
    return _PATTERN.sub(r"[\g<0>]", str(path))


def last_words(name: str, row: str) -> str:
    """A subquery of (filename, file_row_number): each row of a ledger once, where it was written last."""
    return (
        f"(select filename, file_row_number from {name}_rows join {name}_files using (filename)"
        f" qualify {has_last_word(row)})"
    )


def has_last_word(row: str) -> str:
    """Whether this is where a row of a ledger was written last; over rows joined with their files."""
    return f"row_number() over (partition by {row} order by written desc, file_row_number desc) = 1"
