"""The life of one wire story, message by message: what an agency sends, already parsed."""

from datetime import timedelta
from typing import Any

from pipelines.core.identity import digest, order_key
from schemas.article import Article
from schemas.article_parts import ChangeType, ItemKind, PubStatus, SourceKind
from tests.builders import MORNING, an_article

AGENCY = "agency.example"
STORY = digest("wire", AGENCY, "urn:story")


def a_message(version: int, change: ChangeType, *, offset: int | None = None, **fields: Any) -> Article:
    """Message number `version` of the story, received as many minutes after the first."""
    created = MORNING + timedelta(minutes=version)
    status = {ChangeType.KILL: PubStatus.CANCELED, ChangeType.HOLD: PubStatus.WITHHELD}
    base: dict[str, Any] = {
        "source_kind": SourceKind.WIRE,
        "source": AGENCY,
        "guid": "urn:story",
        "version": str(version),
        "order_key": order_key(canceled=change is ChangeType.KILL, version=version, created=created),
        "pub_status": status.get(change, PubStatus.USABLE),
        "change_type": change,
        "version_created": created,
        "received": created,
        "content_hash": digest("text", str(version)),
        "headline": f"Headline of version {version}",
        "body_text": f"Text of version {version}.",
    }
    place = version if offset is None else offset
    return an_article(STORY, offset=place, **(base | fields))


def without_text(article_fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """Fields of a message that carries no text and states no language."""
    bare = {"content_hash": None, "headline": None, "body_text": None, "language": "und"}
    return bare | (article_fields or {})


def a_notice(target: str, *, offset: int = 90, minutes: int = 60, **fields: Any) -> Article:
    """A notice that another item must be killed."""
    created = MORNING + timedelta(minutes=minutes)
    base: dict[str, Any] = {
        "source_kind": SourceKind.WIRE,
        "source": AGENCY,
        "item_kind": ItemKind.ADVISORY,
        "kill_target": target,
        "order_key": order_key(canceled=False, version=0, created=created),
        "version_created": created,
        "received": created,
        "content_hash": digest("notice", target),
        "headline": "KILL",
        "body_text": "Please kill.",
    }
    return an_article(digest("notice", target, str(offset)), offset=offset, **(base | fields))


NEW = a_message(1, ChangeType.NEW)
UPDATE = a_message(2, ChangeType.UPDATE)
CORRECTION = a_message(3, ChangeType.CORRECTION)
HOLD = a_message(4, ChangeType.HOLD, **without_text())
RELEASE = a_message(5, ChangeType.RELEASE, **without_text())
KILL = a_message(2, ChangeType.KILL, offset=6, **without_text())
