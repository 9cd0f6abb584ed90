"""The published contracts: what `python -m schemas` writes to `schemas/contracts/`, and what tests compare."""

from pathlib import Path
from typing import Any

import orjson

from schemas.article import Article
from schemas.dead_letter import DeadLetter
from schemas.event import Event
from schemas.generate import arrow_schema, index_mapping, json_schema
from schemas.handling import Handling

CONTRACTS = Path(__file__).with_name("contracts")
_RECORDS: tuple[tuple[type, str], ...] = (
    (Article, "article"),
    (Event, "event"),
    (DeadLetter, "dead_letter"),
    (Handling, "handling"),
)


def contract_files() -> dict[str, bytes]:
    """File name -> content of every generated contract."""
    files = {"article.mapping.json": _pretty(index_mapping(Article))}
    for record, name in _RECORDS:
        files[f"{name}.schema.json"] = _pretty(json_schema(record))
        files[f"{name}.arrow.json"] = _pretty(
            [f"{field.name}: {field.type}" for field in arrow_schema(record)]
        )
    return files


def _pretty(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"


def write_contracts() -> None:
    """Rewrite the checked-in contracts."""
    CONTRACTS.mkdir(exist_ok=True)
    for name, content in contract_files().items():
        (CONTRACTS / name).write_bytes(content)
