"""`copydesk publish`: build what readers open from history, and bring the index up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.kafka.cluster import KafkaCluster
from connectors.parquet.publish import PublishReport
from connectors.parquet.publish import publish as publish_history
from connectors.parquet.reader_rows import rows_lacking
from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.sqlite.index import SqliteIndex
from pipelines.commands.arguments import DataFolder
from pipelines.commands.attended import give_way
from pipelines.commands.cluster.index_options import with_index
from pipelines.commands.cluster.options import with_cluster_if_named
from pipelines.commands.cluster.topics_file import TopicsFile, topics_told
from pipelines.commands.kept_index import kept_up, tell_refused
from pipelines.commands.opened import naming_broken_files
from pipelines.commands.output import people, print_json, print_table
from pipelines.commands.progress import shown
from pipelines.commands.telling_readers import ReadersTeller
from pipelines.core.article_topics import ArticleTopics, untold
from pipelines.core.events.summary import summarise_event
from pipelines.core.readers import reader_row, without_hidden
from pipelines.options import SEARCH, existing_folder, parse_as_of, writable_folder
from schemas.article import Article

if (
    TYPE_CHECKING
):  # opensearch-py takes 0.2 s to import, which a folder without an index on a cluster is spared
    from pipelines.commands.index_upkeep import IndexUpkeep

# A run of a minute's news takes less.
_QUIET_S = 2.0


@with_cluster_if_named
@with_index
def publish(
    cluster: KafkaCluster | None,
    index: IndexTarget | None,
    data: DataFolder = Path("copydesk-data"),
    file: TopicsFile = None,
    as_of: Annotated[str | None, typer.Option(help="Time that counts as now (ISO 8601).")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    attended: Annotated[bool, typer.Option("--attended", hidden=True)] = False,
) -> None:
    """Build `articles/` and `events/` from `history/`; lift embargoes whose time has come.

    Small files of `history/` and `dead_letters/` are merged into few, and what crashed runs have left is swept. With
    --bootstrap-servers the readers' topic is told of releases and of what has expired; with --index the index on that
    cluster is brought up to date and not the one in the folder. Exit code 1 if the topic or the index did not take all.
    """
    if attended:
        give_way()
    teller = None
    if cluster is not None:
        topics = topics_told(file)
        names = ArticleTopics(readers=topics.articles.name, editors=topics.articles_restricted.name)
        teller = ReadersTeller(cluster=cluster, topics=names)
    folder, moment = writable_folder(existing_folder(data)), parse_as_of(as_of)
    with kept_up(index, folder) as upkeep:
        report = publish_folder(folder, moment, teller, upkeep)
    summary = _summary(report)
    if upkeep is not None:
        summary["index_refused"] = len(upkeep.refused)
    if teller is not None:
        summary |= {"topic_told": teller.told, "topic_refused": len(teller.refused)}
    if json:
        print_json(summary)
    else:
        print_table(("count", "what"), [(value, name.replace("_", " ")) for name, value in summary.items()])
    is_refused = tell_refused(upkeep)
    if teller is not None:
        _leave(teller, report.owed)
    if is_refused:
        raise typer.Exit(1)


def _leave(teller: ReadersTeller, owed: int) -> None:
    if teller.trouble is not None:
        told = f"{teller.trouble}. The folder is published; the rest is left to the next publish: {owed:,}."
        people.print(f"copydesk: {told}", style="red", markup=False)
    for reason in teller.refused:
        told = f"not told to readers: article {reason}. Each publish tells it again until its topic takes it."
        people.print(f"copydesk: {told}", style="yellow", markup=False)
    if teller.trouble is not None or teller.refused:
        raise typer.Exit(1)


def publish_folder(
    data: Path, as_of: datetime, teller: ReadersTeller | None = None, upkeep: "IndexUpkeep | None" = None
) -> PublishReport:
    """Publish one folder of output. The index is brought up to date before the run counts as complete.

    An index that was lost is made again. It is that of `upkeep`, on a cluster, or else the embedded one of the folder.
    `teller` tells a topic, if there is one.

    Raises:
        Misuse: a file of the output cannot be read.
        IndexTrouble: the cluster of the index does not answer, or refuses us; the next publish does it again.
    """
    path = str(data / SEARCH)
    anew = not (_is_whole(path) if upkeep is None else upkeep.is_whole())

    def bring_index_up_to_date(report: PublishReport) -> None:
        if upkeep is None:
            _bring_file_up_to_date(path, data, report, as_of)
        else:
            upkeep.bring_up_to_date(report, as_of)

    def row_for_readers(rows: Sequence[Article], as_of: datetime) -> Article | None:
        if upkeep is not None:
            upkeep.take(rows, as_of)
        return reader_row(rows, as_of)

    steps = _Steps()
    with naming_broken_files(data), shown(steps.line, after_s=_QUIET_S):
        return publish_history(
            str(data),
            as_of=as_of,
            reader_row=row_for_readers,
            summarise_event=summarise_event,
            without_hidden=without_hidden,
            progress=steps.read,
            merging=steps.merged,
            before_commit=bring_index_up_to_date,
            untold=untold,
            tell=None if teller is None else teller.tell,
            anew=anew,
        )


@dataclass(slots=True)
class _Steps:
    """How far a run is, for the line that says so."""

    told: str = "looking at history"

    def read(self, done: int, total: int) -> None:
        self.told = f"{done:,} of {total:,} articles read"

    def merged(self, done: int, total: int) -> None:
        self.told = f"{done:,} of {total:,} merged files written"

    def line(self, seconds: float) -> str:
        return f"publish: {self.told} · {seconds:.0f} s"


def _is_whole(path: str) -> bool:
    try:
        with SqliteIndex.open_to_read(path) as index:
            return index.is_whole()
    except FileNotFoundError:
        return False


def _bring_file_up_to_date(path: str, data: Path, report: PublishReport, as_of: datetime) -> None:
    with SqliteIndex.open(path) as index:
        if not index.is_whole():
            _fill(index, data, as_of)
        index.upsert(report.changed, as_of)
        for gone in report.withdrawn:
            index.withdraw(gone.article_id, gone.order_key)
        index.expire(as_of)
        # Last: a run that ends before is made up for by the next one.
        index.mark_whole()


def _fill(index: SqliteIndex, data: Path, as_of: datetime) -> None:
    for rows in rows_lacking(data, index.lacking):
        index.upsert(rows, as_of)


def _summary(report: PublishReport) -> dict[str, Any]:
    names = (
        "rows_read",
        "articles_written",
        "articles_withdrawn",
        "events",
        "partitions_rewritten",
        "files_merged",
        "files_swept",
    )
    return {**{name: getattr(report, name) for name in names}, "seconds": round(report.seconds, 2)}
