"""Chosen dead letters of a folder, with their bytes, in batches that fit into memory."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from connectors.parquet.letter_states import create_letters_once
from connectors.parquet.scan import create_rows, open_database, parquet_files
from connectors.parquet.steady import read_steadily
from schemas.codec import from_row
from schemas.dead_letter import DeadLetter
from schemas.generate import arrow_schema

# As large as bundles of files are (connectors/files/read.py).
MAX_BATCH_LETTERS, MAX_BATCH_BYTES = 500, 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLetters:
    """Dead letters of a folder by id, in the order they are to come, in batches."""

    folder: str
    batches: tuple[tuple[str, ...], ...]


def in_batches(letters: Iterable[tuple[str, int]]) -> tuple[tuple[str, ...], ...]:
    """Ids with their sizes in bytes as batches of bounded length and size, a larger one alone.

    >>> in_batches([("a", 10), ("b", 40 << 20), ("c", 1)])
    (('a',), ('b',), ('c',))
    """
    batches: list[list[str]] = []
    held = 0
    for letter, size in letters:
        if not batches or len(batches[-1]) >= MAX_BATCH_LETTERS or held + size > MAX_BATCH_BYTES:
            batches.append([])
            held = 0
        batches[-1].append(letter)
        held += size
    return tuple(map(tuple, batches))


def letters_of(folder: Path, ids: Iterable[str]) -> tuple[DeadLetter, ...]:
    """The dead letters of a folder with these ids, in the order of the ids, with their bytes; unknown ids are left out."""
    wanted = tuple(ids)

    def read() -> tuple[DeadLetter, ...]:
        with closing(open_database(folder)) as database:
            create_rows(
                database, "dead_letters", arrow_schema(DeadLetter), parquet_files(folder / "dead_letters")
            )
            create_letters_once(database)
            return select_letters(database, wanted)

    return read_steadily(folder, read)


def select_letters(database: duckdb.DuckDBPyConnection, ids: Iterable[str]) -> tuple[DeadLetter, ...]:
    """The dead letters of a view `dead_letters_once` with these ids, in the order of the ids."""
    places = {letter: place for place, letter in enumerate(ids)}
    database.register("wanted_arrow", pa.table({"dead_letter_id": pa.array(places, pa.string())}))
    try:
        found = database.sql(
            "select * from dead_letters_once semi join wanted_arrow using (dead_letter_id)"
        ).to_arrow_table()
    finally:
        database.unregister("wanted_arrow")
    letters = (from_row(DeadLetter, row) for row in found.to_pylist())
    return tuple(sorted(letters, key=lambda letter: places[letter.dead_letter_id]))
