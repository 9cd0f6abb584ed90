"""The ledgers in order: nothing half written, and few files. Only ever one process at a time (`publish`) does this."""

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from connectors.parquet.listing import ListedFile, Stamp, listed_files
from connectors.parquet.merge import MergedLedger, Progress, groups_to_merge, merge_groups
from connectors.parquet.merged_file import remove_left_inputs
from connectors.parquet.pending import PENDING
from connectors.parquet.publish_state import INDEX_NAME, NAME, read_already
from connectors.parquet.scan import (
    ROW_OF_DEAD_LETTERS,
    ROW_OF_HISTORY,
    create_rows,
    last_words,
    open_database,
)
from connectors.parquet.temporary import TEMPORARY, Swept, sweep, together
from schemas.article import Article
from schemas.dead_letter import DeadLetter
from schemas.generate import arrow_schema

# The folders where a run puts what is too much for memory.
SPILL = f"publish-database{TEMPORARY}"
SPOOL = f"publish-rows{TEMPORARY}"

_OUTPUTS = ("history", "dead_letters", "handled", "articles", "events")
_LEDGERS = {"history": (Article, ROW_OF_HISTORY), "dead_letters": (DeadLetter, ROW_OF_DEAD_LETTERS)}

# A folder of output may hold files of other people: only what has names of ours is swept.
_OF_THE_ROOT = re.compile("|".join(map(re.escape, (NAME, INDEX_NAME))))
_OF_AN_OUTPUT = re.compile(rf".+({re.escape(PENDING)}|\.parquet|\.json)", re.DOTALL)


def sweep_output(root: Path) -> Swept:
    """Remove what crashed writers, runs and merges have left."""
    asides = together(
        [
            sweep(root, _OF_THE_ROOT, below=False),
            *(sweep(root / name, _OF_AN_OUTPUT) for name in _OUTPUTS),
        ]
    )
    spilled = _remove_spilled(root)
    inputs = sum(remove_left_inputs(listed_files(root / name)) for name in _LEDGERS)
    return replace(asides, removed=asides.removed + spilled + inputs)


def _remove_spilled(root: Path) -> int:
    places = (root / SPILL, root / SPOOL)
    left = [folder for folder in places if folder.is_dir() and not folder.is_symlink()]
    for folder in left:
        shutil.rmtree(folder)
    return len(left)


def merge_ledgers(
    root: Path, read: Mapping[str, Stamp], before_ns: int, progress: Progress | None = None
) -> int:
    """Merge the small files of history that were `read`, and those of dead letters; how many files that were.

    Only what was written before `before_ns`, see `groups_to_merge`.
    """
    merged = 0
    for name, (record, row) in _LEDGERS.items():
        files = listed_files(root / name)
        settled = read_already(root, files, read) if name == "history" else files
        groups = groups_to_merge(root / name, settled, before_ns)
        if groups:
            _merge(root, name, arrow_schema(record), row, files, groups, progress)
            merged += sum(map(len, groups))
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
