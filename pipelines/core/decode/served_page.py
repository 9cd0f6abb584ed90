"""The three ways in which a page comes in: as served, in an envelope, bare."""

from typing import Any

from pipelines.core.decode.cloud_event import Attributes
from pipelines.core.decode.envelope import (
    MAX_TITLE_CHARS,
    MAX_URL_CHARS,
    body_of,
    charset_of,
    check_clock,
    check_url,
    fetched_time,
    http_status,
    optional_text,
    required_text,
    response_headers,
    stated_time,
)
from pipelines.core.decode.record_lines import has_record_line
from pipelines.core.decode.sniff import Content, sniff
from schemas.page import RawPage
from schemas.record import Record
from schemas.rejection import ReasonCode, Rejected

# What a body may be and still be a page. Compressed bodies are opened by the page stage, under its own limits.
_PAGE_CONTENT = (Content.HTML, Content.TEXT, Content.COMPRESSED)


def served_page(
    record: Record, body: bytes, payload_sha256: str, attributes: Attributes, *, is_decoded: bool = False
) -> RawPage:
    """The page whose body is the bytes as served, with its address and time in CloudEvents attributes.

    `is_decoded` says that the body was text already, so that its character set is UTF-8.

    Raises:
        Rejected: no address, a bad address or time, or a body that is no page.
    """
    url = attributes.get("subject")
    if url is None:
        raise Rejected(ReasonCode.FIELD_MISSING, "a page as served needs its address: ce_subject or url")
    stated = attributes.get("time")
    fetched_at = None if stated is None else stated_time(stated, "ce_time")
    check_clock(fetched_at, record.received)
    status = _header_status(attributes)
    final_url = attributes.header("final-url") or attributes.get("finalurl")
    content_type = attributes.header("content-type")
    return RawPage(
        record=record,
        body=body,
        is_text=is_stripped_text(body, status, content_type),
        payload_sha256=payload_sha256,
        charset="utf-8" if is_decoded else charset_of(content_type),
        url=check_url(url, "url"),
        final_url=None if final_url is None else check_url(final_url, "final_url"),
        fetched_at=fetched_at or record.received,
        http_status=status,
        headers=attributes.response,
        source_id=attributes.get("source"),
    )


def _header_status(attributes: Attributes) -> int:
    stated = attributes.header("http-status") or attributes.get("httpstatus")
    if stated is None:
        return 200
    text = stated.strip()
    return http_status(
        {"http_status": int(text) if text.isascii() and text.isdigit() and len(text) < 4 else text}
    )


def enveloped_page(
    record: Record, fields: dict[str, Any], payload_sha256: str, attributes: Attributes
) -> RawPage:
    """The page in a JSON envelope; what the envelope does not say, its event's attributes may.

    Raises:
        Rejected: a field is missing, of the wrong type or too long, or the body is no page.
    """
    if "fetched_at" in fields or attributes.get("time") is None:
        fetched_at = fetched_time(fields)
    else:
        fetched_at = stated_time(attributes.get("time") or "", "time")
    check_clock(fetched_at, record.received)
    status = http_status(fields)
    body_field, body = body_of(fields, may_be_absent=not 200 <= status <= 299)
    final_url = optional_text(fields, "final_url", MAX_URL_CHARS)
    content_type = optional_text(fields, "content_type", 1_000)
    is_encoded = body_field == "body_base64"
    return RawPage(
        record=record,
        body=body,
        is_text=body_field == "text" or (is_encoded and is_stripped_text(body, status, content_type)),
        payload_sha256=payload_sha256,
        charset=charset_of(content_type) if is_encoded else "utf-8",
        url=check_url(required_text(fields, "url", MAX_URL_CHARS), "url"),
        final_url=None if final_url is None else check_url(final_url, "final_url"),
        fetched_at=fetched_at,
        http_status=status,
        headers=response_headers(fields),
        title=optional_text(fields, "title", MAX_TITLE_CHARS),
        published=optional_text(fields, "published", 1_000),
        source_id=optional_text(fields, "source_id", 1_000) or attributes.get("source"),
    )


def bare_page(record: Record, body: bytes, payload_sha256: str, content: Content) -> RawPage:
    """The page that a bare file is: no address, no time, nothing but its bytes.

    Raises:
        Rejected: the bytes are no page, or a line of them is a record of another contract.
    """
    _check_content(content, None)
    if has_record_line(body, is_markup=content is not Content.TEXT):
        raise Rejected(ReasonCode.SCHEMA_UNKNOWN, f"{content} with a line that opens like a record")
    return RawPage(
        record=record,
        body=body,
        is_text=content is Content.TEXT,
        payload_sha256=payload_sha256,
        is_bare=True,
    )


def is_stripped_text(body: bytes, status: int, content_type: str | None) -> bool:
    """Whether the body of a page is text without markup; that of a page that is gone is not looked at.

    Raises:
        Rejected: the body is no page.
    """
    if not 200 <= status <= 299:
        return False  # a page that is gone may have any body
    content = sniff(body)
    _check_content(content, content_type)
    return content is Content.TEXT


def _check_content(content: Content, content_type: str | None) -> None:
    if content in _PAGE_CONTENT:
        return
    if content is Content.EMPTY:
        raise Rejected(ReasonCode.TEXT_EMPTY, "no bytes but white space")
    if content is Content.UNDECODABLE and not _is_media(content_type):
        raise Rejected(ReasonCode.ENCODING_UNDECODABLE, "bytes that are text in no character set")
    raise Rejected(ReasonCode.HTTP_NOT_HTML, f"{content_type or content} where a page was expected")


def _is_media(content_type: str | None) -> bool:
    return (content_type or "").lower().startswith(("image/", "video/", "audio/", "font/", "application/pdf"))
