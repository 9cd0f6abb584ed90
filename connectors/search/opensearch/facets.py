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
# Values that each month names of its own, so that one is not missed that is frequent in all together only: more than it
# has sources, languages or events. Beyond, one may be missed; what is told is counted anew in every month.
_OF_A_MONTH = 50_000
# Counted in one request: each takes 256 KB of the cluster's memory.
_AT_ONCE = 50


def count_facets(asking: Asking) -> tuple[FacetCount, ...]:
    """The counts that a query asks for, by facet in its order, greatest first, then by value."""
    facets = asking.query.facets
    if not facets:
        return ()
    candidates = _candidates(asking)
    return tuple(
        FacetCount(facet=facet, value=value, count=count)
        for facet in facets
        for value, count in _best(asking, _FIELD[facet], candidates[facet])
    )


def _best(asking: Asking, field: str, candidates: list[tuple[str, int]]) -> list[tuple[str, int]]:
    best: list[tuple[str, int]] = []
    for begin in range(0, len(candidates), _AT_ONCE):
        if len(best) == FACET_VALUES and _order(best[-1]) < _order(candidates[begin]):
            break
        values = [value for value, _ in candidates[begin : begin + _AT_ONCE]]
        best = sorted(best + _counted(asking, field, values), key=_order)[:FACET_VALUES]
    return best


def _order(value: tuple[str, int]) -> tuple[int, str]:
    return -value[1], value[0]


def _candidates(asking: Asking) -> dict[Facet, list[tuple[str, int]]]:
    """Values with the number of their articles, as far as the months name them, greatest first, then by value."""
    answer = asking.ask(
        {
            "query": asking.matched,
            "size": 0,
            "track_total_hits": False,
            "aggs": {
                facet.value: {
                    "terms": {"field": _FIELD[facet], "size": _CANDIDATES, "shard_size": _OF_A_MONTH}
                }
                for facet in asking.query.facets
            },
        }
    )
    return {
        facet: [
            (bucket["key"], bucket["doc_count"]) for bucket in answer["aggregations"][facet.value]["buckets"]
        ]
        for facet in asking.query.facets
    }


def _counted(asking: Asking, field: str, values: list[str]) -> list[tuple[str, int]]:
    """How many hits have each of these values: matches, or families of them. Every month counts each."""
    named: dict[str, Any] = {"terms": {"field": field, "include": values, "size": len(values)}}
    if not asking.query.copies:
        named["aggs"] = {"families": {"cardinality": {"field": "family", "precision_threshold": PRECISION}}}
    answer = asking.ask(
        {
            "query": {"bool": {"filter": [asking.matched, {"terms": {field: values}}]}},
            "size": 0,
            "track_total_hits": False,
            "aggs": {"values": named},
        }
    )
    return [
        (
            bucket["key"],
            bucket["doc_count"] if asking.query.copies else bucket["families"]["value"],
        )
        for bucket in answer["aggregations"]["values"]["buckets"]
    ]
