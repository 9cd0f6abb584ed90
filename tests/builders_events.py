"""Reports and neighbours of happenings, and a stream of them through AssignEventIds."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.core.events.assigning import assign_event_id
from pipelines.core.events.change_codec import pack_change, unpack_change
from pipelines.core.events.memory import EventMemory
from pipelines.core.events.rows_of_history import RECALLED
from schemas.article import Article
from schemas.article_parts import Precision, PublishedSource
from schemas.codec import to_table
from tests.builders import MORNING, an_article

CORPUS = Path(__file__).parent / "corpus" / "events"
HAPPENINGS = tuple(sorted(file.name for file in CORPUS.iterdir()))


@dataclass(frozen=True)
class Happening:
    """Five reports of one happening; other acts of the same people that week; what followed the next day."""

    language: str
    reports: tuple[Article, ...]
    neighbours: tuple[Article, ...]
    next_day: tuple[Article, ...]


@cache
def a_happening(file: str) -> Happening:
    """Bare files: no URL, no arrival, a date where the corpus states one."""
    told: dict[str, list[Article]] = {"report": [], "neighbour": [], "next-day": []}
    blocks = re.split(r"^=== ", (CORPUS / file).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for number, block in enumerate(blocks):
        heading, headline, body = block.split("\n", 2)
        kind, *when = heading.split()
        told[kind].append(
            an_article(
                f"{file}-{kind}-{number}",
                offset=number,
                source="file",
                headline=headline,
                body_text=body.strip(),
                received=None,
                **_published(when),
            )
        )
    language = file.split(".")[1]
    return Happening(language, *(tuple(told[kind]) for kind in ("report", "neighbour", "next-day")))


def _published(when: list[str]) -> dict[str, Any]:
    if not when:
        return {"published": None}
    instant = when[0] if "T" in when[0] else f"{when[0]}T00:00:00+00:00"
    precision = Precision.DAY if when[1:] == ["day"] else Precision.SECOND
    return {
        "published": datetime.fromisoformat(instant),
        "published_precision": precision,
        "published_source": PublishedSource.TEXT,
    }


class Desk:
    """One language's articles through the step, as a runner would drive it. Changes go through their journal form."""

    def __init__(self, language_key: str = "en") -> None:
        self.memory = EventMemory(language_key)
        self.journal: list[bytes] = []
        self.history: list[Article] = []
        self._offset = 0

    def take(self, article: Article, **fields: Any) -> Article:
        """Each call is another row: another offset."""
        self._offset += 1
        origin = replace(article.origin, offset=self._offset)
        return self.again(replace(article, origin=origin, **fields))

    def again(self, article: Article) -> Article:
        """The row as it is, so that a known one is known."""
        step = assign_event_id(self.memory, article)
        for change in step.changes:
            self.journal.append(pack_change(change))
            self.memory.apply(unpack_change(self.journal[-1]))
        (out,) = step.articles
        if step.changes:
            self.history.append(out)
        return out

    def event_ids(self, articles: Iterable[Article]) -> dict[str, str | None]:
        return {article.article_id: self.take(article).event_id for article in articles}


def the_strike(article_id: str = "strike-1", **fields: Any) -> Article:
    fields.setdefault("first_received", fields.get("received", MORNING))
    return an_article(
        article_id,
        headline="Dock strike in Port Alder ends after nine days",
        body_text=(
            "PORT ALDER - Dock workers ended a nine-day strike on Sunday after the Harbour Union accepted a wage deal.\n"
            "Cranes will move again on Monday, union leader Mara Voss said. Some 1,450 workers get 6.2 percent more."
        ),
        **fields,
    )


def the_strike_elsewhere(article_id: str = "strike-2", **fields: Any) -> Article:
    fields.setdefault("first_received", fields.get("received", MORNING))
    return an_article(
        article_id,
        headline="Port Alder dockers return to work as union takes wage deal",
        body_text=(
            "The cranes of Port Alder are to move again on Monday. The Harbour Union accepted a wage deal of 6.2 percent,"
            " its leader Mara Voss said on Sunday, and ended the strike of 1,450 dock workers after nine days."
        ),
        **fields,
    )


def the_fire(article_id: str = "fire-1", **fields: Any) -> Article:
    fields.setdefault("first_received", fields.get("received", MORNING))
    return an_article(
        article_id,
        headline="Roof fire closes museum of glass in Shelby",
        body_text=(
            "A fire in the roof of the Museum of Glass closed the building on Monday. Nobody was hurt, the fire brigade"
            " of Shelby said. Two rooms with 320 vases were damaged by water."
        ),
        **fields,
    )


def from_journal(desk: Desk) -> EventMemory:
    """The memory that the desk's changes make."""
    memory = EventMemory(desk.memory.language_key)
    for packed in desk.journal:
        memory.apply(unpack_change(packed))
    return memory


def from_snapshot(desk: Desk) -> EventMemory:
    """The memory that a snapshot of the desk's makes."""
    memory = EventMemory(desk.memory.language_key)
    memory.restore(list(desk.memory.snapshot()))
    return memory


def from_history(desk: Desk, parts: int = 1) -> EventMemory:
    """The memory that the desk's rows of history make, read in so many parts."""
    memory = EventMemory(desk.memory.language_key)
    table = to_table(Article, desk.history).select(RECALLED)
    size = -(-table.num_rows // parts) or 1
    for begin in range(0, table.num_rows, size):
        memory.recall(table.slice(begin, size))
    return memory
