"""An index on the cluster of the tests: made ready, written to, and read back whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.cluster import IndexCluster, IndexTarget
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.names import IndexNames
from tests.index_server import unique_names

PATIENCE_S = 60


@contextmanager
def an_installation(cluster: IndexCluster) -> Iterator[tuple[IndexClient, IndexNames]]:
    """A client and names of its own; its indices are gone afterwards."""
    names = unique_names()
    with IndexClient(cluster, patience_s=PATIENCE_S) as client:
        ensure_index(client, names)
        yield client, names
        forget_installation(client, names)


def forget_installation(client: IndexClient, names: IndexNames) -> None:
    """Take its indices away, so that the cluster of the tests stays small."""
    client.ask("DELETE", f"/{names.pattern}")


def a_target(cluster: IndexCluster, names: IndexNames) -> IndexTarget:
    return IndexTarget(cluster=cluster, names=names, patience_s=PATIENCE_S)


def refresh(client: IndexClient, names: IndexNames) -> None:
    client.ask("POST", f"/{names.pattern}/_refresh")


def held(
    client: IndexClient, names: IndexNames, *, written: bool = False, beginning: str = ""
) -> list[dict[str, Any]]:
    """Every document whose id begins so, with its month, by id; with `written` also when it was written last."""
    refresh(client, names)
    body: dict[str, Any] = {"query": {"prefix": {"article_id": beginning}}}
    body |= {
        "size": 10_000,
        "sort": ["article_id", "_index"],
        "version": True,
        "seq_no_primary_term": written,
    }
    found = client.ask("POST", f"/{names.pattern}/_search", body)["hits"]["hits"]
    kept = ("_index", "_id", "_version", "_source", *(("_seq_no", "_primary_term") if written else ()))
    return [{name: one[name] for name in kept} for one in found]
