"""Speed of the embedded index: upserts beside bare inserts into the same FTS5 table, and how long queries take.

    python -m benchmarks.search_index [ARTICLES] [--beside-cluster]

With `--beside-cluster` the same articles stand in an OpenSearch of its own, and each query is asked of both in turn.
The articles are made up: words of a Zipf-like vocabulary, one in ten Chinese, one in five a copy of another.
"""

import sqlite3
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.figures import Figure
from connectors.search.folding import fold
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.index import OpenSearchIndex
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.upsert import write_articles
from connectors.search.query import Facet, Query, Sort
from connectors.search.sqlite.index import SqliteIndex
from connectors.search.sqlite.schema import open_for_writing
from deploy.local.opensearch import IndexServer
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
    parser = ArgumentParser()
    parser.add_argument("articles", type=int, nargs="?", default=ARTICLES)
    parser.add_argument("--beside-cluster", action="store_true")
    told = parser.parse_args()
    articles = list(made_up(told.articles))
    beside = filled_cluster(articles) if told.beside_cluster else nullcontext()
    with TemporaryDirectory() as folder, beside as cluster:
        for figure in figures(Path(folder), articles, cluster):
            peer = (
                ""
                if figure.peer is None
                else f"   {figure.peer_name} {figure.peer:,.1f}   ratio {figure.ours / figure.peer:.2f}"
            )
            bar = "" if figure.bar is None else f"   bar {figure.bar:,.1f}"
            print(f"{figure.measure:44} {figure.ours:10,.1f}{peer}{bar}")


@contextmanager
def filled_cluster(articles: list[Article]) -> Iterator[OpenSearchIndex]:
    """An index with the articles on a server of its own, in as few segments as time makes of them."""
    names = IndexNames(prefix="bench")
    with TemporaryDirectory() as folder:
        server = IndexServer(Path(folder) / "server")
        server.start()
        try:
            with IndexClient(server.cluster) as client:
                ensure_index(client, names)
                for start in range(0, len(articles), BATCH):
                    assert not write_articles(client, names, articles[start : start + BATCH]).refused
                client.ask("POST", f"/{names.pattern}/_forcemerge", params={"max_num_segments": "5"})
                client.ask("POST", f"/{names.pattern}/_refresh")
                yield OpenSearchIndex(client, names)
        finally:
            server.kill()


def figures(folder: Path, articles: list[Article], cluster: OpenSearchIndex | None) -> Iterator[Figure]:
    """Write the articles, again, anew and away; then ask, and at last erase."""
    path = folder / "search.sqlite"
    bare = len(articles) / seconds(bare_inserts, str(folder / "bare.sqlite"), articles)
    index = SqliteIndex.open(str(path))
    fresh = len(articles) / seconds(upserts, index, articles)
    yield _write("upserts a second", fresh, bare, LEAST_RATE_OF_BARE)
    yield from asking(index, articles, cluster)
    yield _write("the same again, a second", len(articles) / seconds(upserts, index, articles), bare, 1.0)
    newer = [_changed(article, 1) for article in articles[: len(articles) // 5]]
    yield _write("newer versions a second", len(newer) / seconds(upserts, index, newer), bare, None)
    yield _figure("megabytes for 1,000 articles", path.stat().st_size / len(articles) / 1_000)
    index.upsert([_killed(article) for article in articles[::100]], MORNING)
    yield _figure("erasing 1 % of the texts at closing, ms", seconds(index.close) * 1_000)


def asking(index: SqliteIndex, articles: list[Article], cluster: OpenSearchIndex | None) -> Iterator[Figure]:
    """Milliseconds of seeded queries, with snippets: of half of them, and of 95 in 100, at most."""
    chance = Random(11)
    spaced = [article for article in articles if article.language == "en"]
    pairs = [" ".join(chance.sample(str(chance.choice(spaced).headline).split(), 2)) for _ in range(QUERIES)]
    week = MORNING - timedelta(days=7)
    asked = {
        "two words, ten best": [Query(text=text) for text in pairs],
        "with source, language and time": [
            Query(text=text, source="s3.example", language="en", since=week) for text in pairs
        ],
        "newest": [Query(text=text, sort=Sort.NEWEST) for text in pairs],
        "with three facets": [Query(text=text, facets=tuple(Facet)) for text in pairs],
        "one common word": [Query(text="w1")] * 20,
        "Chinese, two characters": [Query(text="".join(chance.sample(HAN[:50], 2))) for _ in range(50)],
        "a beginning of two letters": [Query(text="w1*")] * 10,
        "no words: the newest of a source": [Query(source="s3.example")] * 20,
        "nothing asked: the newest": [Query()] * 10,
    }
    for measure, queries in asked.items():
        embedded, beside = _times(index, queries), _times(cluster, queries)
        for share, of in (("p50", statistics.median), ("p95", _most)):
            yield Figure(
                part="search index",
                measure=f"{measure}, ms, {share}",
                ours=of(embedded),
                peer=of(beside) if beside else None,
                peer_name="OpenSearch",
            )


def _times(index: SqliteIndex | OpenSearchIndex | None, queries: list[Query]) -> list[float]:
    """How long each query takes, after one that warms up."""
    if index is None:
        return []
    index.search(queries[0], MORNING)
    return [seconds(index.search, query, MORNING) * 1_000 for query in queries]


def _most(times: list[float]) -> float:
    return sorted(times)[int(0.95 * (len(times) - 1))]


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
