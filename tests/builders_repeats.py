"""Texts that are as like as a rule needs them, and rows through LinkRepeats."""

import random
from dataclasses import replace
from typing import Any

from pipelines.core.fold import content_hash
from pipelines.core.repeats.linking import link_repeats
from pipelines.core.repeats.memory import RepeatMemory
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus
from tests.builders import an_article


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
