"""A bulk load: while it goes on, no month refreshes by itself and none keeps copies.

The settings for it stand in a template of their own, so that months which the load makes have them too. They are taken
back when it ends, however it ends; after a SIGKILL by the next start.
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
    """Load in bulk while the body runs; what it wrote is found when it has ended. The index is made ready before.

    Whoever starts meanwhile ends it, which makes the load slower and nothing else.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    try:
        _put_template(client, names, _LOADING)
        for month in months(client, names):
            _put_settings(client, month.index, _LOADING)
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
        _put_settings(client, month.index, declared_settings(client, month.index))
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


def declared_settings(client: IndexClient, index: str) -> dict[str, Any]:
    """What the templates say of those settings that a bulk load changes; `None`: as the server has it.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
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


def _put_settings(client: IndexClient, index: str, settings: dict[str, Any]) -> None:
    client.ask("PUT", f"/{index}/_settings", {"index": settings})
