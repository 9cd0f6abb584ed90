"""The views of `copydesk sql`: what readers and editors may ask of a folder of output.

articles      what readers see, one row an article
originals     one article of each copy family: the earliest published
events        one row an event
history       every row, once
dead_letters  what was rejected, once, how it stands, and whether a row of history has settled it
"""

# ruff: noqa: S608  (queries are made of names and literals of ours; paths are quoted)

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from connectors.parquet.columns import reader_schema
from connectors.parquet.letter_states import create_dead_letters
from connectors.parquet.reader_views import create_reader_views
from connectors.parquet.scan import (
    ROW_OF_HISTORY,
    Partition,
    create_rows,
    last_words,
    open_database,
    parquet_files,
    quoted,
)
from schemas.article import Article
from schemas.dead_letter import DeadLetter
from schemas.event import Event
from schemas.generate import arrow_schema
from schemas.handling import Handling

_PLACE = "filename, file_row_number"

_HISTORY = f"""
create view history as select * exclude ({_PLACE}) from history_rows
semi join {last_words("history", ROW_OF_HISTORY)} using ({_PLACE})
"""


def connect(folder: str, as_of: datetime) -> duckdb.DuckDBPyConnection:
    """A database with the views over `folder` as it is now; `as_of` says at what time readers look.

    Partition columns (`arrived`, `date`) are text, times are UTC, a view without files is empty and has all its
    columns. Queries reach nothing but the files of `folder`, and no network.

    Raises:
        ValueError: `as_of` has no zone.
    """
    if as_of.tzinfo is None:
        raise ValueError(f"as_of: {as_of} is a time without zone, one with a zone is needed")
    root = Path(folder)
    database = open_database(root)
    for name, schema, column in _folders():
        partition = Partition(column=column, folder=root / name) if column else None
        create_rows(database, name, schema, parquet_files(root / name), partition)
    moment = f"timestamptz {quoted(as_of.astimezone(UTC).isoformat())}"
    database.execute(_HISTORY)
    create_dead_letters(database)
    create_reader_views(database, moment)
    database.execute("set lock_configuration = true")
    return database


def _folders() -> tuple[tuple[str, pa.Schema, str | None], ...]:
    return (
        ("history", arrow_schema(Article), "arrived"),
        ("dead_letters", arrow_schema(DeadLetter), "arrived"),
        ("handled", arrow_schema(Handling), None),
        ("articles", reader_schema(), "date"),
        ("events", arrow_schema(Event), None),
    )
