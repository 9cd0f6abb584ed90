"""`copydesk index check`: whether the index is as it should be, and has what the folder has."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.search.opensearch.cluster import IndexTarget
from pipelines.commands.arguments import named_path
from pipelines.commands.cluster.index_options import with_index
from pipelines.commands.index.opened import Json, opened
from pipelines.commands.output import people, print_json, print_table, result
from pipelines.commands.progress import shown
from pipelines.options import Misuse, existing_folder

if TYPE_CHECKING:  # opensearch-py and pyarrow take 0.4 s to import, which `--help` is spared
    from connectors.search.opensearch.checking import IndexState
    from connectors.search.opensearch.client import IndexClient
    from connectors.search.opensearch.names import IndexNames

_QUIET_S = 2.0
_NAMED = 5


@dataclass(slots=True)
class Compared:
    """What `articles/` of a folder has and the index lacks; grows while the folder is read."""

    articles: int = 0
    lacking: list[str] = field(default_factory=list)
    filled: int = 0
    refused: list[str] = field(default_factory=list)

    def line(self, _seconds: float) -> str:
        """How far the comparison is."""
        return f"{self.articles:,} articles compared, {len(self.lacking):,} lacking, {self.filled:,} filled"


@with_index
def check(
    index: IndexTarget | None,
    data: Annotated[
        Path | None,
        typer.Option(
            parser=named_path,
            metavar="PATH",
            help="Folder of output: also which of its articles the index lacks.",
            show_default=False,
        ),
    ] = None,
    fill: Annotated[bool, typer.Option("--fill", help="Write what it lacks.")] = False,
    json: Json = False,
) -> None:
    """Look whether the index is as it should be: templates, months, their fields and health. Exit code 1 if it is not.

    With --data it is compared with `articles/` of that folder, which is what readers see; with --fill it is given what
    it lacks.
    """
    if fill and data is None:
        raise Misuse("--fill", "is given", "needs --data, the folder to fill the index from")
    folder = None if data is None else existing_folder(data)
    compared = None
    with opened(index) as (client, names):
        from connectors.search.opensearch.checking import index_state

        state = index_state(client, names)
        if folder is not None:
            compared = Compared()
            with shown(compared.line, after_s=_QUIET_S):
                _compare(client, names, folder, compared, fill=fill)
    if json:
        print_json({"state": state, "compared": compared})
    else:
        _tell(state, compared)
    if state.troubles or (compared is not None and len(compared.lacking) > compared.filled):
        raise typer.Exit(1)


def _compare(
    client: "IndexClient", names: "IndexNames", folder: Path, compared: Compared, *, fill: bool
) -> None:
    from connectors.parquet.reader_rows import rows_lacking
    from connectors.search.opensearch.lacking import lacking
    from connectors.search.opensearch.upsert import write_articles

    def look(versions: list[tuple[str, int]]) -> list[str]:
        found = lacking(client, names, versions)
        compared.articles += len(versions)
        compared.lacking += found
        return found if fill else []

    for rows in rows_lacking(folder, look):
        refused = write_articles(client, names, rows).refused
        compared.filled += len(rows) - len(refused)
        compared.refused += [f"{article.article_id}: {write.reason}" for article, write in refused]


def _tell(state: "IndexState", compared: Compared | None) -> None:
    print_table(
        ("month", "index", "documents", "bytes", "health"),
        (
            (one.month, one.index, f"{one.documents:,}", f"{one.size_bytes:,}", one.health)
            for one in state.months
        ),
        whole=2,
    )
    if compared is not None:
        result.print(f"\n{compared.line(0)}.", markup=False)
        _tell_lacking(compared)
    for told in state.troubles:
        people.print(f"copydesk: {told}", style="red", markup=False)
    for told in state.notes:
        people.print(f"copydesk: {told}", style="dim", markup=False)


def _tell_lacking(compared: Compared) -> None:
    for told in compared.refused:
        people.print(f"copydesk: not taken: {told}", style="red", markup=False)
    if len(compared.lacking) > compared.filled and not compared.refused:
        named = ", ".join(compared.lacking[:_NAMED])
        people.print(
            f"copydesk: it lacks {named}{' …' if len(compared.lacking) > _NAMED else ''}; --fill writes them",
            style="red",
            markup=False,
        )
