"""An installation as it stands, compared with what this release would make of it. Nothing is changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.search.opensearch.bulk_load import loading
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.comparing import different_month, ranked_otherwise
from connectors.search.opensearch.languages import probe_analyzers
from connectors.search.opensearch.manage import check_server
from connectors.search.opensearch.mapping import is_newer, meta
from connectors.search.opensearch.months import Month, generations, months
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.templates import kept_meta

_INIT = "`copydesk index init`"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthState:
    """A month: its index, how many documents and bytes that has, and the health of its shards."""

    month: str
    index: str
    documents: int
    size_bytes: int
    health: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """What stands. `troubles` say what is not as it should be, and the way out; `notes` what might be better."""

    server: str
    months: tuple[MonthState, ...]
    troubles: tuple[str, ...]
    notes: tuple[str, ...]


def index_state(client: IndexClient, names: IndexNames) -> IndexState:
    """Look at all that an installation has.

    Raises:
        IndexRefused: the server is too old, or no OpenSearch.
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    server = check_server(client)
    analyzers = probe_analyzers(client)
    kept = kept_meta(client, names)
    found = months(client, names)
    states = month_states(client, names)
    described = client.ask("GET", f"/{names.pattern}")
    return IndexState(
        server=server,
        months=states,
        troubles=(
            *_templates(kept),
            *(
                f"{one.index} has lost shards; the cluster's log says why"
                for one in states
                if one.health == "red"
            ),
            *(
                f"{one.month} is still loading in bulk, or was when killed; {_INIT} ends it"
                for one in loading(client, names)
            ),
            *_left_over(client, names, found),
            *(told for month in found for told in different_month(month, described[month.index], analyzers)),
        ),
        notes=tuple(
            told for month in found for told in ranked_otherwise(month, described[month.index], analyzers)
        ),
    )


def month_states(client: IndexClient, names: IndexNames) -> tuple[MonthState, ...]:
    """The months, in their order.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    params = {"format": "json", "bytes": "b", "h": "index,health,docs.count,store.size"}
    rows = {row["index"]: row for row in client.ask("GET", f"/_cat/indices/{names.pattern}", params=params)}
    return tuple(
        MonthState(
            month=month.month,
            index=month.index,
            # A red index has neither.
            documents=int(rows[month.index]["docs.count"] or 0),
            size_bytes=int(rows[month.index]["store.size"] or 0),
            health=rows[month.index]["health"],
        )
        for month in months(client, names)
        if month.index in rows
    )


def _templates(kept: Mapping[str, Any] | None) -> list[str]:
    if kept is None:
        return [f"its templates are missing; {_INIT} makes them"]
    ours = meta(kept.get("analyzers", {}))
    if kept == ours or is_newer(kept):
        return []
    return [f"its templates are of an older release; {_INIT} brings them up"]


def _left_over(client: IndexClient, names: IndexNames, found: tuple[Month, ...]) -> list[str]:
    """Indices that nothing is written to: of a reindex that goes on or was broken off, or whose alias is gone."""
    behind = {month.month: month.index for month in found}
    told = []
    for month, indices in generations(client, names).items():
        for index in indices:
            if month in behind and index > behind[month]:
                told.append(
                    f"a reindex of {month} goes on or was broken off; `copydesk index reindex --month {month}` ends it"
                )
            elif index != behind.get(month):
                alias = names.month_alias(month)
                told.append(f"{index} is not behind {alias}: give it that alias again, or delete it")
    return told
