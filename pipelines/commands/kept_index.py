"""An index on a cluster as `publish` and what ends with one keep it up to date, and what they say of it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.search.opensearch.cluster import IndexTarget
from pipelines.commands.cluster.reaching_index import PATIENCE_S, index_reached
from pipelines.commands.output import people

if (
    TYPE_CHECKING
):  # opensearch-py takes 0.2 s to import, which a folder without an index on a cluster is spared
    from pipelines.commands.index_upkeep import IndexUpkeep

# A cause that all have in common is seen by the first of them.
_TOLD = 5


@contextmanager
def kept_up(index: IndexTarget | None, data: Path) -> Iterator["IndexUpkeep | None"]:
    """The upkeep of this index for a folder; `None` where none is named. Leaves with exit code 3 if it cannot be reached.

    An outage is waited out no longer than a node takes to start: what is left undone is for the next publish.
    """
    if index is None:
        yield None
        return
    from connectors.search.opensearch.client import IndexClient
    from pipelines.commands.index_upkeep import IndexUpkeep

    with index_reached(), IndexClient(index.cluster, patience_s=PATIENCE_S) as client:
        yield IndexUpkeep(target=index, client=client, data=data)


def loading(upkeep: "IndexUpkeep | None", *, in_bulk: bool) -> AbstractContextManager[None]:
    """With `in_bulk` the body is a bulk load of the index, see `bulk_load`."""
    if upkeep is None or not in_bulk:
        return nullcontext()
    from connectors.search.opensearch.bulk_load import bulk_load

    return bulk_load(upkeep.client, upkeep.target.names)


def tell_refused(upkeep: "IndexUpkeep | None") -> bool:
    """Say what the index does not take; whether there is such."""
    refused = [] if upkeep is None else upkeep.refused
    for reason in refused[:_TOLD]:
        people.print(f"copydesk: not in the index: article {reason}", style="yellow", markup=False)
    if len(refused) > _TOLD:
        people.print(f"copydesk: and {len(refused) - _TOLD:,} more", style="yellow", markup=False)
    return bool(refused)
