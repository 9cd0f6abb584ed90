"""What the headers of a record say, and a CloudEvent in structured mode as headers and a body.

Read leniently: the CloudEvents names (`ce_subject`, `ce_time`, `ce_source`, `content-type`) and the plain ones that
crawlers use (`url`, `fetched-at`, `source`), in any case.

Source: CloudEvents 1.0, Kafka protocol binding, binary mode; JSON format; research/kafka.md §5.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.record import Feed, Record
from schemas.rejection import ReasonCode, Rejected

PAGE_TYPE = "news.page"
_ALIASES = {"url": "subject", "fetched-at": "time", "fetched_at": "time", "source": "source"}
# What the transport says of the record itself, and nothing the page's server said.
_TRANSPORT = frozenset({"traceparent", "tracestate", "schema-version", "schema", "key", *_ALIASES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """The attributes of one event: those of CloudEvents, and the response headers that travel beside them."""

    event: tuple[tuple[str, str], ...] = ()
    response: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """A CloudEvents attribute, `None` when missing or blank."""
        return next((value for key, value in self.event if key == name and value.strip()), None)

    def header(self, name: str) -> str | None:
        """A response header, `None` when missing or blank."""
        return next((value for key, value in self.response if key == name and value.strip()), None)

    def is_page(self, feed: Feed) -> bool:
        """Whether the event says that its body is a page as served.

        On a topic of pages any address says so, since its body must never be read as an envelope of its own.
        """
        kind, subject = self.get("type") or "", self.get("subject")
        if kind.startswith(PAGE_TYPE) or (feed is Feed.PAGES and subject is not None):
            return True
        return (
            "wire" not in kind and subject is not None and subject.lower().startswith(("http://", "https://"))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredEvent:
    """A CloudEvent in structured mode: `data` is the object it carried as JSON, else `body` its bytes."""

    attributes: Attributes
    body: bytes
    data: dict[str, Any] | None
    is_text: bool


def attributes_of(record: Record) -> Attributes:
    """What the record's headers say; of doubled names the first counts."""
    event: list[tuple[str, str]] = []
    response: list[tuple[str, str]] = []
    for name, value in record.headers:
        key, text = name.strip().lower(), value.decode("utf-8", "replace")
        if key.startswith(("ce_", "ce-")):
            event.append((key[3:], text))
        elif key in _ALIASES:
            event.append((_ALIASES[key], text))
        elif key not in _TRANSPORT:
            response.append((key, text))
    return Attributes(event=tuple(event), response=tuple(response))


def is_structured(fields: dict[str, Any]) -> bool:
    """Whether an object is a CloudEvent in structured mode: it has the four attributes that each must have."""
    return all(isinstance(fields.get(name), str) for name in ("specversion", "id", "source", "type"))


def read_structured(fields: dict[str, Any]) -> StructuredEvent:
    """The event that an object is.

    Raises:
        Rejected: a specification beyond 1.x, or data that is neither text, object nor base64.
    """
    if not fields["specversion"].startswith("1."):
        version = fields["specversion"][:20]
        raise Rejected(ReasonCode.SCHEMA_MAJOR_UNSUPPORTED, f"CloudEvents {version}, expected 1.0")
    data = fields.get("data")
    attributes = _structured_attributes(fields)
    if isinstance(data, dict):
        return StructuredEvent(attributes=attributes, body=orjson.dumps(data), data=data, is_text=False)
    if isinstance(data, str):
        return StructuredEvent(attributes=attributes, body=data.encode(), data=None, is_text=True)
    return StructuredEvent(
        attributes=attributes, body=_data_bytes(data, fields.get("data_base64")), data=None, is_text=False
    )


def _structured_attributes(fields: dict[str, Any]) -> Attributes:
    event = tuple(
        (name.lower(), value)
        for name, value in fields.items()
        if isinstance(value, str) and name not in ("data", "data_base64")
    )
    content_type = fields.get("datacontenttype")
    response = (("content-type", content_type),) if isinstance(content_type, str) else ()
    return Attributes(event=event, response=response)


def _data_bytes(data: object, encoded: object) -> bytes:
    if data is not None or (encoded is not None and not isinstance(encoded, str)):
        raise Rejected(ReasonCode.FIELD_TYPE, "data of a CloudEvent must be an object, text or data_base64")
    if encoded is None:
        return b""
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected(ReasonCode.FIELD_TYPE, f"data_base64 is not base64: {error}") from error
