"""`copydesk replay PATH…`: captured news in, clean articles with event IDs out."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from rich.text import Text

from connectors.parquet.pending import settle_pending
from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.opensearch.index_figures import refused_articles
from connectors.search.opensearch.names import IndexNames
from pipelines.commands.arguments import DataFolder, named_path
from pipelines.commands.cluster.index_options import with_index
from pipelines.commands.cluster.reaching_index import make_index_ready
from pipelines.commands.interrupts import leaving_on_interrupt
from pipelines.commands.kept_index import kept_up, loading, tell_refused
from pipelines.commands.opened import holds_output, naming_broken_files, read_output
from pipelines.commands.output import people, print_json, print_table
from pipelines.commands.progress import shown
from pipelines.commands.publish import publish_folder
from pipelines.commands.sink_trouble import naming_sink_trouble
from pipelines.commands.sole_writer import sole_writer
from pipelines.options import IngestConfig, Misuse, ingest_config

_INTERRUPTED = "interrupted. Run the same command again: what is written is not written twice."
# Flags of rows whose meaning is a withdrawal that did not happen, and what to say of them.
_MISSED_KILLS = (
    ("kill_target_unknown", "names an item that was not known when it came"),
    ("kill_target_missing", "does not say which item it means"),
)
_SHOW_FLAGGED = "select * from history where list_contains(quality_flags, '{}')"


@with_index
def replay(
    index: IndexTarget | None,
    paths: Annotated[
        list[Path],
        typer.Argument(parser=named_path, metavar="PATH", help="Files or folders of captured news."),
    ],
    data: DataFolder = Path("copydesk-data"),
    received: Annotated[
        str | None, typer.Option(help="When records that do not say so were received (ISO 8601).")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Time that counts as now (ISO 8601).")] = None,
    runner: Annotated[str, typer.Option(help="Where it runs: direct.")] = "direct",
    memory: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|none",
            help="Output whose history is remembered at the start; default: that of --data.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes that extract pages; 0: no sandbox. Default: one a core.", show_default=False
        ),
    ] = None,
    bulk_load: Annotated[
        bool,
        typer.Option(
            "--bulk-load",
            help="With --index: of months that are new nothing is found, nor copied, until the end.",
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    fail_on_dead_letters: Annotated[
        bool, typer.Option("--fail-on-dead-letters", help="Exit with 1 if anything was rejected.")
    ] = False,
) -> None:
    """Replay captured news: NDJSON and WARC (plain, gzip, zstd), and folders of HTML, text and JSON files.

    Articles can be searched in the folder, or with --index on that cluster.
    """
    if bulk_load and index is None:
        raise Misuse("--bulk-load", "is given", "needs --index; a folder's own index has no such setting")
    config = ingest_config(
        paths,
        data=data,
        as_of=as_of,
        received=received,
        runner=runner,
        workers=workers,
        memory=memory,
        index=index,
    )
    started, began_ns = time.monotonic(), time.time_ns()
    with leaving_on_interrupt(_INTERRUPTED), sole_writer(config.data), kept_up(index, config.data) as upkeep:
        make_index_ready(index)
        with loading(upkeep, in_bulk=bulk_load), naming_broken_files(config.memory or config.data):
            # Those of the run alone: publish offers once more what is new, and so says the same only the first time.
            with refused_articles() as refused:
                counts = run_shown(config)
            publish_folder(config.data, config.as_of, None, upkeep)
            if upkeep is not None:
                upkeep.show()
        # What a bundle that was cut short before this run has left, and nobody has written again, are rows like all others.
        settle_pending(config.data, began_ns)
        summary = summarise(config, counts, time.monotonic() - started)
        if index is not None:
            summary["index_refused"] = len(refused)
    for warning in warnings(counts, config.data):
        people.print(f"copydesk: {warning}", style="yellow", markup=False)
    if json:
        print_json(summary)
    else:
        print_summary(summary, config)
    tell_refused(upkeep)
    if fail_on_dead_letters and (summary["dead_letters"] or summary.get("index_refused")):
        raise typer.Exit(1)


def run_shown(config: IngestConfig) -> dict[str, int]:
    """Run the dataflow with a progress line; what was counted, by name."""
    # Beam takes seconds to import: not before the options are known to be right.
    from pipelines.ingest import run
    from pipelines.transforms.metrics import reset_tally, tally

    reset_tally()
    with naming_sink_trouble(), shown(lambda seconds: progress_line(tally(), seconds)):
        run(config)
    return tally()


def progress_line(counts: dict[str, int], seconds: float) -> str:
    """Rate and outcomes so far, in one line."""
    read = counts.get("records", 0)
    remembered = rows_remembered(counts)
    if not read and remembered:
        return f"remembering {remembered:,} rows of history · {seconds:.0f} s"
    rejected = sum(count for name, count in counts.items() if name.startswith("rejected."))
    repeats = sum(count for name, count in counts.items() if name.startswith("repeats."))
    rate = read / seconds if seconds else 0.0
    return (
        f"{read:,} read · {rate:,.0f}/s · {counts.get('rows', 0):,} written · {repeats:,} repeats · "
        f"{rejected:,} dead letters · {seconds:.0f} s"
    )


def rows_remembered(counts: dict[str, int]) -> int:
    """Rows of history that the memories have taken in: those of the stage that remembers most."""
    return max((count for name, count in counts.items() if name.startswith("recalled.rows.")), default=0)


def summarise(config: IngestConfig, counts: dict[str, int], seconds: float) -> dict[str, Any]:
    """What a run did (`read`, `rows`, `dead_letters`) and what its folder now shows to readers."""
    articles, repeats, events = 0, 0, 0
    if holds_output(config.data):
        articles, repeats, events = read_output(config.data, config.as_of, _shown_to_readers)
    reasons = {
        name.removeprefix("rejected."): count
        for name, count in sorted(counts.items())
        if name.startswith("rejected.")
    }
    return {
        "remembered": rows_remembered(counts),
        "remembered_seconds": counts.get("recalled.ms", 0) / 1000,
        "remembered_bytes": counts.get("recalled.bytes", 0),
        "read": counts.get("records", 0),
        "rows": counts.get("rows", 0),
        "articles": articles,
        "repeats": repeats,
        "events": events,
        "dead_letters": reasons,
        "seconds": round(seconds, 2),
    }


def _shown_to_readers(database: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    [(articles, repeats, events)] = database.execute(
        "select count(*), count(dup_kind), (select count(*) from events) from articles"
    ).fetchall()
    return articles, repeats, events


def warnings(counts: dict[str, int], data: Path) -> Iterator[str]:
    """What a person must look at now, though nothing failed."""
    for flag, told in _MISSED_KILLS:
        if f"flag.{flag}" in counts:
            query = _SHOW_FLAGGED.format(flag)
            yield f'a kill {told}: look at `copydesk sql "{query}" --data {data}`'


def print_summary(summary: dict[str, Any], config: IngestConfig) -> None:
    """What a run did, as a person reads it."""
    meanings = {
        "read": "records read",
        "rows": "rows of history",
        "articles": "articles that readers see",
        "repeats": "of them copies, rewrites and excerpts",
        "events": "events",
    }
    rows: list[tuple[Any, Any]] = [(Text(f"{summary[name]:,}"), text) for name, text in meanings.items()]
    for reason, count in summary["dead_letters"].items():
        rows.append((Text(f"{count:,}", style="yellow"), f"dead letters: {reason}"))
    if summary.get("index_refused"):
        told = (
            "articles not taken by the index; `copydesk dead-letters ls --stage WriteSearchIndex` tells why"
        )
        rows.append((Text(f"{summary['index_refused']:,}", style="yellow"), told))
    print_table(("count", "what"), rows)
    if summary["remembered"]:
        people.print(
            f"{summary['remembered']:,} rows of history were remembered at the start, in"
            f" {summary['remembered_seconds']:.1f} s and {summary['remembered_bytes'] / 1e6:,.0f} MB.",
            markup=False,
        )
    data, index = config.data, config.index
    where = f"--data {data}" if index is None else f"--index {','.join(index.cluster.hosts)}{_prefix(index)}"
    told = f"{data}/" if index is None else f"{data}/ and in the index {index.names.readers}"
    people.print(
        f"{summary['seconds']:.1f} s. The output is in {told}; "
        f"look at it with `copydesk events {where}` or `copydesk search WORDS {where}`.",
        markup=False,
    )


def _prefix(index: IndexTarget) -> str:
    return "" if index.names == IndexNames() else f" --index-prefix {index.names.prefix}"
