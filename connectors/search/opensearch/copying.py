"""Documents of one index copied into another by the cluster itself, while the first is written to."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.trouble import IndexRefused

# Nothing is copied yet: sequence numbers begin with 0.
NOTHING = -1
_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.05, 2.0
_IDS_A_PAGE = 5_000
# A copy that is canceled ends with its batch of 1,000 documents, some 2 s of the cluster's CPU.
_ENDED_WITHIN_S = 60.0

Tell = Callable[[int, int], None]


def written_to(client: IndexClient, index: str) -> int:
    """The sequence number up to which everything is written in every copy, in whichever shard it is least.

    A pass reads any copy: what only the primary has by now is for the next.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    shards = client.ask("GET", f"/{index}/_stats/docs", params={"level": "shards"})["indices"][index][
        "shards"
    ]
    return min(
        copy["seq_no"]["global_checkpoint"]
        for copies in shards.values()
        for copy in copies
        if copy["routing"]["primary"]
    )


def copy_since(client: IndexClient, old: str, new: str, copied_to: int, tell: Tell) -> int:
    """Copy what was written after `copied_to`, with its versions; how many documents.

    A copy that ends with its node is begun again; one that somebody left running is ended, or its word would come after
    ours.

    Raises:
        IndexRefused: a document does not fit, or somebody canceled the copy.
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    order = {
        # The last word of a version stands, as with those who write. Of two passes the later copies the later word.
        "dest": {"index": new, "version_type": "external_gte"},
        "source": {"index": old, "query": {"range": {"_seq_no": {"gt": copied_to}}}},
    }
    while True:
        end_copies(client, new)
        task = client.ask("POST", "/_reindex", order, params={"wait_for_completion": "false"})["task"]
        ended = _watch(client, task, tell)
        if ended is not None:
            return _checked(ended, old, new)


def _watch(client: IndexClient, task: str, tell: Tell) -> dict[str, Any] | None:
    """The end of a copy; `None` if it went away with its node."""
    look_s = _FIRST_LOOK_S
    while True:
        try:
            found = client.ask("GET", f"/_tasks/{task}")
        except IndexRefused as refused:
            if refused.status != 404:
                raise
            return None
        status = found["task"]["status"]
        tell(status["created"] + status["updated"] + status["version_conflicts"], status["total"])
        if found["completed"]:
            return found
        time.sleep(look_s)
        look_s = min(look_s * 1.5, _LONGEST_LOOK_S)


def _checked(ended: dict[str, Any], old: str, new: str) -> int:
    answer = ended.get("response", {})
    if "canceled" in answer:
        raise IndexRefused(f"the copy of {old} into {new} was canceled: {answer['canceled']}", status=409)
    failures = answer.get("failures", [])
    error = ended.get("error") or (
        failures[0].get("cause") or failures[0].get("reason") if failures else None
    )
    if error:
        told = f"{old} cannot be copied into {new}: {error.get('type')}: {error.get('reason')}"
        raise IndexRefused(told, status=400, kind=str(error.get("type", "")))
    return int(answer["total"])


def end_copies(client: IndexClient, new: str) -> None:
    """End the copies into `new` that still run, as one that was asked for twice because its answer was lost.

    Raises:
        IndexRefused: one does not end.
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    deadline = time.monotonic() + _ENDED_WITHIN_S
    for task in _copies_into(client, new):
        try:
            client.ask("POST", f"/_tasks/{task}/_cancel")
        except IndexRefused as refused:
            if refused.status != 404:  # it has ended
                raise
    while left := _copies_into(client, new):
        if time.monotonic() > deadline:
            told = f"a copy into {new} does not end ({', '.join(left)}); nothing was moved"
            raise IndexRefused(told, status=409)
        time.sleep(_FIRST_LOOK_S)


def _copies_into(client: IndexClient, new: str) -> list[str]:
    params = {"actions": "indices:data/write/reindex", "detailed": "true"}
    nodes = client.ask("GET", "/_tasks", params=params).get("nodes", {})
    return [
        name
        for node in nodes.values()
        for name, task in node["tasks"].items()
        if task["description"].endswith(f" to [{new}]")
    ]


def remove_deleted(client: IndexClient, old: str, new: str) -> int:
    """Take out of `new` what is no longer in `old`, which nobody writes to; how many documents both have.

    Raises:
        IndexRefused: `new` lacks some.
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    wanted, have = _count(client, old), _count(client, new)
    if have > wanted:
        for ids in _pages(client, new):
            for article_id in _not_in(client, old, ids):
                client.ask("DELETE", f"/{new}/_doc/{quote(article_id, safe='')}")
        client.ask("POST", f"/{new}/_refresh")
        have = _count(client, new)
    if have != wanted:
        raise IndexRefused(
            f"{new} has {have:,} documents of {wanted:,} of {old}; nothing was moved", status=409
        )
    return have


def _count(client: IndexClient, index: str) -> int:
    return int(client.ask("GET", f"/{index}/_count")["count"])


def _pages(client: IndexClient, index: str) -> Iterator[list[str]]:
    after: list[Any] | None = None
    while True:
        page: dict[str, Any] = {"size": _IDS_A_PAGE, "_source": False, "sort": ["article_id"]}
        hits = client.ask("POST", f"/{index}/_search", page | ({"search_after": after} if after else {}))
        found = hits["hits"]["hits"]
        if not found:
            return
        yield [hit["_id"] for hit in found]
        after = found[-1]["sort"]


def _not_in(client: IndexClient, index: str, ids: list[str]) -> list[str]:
    params = {"_source": "false", "filter_path": "docs._id,docs.found"}
    docs = client.ask("POST", f"/{index}/_mget", {"ids": ids}, params=params)["docs"]
    return [doc["_id"] for doc in docs if not doc["found"]]
