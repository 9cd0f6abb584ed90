"""What a command prints: tables and colours when a person looks, one JSON document when a program does.

Results go to stdout and nothing else does; progress and messages go to stderr.
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import time
from decimal import Decimal
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

people = Console(stderr=True, highlight=False, soft_wrap=True)
result = Console(highlight=False, soft_wrap=True)

# A pipe has no width: what goes into a file is not folded to that of a screen.
_PIPE_WIDTH = 240

_INT64, _UINT64 = -(1 << 63), (1 << 64) - 1

_JSON = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def print_json(value: Any) -> None:
    """One JSON document and a line feed on stdout."""
    sys.stdout.write(_json(value, orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0) + "\n")


def print_jsonl(rows: Iterable[Any]) -> None:
    """One JSON document a line on stdout."""
    for row in rows:
        sys.stdout.write(_json(row) + "\n")


def _json(value: Any, option: int = 0) -> str:
    try:
        return orjson.dumps(value, option=_JSON | option, default=_jsonable).decode()
    except orjson.JSONEncodeError:
        # Only SQL makes what orjson has no form for: numbers of 128 bits, keys that are no text, times of day in a zone.
        return orjson.dumps(_plain(value), option=_JSON | option, default=_jsonable).decode()


def _jsonable(value: Any) -> Any:
    """Bytes as hexadecimal digits, decimals as numbers with all their digits, else (intervals) what Python writes."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}") if value.is_finite() else None
    return str(value)


def _plain(value: Any) -> Any:
    """The value with nothing in it that orjson refuses."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, int) and not _INT64 <= value <= _UINT64:
        return orjson.Fragment(str(value))
    return value.isoformat() if isinstance(value, time) else value


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None, whole: int = 1
) -> None:
    """A table on stdout; cells are text as it is, never markup. The first `whole` columns are never folded or cut."""
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, no_wrap=place < whole, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell_text(cell)) for cell in row))
    if result.is_terminal:
        result.print(table)
    else:
        # Not `result` with another width, which it would cut down to its own.
        Console(file=result.file, width=_PIPE_WIDTH, highlight=False, soft_wrap=True).print(table)


def cell_text(value: Any) -> str:
    """A value as a person reads it in a cell."""
    if value is None:
        return "–"
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list | tuple):
        return ", ".join(map(cell_text, value))
    return str(value)
