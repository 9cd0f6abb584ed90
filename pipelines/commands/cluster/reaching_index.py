"""A verb that asks an index on a cluster: where that does not answer, or refuses, that is one sentence at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.opensearch.trouble import IndexTrouble
from pipelines.commands.output import people

# A person waits: for a node that starts again (12 s), and no outage.
PATIENCE_S = 30.0


@contextmanager
def index_reached() -> Iterator[None]:
    """Run the body; what the index would not or could not do is said in a sentence, and the exit code is 3."""
    try:
        yield
    except IndexTrouble as error:
        people.print(f"copydesk: {error}", style="red", markup=False)
        raise typer.Exit(3) from None


def make_index_ready(index: IndexTarget | None) -> None:
    """Make the index that a run writes to ready for this release, before anything is read; see `ensure_index`.

    Leaves with a sentence and exit code 3 where that cannot be.
    """
    if index is None:
        return
    # opensearch-py takes 0.2 s to import, which a run without an index is spared.
    from connectors.search.opensearch.client import IndexClient
    from connectors.search.opensearch.manage import ensure_index

    with index_reached(), IndexClient(index.cluster, patience_s=PATIENCE_S) as client:
        ensure_index(client, index.names)
