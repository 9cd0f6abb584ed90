"""What happened, as the index knows it: the largest events, and who tells them."""

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.search.folding import storable
from connectors.search.opensearch.article import article_of
from connectors.search.opensearch.asking import Asking
from schemas.article import Article

# A shard names so many of its largest events for each that is asked for, so that one of several months is not missed.
_SHARD_FACTOR = 10
# The most that an index gives at once (index.max_result_window).
_AT_ONCE = 10_000
_TEXTS = ("abstract", "body_text", "correction_note", "ranked")


def largest_events(asking: Asking, limit: int) -> list[str]:
    """The ids of the events that most articles tell, largest first, of equals the one told last."""
    answer = asking.ask(
        {
            "query": asking.seen,
            "size": 0,
            "track_total_hits": False,
            "aggs": {
                "events": {
                    "terms": {
                        "field": "event_id",
                        "size": limit,
                        "shard_size": limit * _SHARD_FACTOR,
                        "order": [{"_count": "desc"}, {"last": "desc"}, {"_key": "asc"}],
                    },
                    "aggs": {"last": {"max": {"field": "published"}}},
                }
            },
        }
    )
    return [bucket["key"] for bucket in answer["aggregations"]["events"]["buckets"]]


def telling(asking: Asking, event_ids: Sequence[str]) -> Iterator[Article]:
    """The articles that tell these events, without their texts, by id."""
    after: list[Any] = []
    while True:
        body: dict[str, Any] = {
            "query": {
                "bool": {
                    "filter": [asking.seen, {"terms": {"event_id": [storable(name) for name in event_ids]}}]
                }
            },
            "sort": [{"article_id": "asc"}],
            "size": _AT_ONCE,
            "track_total_hits": False,
            "_source": {"excludes": list(_TEXTS)},
        }
        found = asking.ask(body | ({"search_after": after} if after else {}))["hits"]["hits"]
        yield from map(article_of, found)
        if len(found) < _AT_ONCE:
            return
        after = found[-1]["sort"]
