"""The life of one wire story, message by message: what an agency sends, already parsed; and streams of many lives."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from pipelines.core.identity import digest, order_key
from pipelines.core.step import Step
from pipelines.core.story.change import StoryChange
from pipelines.core.story.following import follow_story
from pipelines.core.story.memory import StoryMemory
from schemas.article import Article
from schemas.article_parts import ChangeType, ItemKind, PubStatus, SourceKind
from tests.builders import MORNING, an_article, an_origin

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


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens in a stream: who does what, and how long after the act before."""

    kind: str
    story: int
    version: int
    hours: int
    hash: int
    name: int


# What is drawn most is what the stories are mostly made of; `days` is a month in which other news is made.
KINDS = (
    "new", "update", "update", "hold", "release", "kill", "notice", "notice", "page", "page", "page", "404", "410",
    "again", "again", "undated", "late", "days",
)  # fmt: skip


def acts(most: int = 40) -> st.SearchStrategy[list[Act]]:
    """Streams of versions, kills by id and by name, pages and 404s, retransmissions, over hours and over months."""
    small = st.integers(0, 3)
    act = st.builds(
        Act,
        kind=st.sampled_from(KINDS),
        story=small,
        version=st.integers(1, 3),
        hours=st.sampled_from((0, 0, 1, 7, 20, 70)),
        hash=small,
        name=small,
    )
    return st.lists(act, min_size=1, max_size=most)


def a_stream(of: Iterable[Act]) -> list[Article]:
    """The articles of some acts, as they arrive."""
    now, arrivals = MORNING, []
    for act in of:
        now += timedelta(hours=act.hours)
        offset = 1_000 + len(arrivals)
        if act.kind == "again" and arrivals:
            before = arrivals[-1 - act.hash % len(arrivals)]
            # The row itself, or the same message from another origin.
            arrivals.append(before if act.name % 2 else replace(before, origin=an_origin(offset)))
        elif act.kind == "days":
            arrivals += a_month(now, offset)
            now += timedelta(days=32)
        else:
            arrivals.append(_arrival(act, now, offset))
    return arrivals


def a_month(begin: datetime, offset: int, days: int = 32) -> list[Article]:
    """An article a day, so that time passes though its advance is capped."""
    return [
        an_article(
            digest("web", f"filler-{offset}-{day}"), offset=offset + day, received=begin + timedelta(days=day)
        )
        for day in range(days)
    ]


def _arrival(act: Act, now: datetime, offset: int) -> Article:
    if act.kind in ("page", "404", "410"):
        return _fetch(act, now, offset)
    if act.kind == "notice":
        lines = (f"number:{act.name}", f"slug:Slug-{act.hash}", f"guid:{act.story}", f"item:page-{act.story}")
        target = "\n".join(lines[: act.version]) if act.hours else lines[act.story]
        return a_notice(target, offset=offset, received=now, version_created=now)
    return _version(act, now, offset)


def _version(act: Act, now: datetime, offset: int) -> Article:
    change = ChangeType(act.kind) if act.kind in ("new", "hold", "release", "kill") else ChangeType.UPDATE
    received = {"undated": None, "late": now - timedelta(days=2)}.get(act.kind, now)
    bare = without_text() if change in (ChangeType.HOLD, ChangeType.RELEASE, ChangeType.KILL) else {}
    article = a_message(
        act.version,
        change,
        offset=offset,
        received=received,
        version_created=now - timedelta(hours=act.hash),
        message_number=str(act.name),
        slugline=f"slug-{act.name}" if act.hash else None,
        visible_from=now + timedelta(hours=5) if act.hash == 1 else None,
        content_hash=digest("text", str(act.hash)) * 2,
        **{name: value for name, value in bare.items() if name != "content_hash"},
    )
    # The last story bears an id that is no digest.
    own = digest("wire", AGENCY, str(act.story)) if act.story else "tür-0"
    return replace(article, article_id=own, content_hash=None if bare else article.content_hash)


def _fetch(act: Act, now: datetime, offset: int) -> Article:
    canonical = f"news.example/{act.story}" if act.version > 1 else None
    is_there = act.kind == "page"
    return an_article(
        digest("web", canonical or f"at-{act.story}") if act.story else "page-0",
        offset=offset,
        received=now,
        fetched_at=now,
        order_key=int(now.timestamp() * 1000),
        content_hash=digest("page", str(act.hash)) * 2 if is_there else None,
        signals=() if is_there else (f"http:{act.kind}",),
        url_key=f"news.example/at-{act.story}",
        canonical_key=canonical,
    )


def followed(memory: StoryMemory, arrivals: Iterable[Article]) -> list[Step[StoryChange]]:
    """What FollowStory decides of each arrival; the memory remembers it."""
    steps = []
    for article in arrivals:
        step = follow_story(memory, article)
        for change in step.changes:
            memory.apply(change)
        steps.append(step)
    return steps


def rows_of(steps: Iterable[Step[StoryChange]]) -> list[Article]:
    """The rows that flowed on, in their order."""
    return [article for step in steps for article in step.articles]
