"""Wire messages of invented agencies: ninjs by default, valid by default."""

from hashlib import sha256
from typing import Any

import orjson

from pipelines.core.wire.compose import compose_wire
from pipelines.core.wire.json_format import json_wire_format
from schemas.article import Article
from schemas.record import Feed, Record
from schemas.wire import RawWire, WireFormat
from tests.builders import a_record, an_origin

GUID = "urn:newsml:meridian.example:20260302:4711"

NINJS_2: dict[str, Any] = {
    "uri": GUID,
    "type": "text",
    "version": "1",
    "firstcreated": "2026-03-02T07:30:00Z",
    "versioncreated": "2026-03-02T07:30:00Z",
    "pubstatus": "usable",
    "language": "en",
    "headlines": [{"role": "main", "value": "Ferry service to Grey Island resumes"}],
    "bodies": [
        {
            "role": "main",
            "contenttype": "text/html",
            "value": "<p>GREY ISLAND (Meridian) - Ferries sail again.</p>",
        }
    ],
}


def ninjs(**fields: Any) -> dict[str, Any]:
    """A ninjs 2 item; a field given as `...` is left out."""
    return {name: value for name, value in (NINJS_2 | fields).items() if value is not ...}


def a_kill(**fields: Any) -> dict[str, Any]:
    return {"uri": GUID, "pubstatus": "canceled", **fields}


def a_wire(item: dict[str, Any] | bytes, *, wire_feed: str | None = None, **fields: Any) -> RawWire:
    body = item if isinstance(item, bytes) else orjson.dumps(item)
    wire_format = WireFormat.NINJS_2 if isinstance(item, bytes) else json_wire_format(item)
    return RawWire(
        record=fields.pop("record", a_record(body, feed=Feed.WIRE, **fields)),
        body=body,
        wire_format=wire_format or WireFormat.NINJS_2,
        payload_sha256=sha256(body).hexdigest(),
        wire_feed=wire_feed,
    )


def composed(item: dict[str, Any], **fields: Any) -> Article:
    (article,) = compose_wire(a_wire(item, **fields))
    return article


def a_line(document: Any, **fields: Any) -> Record:
    """One line of a file: nothing known but its bytes."""
    fields = {"received": None, "origin": an_origin(source="file:lines.ndjson")} | fields
    return a_record(orjson.dumps(document), **fields)
