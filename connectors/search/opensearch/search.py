"""Answering a query from the index.

    matches in their order, some at a time ─▶ those that stand for their copies ─▶ hits, until the page is full

`collapse` cannot go on where a page ended. So single documents are paged, and where there are copies among them, a second
request tells which of each family stands for it.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from connectors.search.cursor import UNDATED, read_cursor, write_cursor
from connectors.search.opensearch.asking import PRECISION, Asking
from connectors.search.opensearch.expression import highlighted
from connectors.search.opensearch.facets import count_facets
from connectors.search.opensearch.families import families_of
from connectors.search.opensearch.hit import HIT_FIELDS, highlight, hit_of
from connectors.search.query import Hit, Page, Query, Sort

# Of how many documents the texts are fetched at once.
_AT_ONCE = 200
# What the index gives for a time that a document lacks.
_NO_TIME = -(1 << 63)
_BY_TIME = (
    {"published": {"order": "desc", "missing": "_last"}},
    {"first_received": {"order": "desc", "missing": "_last"}},
    {"article_id": "asc"},
)
_ORDER = {Sort.RELEVANCE: ({"_score": "desc"}, *_BY_TIME), Sort.NEWEST: _BY_TIME}


def search(asking: Asking) -> Page:
    """The page of hits that a query asks for.

    Raises:
        ValueError: `after` is no cursor of a query with this sort.
        IndexTrouble: there is no index, or it does not answer.
    """
    query = asking.query
    after = None if query.after is None else read_cursor(query.after, query.sort)
    if asking.tree.finds_nothing:
        return Page(total=0, hits=())
    first = asking.ask(_some(asking, after) | _counting(query))
    found = list(islice(_hits(asking, first["hits"]["hits"]), query.size + 1))
    more = len(found) > query.size
    return Page(
        total=_total(first, query),
        hits=tuple(hit for hit, _ in found[: query.size]),
        facets=count_facets(asking),
        next=write_cursor(query.sort, found[query.size - 1][1]) if more else None,
    )


def _some(asking: Asking, after: Sequence[Any] | None) -> dict[str, Any]:
    """The request for the matches that come next, without regard to copies."""
    query = asking.query
    marked = highlighted(asking.tree)
    asked: dict[str, Any] = {
        "query": asking.matched,
        "sort": list(_ORDER[query.sort]),
        "track_scores": True,
        "track_total_hits": False,
        "size": _batch(query),
        "_source": list(HIT_FIELDS),
    }
    if marked is not None:
        asked["highlight"] = highlight(marked)
    if after is not None:
        *numbers, article_id = after
        asked["search_after"] = [*map(_stated, numbers), article_id]
    return asked


def _batch(query: Query) -> int:
    return min(query.size + 1, _AT_ONCE)


def _stated(number: float) -> float:
    """A number of a cursor as the index sorts by it."""
    return _NO_TIME if number == -UNDATED else 0 - number


def _place(found: dict[str, Any]) -> list[Any]:
    """Where a found document stands in the order, as a cursor says it."""
    *numbers, article_id = found["sort"]
    # Not `-number`, which makes of a score of 0.0 another one.
    return [*(-UNDATED if number == _NO_TIME else 0 - number for number in numbers), article_id]


def _counting(query: Query) -> dict[str, Any]:
    """What a request has beside, to count all matches."""
    if query.copies:
        return {"track_total_hits": True}
    families = {"cardinality": {"field": "family", "precision_threshold": PRECISION}}
    return {"aggs": {"families": families}}


def _total(answer: dict[str, Any], query: Query) -> int:
    total: int = (
        answer["hits"]["total"]["value"] if query.copies else answer["aggregations"]["families"]["value"]
    )
    return total


def _hits(asking: Asking, found: list[dict[str, Any]]) -> Iterator[tuple[Hit, list[Any]]]:
    """The hits from the first match found on, each with its place in the order."""
    query = asking.query
    while True:
        families = families_of(asking, found)
        for one in found:
            if query.copies or families.stands(one):
                score = one["_score"] if asking.tree.required else 0.0
                yield hit_of(one, query.marks, score=score, copies=families.copies(one)), _place(one)
        if len(found) < _batch(query):
            return
        found = asking.ask(_some(asking, _place(found[-1])))["hits"]["hits"]
