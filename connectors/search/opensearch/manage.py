"""The index made ready for a release: its templates, and what the months lack of its fields.

A start is idempotent, and several at once are safe. An older release leaves the templates of a newer one as they are.
"""

from collections.abc import Mapping
from typing import Any

from connectors.search.opensearch.bulk_load import end_bulk_load
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.languages import probe_analyzers
from connectors.search.opensearch.mapping import mapping, meta
from connectors.search.opensearch.months import Month, ensure_month, months
from connectors.search.opensearch.names import UNDATED, IndexNames
from connectors.search.opensearch.templates import kept_meta, put_templates
from connectors.search.opensearch.trouble import IndexRefused

# Aliases with a write index, composable templates and the block for writes: all are there since. Source: research/sinks.md §2.4.
OLDEST_SERVER = 2


def ensure_index(client: IndexClient, names: IndexNames) -> None:
    """Make the index ready for this release: templates, and its fields in every month.

    What a bulk load left behind that was killed is put right.
    The month of what is undated is made too: with it, the aliases that are searched are there before the first article.

    Raises:
        IndexRefused: the server is too old or no OpenSearch; a month has a field in another form and must be reindexed.
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    check_server(client)
    analyzers = probe_analyzers(client)
    kept = kept_meta(client, names)
    if kept is None or (kept != meta(analyzers) and not is_newer(kept)):
        put_templates(client, names, analyzers)
    end_bulk_load(client, names)
    ensure_month(client, names, UNDATED)
    for month in months(client, names):
        _bring_up(client, month, analyzers)


def check_server(client: IndexClient) -> str:
    """The version of the server.

    Raises:
        IndexRefused: it is too old, or no OpenSearch.
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    version = client.ask("GET", "/").get("version", {})
    number, distribution = str(version.get("number", "")), version.get("distribution", "Elasticsearch")
    major = number.split(".", maxsplit=1)[0]
    if distribution != "opensearch" or not major.isdigit() or int(major) < OLDEST_SERVER:
        told = f"the server is {distribution} {number}; OpenSearch {OLDEST_SERVER} or later is needed"
        raise IndexRefused(told, status=200)
    return number


def is_newer(kept: Mapping[str, Any]) -> bool:
    """Whether what a template or index says of itself is of a newer release than this one."""
    ours = meta({})
    return _place(kept) > _place(ours)


def _place(told: Mapping[str, Any]) -> tuple[int, int]:
    return int(told.get("schema_version", 0)), int(told.get("index_version", 0))


def _bring_up(client: IndexClient, month: Month, analyzers: Mapping[str, str]) -> None:
    """Put what the month lacks; what it ranks by stays as it was made."""
    found = client.ask("GET", f"/{month.index}/_mapping")[month.index]["mappings"]
    kept = found.get("_meta", {})
    ranked = found["properties"].get("ranked", {}).get("properties", {})
    own = {**analyzers, **{language: field["analyzer"] for language, field in ranked.items()}}
    if kept == meta(own):
        return
    wanted = mapping({language: own[language] for language in analyzers})
    if is_newer(kept):
        del wanted["_meta"]
    try:
        client.ask("PUT", f"/{month.index}/_mapping", wanted)
    except IndexRefused as refused:
        if refused.status != 400:
            raise
        told = (
            f"{month.index} has another mapping, which cannot be changed in place ({refused}); make it anew with"
            f" `copydesk index reindex --month {month.month}`, which loses nothing"
        )
        raise IndexRefused(told, status=refused.status, kind=refused.kind) from refused
