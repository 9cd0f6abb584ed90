"""`copydesk index reindex`: months made anew behind their aliases, while the stream goes on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.search.opensearch.cluster import PATIENCE_S, IndexTarget
from pipelines.commands.cluster.index_options import with_index
from pipelines.commands.index.opened import Json, opened
from pipelines.commands.output import print_json, print_table
from pipelines.commands.progress import shown
from pipelines.options import Misuse

if TYPE_CHECKING:  # opensearch-py takes 0.2 s to import, which `--help` is spared
    from connectors.search.opensearch.months import Month
    from connectors.search.opensearch.reindex import Copied

_QUIET_S = 2.0


@dataclass(slots=True)
class _Progress:
    months: int
    done: int = 0
    copied: "Copied | None" = None

    def tell(self, copied: "Copied") -> None:
        self.copied = copied

    def line(self, seconds: float) -> str:
        told = f"month {self.done + 1} of {self.months}, {seconds:,.0f} s"
        if self.copied is None:
            return told
        one = self.copied
        return f"{told}: {one.month}, pass {one.number}, {one.documents:,} of {one.of:,} documents"


@with_index
def reindex(
    index: IndexTarget | None,
    month: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY.MM", help="This month alone, or `undated`. Default: all.", show_default=False
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Make months anew by the templates of today: another mapping, other analyzers, another number of shards.

    Nothing has to stop. Each month is copied behind its alias while it is written to and searched; for the last pass,
    some seconds, writers wait; then the alias moves in one step and the old index is gone. Broken off, it leaves the
    month as it was, and goes on when it is run again. Run `copydesk index init` before.
    """
    from connectors.search.opensearch.months import months
    from connectors.search.opensearch.reindex import reindex_month

    with opened(index, patience_s=PATIENCE_S) as (client, names):
        chosen = _chosen(months(client, names), month)
        progress = _Progress(len(chosen))
        done = []
        with shown(progress.line, after_s=_QUIET_S):
            for one in chosen:
                done.append(reindex_month(client, names, one, progress.tell))
                progress.done += 1
    if json:
        print_json({"reindexed": done})
        return
    print_table(
        ("month", "documents", "index", "before"),
        ((one.month, f"{one.documents:,}", one.after, one.before) for one in done),
        whole=4,
    )


def _chosen(there: "tuple[Month, ...]", month: str | None) -> "tuple[Month, ...]":
    chosen = tuple(one for one in there if month in (None, one.month))
    if not chosen:
        raise Misuse(
            "--month", month, f"is not there; there are: {', '.join(one.month for one in there) or 'none'}"
        )
    return chosen
