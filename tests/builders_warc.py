"""WARC records as crawlers write them: valid by default; override what matters to the rule under test."""

import gzip
from typing import Any

URL = "https://coastal.example/ferries"
DATE = "2026-03-02T07:59:00Z"
PARAGRAPH = (
    "The ferries between Port Lowry and the islands sail again from Monday, the harbour office said, after divers had "
    "cleared the last of the nets from the channel. Tickets that were bought for the days without a boat stay valid "
    "until the end of May, and the early crossing takes lorries first."
)
HTML = f"<!doctype html><html><head><title>Ferries sail</title></head><body><article><h1>Ferries sail</h1><p>{PARAGRAPH}</p></article></body></html>".encode()


def an_answer(body: bytes = HTML, status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP response; underscores in the names of headers are hyphens."""
    fields = {"content_type": "text/html; charset=utf-8"} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def a_warc_record(block: bytes | None = None, kind: str = "response", **fields: Any) -> bytes:
    """One record with its trailer; a field that is `None` is left out, underscores in names are hyphens."""
    block = an_answer() if block is None else block
    stated: dict[str, Any] = {
        "WARC_Type": kind,
        "WARC_Record_ID": "<urn:uuid:00000000-0000-4000-8000-000000000001>",
        "WARC_Date": DATE,
        "WARC_Target_URI": URL,
        "Content_Type": "application/http; msgtype=response",
        "Content_Length": len(block),
    }
    version = fields.pop("version", "WARC/1.1")
    lines = "".join(
        f"{name.replace('_', '-')}: {value}\r\n"
        for name, value in (stated | fields).items()
        if value is not None
    )
    return f"{version}\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


def a_warcinfo() -> bytes:
    return a_warc_record(
        b"software: crawler-7\r\n", "warcinfo", WARC_Target_URI=None, Content_Type="application/warc-fields"
    )


def a_request() -> bytes:
    return a_warc_record(
        b"GET /ferries HTTP/1.1\r\nHost: coastal.example\r\n\r\n",
        "request",
        Content_Type="application/http; msgtype=request",
    )


def a_page_record(number: int, body: bytes = HTML) -> bytes:
    """The record of a page with an address and a text of its own."""
    return a_warc_record(
        an_answer(body.replace(b"Monday", b"day %d" % number)), WARC_Target_URI=f"{URL}/{number}"
    )


def by_member(records: list[bytes]) -> bytes:
    """Compressed as the standard has it: a gzip member a record."""
    return b"".join(gzip.compress(record, 6, mtime=0) for record in records)
