"""A verb that asks an index on a cluster: where that does not answer, or refuses, that is one sentence at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from connectors.search.opensearch.trouble import IndexTrouble
from pipelines.commands.output import people


@contextmanager
def index_reached() -> Iterator[None]:
    """Run the body; what the index would not or could not do is said in a sentence, and the exit code is 3."""
    try:
        yield
    except IndexTrouble as error:
        people.print(f"copydesk: {error}", style="red", markup=False)
        raise typer.Exit(3) from None
