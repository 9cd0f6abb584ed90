"""Dead letters from elsewhere as a database with the same view `dead_letters` that a folder of output has.

Without their bytes: what a topic holds of a month would fill the memory. Of history nothing is known, nor of what people
have done, so a dead letter is settled by nothing; one whose replay became a dead letter is told apart.
"""

# ruff: noqa: S608  (queries are made of names of ours)

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

import duckdb
import pyarrow as pa

from connectors.parquet.letter_states import create_dead_letters
from connectors.parquet.scan import create_rows
from schemas.article import Article
from schemas.codec import to_table
from schemas.dead_letter import DeadLetter, has_payload
from schemas.generate import arrow_schema
from schemas.handling import Handling

_BATCH = 5_000
_NAME = "topic"


def letters_database(letters: Iterable[DeadLetter]) -> duckdb.DuckDBPyConnection:
    """A database in memory of these dead letters; of two of one id the later counts.

    `payload` is empty where the bytes were kept and null where not; key and headers are left out.
    """
    database = duckdb.connect(":memory:", config={"python_enable_replacements": False})
    database.execute("set TimeZone = 'UTC'")
    create_rows(database, "history", arrow_schema(Article), ())
    create_rows(database, "handled", arrow_schema(Handling), ())
    _create_letters(database, letters)
    create_dead_letters(database)
    return database


def _create_letters(database: duckdb.DuckDBPyConnection, letters: Iterable[DeadLetter]) -> None:
    database.register("empty_arrow", arrow_schema(DeadLetter).empty_table())
    database.execute(
        "create temp table dead_letters_rows as select *,"
        " case when received is null then 'none' else strftime(received, '%Y-%m-%d') end as arrived,"
        " null::varchar as filename, null::bigint as file_row_number from empty_arrow"
    )
    database.unregister("empty_arrow")
    database.execute(f"create temp table dead_letters_files as select '{_NAME}' as filename, 0 as written")
    remaining, count = iter(letters), 0
    while batch := [_narrow(letter) for letter in islice(remaining, _BATCH)]:
        numbers = pa.array(range(count, count + len(batch)), pa.int64())
        count += len(batch)
        table = to_table(DeadLetter, batch).append_column("file_row_number", numbers)
        database.register("batch_arrow", table)
        database.execute(
            "insert into dead_letters_rows by name select *, case when received is null then 'none'"
            f" else strftime(received, '%Y-%m-%d') end as arrived, '{_NAME}' as filename from batch_arrow"
        )
        database.unregister("batch_arrow")


def _narrow(letter: DeadLetter) -> DeadLetter:
    return replace(letter, payload=b"" if has_payload(letter) else None, key=None, headers=())
