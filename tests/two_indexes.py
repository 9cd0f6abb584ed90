"""The same articles in both indexes, and what each answers to one query, in a form that compares."""

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.cluster import IndexCluster
from connectors.search.opensearch.index import OpenSearchIndex
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.upsert import write_articles
from connectors.search.query import Page, Query, Sort, parse_query
from connectors.search.sqlite.index import SqliteIndex
from schemas.article import Article
from tests.index_server import unique_names

PATIENCE_S = 60


@dataclass(frozen=True)
class TwoIndexes:
    """Both, and the time at which readers look."""

    sqlite: SqliteIndex
    cluster: OpenSearchIndex
    as_of: datetime

    def same(self, query: Query) -> Page:
        """The page of the index on the cluster, once it was seen to be that of the embedded one."""
        expected, got = (index.search(query, self.as_of) for index in (self.sqlite, self.cluster))
        assert told(got, query) == told(expected, query), query
        return got

    def same_pages(self, query: Query) -> list[str]:
        """All hits of both, page by page, as the embedded index has them."""
        walks = [walk(index, query, self.as_of) for index in (self.cluster, self.sqlite)]
        if is_scored(query):
            walks = [[sorted(chain.from_iterable(pages))] for pages in walks]
        assert walks[0] == walks[1], query
        return list(chain.from_iterable(walks[1]))


def told(page: Page, query: Query) -> object:
    """What both must say alike: all but scores and snippets, and whatever follows from scores."""
    hits = [
        (
            hit.article_id,
            hit.copies,
            hit.published,
            hit.source,
            hit.url,
            hit.event_id,
            hit.language,
            hit.score > 0,
        )
        for hit in page.hits
    ]
    if is_scored(query):
        hits = sorted(hits) if page.next is None else [len(hits)]
        return page.total, hits, page.facets, page.next is None
    return page.total, hits, page.facets, page.next


def is_scored(query: Query) -> bool:
    """Whether scores, which are each index's own, decide the order."""
    return query.sort is Sort.RELEVANCE and bool(parse_query(query.text).required)


def walk(index: SqliteIndex | OpenSearchIndex, query: Query, as_of: datetime) -> list[list[str]]:
    """The ids of every page, by the cursor of the one before."""
    pages: list[list[str]] = []
    after = query.after
    while True:
        page = index.search(replace(query, after=after), as_of)
        pages.append([hit.article_id for hit in page.hits])
        after = page.next
        if after is None:
            return pages


def fill(client: IndexClient, names: IndexNames, articles: Iterable[Article]) -> None:
    """Write articles, all of which can be found when it returns."""
    outcome = write_articles(client, names, list(articles))
    assert not outcome.refused, outcome.refused[0][1]
    client.ask("POST", f"/{names.pattern}/_refresh")


@contextmanager
def two_indexes(folder: Path, cluster: IndexCluster, articles: Iterable[Article], as_of: datetime):
    """Both indexes with these articles; that of the cluster under names of its own."""
    articles, names = list(articles), unique_names()
    with (
        SqliteIndex.open(str(folder / "search.sqlite")) as sqlite,
        IndexClient(cluster, patience_s=PATIENCE_S) as client,
    ):
        sqlite.upsert(articles, as_of)
        ensure_index(client, names)
        fill(client, names, articles)
        yield TwoIndexes(sqlite, OpenSearchIndex(client, names), as_of)
        client.ask("DELETE", f"/{names.pattern}")
