"""Valid by default; override what matters to the rule under test."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from schemas.article import Article
from schemas.article_parts import SourceKind
from schemas.page import RawPage
from schemas.record import Feed, Origin, Record

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def an_origin(offset: int = 0, source: str = "news.pages.raw", **fields: Any) -> Origin:
    return Origin(source=source, offset=offset, **fields)


def a_record(value: bytes = b"{}", *, offset: int = 0, **fields: Any) -> Record:
    fields.setdefault("received", MORNING)
    return Record(origin=fields.pop("origin", an_origin(offset)), value=value, **fields)


def a_page(body: bytes | str, *, url: str | None = "https://news.example/a", **fields: Any) -> RawPage:
    raw = body.encode() if isinstance(body, str) else body
    record = fields.pop("record", a_record(raw, feed=Feed.PAGES))
    page = RawPage(
        record=record,
        body=raw,
        is_text=False,
        payload_sha256=sha256(raw).hexdigest(),
        url=url,
        fetched_at=MORNING,
    )
    return replace(page, **fields)


def an_article(article_id: str = "a1", *, offset: int = 0, **fields: Any) -> Article:
    base: dict[str, Any] = {
        "article_id": article_id,
        "source_kind": SourceKind.WEB,
        "source": "news.example",
        "order_key": int(MORNING.timestamp() * 1000),
        "origin": an_origin(offset),
        "payload_sha256": sha256(f"{article_id}/{offset}".encode()).hexdigest(),
        "headline": "Dock strike ends in Springfield",
        "body_text": "Dock workers in Springfield ended a nine-day strike on Sunday.",
        "published": MORNING,
        "received": MORNING,
        "language": "en",
    }
    return Article(**(base | fields))
