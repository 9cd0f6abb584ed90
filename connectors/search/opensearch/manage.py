"""The index made ready for a release: its templates, and what the months lack of its fields.

A start is idempotent, and several at once are safe. An older release leaves the templates of a newer one as they are.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.search.opensearch.bulk_load import end_bulk_load
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.languages import chosen_among_several, probe_analyzers
from connectors.search.opensearch.mapping import is_newer, mapping, meta, own_analyzers
from connectors.search.opensearch.months import Month, ensure_month, generations, months
from connectors.search.opensearch.names import UNDATED, IndexNames
from connectors.search.opensearch.templates import kept_meta, put_templates
from connectors.search.opensearch.trouble import IndexRefused

logger = logging.getLogger(__name__)

# Aliases with a write index, composable templates and the block for writes: all are there since. Source: research/sinks.md §2.4.
OLDEST_SERVER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Readied:
    """What a start found and did."""

    server: str
    analyzers: Mapping[str, str]
    templates_written: bool
    loads_ended: tuple[str, ...]
    brought_up: tuple[str, ...]


def ensure_index(client: IndexClient, names: IndexNames) -> Readied:
    """Make the index ready for this release: templates, and its fields in every month.

    What a bulk load left behind that was killed is put right; the last pass of a reindex is waited for.
    The month of what is undated is made too: with it, the aliases that are searched are there before the first article.

    Raises:
        IndexRefused: the server is too old or no OpenSearch; a month has a field in another form and must be reindexed.
        IndexUnreachable: a reindex holds the writers of a month back for longer than our patience: it was broken off.
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    server = check_server(client)
    _wait_for_reindex(client, names)
    analyzers = probe_analyzers(client)
    logger.info("languages are ranked by %s", chosen_among_several(analyzers))
    kept = kept_meta(client, names)
    is_written = kept is None or (kept != meta(analyzers) and not is_newer(kept))
    if is_written:
        put_templates(client, names, analyzers)
    loads_ended = end_bulk_load(client, names)
    ensure_month(client, names, UNDATED)
    mappings = client.ask("GET", f"/{names.pattern}/_mapping")
    brought_up = [
        month.month
        for month in months(client, names)
        if month.index in mappings and _bring_up(client, month, mappings[month.index]["mappings"], analyzers)
    ]
    return Readied(
        server=server,
        analyzers=analyzers,
        templates_written=is_written,
        loads_ended=loads_ended,
        brought_up=tuple(brought_up),
    )


def _wait_for_reindex(client: IndexClient, names: IndexNames) -> None:
    """Wait while a reindex holds writers back, which takes seconds.

    If it was broken off, the block is not lifted here: whether it goes on elsewhere cannot be told from outside, and what
    was written then would be lost with the old index. The reindex itself takes over from another safely.
    """
    patience = client.patience()
    while held := _held_back(client, names):
        way = "; ".join(f"`copydesk index reindex --month {month}`" for month in held)
        patience.wait_out(
            f"the reindex of {', '.join(held)} holds writers back; if it was broken off, run {way}"
        )
    patience.heard()


def _held_back(client: IndexClient, names: IndexNames) -> list[str]:
    """The months that take no writes and of which a later generation is on its way."""
    found = client.ask("GET", f"/{names.pattern}/_settings/index.blocks.write")
    closed = {
        index
        for index, held in found.items()
        if held["settings"].get("index", {}).get("blocks", {}).get("write") == "true"
    }
    if not closed:
        return []
    there = generations(client, names)
    return [
        month.month
        for month in months(client, names)
        if month.index in closed and there[month.month][-1] > month.index
    ]


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


def _bring_up(
    client: IndexClient, month: Month, found: Mapping[str, Any], analyzers: Mapping[str, str]
) -> bool:
    """Put what the month lacks; what it ranks by stays as it was made. Whether it lacked anything."""
    kept = found.get("_meta", {})
    own = own_analyzers(found, analyzers)
    if kept == meta(own) or is_newer(kept):
        return False
    wanted = mapping(own)
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
    return True
