"""The hits that a page shows, with their texts and the number of their copies: fetched for these alone."""

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.search.opensearch.asking import Asking
from connectors.search.opensearch.expression import highlighted
from connectors.search.opensearch.families import counting_members, family_of_found, members
from connectors.search.opensearch.hit import HIT_FIELDS, highlight, hit_of, is_long
from connectors.search.query import Hit

_READERS = "readers"
# Of how many documents the texts are fetched at once.
_AT_ONCE = 200


def shown(asking: Asking, found: Sequence[dict[str, Any]]) -> list[Hit]:
    """The hits that matches are, in their order; without those that were withdrawn since they were found."""
    hits: dict[str, Hit] = {}
    for long in (False, True):
        alike = [one for one in found if is_long(one) == long]
        for begin in range(0, len(alike), _AT_ONCE):
            some = alike[begin : begin + _AT_ONCE]
            hits |= {hit.article_id: hit for hit in _hits(asking, some, long=long)}
    return [hits[one["_id"]] for one in found if one["_id"] in hits]


def _hits(asking: Asking, found: Sequence[dict[str, Any]], *, long: bool) -> Iterator[Hit]:
    """Those of some matches whose texts are all long, or none is."""
    answer = asking.ask(_request(asking, found, long=long))
    sizes = members(answer)
    scores = {one["_id"]: one["_score"] if asking.tree.required else 0.0 for one in found}
    for one in answer["hits"]["hits"]:
        yield hit_of(
            one,
            asking.query.marks,
            score=scores[one["_id"]],
            copies=sizes[one["_source"]["family"]] - 1,
            for_editors=asking.readers is not None and _READERS not in one.get("matched_queries", ()),
            long=long,
        )


def _request(asking: Asking, found: Sequence[dict[str, Any]], *, long: bool) -> dict[str, Any]:
    families = {family_of_found(one) for one in found}
    marked = highlighted(asking.tree)
    request: dict[str, Any] = {
        "query": {
            "bool": {
                "filter": [asking.seen, {"terms": {"family": sorted(families)}}],
                "should": []
                if asking.readers is None
                else [{"bool": asking.readers["bool"] | {"_name": _READERS}}],
                "minimum_should_match": 0,
            }
        },
        # After the members are counted.
        "post_filter": {"terms": {"article_id": [one["_id"] for one in found]}},
        "sort": ["_doc"],
        "size": len(found),
        "_source": list(HIT_FIELDS),
        "track_total_hits": False,
        "aggs": counting_members(families),
    }
    return request if marked is None else request | {"highlight": highlight(marked, long=long)}
