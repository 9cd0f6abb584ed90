"""The ledgers in order: nothing half written, and few files. Only ever one process at a time (`publish`) does this."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from connectors.parquet.listing import ListedFile, Stamp, listed_files
from connectors.parquet.merge import MergedLedger, Progress, groups_to_merge, merge_groups
from connectors.parquet.merged_file import remove_left_inputs
from connectors.parquet.publish_state import read_already
from connectors.parquet.scan import (
    ROW_OF_DEAD_LETTERS,
    ROW_OF_HISTORY,
    create_rows,
    last_words,
    open_database,
)
from connectors.parquet.temporary import TEMPORARY, sweep
from schemas.article import Article
from schemas.dead_letter import DeadLetter
from schemas.generate import arrow_schema

SPILL = f"publish-database{TEMPORARY}"

_OUTPUTS = ("history", "dead_letters", "articles", "events")
_LEDGERS = {"history": (Article, ROW_OF_HISTORY), "dead_letters": (DeadLetter, ROW_OF_DEAD_LETTERS)}


def sweep_output(root: Path) -> list[int]:
    """Remove what crashed writers and merges have left; when writers that live last wrote to an unfinished file (ns)."""
    for left in root.glob(f"*{TEMPORARY}"):
        if left.is_dir():  # where a run spills to
            shutil.rmtree(left)
    living = sweep(root, below=False)
    for name in _OUTPUTS:
        living += sweep(root / name)
    for name in _LEDGERS:
        remove_left_inputs(listed_files(root / name))
    return living


def merge_ledgers(
    root: Path, read: Mapping[str, Stamp], before_ns: int, progress: Progress | None = None
) -> bool:
    """Merge the small files of history that were `read`, and those of dead letters; whether there were any.

    Only what was written before `before_ns`, see `groups_to_merge`.
    """
    merged = False
    for name, (record, row) in _LEDGERS.items():
        files = listed_files(root / name)
        settled = read_already(root, files, read) if name == "history" else files
        groups = groups_to_merge(root / name, settled, before_ns)
        if groups:
            _merge(root, name, arrow_schema(record), row, files, groups, progress)
            merged = True
    return merged


def _merge(
    root: Path,
    name: str,
    schema: pa.Schema,
    row: str,
    files: Sequence[ListedFile],
    groups: Sequence[tuple[ListedFile, ...]],
    progress: Progress | None,
) -> None:
    with closing(open_database(root, root / SPILL)) as database:
        create_rows(database, name, schema, [file.path for file in files])
        ledger = MergedLedger(folder=root / name, schema=schema, row=row, lasting=last_words(name, row))
        merge_groups(database, ledger, groups, progress)
