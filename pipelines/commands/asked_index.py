"""The index on a cluster as the verbs ask it that only read: for whom, as of when, and what to say where it cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.opensearch.trouble import IndexRefused, IndexTrouble, IndexUnreachable
from pipelines.commands.output import people
from pipelines.options import Misuse

if TYPE_CHECKING:  # opensearch-py takes 0.2 s to import, which a verb without an index is spared
    from connectors.search.opensearch.index import OpenSearchIndex

# A person waits: long enough for a node that is busy for a moment, not for one that starts again (12 s).
_PATIENCE_S = 5.0
_NO_INDEX, _FORBIDDEN = "index_not_found_exception", 403

Editors = Annotated[
    bool,
    typer.Option("--editors", help="With --index: also what is embargoed, restricted or for editors only."),
]


@contextmanager
def asked_index(
    index: IndexTarget, *, as_of: str | None = None, editors: bool = False
) -> Iterator["OpenSearchIndex"]:
    """The index for the body to ask: what readers see now, or at the time given, or what editors see.

    What the index would not do is said in a sentence, with exit code 2; that it does not answer, with 3.
    """
    from connectors.search.opensearch.client import IndexClient
    from connectors.search.opensearch.expression import Audience
    from connectors.search.opensearch.index import OpenSearchIndex

    audience = Audience.READERS if as_of is None else Audience.READERS_AT
    try:
        with IndexClient(index.cluster, patience_s=_PATIENCE_S) as client:
            yield OpenSearchIndex(client, index.names, audience=Audience.EDITORS if editors else audience)
    except IndexTrouble as error:
        people.print(f"copydesk: {_told(index, error)}", style="red", markup=False)
        raise typer.Exit(3 if isinstance(error, IndexUnreachable) else 2) from None


def index_or_folder(
    context: typer.Context, index: IndexTarget | None, *, both: bool = False
) -> IndexTarget | None:
    """The index to ask, `None` for the folder: what the command line names goes before the environment.

    Raises:
        Misuse: the command line names an index and a folder, and not `both` can be asked.
    """
    if index is None or not _is_given(context, "data"):
        return index
    if not _is_given(context, "index"):
        return None
    if not both:
        raise Misuse("--data", context.params["data"], "and --index are two places; give one of them")
    return index


def _is_given(context: typer.Context, parameter: str) -> bool:
    source = context.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"


def check_editors(index: IndexTarget | None, *, editors: bool) -> None:
    """Refuse to show editors what only an index on a cluster holds.

    Raises:
        Misuse: `editors` without an index.
    """
    if editors and index is None:
        raise Misuse(
            "--editors",
            "is given",
            "needs --index; beside files, editors look with `copydesk sql` into history",
        )


def _told(index: IndexTarget, error: IndexTrouble) -> str:
    if isinstance(error, IndexRefused) and error.kind == _NO_INDEX:
        return (
            f"--index-prefix {index.names.prefix}: there is no such index on this cluster; `copydesk index init` makes"
            " it, and `copydesk run` with --index fills it"
        )
    if isinstance(error, IndexRefused) and error.status == _FORBIDDEN:
        return f"{error}; readers may ask without --as-of and --editors only"
    return str(error)
