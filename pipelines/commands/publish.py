"""`copydesk publish`: build what readers open from history, and bring the embedded index up to date."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.parquet.publish import PublishReport
from connectors.parquet.publish import publish as publish_history
from connectors.search.sqlite_index import SqliteIndex
from pipelines.commands.output import print_json, print_table
from pipelines.core.event_summary import summarise_event
from pipelines.core.readers import reader_row, without_hidden
from pipelines.options import SEARCH, existing_folder, parse_as_of, writable_folder


def publish(
    data: Annotated[Path, typer.Option(help="Folder of the output.")] = Path("copydesk-data"),
    as_of: Annotated[str | None, typer.Option(help="Time that counts as now (ISO 8601).")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Build `articles/` and `events/` from `history/`; lift embargoes whose time has come."""
    report = publish_folder(writable_folder(existing_folder(data)), parse_as_of(as_of))
    summary = _summary(report)
    if json:
        print_json(summary)
    else:
        print_table(("count", "what"), [(value, name.replace("_", " ")) for name, value in summary.items()])


def publish_folder(data: Path, as_of: datetime) -> PublishReport:
    """Publish one folder of output. The index is brought up to date before the run counts as complete."""
    report = publish_history(
        str(data),
        as_of=as_of,
        reader_row=reader_row,
        summarise_event=summarise_event,
        without_hidden=without_hidden,
    )
    with SqliteIndex.open(str(data / SEARCH)) as index:
        index.upsert(report.changed, as_of)
        index.expire(as_of)
    return report


def _summary(report: PublishReport) -> dict[str, Any]:
    names = ("rows_read", "articles_written", "articles_withdrawn", "events", "partitions_rewritten")
    return {**{name: getattr(report, name) for name in names}, "seconds": round(report.seconds, 2)}
