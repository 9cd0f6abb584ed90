"""Copy families of a few found articles: who stands for each, and how many copies there are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.search.opensearch.asking import Asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """By family: how many members may be seen, and the id of the one that stands for those that match."""

    members: dict[str, int] = field(default_factory=dict)
    standing: dict[str, str] = field(default_factory=dict)

    def stands(self, found: dict[str, Any]) -> bool:
        """Whether a found article stands for its family: one without copies does."""
        return self.standing.get(found["_source"]["family"], found["_id"]) == found["_id"]

    def copies(self, found: dict[str, Any]) -> int:
        """How many other members of its family may be seen, matching or not."""
        return self.members.get(found["_source"]["family"], 1) - 1


def families_of(asking: Asking, found: Sequence[dict[str, Any]]) -> Families:
    """The families of found articles, of those that have one; one request, or none."""
    # A family is named after its founder, and an article without one is a family of its own, by its own id.
    names = sorted({family for one in found if (family := one["_source"]["family"]) != one["_id"]})
    if not names:
        return Families()
    answer = asking.ask(
        {
            "query": {"bool": {"filter": [asking.seen, {"terms": {"family": names}}]}},
            # After the members are counted, and before the first of each family is taken.
            "post_filter": asking.matched,
            "collapse": {"field": "family"},
            "sort": [{"family_rank": "asc"}, {"article_id": "asc"}],
            "size": 0 if asking.query.copies else len(names),
            "_source": ["family"],
            "track_total_hits": False,
            "aggs": {"members": {"terms": {"field": "family", "size": len(names)}}},
        }
    )
    return Families(
        members={
            bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["members"]["buckets"]
        },
        standing={one["_source"]["family"]: one["_id"] for one in answer["hits"]["hits"]},
    )
