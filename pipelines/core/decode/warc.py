"""One record of a WARC: what a server answered, an HTML file, or the text of a page.

The record is whole as it stood in its file, so it means the same there, on a topic and in a dead letter. It speaks for
one address, that of its head: what the server sent is a page of that address and never an envelope.

Source: ISO 28500:2017 (WARC 1.1) §6; RFC 9110.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from warcio.statusandheaders import StatusAndHeadersParser

from pipelines.core.decode.envelope import charset_of, check_clock, check_url, http_status
from pipelines.core.decode.http_message import HttpResponse, body_of_response, read_response
from pipelines.core.decode.served_page import is_stripped_text
from pipelines.core.instants import parse_iso
from schemas.page import RawPage
from schemas.record import Record
from schemas.rejection import ReasonCode, Rejected

# As long as the reader of files believes one.
_MAX_HEAD_BYTES = 1 << 16
_HEAD_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(r"\d{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _WarcRecord:
    fields: Any
    block: bytes

    def field(self, name: str) -> str:
        return (self.fields.get_header(name) or "").strip()


def warc_page(record: Record, value: bytes, payload_sha256: str) -> RawPage:
    """The page in a WARC record of type `response`, `resource` or `conversion`.

    Chunks and content codings are undone. A `conversion` is text, in UTF-8 as its specification has it.

    Raises:
        Rejected: the record is cut off, of another type, without address or time, or its body is no page.
    """
    warc = _read(value)
    kind = warc.field("WARC-Type").lower()
    response = _response(warc, kind)
    is_conversion = kind == "conversion"
    status = http_status({"http_status": response.status})
    # The body of a page that is gone is not read, so it may be anything.
    body = body_of_response(response) if 200 <= status <= 299 else response.body
    content_type = response.header("content-type")
    fetched_at = _date(warc)
    check_clock(fetched_at, record.received)
    return RawPage(
        record=record,
        body=body,
        is_text=is_stripped_text(body, status, content_type) or is_conversion,
        payload_sha256=payload_sha256,
        charset="utf-8" if is_conversion else charset_of(content_type),
        url=_address(warc),
        fetched_at=fetched_at,
        http_status=status,
        headers=response.headers,
    )


def _read(value: bytes) -> _WarcRecord:
    end = _HEAD_END.search(value, 0, _MAX_HEAD_BYTES)
    if end is None:
        raise Rejected(ReasonCode.FILE_TRUNCATED, "the head of a WARC record has no end")
    fields: Any = StatusAndHeadersParser(["WARC/"]).parse(BytesIO(value[: end.end()]))
    stated = (fields.get_header("Content-Length") or "").strip()
    if _LENGTH.fullmatch(stated) is None:
        raise Rejected(ReasonCode.FIELD_MISSING, "a WARC record needs its Content-Length")
    block = value[end.end() : end.end() + int(stated)]
    if len(block) < int(stated):
        raise Rejected(ReasonCode.FILE_TRUNCATED, f"a WARC block of {len(block)} bytes, {stated} are stated")
    if value[end.end() + len(block) :].strip():
        raise Rejected(ReasonCode.SCHEMA_UNKNOWN, "bytes behind the one record of a WARC")
    return _WarcRecord(fields=fields, block=block)


def _response(warc: _WarcRecord, kind: str) -> HttpResponse:
    if kind == "response":
        return read_response(warc.block)
    if kind in ("resource", "conversion"):
        headers = (("content-type", warc.field("Content-Type")),)
        return HttpResponse(status=200, headers=headers, body=warc.block)
    raise Rejected(ReasonCode.SCHEMA_UNKNOWN, f"a WARC record of type `{kind[:32]}` is no page")


def _address(warc: _WarcRecord) -> str:
    # The grammar of WARC 1.0 had the address in angle brackets, and some tools write it so.
    stated = warc.field("WARC-Target-URI").removeprefix("<").removesuffix(">")
    if not stated:
        raise Rejected(ReasonCode.FIELD_MISSING, "a page in a WARC needs its WARC-Target-URI")
    return check_url(stated, "WARC-Target-URI")


def _date(warc: _WarcRecord) -> datetime:
    """The time of the capture; its zone is UTC, stated or not."""
    stated = parse_iso(warc.field("WARC-Date"))
    if stated is None:
        raise Rejected(ReasonCode.FIELD_TYPE, "WARC-Date must be an ISO 8601 time")
    return stated.instant.astimezone(UTC)
