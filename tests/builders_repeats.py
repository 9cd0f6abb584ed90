"""Texts that are as like as a rule needs them, and rows through LinkRepeats."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from pipelines.core.fold import content_hash
from pipelines.core.repeats.changes import RepeatChange
from pipelines.core.repeats.linking import link_repeats
from pipelines.core.repeats.memory import RepeatMemory
from pipelines.core.step import Step
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus
from tests.builders import MORNING, an_article


def a_text(subject: str, words: int = 240) -> str:
    """An invented text; another subject shares no five words in a row with it."""
    chance = random.Random(subject)
    return " ".join(f"{subject}{chance.randrange(500)}" for _ in range(words))


def part_of(text: str, first: float, last: float) -> str:
    """The words of a text from one share of its length to another."""
    words = text.split()
    return " ".join(words[round(first * len(words)) : round(last * len(words))])


def edited(text: str, every: int) -> str:
    """The text with every so-manieth word replaced."""
    return " ".join("changed" if n % every == every - 1 else word for n, word in enumerate(text.split()))


def a_report(article_id: str, body: str | None, *, offset: int = 0, **fields: Any) -> Article:
    """An article of an outlet of its own, as FollowStory hands it on."""
    base = {"source": f"{article_id}.example", "headline": f"As {article_id} has it"} | fields
    article = an_article(article_id, offset=offset, body_text=body, **base)
    return replace(article, content_hash=content_hash(article.headline, body))


def a_notice(article_id: str, status: PubStatus, *, offset: int, **fields: Any) -> Article:
    """A row without text: a kill, a hold, or a release."""
    change = {
        PubStatus.CANCELED: ChangeType.KILL,
        PubStatus.WITHHELD: ChangeType.HOLD,
        PubStatus.USABLE: ChangeType.RELEASE,
    }[status]
    base = {"pub_status": status, "change_type": change, "headline": None, "source": f"{article_id}.example"}
    return an_article(article_id, offset=offset, body_text=None, **(base | fields))


def linked(memory: RepeatMemory, *articles: Article) -> list[Article]:
    """The rows as LinkRepeats stamps them one after the other; the memory remembers them."""
    rows: list[Article] = []
    for article in articles:
        step = link_repeats(memory, article)
        for change in step.changes:
            memory.apply(change)
        rows += step.articles
    return rows


DOCK = a_text("dock")
BODIES = (
    DOCK,
    f"(Agency) {DOCK}",
    edited(DOCK, 12),
    part_of(DOCK, 0.1, 0.4),
    a_text("ferry"),
    "Five words make a shingle",
    "Sport",
)
DAY = timedelta(days=1)

Life = list[tuple[str, str, int | None]]

# A step of a made life: which article, what happens to it, and how many days later.
LIVES = st.lists(
    st.tuples(
        st.sampled_from(("a1", "a2", "a3", "a4", "a5")),
        st.sampled_from((*BODIES, *BODIES, "hold", "kill", "release", "old", "embargo", "seen")),
        st.sampled_from((0, 0, 0, 0, 1, 4, 40, None)),
    ),
    max_size=14,
)


def lived(life: Life) -> list[Article]:
    """The articles of a made life, in the order in which they come."""
    clock = MORNING
    rows = []
    for offset, (article_id, what, days) in enumerate(life):
        clock += (days or 0) * DAY
        row = one_row(article_id, what, offset, clock)
        rows.append(replace(row, received=None if days is None else clock))
    return rows


def one_row(article_id: str, what: str, offset: int, clock: datetime) -> Article:
    """What happens to an article, as FollowStory hands it on."""
    if what == "hold":
        return a_notice(article_id, PubStatus.WITHHELD, offset=offset)
    if what == "kill":
        return a_notice(article_id, PubStatus.CANCELED, offset=offset)
    if what == "release":
        return a_notice(article_id, PubStatus.USABLE, offset=offset)
    if what == "old":
        return a_report(article_id, DOCK, offset=offset, superseded=True)
    if what == "seen":
        return a_report(article_id, DOCK, offset=offset, change_type=ChangeType.REPEAT)
    if what == "embargo":
        return a_report(article_id, DOCK, offset=offset, visible_from=clock + DAY)
    return a_report(article_id, what, offset=offset)


def passed(articles: list[Article]) -> tuple[RepeatMemory, list[Article], list[RepeatChange]]:
    """What comes of articles: a memory of them, the rows, and the changes."""
    memory = RepeatMemory()
    rows: list[Article] = []
    changes: list[RepeatChange] = []
    for article in articles:
        step = link_repeats(memory, article)
        for change in step.changes:
            memory.apply(change)
        rows += step.articles
        changes += step.changes
    return memory, rows, changes


def answers(memory: RepeatMemory) -> list[Step[RepeatChange]]:
    """What a memory says to everything that may be asked of it."""
    probes = [a_report(f"p{n}", body, offset=1_000 + n) for n, body in enumerate(BODIES)]
    versions = [a_report(f"a{n}", DOCK, offset=2_000 + n) for n in range(1, 6)]
    return [link_repeats(memory, probe) for probe in (*probes, *versions)]
