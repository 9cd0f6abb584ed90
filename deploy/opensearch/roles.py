"""Roles of the security plugin for one installation: who reads, who edits, who writes, who keeps the index.

An alias is no wall: whoever may read an index may read past the filter of its aliases. The role of readers has that
filter as its document-level security, taken from where the alias has it, so that the two cannot drift apart.

    python -m deploy.opensearch [PREFIX] > roles.yml
"""

import json
from typing import Any

import yaml

from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.templates import searched_aliases

# Names of actions and of groups of them. Source: OpenSearch 3.8, the names under which it registers its actions; security
# plugin, "Default action groups".
_SEARCHING = ("cluster_composite_ops_ro",)
_STARTING = (
    "cluster_composite_ops",
    "cluster_monitor",
    "cluster:admin/component_template/*",
    "indices:admin/index_template/*",
    "indices:admin/analyze",
)
_KEEPING = ("cluster:admin/tasks/cancel", "indices:data/write/reindex")
_WRITES = ("crud", "create_index", "indices_monitor", "manage_aliases")
_BRINGS_UP = (
    "indices:admin/get",
    "indices:admin/mapping/put",
    "indices:admin/mappings/get",
    "indices:admin/refresh*",
    "indices:admin/settings/update",
)
_RENEWS = ("indices:admin/block/add*", "indices:admin/delete")


def roles(names: IndexNames) -> dict[str, Any]:
    """`roles.yml` of an installation: each role may do what the one before it may, but readers and editors."""
    seen = json.dumps(searched_aliases(names)[names.readers]["filter"], sort_keys=True)
    starting = (*_WRITES, *_BRINGS_UP)
    return {
        "_meta": {"type": "roles", "config_version": 2},
        f"{names.prefix}_reader": _role(names, _SEARCHING, ("read",), seen=seen),
        f"{names.prefix}_editor": _role(names, _SEARCHING, ("read",)),
        f"{names.prefix}_writer": _role(names, _STARTING, starting),
        f"{names.prefix}_keeper": _role(names, (*_STARTING, *_KEEPING), (*starting, *_RENEWS)),
    }


def _role(
    names: IndexNames, cluster: tuple[str, ...], actions: tuple[str, ...], *, seen: str | None = None
) -> dict[str, Any]:
    permission: dict[str, Any] = {"index_patterns": list(names.template_patterns)}
    if seen is not None:
        permission["dls"] = seen
    permission["allowed_actions"] = list(actions)
    return {"cluster_permissions": list(cluster), "index_permissions": [permission]}


def written(names: IndexNames) -> str:
    """The file."""
    return yaml.safe_dump(roles(names), sort_keys=False, width=110)
