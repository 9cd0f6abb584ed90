"""Copy families: who of those that match stands for each, and how many members may be seen."""

from collections.abc import Iterable, Sequence
from typing import Any

from connectors.search.opensearch.asking import Asking


def family_of_found(found: dict[str, Any]) -> str:
    """The family of a match that was found without its fields."""
    family: str = found["fields"]["family"][0]
    return family


def standing(asking: Asking, found: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The id of the match that stands for each family of these, of those that have one; one request, or none."""
    # A family is named after its founder, and an article without one is a family of its own, by its own id.
    names = sorted({family for one in found if (family := family_of_found(one)) != one["_id"]})
    if not names:
        return {}
    answer = asking.ask(
        {
            "query": {"bool": {"filter": [asking.matched, {"terms": {"family": names}}]}},
            "collapse": {"field": "family"},
            "sort": [{"family_rank": "asc"}, {"article_id": "asc"}],
            "size": len(names),
            "_source": False,
            "docvalue_fields": ["family"],
            "track_total_hits": False,
        }
    )
    return {family_of_found(one): one["_id"] for one in answer["hits"]["hits"]}


def counting_members(names: Iterable[str]) -> dict[str, Any]:
    """What a request has beside, to count the members of these families."""
    listed = sorted(set(names))
    return {"members": {"terms": {"field": "family", "include": listed, "size": len(listed)}}}


def members(answer: dict[str, Any]) -> dict[str, int]:
    """How many members each family has."""
    return {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["members"]["buckets"]}


def copies_of(asking: Asking, family: str) -> int:
    """How many members of a family may be seen beside one."""
    answer = asking.ask(
        {
            "query": {"bool": {"filter": [asking.seen, {"term": {"family": family}}]}},
            "size": 0,
            "track_total_hits": True,
        }
    )
    total: int = answer["hits"]["total"]["value"]
    return total - 1
