"""`copydesk dead-letters`: what was rejected, and what a person does about it.

ls        how many there are, of which reason, source and day; kill suspects first
show      one of them, with its bytes made safe to look at, and what to do next
replay    to their topic, or through the pipeline of today into their folder
discard   no loss: who says so, and why
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.text import Text

from connectors.kafka.cluster import KafkaCluster
from pipelines.commands.arguments import DataFolder, named_path
from pipelines.commands.cluster.options import with_cluster_if_named
from pipelines.commands.cluster.topics_file import TopicsFile, topics_told
from pipelines.commands.letters.chosen import ListedLetter, parse_choice
from pipelines.commands.letters.discard import discard
from pipelines.commands.letters.options import Json, Reason, Since, Source, Stage, Until
from pipelines.commands.letters.replay import replay
from pipelines.commands.letters.safe_text import safe_text
from pipelines.commands.letters.shown import print_letter
from pipelines.commands.letters.sources import LetterSource, Row, choose, grouped, letters_at
from pipelines.commands.output import people, print_json, print_jsonl, print_table, result
from pipelines.options import Misuse
from schemas.codec import to_json
from schemas.dead_letter import DeadLetter

dead_letters = typer.Typer(no_args_is_help=True, help="What was rejected, and what to do about it.")

_GROUP = ("kill_suspects", "reason_code", "source", "day", "state", "count", "newest", "attempts", "example")
# What a person looks at, and what it is called; a program gets all.
_COLUMNS = {
    "reason_code": "reason",
    "count": "count",
    "dead_letter_id": "id",
    "example": "one of them",
    "day": "day",
    "received": "received",
    "state": "state",
    "source": "source",
    "offset": "offset",
    "detail": "detail",
}
# As much of an id as tells a million of them apart.
_SHORT_ID = 12
_HANDLED = 'select deed, "by", "at", because from handled_rows where dead_letter_id = ? order by "at"'


@dead_letters.command("ls", short_help="count them by reason, source and day")
@with_cluster_if_named
def ls(
    cluster: KafkaCluster | None,
    data: DataFolder = Path("copydesk-data"),
    reason: Reason = None,
    source: Source = None,
    stage: Stage = None,
    since: Since = None,
    until: Until = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also what is settled, discarded or failed again.")
    ] = False,
    each: Annotated[bool, typer.Option("--each", help="A line each, with its id.")] = False,
    topics: TopicsFile = None,
    json: Json = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="A JSON object a line on stdout.")] = False,
) -> None:
    """Count dead letters by reason, source and day. First what may be a kill that nobody could read: look at these now.

    Of a folder of output; where there is none at --data, of the dead-letter topics of --bootstrap-servers.
    """
    choice = parse_choice(
        ids=None, reason=reason, source=source, stage=stage, since=since, until=until, every=every
    )
    with letters_at(data, cluster, _names(topics)) as found:
        if each:
            letters = choose(found, choice)
            _tell(
                [_each(letter) for letter in letters],
                json,
                jsonl,
                sum(1 for one in letters if one.is_kill_suspect),
            )
        else:
            groups = [_group(row) for row in grouped(found, choice)]
            _tell(groups, json, jsonl, sum(group["count"] for group in groups if group["kill_suspects"]))


def _names(topics: Path | None) -> tuple[str, str]:
    declared = topics_told(topics)
    return declared.dead_letters.name, declared.dead_letters_restricted.name


def _group(row: Row) -> dict[str, Any]:
    return dict(zip(_GROUP, row, strict=True))


def _each(letter: ListedLetter) -> dict[str, Any]:
    return {
        "dead_letter_id": letter.dead_letter_id,
        "kill_suspect": letter.is_kill_suspect,
        "reason_code": letter.reason_code,
        "stage": letter.stage,
        "source": letter.source,
        "partition": letter.partition,
        "offset": letter.offset,
        "received": letter.received,
        "payload_size": letter.payload_size,
        "attempt": letter.attempt,
        "state": letter.state,
        "detail": letter.detail,
    }


def _tell(lines: Sequence[dict[str, Any]], json: bool, jsonl: bool, suspects: int) -> None:
    total = sum(line.get("count", 1) for line in lines)
    if json:
        print_json({"dead_letters": total, "kill_suspects": suspects, "lines": lines})
    elif jsonl:
        print_jsonl(lines)
    elif not lines:
        result.print("No dead letters.")
    else:
        said = {"state"} if len({line["state"] for line in lines}) == 1 else set()
        columns = [name for name in _COLUMNS if name in lines[0] and name not in said]
        print_table(
            [_COLUMNS[name] for name in columns], ([_cell(line, name) for name in columns] for line in lines)
        )
        _warn(suspects)


def _cell(line: dict[str, Any], name: str) -> Any:
    cell = line[name]
    if name in ("dead_letter_id", "example"):
        return cell[:_SHORT_ID]
    if name == "reason_code" and (line.get("kill_suspects") or line.get("kill_suspect")):
        return Text(f"KILL? {cell}", style="bold red")
    return safe_text(cell, one_line=True) if isinstance(cell, str) else cell


def _warn(suspects: int) -> None:
    if suspects:
        people.print(
            f"copydesk: {suspects:,} may be kills or holds that nobody could read. A person must look now:"
            " `copydesk dead-letters show ID`.",
            style="bold red",
            markup=False,
        )


@dead_letters.command("show", short_help="one of them, with its bytes")
@with_cluster_if_named
def show(
    cluster: KafkaCluster | None,
    name: Annotated[str, typer.Argument(metavar="ID", help="Its id, or the beginning of it.")],
    data: DataFolder = Path("copydesk-data"),
    topics: TopicsFile = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Its bytes, untouched, on stdout or in -o FILE.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", parser=named_path, metavar="FILE", help="Where --raw goes.", show_default=False
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show a dead letter: why, where it stood, what its bytes are, and what to do next.

    What stands in it is written out, so that no terminal obeys it; --raw gives the bytes as they came.
    """
    if output is not None and not raw:
        raise Misuse("--output", output, "is for --raw")
    choice = parse_choice(ids=[name], reason=None, source=None, stage=None, since=None, until=None)
    with letters_at(data, cluster, _names(topics)) as found:
        [listed] = choose(found, choice)
        [letter] = found.with_bytes([(listed.dead_letter_id, listed.payload_size)])
        if raw:
            _write(letter, output)
        elif json:
            print_json(_document(found, listed, letter))
        else:
            print_letter(letter, listed.state, _handled(found, letter), data if found.folder else None)


def _handled(found: LetterSource, letter: DeadLetter) -> list[Row]:
    return found.ask(_HANDLED, [letter.dead_letter_id])


def _document(found: LetterSource, listed: ListedLetter, letter: DeadLetter) -> dict[str, Any]:
    """All there is; bytes in base64."""
    fields: dict[str, Any] = orjson.loads(to_json(letter))
    handled = [
        dict(zip(("deed", "by", "at", "because"), row, strict=True)) for row in _handled(found, letter)
    ]
    return {**fields, "state": listed.state, "handled": handled}


def _write(letter: DeadLetter, output: Path | None) -> None:
    if letter.payload is None or len(letter.payload) != letter.payload_size:
        raise Misuse("--raw", letter.dead_letter_id, f"its {letter.payload_size:,} bytes were not kept")
    if output is None:
        sys.stdout.buffer.write(letter.payload)
        sys.stdout.flush()
        return
    try:
        with output.open("xb") as file:
            file.write(letter.payload)
    except FileExistsError:
        raise Misuse("--output", output, "is there already; give another name") from None
    except OSError as error:
        raise Misuse("--output", output, f"cannot be written ({error.strerror})") from error


dead_letters.command("replay", short_help="to their topic, or through the pipeline")(replay)
dead_letters.command("discard", short_help="no loss: say who and why")(discard)
