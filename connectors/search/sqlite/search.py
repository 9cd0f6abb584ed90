"""Answering a query from the embedded index.

What matches is gathered once into a temporary table, with the columns that order, collapse and count it; total, page
and facets are read from there, and snippets are cut for the hits of the page alone.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.search.cursor import UNDATED, read_cursor, write_cursor
from connectors.search.folding import storable
from connectors.search.instants import epoch_ms
from connectors.search.query import (
    FACET_VALUES,
    Facet,
    FacetCount,
    Page,
    Query,
    QueryTree,
    Sort,
    Term,
    parse_query,
)
from connectors.search.sqlite.hit import read_hit
from schemas.visibility import readable_sql

# A match in the headline says more than one in the text; `research/sinks.md` §3.1 measured with 3 : 1.
_SCORE = "-bm25(article_text, 4.0, 2.0, 1.0)"

_ORDER = {
    Sort.RELEVANCE: ("-score", "-published", "-received", "article_id"),
    Sort.NEWEST: ("-published", "-received", "article_id"),
}
_FACET_COLUMN = {Facet.SOURCE: "source", Facet.LANGUAGE: "language", Facet.EVENT: "event_id"}


def search(connection: sqlite3.Connection, query: Query, as_of: datetime) -> Page:
    """The page of hits that a query asks for, among what readers may see at `as_of`.

    Raises:
        ValueError: `after` is no cursor of a query with this sort.
    """
    after = None if query.after is None else read_cursor(query.after, query.sort)
    tree = parse_query(query.text)
    if tree.finds_nothing:
        return Page(total=0, hits=())
    _gather(connection, query, tree, as_of)
    required, _ = expression(tree)
    total = connection.execute("select count(*) from hit where place = 1").fetchone()[0]
    found = _page(connection, query, after)
    hits = tuple(
        read_hit(connection, query, required, found=(number, score), as_of=as_of)
        for number, score, *_ in found[: query.size]
    )
    more = len(found) > query.size
    return Page(
        total=total,
        hits=hits,
        facets=tuple(count for facet in query.facets for count in _counts(connection, query, facet)),
        next=write_cursor(query.sort, found[query.size - 1][2:]) if more else None,
    )


def _gather(connection: sqlite3.Connection, query: Query, tree: QueryTree, as_of: datetime) -> None:
    """Fill the temporary table `hit` with every match; `place` 1 stands for its family."""
    required, excluded = expression(tree)
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
    place = (
        "1" if query.copies else "row_number() over (partition by family order by family_rank, article_id)"
    )
    connection.execute("drop table if exists temp.hit")
    connection.execute(
        f"create temp table hit as select *, {place} as place from ("
        f" select document.id, article_id, {'0.0' if required is None else _SCORE} as score,"
        f" coalesce(published, {UNDATED}) as published, coalesce(first_received, {UNDATED}) as received,"
        " source, language, event_id, family, family_rank"
        f" from {texts} where {' and '.join(conditions)})",
        _values(query, as_of) | {"required": required, "excluded": excluded},
    )


def expression(tree: QueryTree) -> tuple[str | None, str | None]:
    """A tree in FTS5's language: what must match (exclusions within it), or else what alone must not.

    >>> expression(parse_query("dock OR quay stri* -goal"))
    ('(("dock" OR "quay") AND ("stri" *)) NOT ("goal")', None)
    """
    required = " AND ".join(_any_of(group) for group in tree.required) or None
    excluded = _any_of(tree.excluded) if tree.excluded else None
    if required and excluded:
        return f"({required}) NOT {excluded}", None
    return required, excluded


def _any_of(terms: Sequence[Term]) -> str:
    # A term's words are letters, numbers, marks and spaces only: nothing in them can end the quote.
    strings = (f'"{term.words}" *' if term.is_prefix else f'"{term.words}"' for term in terms)
    return f"({' OR '.join(strings)})"


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


def _page(connection: sqlite3.Connection, query: Query, after: list[object] | None) -> list[tuple[Any, ...]]:
    """The documents of a page and one more, each with its place in the order, from which a cursor is made."""
    order = ", ".join(_ORDER[query.sort])
    beyond = f"and ({order}) > ({', '.join('?' * len(after))})" if after else ""
    return connection.execute(
        f"select id, score, {order} from hit where place = 1 {beyond} order by {order} limit ?",
        (*(after or ()), query.size + 1),
    ).fetchall()


def _counts(connection: sqlite3.Connection, query: Query, facet: Facet) -> list[FacetCount]:
    """Hits by value. A family counts once for each value that any of its matches has: as if narrowed to that value."""
    column = _FACET_COLUMN[facet]
    counted = "count(*)" if query.copies else "count(distinct family)"
    return [
        FacetCount(facet=facet, value=value, count=count)
        for value, count in connection.execute(
            f"select {column}, {counted} as hits from hit where {column} is not null"
            f" group by {column} order by hits desc, {column} limit {FACET_VALUES}"
        )
    ]
