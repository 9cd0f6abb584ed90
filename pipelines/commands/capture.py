"""`copydesk capture`: a range of topics to NDJSON, lossless, for a replay or to be sent again."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from connectors.files.line_file import line_file
from connectors.kafka.captured import captured_line
from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.consumed import ConsumedRecord
from connectors.kafka.places import Start, StartKind, Stop, StopKind
from connectors.kafka.range_merge import Span
from connectors.kafka.range_read import Offsets, RangeRead, open_range
from pipelines.commands.arguments import named_path
from pipelines.commands.cluster.options import with_cluster
from pipelines.commands.cluster.reaching import reached
from pipelines.commands.cluster.topics_file import TopicsFile, topics_told
from pipelines.commands.interrupts import leaving_on_interrupt
from pipelines.commands.output import people, print_json
from pipelines.commands.progress import shown
from pipelines.options import Misuse, parse_instant

_QUIET_S = 2.0
_INTERRUPTED = "interrupted. No file was written."
EARLIEST, LATEST = "earliest", "latest"


@with_cluster
def capture(
    cluster: KafkaCluster,
    topics: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOPIC]…", help="Topics to read. Default: the declared raw topics."),
    ] = None,
    begin: Annotated[
        str,
        typer.Option("--from", metavar="earliest|TIME|OFFSET", help="First to capture (ISO 8601 or offset)."),
    ] = EARLIEST,
    end: Annotated[
        str,
        typer.Option("--until", metavar="latest|TIME|OFFSET", help="First not to capture any more."),
    ] = LATEST,
    partition: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Of this partition only.", show_default=False)
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most so many records.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            parser=named_path,
            metavar="FILE",
            help="NDJSON; gzip or zstd if it ends in .gz or .zst. Default: stdout.",
            show_default=False,
        ),
    ] = None,
    file: TopicsFile = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, of what was done.")
    ] = False,
) -> None:
    """Capture a range of topics as NDJSON: one record a line, lossless, partitions merged by time.

    The end is fixed when it begins. `copydesk replay` reads the file as the stream read the topic, `copydesk send`
    sends it again. Exit code 1 if records that were asked for by offset are gone or not there yet.
    """
    _check_output(output, json)
    start, stop, offsets = _range(begin, end)
    declared = topics_told(file)
    asked = topics or [declared.pages.name, declared.wire.name]
    count = _Count()
    with (
        leaving_on_interrupt(_INTERRUPTED),
        reached(cluster),
        open_range(cluster, asked, start=start, stop=stop, partition=partition, offsets=offsets) as read,
    ):
        _check_one_place(read.spans, offsets)
        with shown(count.line, after_s=_QUIET_S), _written(output) as write:
            count.write(read, limit, write)
    absent = _absent(read.spans, offsets)
    _tell(count, read.spans, output, json)
    if absent:
        people.print(f"copydesk: {absent}", style="yellow", markup=False)
        raise typer.Exit(1)


@dataclass(slots=True)
class _Taken:
    """What was captured of one partition: the first and the last offset, and how many records that were."""

    first: int
    last: int
    records: int = 0


class _Count:
    """How far a capture is."""

    def __init__(self) -> None:
        self.records: Counter[str] = Counter()
        self.places: dict[tuple[str, int], _Taken] = {}
        self.bytes = 0

    def write(self, read: RangeRead, limit: int | None, write: Callable[[bytes], object]) -> None:
        """Write the records of a range, the first `limit` of them."""
        for record in _first(read.records(), limit):
            line = captured_line(record)
            write(line)
            self.records[record.topic] += 1
            place = record.topic, record.partition
            taken = self.places.setdefault(place, _Taken(record.offset, record.offset))
            taken.last = record.offset
            taken.records += 1
            self.bytes += len(line) + 1

    def line(self, seconds: float) -> str:
        records = self.records.total()
        rate = records / seconds if seconds else 0.0
        return f"{records:,} captured · {rate:,.0f}/s · {self.bytes / 1e6:,.0f} MB · {seconds:.0f} s"


def _first(records: Iterator[ConsumedRecord], limit: int | None) -> Iterator[ConsumedRecord]:
    return records if limit is None else islice(records, limit)


def _range(begin: str, end: str) -> tuple[Start, Stop, Offsets]:
    offsets = Offsets(begin=_offset(begin), end=_offset(end))
    if offsets.begin is not None or begin == EARLIEST:
        start = Start(kind=StartKind.EARLIEST)
    else:
        start = Start(kind=StartKind.TIME, time=parse_instant("--from", begin))
    if offsets.end is not None or end == LATEST:
        stop = Stop(kind=StopKind.LATEST)
    else:
        stop = Stop(kind=StopKind.TIME, time=parse_instant("--until", end))
    if start.time is not None and stop.time is not None and start.time > stop.time:
        raise Misuse("--until", end, f"is before --from {begin}")
    return start, stop, offsets


def _offset(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _check_output(output: Path | None, json: bool) -> None:
    if output is None:
        if json:
            raise Misuse("--json", "", "needs --output FILE, as the records themselves go to stdout")
        return
    if output.exists() and not output.is_file():
        raise Misuse("--output", output, "is no file; give a name for one")
    if not os.access(output.parent, os.W_OK):
        raise Misuse("--output", output, "cannot be written; give a file in a folder that you may write to")


def _check_one_place(spans: tuple[Span, ...], offsets: Offsets) -> None:
    """An offset counts within its partition: the same number in several is asked for by mistake."""
    if len(spans) > 1 and (offsets.begin is not None or offsets.end is not None):
        option, value = ("--from", offsets.begin) if offsets.begin is not None else ("--until", offsets.end)
        allowed = (
            f"an offset counts in one partition, and these are {len(spans)}; add --partition and one TOPIC"
        )
        raise Misuse(option, value, allowed)


@contextmanager
def _written(output: Path | None) -> Iterator[Callable[[bytes], object]]:
    if output is not None:
        with line_file(output) as write:
            yield write
        return
    try:
        yield lambda line: sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read has left. Python would complain of what it cannot write at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(3) from None


def _absent(spans: tuple[Span, ...], offsets: Offsets) -> str | None:
    """What to say of records that were asked for by their offset and are gone, or not there yet."""
    asked = offsets.begin
    if asked is None:
        return None
    for span in spans:
        place = f"{span.topic}, partition {span.partition},"
        if asked < span.first:
            return (
                f"offsets {asked} to {span.first - 1} of {place} are gone: retention has taken them. Captured from"
                f" {span.begin} on."
            )
        if asked > span.next:
            return f"offset {asked} of {place} is beyond its end: its next record will be offset {span.next}."
    return None


def _tell(count: _Count, spans: tuple[Span, ...], output: Path | None, json: bool) -> None:
    if json:
        print_json(
            {
                "output": str(output),
                "records": count.records.total(),
                "bytes": count.bytes,
                "topics": dict(sorted(count.records.items())),
                "partitions": [
                    {
                        "topic": span.topic,
                        "partition": span.partition,
                        "first": span.first,
                        "begin": span.begin,
                        "end": span.end,
                    }
                    for span in spans
                ],
            }
        )
        return
    place = "stdout" if output is None else output
    people.print(f"{count.records.total():,} records captured to {place}", markup=False)
    if output is not None:
        for (topic, partition), taken in sorted(count.places.items()):
            people.print(
                f"{topic}, partition {partition}: offsets {taken.first} to {taken.last}, {taken.records:,} records",
                markup=False,
            )
