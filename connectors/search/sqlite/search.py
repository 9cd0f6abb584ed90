"""Answering a query from the embedded index.

What matches is gathered once into a temporary table, with the columns that order and count it; total, page and facets
are read from there. What is dear is done for the page alone: who stands for a copy family, snippets, and scores where
they order nothing.
"""

import sqlite3
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple

import orjson

from connectors.search.cursor import UNDATED, read_cursor, write_cursor
from connectors.search.folding import storable
from connectors.search.instants import epoch_ms
from connectors.search.query import (
    FACET_VALUES,
    Facet,
    FacetCount,
    Page,
    Query,
    Sort,
    parse_query,
)
from connectors.search.sqlite.expression import expression
from connectors.search.sqlite.hit import SCORE, read_hits, scores_of
from schemas.visibility import readable_sql

_HIT = "id integer primary key, score real, published integer, received integer, article_id text, shared text"
_ORDER = {
    Sort.RELEVANCE: ("-score", "-published", "-received", "article_id"),
    Sort.NEWEST: ("-published", "-received", "article_id"),
}
_FACET_COLUMN = {Facet.SOURCE: "source", Facet.LANGUAGE: "language", Facet.EVENT: "event_id"}

# A family has the name of its copies, and maybe of one article that is no copy.
_JOIN_ORIGINALS = """
update hit set shared = article_id where id in (
    select original.id from (select distinct shared from hit where shared is not null) as named
    join document as original on original.article_id = named.shared and original.family = named.shared
)
"""
# The match of each of these families that stands for it. Asked once a family: to look for one that comes before each of
# its members took 1.7 s for 5,000 of them.
_FIRSTS = """
select family.value, (
    select document.id from document join hit using (id) where document.family = family.value
    order by family_rank, document.article_id limit 1
) from json_each(?) as family
"""


class _Found(NamedTuple):
    """A match, what orders it, and its family if others may be of it."""

    id: int
    score: float
    published: int
    received: int
    article_id: str
    shared: str | None

    def place(self, sort: Sort) -> list[object]:
        """Its place in the order, from which a cursor is made."""
        newest = [-self.published, -self.received, self.article_id]
        # Not -0.0 of 0.0: a cursor is the same wherever it was made.
        return [0.0 - self.score, *newest] if sort is Sort.RELEVANCE else newest


def search(connection: sqlite3.Connection, query: Query, as_of: datetime) -> Page:
    """The page of hits that a query asks for, among what readers may see at `as_of`.

    Raises:
        ValueError: `after` is no cursor of a query with this sort.
    """
    after = None if query.after is None else read_cursor(query.after, query.sort)
    tree = parse_query(query.text)
    if tree.finds_nothing:
        return Page(total=0, hits=())
    required, excluded = expression(tree)
    _gather(connection, query, required, excluded, as_of)
    found = _page(connection, query, after)
    page = found[: query.size]
    scores = {hit.id: hit.score for hit in page}
    if query.sort is Sort.NEWEST:
        scores = scores_of(connection, required, list(scores))
    return Page(
        total=connection.execute(f"select {_counted(query)} from hit").fetchone()[0],
        hits=read_hits(connection, query, tree, scores, as_of),
        facets=tuple(count for facet in query.facets for count in _counts(connection, query, facet)),
        next=write_cursor(query.sort, page[-1].place(query.sort)) if len(found) > query.size else None,
    )


def _gather(
    connection: sqlite3.Connection,
    query: Query,
    required: str | None,
    excluded: str | None,
    as_of: datetime,
) -> None:
    """Fill the temporary table `hit` with every match; `shared` is its family where others may be of it."""
    conditions = ["not is_tombstone", readable_sql(":as_of"), *_filters(query)]
    if required is not None:
        conditions.append("article_text match :required")
    elif excluded is not None:
        conditions.append(
            "document.id not in (select rowid from article_text where article_text match :excluded)"
        )
    texts = (
        "document" if required is None else "article_text join document on document.id = article_text.rowid"
    )
    score = "0.0" if required is None or query.sort is Sort.NEWEST else SCORE
    connection.execute("drop table if exists temp.hit")
    connection.execute(f"create temp table hit ({_HIT})")
    connection.execute(
        f"insert into temp.hit select document.id, {score}, coalesce(published, {UNDATED}),"
        f" coalesce(first_received, {UNDATED}), article_id, nullif(family, article_id)"
        f" from {texts} where {' and '.join(conditions)}",
        _values(query, as_of) | {"required": required, "excluded": excluded},
    )
    if not query.copies:
        connection.execute(_JOIN_ORIGINALS)


def _counted(query: Query) -> str:
    """How many hits matches are: without copies a family is one, and most articles are alone in theirs."""
    return "count(*)" if query.copies else "count(*) - count(shared) + count(distinct shared)"


def _filters(query: Query) -> list[str]:
    when = "coalesce(document.published, document.first_received)"
    filters = (
        (
            query.language,
            "(language = :language or substr(language, 1, length(:language) + 1) = :language || '-')",
        ),
        (query.source, "source = :source"),
        (query.event, "event_id = :event"),
        (query.subject, "exists (select 1 from json_each(subjects) where value = :subject)"),
        (query.since, f"{when} >= :since"),
        (query.until, f"{when} < :until"),
        (query.status, "pub_status = :status"),
    )
    return [condition for value, condition in filters if value is not None]


def _values(query: Query, as_of: datetime) -> dict[str, object]:
    return {
        "as_of": epoch_ms(as_of),
        "language": storable(query.language),
        "source": storable(query.source),
        "event": storable(query.event),
        "subject": storable(query.subject),
        "since": epoch_ms(query.since, round_up=True),
        "until": epoch_ms(query.until, round_up=True),
        "status": query.status,
    }


def _page(connection: sqlite3.Connection, query: Query, after: Sequence[object] | None) -> list[_Found]:
    """The hits of a page and one more, in their order."""
    page: list[_Found] = []
    firsts: dict[str, int] = {}
    wanted = query.size + 1
    limit = wanted if query.copies else 2 * wanted
    while True:
        candidates = _candidates(connection, query, after, limit)
        if not query.copies:
            firsts |= _firsts(
                connection, {found.shared for found in candidates if found.shared} - firsts.keys()
            )
        page += [found for found in candidates if firsts.get(found.shared or "", found.id) == found.id]
        if len(page) >= wanted or len(candidates) < limit:
            return page[:wanted]
        after = candidates[-1].place(query.sort)
        # Many copies in a row: a family of any size is passed in a few steps.
        limit *= 2


def _candidates(
    connection: sqlite3.Connection, query: Query, after: Sequence[object] | None, limit: int
) -> list[_Found]:
    """So many matches in their order, copies too."""
    order = ", ".join(_ORDER[query.sort])
    beyond = f"where ({order}) > ({', '.join('?' * len(after))})" if after else ""
    rows = connection.execute(f"select * from hit {beyond} order by {order} limit ?", (*(after or ()), limit))
    return list(map(_Found._make, rows))


def _firsts(connection: sqlite3.Connection, families: AbstractSet[str]) -> dict[str, int]:
    """The match that stands for each of these families."""
    return dict(connection.execute(_FIRSTS, (orjson.dumps(sorted(families)).decode(),)).fetchall())


def _counts(connection: sqlite3.Connection, query: Query, facet: Facet) -> list[FacetCount]:
    """Hits by value. A family counts once for each value that any of its matches has: as if narrowed to that value."""
    column = _FACET_COLUMN[facet]
    return [
        FacetCount(facet=facet, value=value, count=count)
        for value, count in connection.execute(
            f"select {column}, {_counted(query)} as hits from hit cross join document using (id) where {column} is not null"
            f" group by {column} order by hits desc, {column} limit {FACET_VALUES}"
        )
    ]
