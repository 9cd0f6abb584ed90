"""The templates that every index of a month is made by.

news-settings, news-mappings are of the release that is newest; news-custom is for whoever runs the cluster; news-loading
holds the settings of a bulk load while one goes on.
"""

from collections.abc import Mapping
from typing import Any

from connectors.search.opensearch.analysis import analysis
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.mapping import mapping, meta
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.trouble import IndexRefused
from schemas.visibility import readable_query

# Above the templates that a cluster may have for everything.
_PRIORITY = 500
# `body_text` has at most 2,000,000 characters, of two UTF-16 units each; a highlighter refuses texts beyond its bound.
_MOST_HIGHLIGHTED = 4_000_000


def settings() -> dict[str, Any]:
    """Settings of an index of a month.

    One shard: a month of 300,000 articles of 2.5 KB is 1 to 2 GB, where a shard may have tens, and what is counted and
    scored in one shard is exact. Another number goes into the operator's template.
    """
    return {
        "index": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",  # one node: none, and its health is green all the same
            "codec": "best_compression",
            "refresh_interval": "5s",
            "highlight": {"max_analyzed_offset": _MOST_HIGHLIGHTED},
        }
    }


def kept_meta(client: IndexClient, names: IndexNames) -> dict[str, Any] | None:
    """What the mapping's template says of itself; `None` if there is none.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    found = _asked(client, f"/_component_template/{names.mappings_template}")
    if found is None:
        return None
    template = found["component_templates"][0]["component_template"]["template"]
    return template["mappings"].get("_meta", {})


def put_templates(client: IndexClient, names: IndexNames, analyzers: Mapping[str, str]) -> None:
    """Write the templates. Any number of processes may at once.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    # A component that names an analyzer is refused without it.
    fields = {"mappings": mapping(analyzers), "settings": {"index": {"analysis": analysis()}}}
    ours: tuple[tuple[str, dict[str, Any]], ...] = (
        (names.settings_template, {"settings": settings()}),
        (names.mappings_template, fields),
    )
    for name, template in ours:
        client.ask("PUT", f"/_component_template/{name}", {"template": template, "_meta": meta(analyzers)})
    for name in (names.custom_template, names.loading_template):
        if _asked(client, f"/_component_template/{name}") is None:
            client.ask("PUT", f"/_component_template/{name}", {"template": {}})
    client.ask("PUT", f"/_index_template/{names.index_template}", _index_template(names, analyzers))


def _index_template(names: IndexNames, analyzers: Mapping[str, str]) -> dict[str, Any]:
    parts = (names.settings_template, names.mappings_template, names.custom_template, names.loading_template)
    return {
        "index_patterns": list(names.template_patterns),
        "composed_of": list(parts),
        "priority": _PRIORITY,
        "template": {"aliases": searched_aliases(names)},
        "_meta": meta(analyzers),
    }


def searched_aliases(names: IndexNames) -> dict[str, dict[str, Any]]:
    """The aliases that are searched, of every index of a month."""
    return {names.readers: {"filter": readable_query("now")}, names.editors: {}}


def _asked(client: IndexClient, path: str) -> Any:
    """What stands at a path; `None` if nothing does."""
    try:
        return client.ask("GET", path)
    except IndexRefused as refused:
        if refused.status != 404:
            raise
        return None
