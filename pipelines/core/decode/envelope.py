"""A crawled page in its JSON envelope.

    {"url", "final_url"?, "fetched_at", "http_status"=200, "content_type", "body_base64" | "html" | "text",
     "headers"={}, "title"?, "published"?, "source_id"?}

Exactly one body; a page that is gone (status outside 2xx) needs none. `html` and `text` are decoded already, so their
character set is UTF-8 whatever the markup says of itself. `text` is what a scraper left of the page, its furniture
included.
"""

import base64
import binascii
import re
from datetime import datetime
from typing import Any

from pipelines.core.instants import CLOCK_DRIFT, parse_iso
from pipelines.core.urls import url_key
from schemas.article_parts import Zone
from schemas.rejection import ReasonCode, Rejected

# A page of 5 MiB in base64, its JSON escapes and headers, and as much again (research/wire.md §6: p99 is 2.1 MB).
MAX_ENVELOPE_BYTES = 16 * 1024 * 1024
MAX_URL_CHARS = 8_192  # research/wire.md §6
MAX_TITLE_CHARS = 10_000
MAX_HEADERS, MAX_HEADER_CHARS = 256, 16_384

BODY_FIELDS = ("body_base64", "html", "text")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_.:+-]{1,40})""", re.IGNORECASE)


def is_page_envelope(fields: dict[str, Any]) -> bool:
    """Whether an object is meant as a page: an address with a fetch or a body, and no item of a wire."""
    return "url" in fields and any(name in fields for name in (*BODY_FIELDS, "fetched_at", "http_status"))


def fetched_time(fields: dict[str, Any]) -> datetime:
    """When the page was fetched, by its envelope.

    Raises:
        Rejected: missing, no time, or without a zone: a crawler knows where its clock stands.
    """
    return stated_time(required_text(fields, "fetched_at", 64), "fetched_at")


def stated_time(text: str, name: str) -> datetime:
    """An instant with its zone.

    Raises:
        Rejected: no ISO 8601 time, or without a zone.
    """
    stated = parse_iso(text)
    if stated is None or stated.zone is not Zone.STATED:
        raise Rejected(ReasonCode.FIELD_TYPE, f"{name} must be an ISO 8601 time with a zone")
    return stated.instant


def check_clock(fetched_at: datetime | None, received: datetime | None) -> None:
    """Refuse a page that was fetched after it was received, beyond what clocks drift."""
    if fetched_at is not None and received is not None and fetched_at - received > CLOCK_DRIFT:
        raise Rejected(ReasonCode.TIME_FUTURE, f"fetched {fetched_at - received} after it was received")


def check_url(url: str, name: str) -> str:
    """The address, untouched, when it is an absolute http or https address.

    Raises:
        Rejected: too long, or any other address.
    """
    if len(url) > MAX_URL_CHARS:
        raise Rejected(
            ReasonCode.FIELD_TOO_LONG, f"{name} has {len(url)} characters of at most {MAX_URL_CHARS}"
        )
    url_key(url)
    return url.strip()


def body_of(fields: dict[str, Any], *, may_be_absent: bool) -> tuple[str, bytes]:
    """Name and bytes of the one body that an envelope has.

    Raises:
        Rejected: none, more than one, not text, or not base64.
    """
    stated = [name for name in BODY_FIELDS if fields.get(name) is not None]
    if not stated and may_be_absent:
        return "body_base64", b""
    if len(stated) != 1:
        found = " and ".join(stated) or "none"
        raise Rejected(
            ReasonCode.FIELD_MISSING, f"exactly one of {', '.join(BODY_FIELDS)} is expected, found {found}"
        )
    name = stated[0]
    value = fields[name]
    if not isinstance(value, str):
        raise Rejected(ReasonCode.FIELD_TYPE, f"{name} must be text")
    return name, _from_base64(value) if name == "body_base64" else value.encode()


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected(ReasonCode.FIELD_TYPE, f"body_base64 is not base64: {error}") from error


def required_text(fields: dict[str, Any], name: str, max_chars: int) -> str:
    """A text that must be there.

    Raises:
        Rejected: missing, blank, not text, or too long.
    """
    value = optional_text(fields, name, max_chars)
    if value is None:
        raise Rejected(ReasonCode.FIELD_MISSING, f"{name} is required")
    return value


def optional_text(fields: dict[str, Any], name: str, max_chars: int) -> str | None:
    """A text that may be missing, null or blank.

    Raises:
        Rejected: not text, or too long.
    """
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Rejected(ReasonCode.FIELD_TYPE, f"{name} must be text, not {type(value).__name__}")
    if len(value) > max_chars:
        raise Rejected(
            ReasonCode.FIELD_TOO_LONG, f"{name} has {len(value)} characters of at most {max_chars}"
        )
    return value if value.strip() else None


def http_status(fields: dict[str, Any]) -> int:
    """The HTTP status, 200 unless stated.

    Raises:
        Rejected: no number from 100 to 599.
    """
    value = fields.get("http_status")
    status = 200 if value is None else value
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise Rejected(ReasonCode.FIELD_TYPE, "http_status must be a number from 100 to 599")
    return status


def response_headers(fields: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The response headers, names in lower case; several values of one name are joined as HTTP joins them.

    Raises:
        Rejected: no object of texts, or larger than servers send.
    """
    value = fields.get("headers")
    if value is None:
        return ()
    if not isinstance(value, dict):
        raise Rejected(ReasonCode.FIELD_TYPE, "headers must be an object")
    if len(value) > MAX_HEADERS:
        raise Rejected(ReasonCode.FIELD_TOO_LONG, f"{len(value)} headers, at most {MAX_HEADERS} are read")
    return tuple((name.lower(), _header_text(name, text)) for name, text in value.items())


def _header_text(name: str, value: object) -> str:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str | int | float) for part in values):
        raise Rejected(ReasonCode.FIELD_TYPE, f"header {name[:64]} must be text")
    text = ", ".join(str(part) for part in values)
    if len(text) > MAX_HEADER_CHARS:
        raise Rejected(ReasonCode.FIELD_TOO_LONG, f"header {name[:64]} has {len(text)} characters")
    return text


def charset_of(content_type: str | None) -> str | None:
    """The character set that a content type states.

    >>> charset_of("text/html; charset=ISO-8859-1")
    'ISO-8859-1'
    """
    found = _CHARSET.search(content_type) if content_type is not None else None
    return None if found is None else found[1]
