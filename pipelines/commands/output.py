"""What a command prints: tables and colours when a person looks, one JSON document when a program does.

Results go to stdout and nothing else does; progress and messages go to stderr.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

people = Console(stderr=True, highlight=False, soft_wrap=True)
result = Console(highlight=False, soft_wrap=True)

# A pipe has no width: what goes into a file is not folded to that of a screen.
_PIPE_WIDTH = 240

_JSON = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def print_json(value: Any) -> None:
    """One JSON document and a line feed on stdout."""
    option = _JSON | (orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0)
    sys.stdout.write(orjson.dumps(value, option=option, default=_jsonable).decode() + "\n")


def print_jsonl(rows: Iterable[Any]) -> None:
    """One JSON document a line on stdout."""
    for row in rows:
        sys.stdout.write(orjson.dumps(row, option=_JSON, default=_jsonable).decode() + "\n")


def _jsonable(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> None:
    """A table on stdout; cells are text as it is, never markup. The first column is never folded or cut."""
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, no_wrap=place == 0, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell_text(cell)) for cell in row))
    result.print(table, width=None if result.is_terminal else _PIPE_WIDTH)


def cell_text(value: Any) -> str:
    """A value as a person reads it in a cell."""
    if value is None:
        return "–"
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list | tuple):
        return ", ".join(map(cell_text, value))
    return str(value)
