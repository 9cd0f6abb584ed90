"""An index of a month, compared with what this release would make today: what differs, and the way out."""

from collections.abc import Mapping
from typing import Any

from connectors.search.opensearch.analysis import analysis
from connectors.search.opensearch.mapping import mapping, own_analyzers
from connectors.search.opensearch.months import Month

_SHOWN = 5


def different_month(month: Month, described: Mapping[str, Any], analyzers: Mapping[str, str]) -> list[str]:
    """What is not as it should be of an index; `described` is the cluster's own description of it."""
    reindex = f"`copydesk index reindex --month {month.month}` makes it anew"
    settings = described["settings"]["index"]
    wanted = _flat(mapping(own_analyzers(described["mappings"], analyzers))["properties"])
    found = _flat(described["mappings"].get("properties", {}))
    missing = [name for name in wanted if name not in found]
    other = [name for name in wanted if name in found and found[name] != wanted[name]]
    told = []
    if missing:
        told.append(f"{month.index} lacks {_shown(missing)}; `copydesk index init` adds what is missing")
    if other:
        told.append(f"{month.index} has another form of {_shown(other)}; {reindex}")
    if described["mappings"].get("dynamic") != "strict":
        told.append(f"{month.index} takes fields that nobody declared; {reindex}")
    if settings.get("analysis") != _as_kept(analysis()):
        told.append(f"{month.index} cuts words as another release does; {reindex}")
    blocks = [name for name, value in settings.get("blocks", {}).items() if value == "true"]
    if blocks:
        told.append(
            f"{month.index} takes no writes (index.blocks: {', '.join(sorted(blocks))}): a reindex that was broken off, a full disk"
            " or somebody's order; writers wait until it is lifted"
        )
    return told


def ranked_otherwise(month: Month, described: Mapping[str, Any], analyzers: Mapping[str, str]) -> list[str]:
    """Where the cluster has a better analyzer by now than the index ranks by."""
    own = own_analyzers(described["mappings"], analyzers)
    return [
        f"{month.index} ranks {language} by {own[language]}; a reindex would make it {analyzer}"
        for language, analyzer in analyzers.items()
        if own[language] != analyzer
    ]


def _flat(properties: Mapping[str, Any], before: str = "") -> dict[str, dict[str, Any]]:
    """Fields by their dotted names."""
    flat: dict[str, dict[str, Any]] = {}
    for name, field in properties.items():
        if "properties" in field:
            flat |= _flat(field["properties"], f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = {
                key: [value] if key == "copy_to" and isinstance(value, str) else value
                for key, value in field.items()
            }
    return flat


def _as_kept(settings: Any) -> Any:
    """Settings as the cluster gives them back: every value a text."""
    if isinstance(settings, dict):
        return {name: _as_kept(value) for name, value in settings.items()}
    if isinstance(settings, list):
        return [_as_kept(value) for value in settings]
    return str(settings)


def _shown(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
