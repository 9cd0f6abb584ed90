"""`copydesk sql QUERY`: DuckDB over the output."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from connectors.parquet.statement import NotReading, reading_statement
from pipelines.commands.arguments import DataFolder, readable
from pipelines.commands.opened import read_output
from pipelines.commands.output import print_json, print_jsonl, print_table
from pipelines.options import Misuse, parse_as_of

VIEWS = "articles, originals, events, history, dead_letters"


def sql(
    query: Annotated[str, typer.Argument(help=f"A query over the views {VIEWS}.")],
    data: DataFolder = Path("copydesk-data"),
    as_of: Annotated[str | None, typer.Option(help="Time that counts as now (ISO 8601).")] = None,
    json: Annotated[bool, typer.Option("--json", help="A list of row objects on stdout.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="A row object a line on stdout.")] = False,
) -> None:
    """Ask the output in SQL (DuckDB). Views: articles, originals, events, history, dead_letters."""
    query = readable(query)

    def ask(database: duckdb.DuckDBPyConnection) -> tuple[list[str], list[Any]]:
        answer = database.execute(reading_statement(database, query))
        return [column[0] for column in answer.description or ()], answer.fetchall()

    try:
        columns, rows = read_output(data, parse_as_of(as_of), ask)
    except NotReading as error:
        raise Misuse("QUERY", repr(query), str(error)) from error
    except duckdb.Error as error:
        raise Misuse("QUERY", repr(query), f"{error}\nviews: {VIEWS}") from error
    names = unique_names(columns)
    objects = (dict(zip(names, row, strict=True)) for row in rows)
    if json:
        print_json(list(objects))
    elif jsonl:
        print_jsonl(objects)
    else:
        print_table(columns, rows)


def unique_names(columns: Sequence[str]) -> list[str]:
    """Names for columns that may have the same, numbered as DuckDB does; a number that another column has is left out.

    >>> unique_names(["a", "b", "a", "a_1", "a"])
    ['a', 'b', 'a_2', 'a_1', 'a_3']
    """
    taken, names = set(columns), list[str]()
    for column in columns:
        name = column
        if name in names:
            name = next(free for number in count(1) if (free := f"{column}_{number}") not in taken)
            taken.add(name)
        names.append(name)
    return names
