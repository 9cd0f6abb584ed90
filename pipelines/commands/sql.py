"""`copydesk sql QUERY`: DuckDB over the output."""

from pathlib import Path
from typing import Annotated

import duckdb
import typer

from pipelines.commands.opened import opened
from pipelines.commands.output import print_json, print_jsonl, print_table
from pipelines.options import Misuse, parse_as_of

VIEWS = "articles, originals, events, history, dead_letters"


def sql(
    query: Annotated[str, typer.Argument(help=f"A query over the views {VIEWS}.")],
    data: Annotated[Path, typer.Option(help="Folder of the output.")] = Path("copydesk-data"),
    as_of: Annotated[str | None, typer.Option(help="Time that counts as now (ISO 8601).")] = None,
    json: Annotated[bool, typer.Option("--json", help="A list of row objects on stdout.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="A row object a line on stdout.")] = False,
) -> None:
    """Ask the output in SQL (DuckDB). Views: articles, originals, events, history, dead_letters."""
    with opened(data, parse_as_of(as_of)) as database:
        try:
            answer = database.execute(query)
            columns = [column[0] for column in answer.description or ()]
            rows = answer.fetchall()
        except duckdb.Error as error:
            raise Misuse("QUERY", repr(query), f"{error}\nviews: {VIEWS}") from error
    objects = (dict(zip(columns, row, strict=True)) for row in rows)
    if json:
        print_json(list(objects))
    elif jsonl:
        print_jsonl(objects)
    else:
        print_table(columns, rows)
