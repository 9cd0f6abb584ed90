"""One definition, four outputs: Arrow schema, index mapping, JSON Schema and validator of a record class.

The definition is the frozen dataclass itself (types and `Spec` annotations). `python -m schemas` writes the generated
contracts to `schemas/contracts/`; a test compares them.
"""

import dataclasses
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from schemas.spec import Index, Spec
from schemas.version import SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field as the generators see it: `item` is the scalar or record type, inside a list or not."""

    name: str
    item: type
    is_list: bool
    optional: bool
    required: bool
    spec: Spec

    @property
    def is_record(self) -> bool:
        """Whether the value is a nested record."""
        return dataclasses.is_dataclass(self.item)


@cache
def field_types(record: type) -> tuple[FieldType, ...]:
    """Fields of a record class, in the order of its columns.

    Raises:
        TypeError: a field without `Spec`; a mistake in the class, not in data.
    """
    hints = get_type_hints(record, include_extras=True)
    return tuple(_field_type(field, hints[field.name]) for field in dataclasses.fields(record))


def _field_type(field: "dataclasses.Field[object]", hint: object) -> FieldType:
    base, *notes = get_args(hint) or (hint,)
    spec = next((note for note in notes if isinstance(note, Spec)), None)
    if spec is None:
        raise TypeError(f"field {field.name} has no Spec")
    optional = get_origin(base) in (Union, types.UnionType)
    if optional:
        base = next(arm for arm in get_args(base) if arm is not type(None))
    is_list = get_origin(base) is tuple
    item = get_args(base)[0] if is_list else base
    required = field.default is dataclasses.MISSING
    return FieldType(field.name, item, is_list, optional, required, spec)


_ARROW: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
    datetime: pa.timestamp("us", tz="UTC"),
}


@cache
def arrow_type(field: FieldType) -> pa.DataType:
    """Arrow type of a field's column."""
    if field.is_record:
        item: pa.DataType = pa.struct([_arrow_field(part) for part in column_types(field.item)])
    else:
        item = pa.string() if issubclass(field.item, StrEnum) else _ARROW[field.item]
    return pa.list_(item) if field.is_list else item


def _arrow_field(field: FieldType) -> pa.Field:
    return pa.field(field.name, arrow_type(field), metadata={"doc": field.spec.doc})


@cache
def column_types(record: type) -> tuple[FieldType, ...]:
    """Those of `field_types` that are columns of Parquet, in their order."""
    return tuple(field for field in field_types(record) if field.spec.index is not Index.PASSING)


@cache
def arrow_schema(record: type) -> pa.Schema:
    """Arrow schema of a record class, every column nullable, with `schema_version` in its metadata."""
    fields = [_arrow_field(field) for field in column_types(record)]
    return pa.schema(fields, metadata={"schema_version": str(SCHEMA_VERSION)})


_MAPPING: dict[type, str] = {int: "long", float: "double", bool: "boolean", datetime: "date"}


def index_mapping(record: type) -> dict[str, Any]:
    """OpenSearch mapping of a record class, `dynamic: strict`; fields the index must not hold are left out."""
    properties = {
        field.name: _mapping(field)
        for field in field_types(record)
        if field.spec.index not in (Index.ABSENT, Index.HISTORY, Index.PASSING)
    }
    return {"dynamic": "strict", "properties": properties}


def _mapping(field: FieldType) -> dict[str, Any]:
    if field.is_record:
        return {"properties": index_mapping(field.item)["properties"]}
    if field.spec.index is Index.TEXT:
        return {"type": "text"}
    kind: dict[str, Any] = {"type": _MAPPING.get(field.item, "keyword")}
    if field.spec.index is Index.STORED:
        return {**kind, "index": False, "doc_values": False}
    # Lucene refuses a term above 32,766 bytes; a keyword is cut off well below it.
    return {**kind, "ignore_above": 8_191} if kind["type"] == "keyword" else kind


_JSON: dict[type, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    bytes: "string",
    datetime: "string",
}


def json_schema(record: type) -> dict[str, Any]:
    """JSON Schema (2020-12) of a record class as it is written on a topic. Unknown fields are allowed."""
    properties = {field.name: _json_field(field) for field in field_types(record)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": record.__name__,
        "description": (record.__doc__ or "").split("\n", 1)[0],
        **_object_schema(record, properties),
    }


def _object_schema(record: type, properties: dict[str, Any]) -> dict[str, Any]:
    required = [field.name for field in field_types(record) if field.required and not field.optional]
    return {"type": "object", "properties": properties, "required": required}


def _json_field(field: FieldType) -> dict[str, Any]:
    item = _json_item(field)
    if field.is_list:
        return {"type": "array", "items": item, "description": field.spec.doc}
    if not field.optional:
        return {**item, "description": field.spec.doc}
    return {"anyOf": [item, {"type": "null"}], "description": field.spec.doc}


def _json_item(field: FieldType) -> dict[str, Any]:
    if field.is_record:
        parts = {part.name: _json_field(part) for part in field_types(field.item)}
        return _object_schema(field.item, parts)
    if issubclass(field.item, StrEnum):
        return {"type": "string", "enum": [member.value for member in field.item]}
    schema: dict[str, Any] = {"type": _JSON[field.item]}
    if field.item is datetime:
        schema["format"] = "date-time"
    if field.item is bytes:
        schema["contentEncoding"] = "base64"
    if field.item is str and field.spec.max_chars is not None:
        schema["maxLength"] = field.spec.max_chars
    return schema


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a record breaks its contract. `path` is dotted, list positions in brackets."""

    path: str
    problem: str


Check = Callable[[object, str], Iterator[Violation]]


@cache
def validator(record: type) -> Callable[[object], tuple[Violation, ...]]:
    """A function that lists every violation in an instance of the record class; empty when it keeps the contract."""
    checks = tuple((field.name, _check(field)) for field in field_types(record))

    def validate(value: object) -> tuple[Violation, ...]:
        return tuple(v for name, check in checks for v in check(getattr(value, name), name))

    return validate


def _check(field: FieldType) -> Check:
    one = _check_item(field)

    def check(value: object, path: str) -> Iterator[Violation]:
        if value is None:
            if not field.optional:
                yield Violation(path, "missing")
        elif not field.is_list:
            yield from one(value, path)
        elif not isinstance(value, tuple):
            yield Violation(path, f"is {type(value).__name__}, not a tuple")
        else:
            for position, item in enumerate(value):
                yield from one(item, f"{path}[{position}]")

    return check


def _check_item(field: FieldType) -> Check:
    accepted = (int, float) if field.item is float else field.item
    limit = field.spec.max_chars

    def check(value: object, path: str) -> Iterator[Violation]:
        wrong_bool = isinstance(value, bool) and field.item is not bool
        if wrong_bool or not isinstance(value, accepted):
            yield Violation(path, f"is {type(value).__name__}, not {field.item.__name__}")
        elif field.is_record:
            for inner in validator(field.item)(value):
                yield Violation(f"{path}.{inner.path}", inner.problem)
        elif isinstance(value, str) and limit is not None and len(value) > limit:
            yield Violation(path, f"has {len(value)} characters, at most {limit} are allowed")
        elif isinstance(value, datetime) and value.tzinfo is None:
            yield Violation(path, "is a time without zone")

    return check
