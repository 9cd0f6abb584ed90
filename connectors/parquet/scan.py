"""Parquet files as SQL: a DuckDB that sees one folder, and scans that bear files of every release.

Every scan has the columns of its record class first, in order and typed, whether or not any file has them, then the
columns that a later release has added. `union_by_name` alone takes what the files have, and no file at all is an error
(`research/sinks.md` §4.4).
"""

# ruff: noqa: S608  (queries are made of names and literals of ours; paths are quoted)

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

# No extension is fetched, from nowhere, whatever a query asks for.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}

_ORDER = pa.schema([("filename", pa.string()), ("written", pa.int64())])

# One row of a ledger, however many files it stands in.
_ROW = "origin.source, origin.partition, origin.offset, origin.item"


def open_database(folder: Path, spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A database in memory whose queries may read `folder` and nothing else: no network, no other file.

    Times come out as UTC. What does not fit into memory goes to the folder `spill`, made and removed by the database
    (the system's folder for temporary files if none is named).
    """
    database = duckdb.connect(":memory:", config=_CONFIG)
    database.execute("set TimeZone = 'UTC'")
    place = spill if spill is not None else Path(tempfile.gettempdir()) / "copydesk-sql"
    database.execute(f"set temp_directory = {quoted(str(place))}")
    database.execute(f"set allowed_directories = [{quoted(str(folder.resolve()))}]")
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
    found = [(path.stat().st_mtime_ns, str(path), path) for path in folder.resolve().rglob("*.parquet")]
    return tuple(path for _, _, path in sorted(found))


def create_rows(
    database: duckdb.DuckDBPyConnection,
    name: str,
    schema: pa.Schema,
    files: Sequence[Path],
    partition: str | None = None,
) -> None:
    """A view `<name>_rows` over all rows of the files, and a table `<name>_files` of their order.

    The view adds `filename`, `file_row_number`, and the partition's value as text.
    """
    day = f", null::varchar as {partition}" if partition else ""
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
    read = f" union all by name select *, filename, file_row_number from {_read(files, partition)}"
    database.execute(f"create temp view {name}_rows as select * from {name}_columns{read if files else ''}")


def _read(files: Sequence[Path], partition: str | None) -> str:
    names = ", ".join(quoted(str(path)) for path in files)
    hive = f"true, hive_types = {{'{partition}': varchar}}" if partition else "false"
    return f"read_parquet([{names}], union_by_name = true, hive_partitioning = {hive})"


def last_words(name: str, identity: Iterable[str]) -> str:
    """A subquery of (filename, file_row_number): each row of a ledger once, where it was written last."""
    same = ", ".join((_ROW, *identity))
    return (
        f"(select filename, file_row_number from {name}_rows join {name}_files using (filename)"
        f" qualify row_number() over (partition by {same} order by written desc, file_row_number desc) = 1)"
    )
