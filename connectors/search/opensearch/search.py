"""Answering a query from the index.

    matches in their order, some at a time ─▶ those that stand for their copies, until the page is full ─▶ hits with texts

`collapse` cannot go on where a page ended. So single documents are paged, and where there are copies among them, a second
request tells which of each family stands for it; the next step leaves its other members out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from connectors.search.cursor import UNDATED, read_cursor, write_cursor
from connectors.search.opensearch.asking import PRECISION, Asking
from connectors.search.opensearch.expression import Clause
from connectors.search.opensearch.facets import count_facets
from connectors.search.opensearch.families import family_of_found, standing
from connectors.search.opensearch.hit import LENGTH
from connectors.search.opensearch.shown import shown
from connectors.search.opensearch.trouble import IndexRefused
from connectors.search.query import Page, Query, Sort

# The most that an index gives at once (index.max_result_window).
_AT_ONCE = 10_000
# With those of a step more, it stays below the most that a query may list (index.max_terms_count, 65,536).
_MOST_PASSED = 50_000
_TOO_MUCH = 400
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
    asking, first = _first(asking, after)
    found = list(islice(_standing(asking, first["hits"]["hits"]), query.size + 1))
    page = found[: query.size]
    return Page(
        total=_total(first, query),
        hits=tuple(shown(asking, page)),
        facets=count_facets(asking),
        next=write_cursor(query.sort, _place(page[-1])) if len(found) > query.size else None,
    )


def _first(asking: Asking, after: Sequence[Any] | None) -> tuple[Asking, dict[str, Any]]:
    """The answer with the first matches, and how they were asked for: unranked where ranking is more than an index takes."""
    counting = _counting(asking.query)
    size = asking.query.size + 1
    try:
        return asking, asking.ask(_some(asking, after, size=size) | counting)
    except IndexRefused as refused:
        # An analyzer may cut words into more pieces than a query may have; only what ranks is cut by such ones.
        if refused.status != _TOO_MUCH or not asking.ranking:
            raise
    asking = replace(asking, ranking=())
    return asking, asking.ask(_some(asking, after, size=size) | counting)


def _standing(asking: Asking, found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The matches from the first found on that are hits: each, or those that stand for their copies."""
    size = asking.query.size + 1
    passed: dict[str, str] = {}
    while True:
        families = {} if asking.query.copies else standing(asking, found)
        for one in found:
            if families.get(family_of_found(one), one["_id"]) == one["_id"]:
                yield one
        if len(found) < size:
            return
        if len(passed) < _MOST_PASSED:
            passed |= families
        # However many copies stand in a row, few steps pass them.
        size = min(2 * size, _AT_ONCE)
        found = asking.ask(_some(asking, _place(found[-1]), size=size, passed=passed))["hits"]["hits"]


def _some(
    asking: Asking, after: Sequence[Any] | None, *, size: int, passed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The request for the matches that come next; of the families passed, only for those that stand for them."""
    query = asking.query
    asked: dict[str, Any] = {
        "query": _but_for(asking.ranked, passed) if passed else asking.ranked,
        "sort": list(_ORDER[query.sort]),
        "track_scores": True,
        "track_total_hits": False,
        "size": size,
        "_source": [LENGTH],
        "docvalue_fields": ["family"],
    }
    if after is not None:
        *numbers, article_id = after
        asked["search_after"] = [*map(_stated, numbers), article_id]
    return asked


def _but_for(matched: Clause, passed: Mapping[str, str]) -> Clause:
    others = {
        "filter": [{"terms": {"family": sorted(passed)}}],
        "must_not": [{"terms": {"article_id": sorted(passed.values())}}],
    }
    return {"bool": {"must": [matched], "must_not": [{"bool": others}]}}


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
