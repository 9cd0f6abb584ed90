"""Which queries only read.

DuckDB cannot open a folder for reading alone, and the type of a statement does not tell: `with a as (copy … to …)
select 1` is a SELECT that writes a file. So every node of the parsed query must be one that reads, and it may not call
what runs a text as a query.
"""

from collections.abc import Iterator
from typing import Any

import duckdb
import orjson

ALLOWED = "one SELECT, FROM, VALUES, SHOW, DESCRIBE or SUMMARIZE, or EXPLAIN of one"

_READING_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})

_RUNNING_FUNCTIONS = frozenset({"query", "json_execute_serialized_sql"})


class NotReading(ValueError):
    """A query that is not one statement that only reads."""


def reading_statement(database: duckdb.DuckDBPyConnection, query: str) -> str:
    """The query as it is to be run: one statement, which only reads.

    Raises:
        NotReading: it is none, several, or one that may write or set something.
        duckdb.ParserException: it is no SQL.
    """
    statements = duckdb.extract_statements(query)
    if len(statements) != 1:
        raise NotReading(f"{len(statements) or 'no'} statements; allowed: {ALLOWED}")
    if statements[0].named_parameters:
        raise NotReading("has parameters, and nothing to put for them; write the values out")
    explained, read = _explained(query)
    if not _only_reads(database, read):
        raise NotReading(f"may do more than read; allowed: {ALLOWED}")
    return f"{explained}{read}"


def _explained(query: str) -> tuple[str, str]:
    """`explain` or `explain analyze` in front of a query, and the query."""
    text = query.encode()
    tokens = duckdb.tokenize(query)
    # Places are counted in bytes, and a comment is a token, too.
    ends = [*(place for place, _ in tokens[1:]), len(text)]
    spans = [
        (start, end)
        for (start, kind), end in zip(tokens, ends, strict=True)
        if kind is not duckdb.token_type.comment
    ]
    words = [text[start:end].strip().lower() for start, end in spans[:2]]
    if words[0] != b"explain":
        return "", query
    prefix = "explain analyze " if words[1:] == [b"analyze"] else "explain "
    _, end = spans[len(prefix.split()) - 1]
    return prefix, text[end:].decode()


def _only_reads(database: duckdb.DuckDBPyConnection, query: str) -> bool:
    answer = database.execute("select json_serialize_sql(?::varchar)", [query]).fetchone()
    try:
        parsed: Any = orjson.loads(answer[0] if answer else b"")
    except orjson.JSONDecodeError:
        return False  # nested deeper than orjson reads
    if parsed["error"] or len(parsed["statements"]) != 1:
        return False
    return all(_is_harmless(part) for part in _parts(parsed))


def _is_harmless(part: dict[str, Any]) -> bool:
    kind, function = str(part.get("type")), str(part.get("function_name"))
    return (
        not kind.endswith("_NODE") or kind in _READING_NODES
    ) and function.lower() not in _RUNNING_FUNCTIONS


def _parts(parsed: Any) -> Iterator[dict[str, Any]]:
    """All mappings, however deep."""
    waiting = [parsed]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            yield value
