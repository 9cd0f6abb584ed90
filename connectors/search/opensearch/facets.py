"""Counting hits by what they have: exactly, whatever stands in how many copies.

An article counts once for each value, so do all members of its family that match. The index orders values by articles
alone; no value has more families than articles. So families are counted of the values with the most articles first, until
no other can come before the tenth.
"""

from typing import Any

from connectors.search.opensearch.asking import PRECISION, Asking
from connectors.search.query import FACET_VALUES, Facet, FacetCount

_FIELD = {Facet.SOURCE: "source", Facet.LANGUAGE: "language", Facet.EVENT: "event_id"}
# Values that are looked at; beyond, one with fewer articles might have as many families.
_CANDIDATES = 1_000
# Counted in one request: each takes 256 KB of the cluster's memory.
_AT_ONCE = 50


def count_facets(asking: Asking) -> tuple[FacetCount, ...]:
    """The counts that a query asks for, by facet in its order, greatest first, then by value."""
    facets = asking.query.facets
    if not facets:
        return ()
    size = FACET_VALUES if asking.query.copies else _CANDIDATES
    articles = _counted(
        asking, {facet.value: {"terms": {"field": _FIELD[facet], "size": size}} for facet in facets}
    )
    return tuple(
        FacetCount(facet=facet, value=value, count=count)
        for facet in facets
        for value, count in _best(asking, facet, articles[facet.value])
    )


def _best(asking: Asking, facet: Facet, articles: list[tuple[str, int]]) -> list[tuple[str, int]]:
    if asking.query.copies:
        return articles
    best: list[tuple[str, int]] = []
    for begin in range(0, len(articles), _AT_ONCE):
        if len(best) == FACET_VALUES and _order(best[-1]) < _order(articles[begin]):
            break
        values = [value for value, _ in articles[begin : begin + _AT_ONCE]]
        best = sorted(best + _families(asking, _FIELD[facet], values), key=_order)[:FACET_VALUES]
    return best


def _order(value: tuple[str, int]) -> tuple[int, str]:
    return -value[1], value[0]


def _families(asking: Asking, field: str, values: list[str]) -> list[tuple[str, int]]:
    """How many families have each of these values among their matches."""
    families = {"cardinality": {"field": "family", "precision_threshold": PRECISION}}
    answer = asking.ask(
        {
            "query": {"bool": {"filter": [asking.matched, {"terms": {field: values}}]}},
            "size": 0,
            "track_total_hits": False,
            "aggs": {
                "values": {
                    "terms": {"field": field, "include": values, "size": len(values)},
                    "aggs": {"families": families},
                }
            },
        }
    )
    buckets = answer["aggregations"]["values"]["buckets"]
    return [(bucket["key"], bucket["families"]["value"]) for bucket in buckets]


def _counted(asking: Asking, aggregations: dict[str, Any]) -> dict[str, list[tuple[str, int]]]:
    """Values with the number of their articles, greatest first, then by value."""
    answer = asking.ask({"query": asking.matched, "size": 0, "track_total_hits": False, "aggs": aggregations})
    return {
        name: [(bucket["key"], bucket["doc_count"]) for bucket in answer["aggregations"][name]["buckets"]]
        for name in aggregations
    }
