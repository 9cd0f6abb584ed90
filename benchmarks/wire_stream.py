"""The evaluation data for events as a wire: articles one after another, as they are before the stages with memory."""

import gzip
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import orjson

from pipelines.core.clean import clean_text
from pipelines.core.compose import compose_article
from pipelines.core.credit.crediting import credit_agencies
from pipelines.core.decode.decoding import decode_record
from pipelines.core.language.tagging import tag_language
from pipelines.transforms.stages import ASSIGN_EVENT_IDS, FOLLOW_STORY, LINK_REPEATS
from schemas.article import Article
from schemas.record import Feed, Origin, Record

START = datetime(2026, 3, 1, tzinfo=UTC)
STAGES = (FOLLOW_STORY, LINK_REPEATS, ASSIGN_EVENT_IDS)
SETS = ("background_dev", "allsides_dev", "allsides_folded_dev", "ecb_dev", "gold5")
# Some 400 words: an ordinary wire. The evaluation texts are 5,000 characters in the mean.
ORDINARY_CHARS = 2_500
PROVIDERS = 40


def ninjs_lines(
    shared: Path, chars: int = ORDINARY_CHARS, every: timedelta = timedelta(seconds=30)
) -> Iterator[bytes]:
    """The articles of every set as ninjs, texts cut to so many characters, one each so often, without end of order.

    The sets are dealt one by one, so that reports of one happening lie some minutes apart among others.
    """
    sets = [_articles(shared / "data" / "events" / f"{name}.jsonl.gz") for name in SETS]
    numbers = count()
    while sets:
        for one in list(sets):
            article = next(one, None)
            if article is None:
                sets.remove(one)
                continue
            number = next(numbers)
            yield _ninjs(article, number, START + every * number, chars)


def _articles(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path) as lines:
        for line in lines:
            yield orjson.loads(line)


def _ninjs(article: dict[str, str], number: int, created: datetime, chars: int) -> bytes:
    return orjson.dumps(
        {
            "uri": f"urn:newsml:wire{number % PROVIDERS}.example:20260301:{number}",
            "type": "text",
            "version": "1",
            "versioncreated": created,
            "pubstatus": "usable",
            "language": article.get("lang") or "en",
            "headline": article["title"],
            "body_text": article["text"][:chars],
        },
        option=orjson.OPT_UTC_Z,
    )


def wire_articles(shared: Path, chars: int = ORDINARY_CHARS) -> Iterator[Article]:
    """The same as articles, each received when it was made."""
    for number, line in enumerate(ninjs_lines(shared, chars)):
        record = Record(
            origin=Origin(source="file:wire", offset=number, follows=number - 1 if number else None),
            value=line,
            received=START + timedelta(seconds=30) * number,
            feed=Feed.LINES,
        )
        for article in compose_article(decode_record(record)):
            yield credit_agencies(tag_language(clean_text(article)))


def decided(articles: Iterable[Article]) -> list[Article]:
    """The rows that the three stages with memory make of articles, from nothing."""
    memories: dict[tuple[str, object], object] = {}
    rows: list[Article] = []
    for article in articles:
        through = [article]
        for stage in STAGES:
            stepped: list[Article] = []
            for one in through:
                key = stage.key(one)
                if (stage.label, key) not in memories:
                    memories[stage.label, key] = stage.new_memory(key)
                memory = memories[stage.label, key]
                outcome = stage.step(memory, one)
                for change in outcome.changes:
                    memory.apply(change)  # type: ignore[attr-defined]
                stepped += outcome.articles
            through = stepped
        rows += through
    return rows
