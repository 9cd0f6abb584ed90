"""What a folder of output has noted of the index that it filled: `publish-index.json`.

It is noted of one index: another prefix takes its place. A folder that is published to two indexes in turn fills each of
them once more at every turn; nothing is written that is there already.
"""

from pathlib import Path
from typing import Any

import orjson

from connectors.parquet.publish_state import INDEX_NAME
from connectors.parquet.sorted_file import place_bytes
from connectors.search.opensearch.identities import Filling, Identity
from connectors.search.opensearch.names import IndexNames


def noted_filling(data: Path, names: IndexNames) -> Filling | None:
    """What the folder has noted of the index of these names; `None` if nothing, or nothing that can be read."""
    try:
        told = orjson.loads((data / INDEX_NAME).read_bytes())[names.prefix]
        months = {month: Identity(**identity) for month, identity in told["months"].items()}
        return Filling(months=months, removed=frozenset(told["removed"]))
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        return None


def note_filling(data: Path, names: IndexNames, filling: Filling) -> None:
    """Note that the folder has filled the index."""
    told: dict[str, Any] = {
        "months": dict(sorted(filling.months.items())),
        "removed": sorted(filling.removed),
    }
    place_bytes(orjson.dumps({names.prefix: told}, option=orjson.OPT_INDENT_2), data / INDEX_NAME)
