"""Many small files of a ledger become few: what a day costs to open does not grow with how often a writer flushed.

    small files of a day ─▶ rows that have the last word over all of the ledger, by origin ─▶ merged-….parquet

A row that was written again elsewhere later is left out. The merged file has the time of its latest input, so a file that
was written meanwhile, and one that comes back, keeps the last word.
"""

# ruff: noqa: S608  (queries are made of names of ours)

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa

from connectors.parquet.listing import ListedFile
from connectors.parquet.merged_file import merged_path, naming_inputs, remove_read
from connectors.parquet.pending import pending_files
from connectors.parquet.scan import create_rows
from connectors.parquet.sorted_file import place_rows, sync_folder

Progress = Callable[[int, int], object]

# A file belongs to the first size it is below; those of one size are merged, so that a row is copied once a size and
# not once a run (a day of 1,440 flushes: 3 copies a row instead of 180). From 32 MB on opening a file costs nothing
# beside reading it (1 ms against 150).
_SIZES = (512 << 10, 4 << 20, 32 << 20)
_FILES_OF_A_SIZE = 8

# What is sorted at once: some 1 GB as rows in memory.
_INPUT_BYTES = 128 << 20
_MEMORY = "1GB"
_ROWS_A_BATCH = 2_048

# A day folder without a new file for so long gets few more: what is left in it becomes one file.
_OVER_AFTER_NS = 24 * 3_600 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedLedger:
    """A ledger to be merged: its folder, the columns of this release, and what tells rows apart and orders them.

    `lasting` is a subquery of (filename, file_row_number): every row once, where it was written last.
    """

    folder: Path
    schema: pa.Schema
    row: str
    lasting: str


def groups_to_merge(
    folder: Path, files: Sequence[ListedFile], before_ns: int
) -> tuple[tuple[ListedFile, ...], ...]:
    """Which files of a ledger are to become one, each group of one day folder and in the order of writing.

    Files written at `before_ns` or later are left, and those of a flush that is not complete (`*.pending`). Both may be
    passed by files that have an earlier time and come into sight only after them.
    """
    pending = pending_files(folder)
    settled = [file for file in files if file.written_ns < before_ns and file.path.name not in pending]
    days = groupby(sorted(settled, key=_day), key=_day)
    return tuple(group for _, day in days for group in _of_a_day(tuple(day), before_ns))


def _day(file: ListedFile) -> str:
    return str(file.path.parent)


def _of_a_day(files: Sequence[ListedFile], before_ns: int) -> Iterator[tuple[ListedFile, ...]]:
    small = [file for file in files if file.size < _SIZES[-1]]
    if all(file.written_ns < before_ns - _OVER_AFTER_NS for file in files):
        yield from _portions(small)
        return
    for floor, size in zip((0, *_SIZES), _SIZES, strict=False):
        alike = [file for file in small if floor <= file.size < size]
        if len(alike) > _FILES_OF_A_SIZE:
            yield from _portions(alike)


def _portions(files: Sequence[ListedFile]) -> Iterator[tuple[ListedFile, ...]]:
    portion: list[ListedFile] = []
    held = 0
    for file in files:
        if held + file.size > _INPUT_BYTES:
            yield from _several(portion)
            portion, held = [], 0
        portion.append(file)
        held += file.size
    yield from _several(portion)


def _several(files: Sequence[ListedFile]) -> Iterator[tuple[ListedFile, ...]]:
    if len(files) > 1:
        yield tuple(files)


def merge_groups(
    database: duckdb.DuckDBPyConnection,
    ledger: MergedLedger,
    groups: Sequence[tuple[ListedFile, ...]],
    progress: Progress | None = None,
) -> None:
    """Make one file of each group, then remove the group. In bounded memory, and safe to be cut short anywhere.

    Raises:
        OSError: disk full, no permission.
        RuntimeError: a merged file would lack rows; nothing is removed.
    """
    if not groups:
        return
    database.execute(f"set memory_limit = '{_MEMORY}'")
    database.execute(f"create or replace temp table lasting as {ledger.lasting}")
    for done, group in enumerate(groups, start=1):
        _merge(database, ledger, group, f"merged_{ledger.folder.name}_{done}")
        if progress is not None:
            progress(done, len(groups))


def _merge(
    database: duckdb.DuckDBPyConnection, ledger: MergedLedger, group: Sequence[ListedFile], name: str
) -> None:
    create_rows(database, name, ledger.schema, [file.path for file in group])
    [(rows,)] = database.sql(
        f"select count(*) from lasting semi join {name}_files using (filename)"
    ).fetchall()
    if rows:
        _write(database, ledger, group, name, rows)
    database.execute(f"drop view {name}_rows")
    remove_read(group)
    sync_folder(group[0].path.parent)


def _write(
    database: duckdb.DuckDBPyConnection,
    ledger: MergedLedger,
    group: Sequence[ListedFile],
    name: str,
    expected: int,
) -> None:
    reader = database.sql(
        f"select * exclude (filename, file_row_number) from {name}_rows"
        f" semi join lasting using (filename, file_row_number) order by {ledger.row}"
    ).to_arrow_reader(_ROWS_A_BATCH)
    schema = naming_inputs(_schema(reader.schema, ledger.schema), group)
    path = merged_path(group)

    def tables() -> Iterator[pa.Table]:
        rows = 0
        for batch in reader:
            rows += batch.num_rows
            yield pa.Table.from_batches([batch]).cast(schema)
        if rows != expected:
            raise RuntimeError(f"{path}: {rows} rows were merged of {expected}")

    latest = max(file.written_ns for file in group)
    place_rows(schema, tables(), path, written_ns=latest)


def _schema(found: pa.Schema, known: pa.Schema) -> pa.Schema:
    """The columns found, as this release writes them; those of a later release as they are."""
    fields = [known.field(field.name) if field.name in known.names else field for field in found]
    return pa.schema(fields, metadata=known.metadata)
