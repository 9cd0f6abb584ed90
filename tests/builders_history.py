"""A story with its whole life, and a folder of output to put it into."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.parquet.arrivals import append_rows
from connectors.parquet.publish import PublishReport, publish
from connectors.parquet.write_history import HISTORY
from pipelines.core.events.summary import summarise_event
from pipelines.core.readers import reader_row, without_hidden
from schemas.article import Article
from schemas.article_parts import ChangeType, Contribution, DupKind, EventReason, PubStatus
from tests.builders import MORNING, an_article

NOON = MORNING + timedelta(hours=4)
STRIKE = "evt-20260302-aaaaaaaaaaaaa"
CANCELED = 1 << 62


def a_version(number: int, change: ChangeType, **fields: Any) -> Article:
    """One message of the story `strike`; its place in the input is its own, whenever it arrives."""
    text = f"MARK{number} dock workers in Springfield, take {number}."
    base: dict[str, Any] = {
        "order_key": number << 42,
        "change_type": change,
        "headline": f"MARK{number} Dock strike",
        "body_text": text,
        "content_hash": f"hash{number}",
        "received": MORNING + timedelta(minutes=number),
        "first_received": MORNING + timedelta(minutes=1),
        "event_id": STRIKE,
        "copy_family": "fam-strike",
        "event_terms": f"MARK{number}".encode(),
    }
    return an_article("strike", offset=number, **(base | fields))


WITHOUT_TEXT: dict[str, Any] = {"headline": None, "body_text": None, "content_hash": None, "event_id": None}


def a_life() -> dict[str, Article]:
    """new, update, correction, hold, release and kill of one story."""
    return {
        "new": a_version(1, ChangeType.NEW),
        "update": a_version(2, ChangeType.UPDATE),
        "correction": a_version(3, ChangeType.CORRECTION, published=MORNING - timedelta(days=1)),
        "hold": a_version(4, ChangeType.HOLD, pub_status=PubStatus.WITHHELD),
        "release": a_version(5, ChangeType.RELEASE, published=None, **WITHOUT_TEXT),
        "kill": a_version(
            6,
            ChangeType.KILL,
            pub_status=PubStatus.CANCELED,
            order_key=CANCELED | 1,
            language="und",
            **WITHOUT_TEXT,
        ),
    }


def a_copy(offset: int = 50, **fields: Any) -> Article:
    """Another outlet's article that names the story as its original and as its nearest."""
    base: dict[str, Any] = {
        "source": "other.example",
        "dup_of": "strike",
        "dup_kind": DupKind.COPY,
        "dup_similarity": 0.9,
        "event_id": STRIKE,
        "event_reason": EventReason(
            nearest_article="strike",
            shared_terms=("sharedterm",),
            margin=0.5,
            contributions=(Contribution(feature="cosine", value=0.5, weight=1.0),),
        ),
        "first_received": MORNING,
        "published": MORNING + timedelta(hours=1),
    }
    return an_article("copy", offset=offset, **(base | fields))


def arrive(folder: Path, *articles: Article) -> None:
    """One bundle of rows."""
    append_rows(folder, HISTORY, articles)


def publish_at(folder: Path, as_of: datetime = NOON, **hooks: Any) -> PublishReport:
    rules = {"reader_row": reader_row, "without_hidden": without_hidden, "summarise_event": summarise_event}
    return publish(str(folder), as_of=as_of, **(rules | hooks))


def published_bytes(folder: Path) -> dict[str, bytes]:
    """Every file that readers open, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for name in ("articles", "events")
        for path in sorted((folder / name).rglob("*"))
        if path.is_file()
    }


def published_once(folder: Path, rows: Iterable[Article], as_of: datetime = NOON) -> dict[str, bytes]:
    """What readers open after all rows came at once."""
    arrive(folder, *rows)
    publish_at(folder, as_of)
    return published_bytes(folder)


def twice(articles: Sequence[Article]) -> list[Article]:
    """The rows, each of them also as a duplicate."""
    return [*articles, *(replace(article) for article in articles)]
