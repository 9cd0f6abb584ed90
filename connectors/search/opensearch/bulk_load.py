"""A bulk load: while it goes on, months that are new refresh not by themselves and keep no copies.

The settings for it stand in a template of their own, by which new months are made. They are taken back when it ends,
however it ends; after a SIGKILL by the next start. Months that stand already are searched, so they stay as they are: a
kill must reach their readers, and theirs is no copy to spare.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.months import Month, months
from connectors.search.opensearch.names import IndexNames

_NEVER = "-1"
_LOADING = {"refresh_interval": _NEVER, "auto_expand_replicas": "false", "number_of_replicas": "0"}


@contextmanager
def bulk_load(client: IndexClient, names: IndexNames) -> Iterator[None]:
    """Load in bulk while the body runs; what it wrote to new months is found when it has ended. The index is made ready before.

    Whoever starts meanwhile ends it, which makes the load slower and nothing else. A node that starts again meanwhile
    shows what a new month had by then; what is withdrawn after that, readers lose at the end of the load.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    try:
        _put_template(client, names, _LOADING)
        yield
    finally:
        end_bulk_load(client, names)


def end_bulk_load(client: IndexClient, names: IndexNames) -> tuple[str, ...]:
    """Give every month that loads in bulk the settings of its templates again, and refresh it; the months.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    # First the template: from then on no month is made that loads.
    if _kept_template(client, names):
        _put_template(client, names, {})
    found = loading(client, names)
    for month in found:
        put_declared_settings(client, month.index)
        client.ask("POST", f"/{month.index}/_refresh")
    return tuple(month.month for month in found)


def loading(client: IndexClient, names: IndexNames) -> tuple[Month, ...]:
    """The months that load in bulk, or did when whoever loaded was killed.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    found = client.ask("GET", f"/{names.pattern}/_settings/index.refresh_interval")
    intervals = {index: _setting(held["settings"], "refresh_interval") for index, held in found.items()}
    return tuple(month for month in months(client, names) if intervals.get(month.index) == _NEVER)


def put_declared_settings(client: IndexClient, index: str) -> None:
    """Give an index those settings of its templates that a bulk load changes, also where one begins or ends meanwhile.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    put, declared = None, _declared_settings(client, index)
    while put != declared:
        client.ask("PUT", f"/{index}/_settings", {"index": declared})
        put, declared = declared, _declared_settings(client, index)


def _declared_settings(client: IndexClient, index: str) -> dict[str, Any]:
    """What the templates say; `None`: as the server has it."""
    made = client.ask("POST", f"/_index_template/_simulate_index/{index}")
    return {name: _setting(made["template"]["settings"], name) for name in _LOADING}


def _setting(settings: dict[str, Any], name: str) -> str | None:
    return settings.get("index", {}).get(name)


def _kept_template(client: IndexClient, names: IndexNames) -> dict[str, Any]:
    found = client.ask("GET", f"/_component_template/{names.loading_template}")
    return found["component_templates"][0]["component_template"]["template"]


def _put_template(client: IndexClient, names: IndexNames, settings: dict[str, Any]) -> None:
    path = f"/_component_template/{names.loading_template}"
    client.ask("PUT", path, {"template": {"settings": {"index": settings}} if settings else {}})
