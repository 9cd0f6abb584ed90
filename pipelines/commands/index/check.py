"""`copydesk index check`: whether the index is as it should be, and has what the folder has."""

from dataclasses import dataclass, field
from datetime import datetime
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
    """What `articles/` of a folder has and the index lacks; grows while the folder is read.

    `left_out` are the articles of the months that were deleted (`removed`), which nobody misses. `still_lacking` is what
    is lacking at the end.
    """

    articles: int = 0
    left_out: int = 0
    removed: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    filled: int = 0
    still_lacking: list[str] = field(default_factory=list)
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
    it lacks. Months that were deleted since the folder was published to it, as by `retain`, are left out.
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
        _tell(state, compared, fill=fill)
    if state.troubles or (compared is not None and compared.still_lacking):
        raise typer.Exit(1)


def _compare(
    client: "IndexClient", names: "IndexNames", folder: Path, compared: Compared, *, fill: bool
) -> None:
    from connectors.parquet.reader_rows import rows_lacking
    from connectors.search.opensearch.lacking import lacking
    from connectors.search.opensearch.names import month_of
    from connectors.search.opensearch.upsert import write_articles

    removed, missed = _removed(client, names, folder), dict[str, int]()
    compared.removed = sorted(removed)

    def look(versions: list[tuple[str, int]]) -> list[str]:
        found = lacking(client, names, versions)
        compared.articles += len(versions)
        compared.lacking += found
        keys = dict(versions)
        missed.update((article_id, keys[article_id]) for article_id in found)
        return found if fill else []

    def belongs(first_received: datetime | None) -> bool:
        is_removed = month_of(first_received) in removed
        compared.left_out += is_removed
        return not is_removed

    for rows in rows_lacking(folder, look, belongs):
        outcome = write_articles(client, names, rows)
        compared.filled += outcome.report.written
        compared.refused += [f"{article.article_id}: {write.reason}" for article, write in outcome.refused]
    # What was offered need not have been taken: the index may hold what counts as later.
    compared.still_lacking = lacking(client, names, missed.items()) if fill else compared.lacking


def _removed(client: "IndexClient", names: "IndexNames", folder: Path) -> frozenset[str]:
    """The months that were deleted on purpose, as far as the folder knows the index."""
    from connectors.search.opensearch.identities import identities
    from pipelines.commands.index_filling import noted_filling

    noted = noted_filling(folder, names)
    return frozenset() if noted is None else noted.removed_by(identities(client, names))


def _tell(state: "IndexState", compared: Compared | None, *, fill: bool) -> None:
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
        _tell_lacking(compared, fill=fill)
    for told in state.troubles:
        people.print(f"copydesk: {told}", style="red", markup=False)
    for told in state.notes:
        people.print(f"copydesk: {told}", style="dim", markup=False)


def _tell_lacking(compared: Compared, *, fill: bool) -> None:
    if compared.left_out:
        told = f"{compared.left_out:,} articles of months that were deleted ({', '.join(compared.removed)})"
        people.print(f"copydesk: {told} are left out", style="dim", markup=False)
    for told in compared.refused:
        people.print(f"copydesk: not taken: {told}", style="red", markup=False)
    if compared.still_lacking and not compared.refused:
        named = ", ".join(compared.still_lacking[:_NAMED])
        more = " …" if len(compared.still_lacking) > _NAMED else ""
        told = (
            f"it still lacks {named}{more}: what it holds of them counts as later; is --data the folder that fills it?"
            if fill
            else f"it lacks {named}{more}; --fill writes them"
        )
        people.print(f"copydesk: {told}", style="red", markup=False)
