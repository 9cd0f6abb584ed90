"""A cluster as the verbs of `copydesk index` use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.search.opensearch.cluster import IndexTarget
from pipelines.commands.cluster.index_options import named
from pipelines.commands.cluster.reaching_index import PATIENCE_S, index_reached

if TYPE_CHECKING:  # opensearch-py takes 0.2 s to import, which `--help` is spared
    from connectors.search.opensearch.client import IndexClient
    from connectors.search.opensearch.names import IndexNames

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


@contextmanager
def opened(
    target: IndexTarget | None, *, patience_s: float = PATIENCE_S
) -> Iterator[tuple["IndexClient", "IndexNames"]]:
    """The cluster and the names of the installation. What it would not or could not do is a sentence, and exit code 3.

    Raises:
        Misuse: no cluster is named.
    """
    from connectors.search.opensearch.client import IndexClient

    known = named(target)
    with index_reached(), IndexClient(known.cluster, patience_s=patience_s) as client:
        yield client, known.names
