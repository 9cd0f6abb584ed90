"""`copydesk audit`: whether every record that was read is a row of history or a dead letter."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from connectors.parquet.audit import Audit, Gap, audit_folder
from connectors.parquet.steady import read_steadily
from pipelines.commands.arguments import DataFolder
from pipelines.commands.opened import naming_broken_files
from pipelines.commands.output import people, print_json, print_jsonl, print_table, result
from pipelines.commands.progress import shown
from pipelines.options import existing_folder


def audit(
    data: DataFolder = Path("copydesk-data"),
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="A range object a line on stdout.")] = False,
) -> None:
    """List the input records that nothing in the output accounts for; exit with 1 if there is one."""
    folder = existing_folder(data)
    with naming_broken_files(folder), shown(_progress):
        found = read_steadily(folder, lambda: audit_folder(folder))
    if json:
        print_json(_told(found))
    elif jsonl:
        print_jsonl(map(asdict, found.gaps))
    else:
        _print(found)
    if found.gaps:
        raise typer.Exit(1)


def _progress(seconds: float) -> str:
    return f"comparing what the output tells of records · {seconds:.0f} s"


def _told(found: Audit) -> dict[str, Any]:
    return {
        "records": found.records,
        "partitions": found.partitions,
        "unaccounted": found.unaccounted,
        "ranges": [asdict(gap) for gap in found.gaps],
    }


def _print(found: Audit) -> None:
    told = f"{_counted(found.records, 'record')} of {_counted(found.partitions, 'partition or file', 'partitions and files')}"
    if not found.gaps:
        result.print(f"{told}: nothing is unaccounted for.", markup=False)
        return
    print_table(("source", "partition", "first", "last", "count", "what"), map(_row, found.gaps))
    people.print(
        f"copydesk: {_counted(found.unaccounted, 'record')} unaccounted for, beside {told}. Replay what they stood in:"
        " what is written is not written twice.",
        style="yellow",
        markup=False,
    )


def _counted(count: int, noun: str, plural: str | None = None) -> str:
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _row(gap: Gap) -> tuple[Any, ...]:
    what = f"{gap.items} of its items" if gap.items else "records"
    return gap.source, gap.partition, gap.first, gap.last, Text(f"{gap.count:,}"), what
