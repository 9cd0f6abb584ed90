"""Speed of the embedded index: upserts beside bare inserts into the same FTS5 table, and how long queries take.

    python -m benchmarks.search_index [ARTICLES]

The articles are made up: words of a Zipf-like vocabulary, one in ten Chinese, one in five a copy of another.
"""

import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.figures import Figure
from connectors.search.folding import fold
from connectors.search.query import Facet, Query, Sort
from connectors.search.sqlite.index import SqliteIndex
from connectors.search.sqlite.schema import open_for_writing
from schemas.article import Article
from schemas.article_parts import PubStatus, SourceKind
from schemas.record import Origin

ARTICLES, QUERIES, BATCH = 5_000, 200, 500
# Upserts look up, order, compare and hold a document with its five indexes beside the text.
LEAST_RATE_OF_BARE = 0.6
MORNING = datetime(2026, 3, 2, tzinfo=UTC)
HAN = "".join(map(chr, range(0x4E00, 0x4E00 + 2_000)))


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ARTICLES
    with TemporaryDirectory() as folder:
        for figure in figures(Path(folder), list(made_up(count))):
            peer = (
                ""
                if figure.peer is None
                else f"   {figure.peer_name} {figure.peer:,.1f}   ratio {figure.ours / figure.peer:.2f}"
            )
            bar = "" if figure.bar is None else f"   bar {figure.bar:,.1f}"
            print(f"{figure.measure:44} {figure.ours:10,.1f}{peer}{bar}")


def figures(folder: Path, articles: list[Article]) -> Iterator[Figure]:
    """Write the articles, again, anew and away; then ask, and at last erase."""
    path = folder / "search.sqlite"
    bare = len(articles) / seconds(bare_inserts, str(folder / "bare.sqlite"), articles)
    index = SqliteIndex.open(str(path))
    fresh = len(articles) / seconds(upserts, index, articles)
    yield _write("upserts a second", fresh, bare, LEAST_RATE_OF_BARE)
    yield _write("the same again, a second", len(articles) / seconds(upserts, index, articles), bare, 1.0)
    newer = [_changed(article, 1) for article in articles[: len(articles) // 5]]
    yield _write("newer versions a second", len(newer) / seconds(upserts, index, newer), bare, None)
    yield _figure("megabytes for 1,000 articles", path.stat().st_size / len(articles) / 1_000)
    yield from asking(index, articles)
    index.upsert([_killed(article) for article in articles[::100]], MORNING)
    yield _figure("erasing 1 % of the texts at closing, ms", seconds(index.close) * 1_000)


def asking(index: SqliteIndex, articles: list[Article]) -> Iterator[Figure]:
    """Median milliseconds of seeded queries, with snippets."""
    chance = Random(11)
    spaced = [article for article in articles if article.language == "en"]
    pairs = [" ".join(chance.sample(str(chance.choice(spaced).headline).split(), 2)) for _ in range(QUERIES)]
    week = MORNING - timedelta(days=7)
    asked = {
        "two words, ten best, ms": [Query(text=text) for text in pairs],
        "with source, language and time, ms": [
            Query(text=text, source="s3.example", language="en", since=week) for text in pairs
        ],
        "newest, ms": [Query(text=text, sort=Sort.NEWEST) for text in pairs],
        "with three facets, ms": [Query(text=text, facets=tuple(Facet)) for text in pairs],
        "one common word, ms": [Query(text="w1")] * 20,
        "Chinese, two characters, ms": [Query(text="".join(chance.sample(HAN[:50], 2))) for _ in range(50)],
        "a beginning of two letters, ms": [Query(text="w1*")] * 10,
        "no words: the newest of a source, ms": [Query(source="s3.example")] * 20,
        "nothing asked: the newest, ms": [Query()] * 10,
    }
    for measure, queries in asked.items():
        times = [seconds(index.search, query, MORNING) * 1_000 for query in queries]
        yield _figure(measure, statistics.median(times))


def upserts(index: SqliteIndex, articles: list[Article]) -> None:
    """Write in batches, as bundles do."""
    for start in range(0, len(articles), BATCH):
        index.upsert(articles[start : start + BATCH], MORNING)


def bare_inserts(path: str, articles: list[Article]) -> None:
    """The least that any index in FTS5 must do: insert the texts, in transactions of the same size."""
    with closing(open_for_writing(path)) as connection:
        for start in range(0, len(articles), BATCH):
            _insert_texts(connection, articles[start : start + BATCH])


def _insert_texts(connection: sqlite3.Connection, articles: list[Article]) -> None:
    connection.execute("begin immediate")
    connection.executemany(
        "insert into article_text (headline, abstract, body) values (?, ?, ?)",
        ((fold(article.headline or ""), "", fold(article.body_text or "")) for article in articles),
    )
    connection.execute("commit")


def made_up(count: int) -> Iterator[Article]:
    """Seeded articles of 80 to 600 words."""
    chance = Random(7)
    for number in range(count):
        chinese = number % 10 == 9
        words = _words(chance, chinese=chinese)
        join = "" if chinese else " "
        yield Article(
            article_id=f"a{number}",
            source_kind=SourceKind.WEB,
            source=f"s{number % 40}.example",
            order_key=1,
            origin=Origin(source="made-up", offset=number),
            payload_sha256="",
            headline=join.join(words[:9]),
            body_text=join.join(words),
            language="zh" if chinese else "en",
            published=MORNING - timedelta(minutes=number),
            copy_family=f"f{number // 5}" if number % 5 < 2 else None,
            event_id=f"evt-20260302-{number // 8}",
        )


def _words(chance: Random, *, chinese: bool) -> list[str]:
    size = chance.randint(80, 600)
    vocabulary = 2_000 if chinese else 60_000
    ranks = (int(vocabulary ** chance.random()) for _ in range(size))
    return [HAN[rank - 1] if chinese else f"w{rank}" for rank in ranks]


def _changed(article: Article, by: int, **fields: Any) -> Article:
    return replace(
        article, order_key=article.order_key + by, body_text=f"{article.body_text} w7 w8 w9", **fields
    )


def _killed(article: Article) -> Article:
    return replace(article, order_key=1 << 62, pub_status=PubStatus.CANCELED, body_text=None, headline=None)


def seconds(action: Callable[..., object], *arguments: object) -> float:
    """How long the action takes."""
    start = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - start


def _write(measure: str, ours: float, bare: float, least: float | None) -> Figure:
    bar = None if least is None else least * bare
    return Figure(
        part="search index",
        measure=measure,
        ours=ours,
        peer=bare,
        peer_name="bare inserts into FTS5",
        bar=bar,
    )


def _figure(measure: str, ours: float) -> Figure:
    return Figure(part="search index", measure=measure, ours=ours)


if __name__ == "__main__":
    main()
