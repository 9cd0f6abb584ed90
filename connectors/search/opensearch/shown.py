"""The hits that a page shows, with their texts and the number of their copies: fetched for these alone."""

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.search.opensearch.asking import Asking
from connectors.search.opensearch.expression import highlighted
from connectors.search.opensearch.families import counting_members, family_of_found, members
from connectors.search.opensearch.hit import HIT_FIELDS, highlight, hit_of
from connectors.search.query import Hit

_READERS = "readers"
# Of how many documents the texts are fetched at once.
_AT_ONCE = 200


def shown(asking: Asking, found: Sequence[dict[str, Any]]) -> Iterator[Hit]:
    """The hits that matches are, in their order; without those that were withdrawn since they were found."""
    for begin in range(0, len(found), _AT_ONCE):
        some = found[begin : begin + _AT_ONCE]
        answer = asking.ask(_request(asking, some))
        documents = {one["_id"]: one for one in answer["hits"]["hits"]}
        sizes = members(answer)
        for one in some:
            document = documents.get(one["_id"])
            if document is not None:
                score = one["_score"] if asking.tree.required else 0.0
                copies = sizes[document["_source"]["family"]] - 1
                for_editors = asking.readers is not None and _READERS not in document.get(
                    "matched_queries", ()
                )
                yield hit_of(
                    document, asking.query.marks, score=score, copies=copies, for_editors=for_editors
                )


def _request(asking: Asking, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
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
    return request if marked is None else request | {"highlight": highlight(marked)}
