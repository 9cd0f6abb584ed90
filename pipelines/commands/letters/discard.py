"""`copydesk dead-letters discard`: these are no loss; who says so, and why, is kept beside them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.parquet.handled import append_handlings
from pipelines.commands.arguments import DataFolder, readable
from pipelines.commands.letters.by import By, person
from pipelines.commands.letters.chosen import STANDING, ListedLetter, parse_choice
from pipelines.commands.letters.options import Ids, Json, Reason, Since, Source, Stage, Until, Yes
from pipelines.commands.letters.safe_text import safe_text
from pipelines.commands.letters.sources import FolderLetters, choose
from pipelines.commands.output import people, print_json, print_table
from pipelines.options import Misuse, existing_folder, writable_folder
from schemas.handling import Deed, Handling

MAX_WORDS_CHARS = 2_000


def discard(
    ids: Ids = None,
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why it is no loss.")] = "",
    by: By = None,
    data: DataFolder = Path("copydesk-data"),
    reason: Reason = None,
    source: Source = None,
    stage: Stage = None,
    since: Since = None,
    until: Until = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Say of dead letters that they are no loss. They stay in the ledger, and stay accounted for.

    Without --yes nothing is done. What may be a kill is discarded by its id only. Needs a folder of output.
    """
    choice = parse_choice(ids=ids, reason=reason, source=source, stage=stage, since=since, until=until)
    if not choice.is_narrow:
        raise Misuse("discard", "", "which? give ids, or --reason, --source, --stage, --since or --until")
    words, name = _because(because), person(by)
    folder = FolderLetters(folder=_folder(data))
    chosen = choose(folder, choice)
    meant = [letter for letter in chosen if letter.state in STANDING and (ids or not letter.is_kill_suspect)]
    if yes:
        now = datetime.now(UTC)
        append_handlings(
            writable_folder(data),
            [
                Handling(
                    dead_letter_id=letter.dead_letter_id, deed=Deed.DISCARDED, by=name, at=now, because=words
                )
                for letter in meant
            ],
        )
    _tell(meant, len(chosen) - len(meant), done=yes, json=json)


def _folder(data: Path) -> Path:
    try:
        return existing_folder(data)
    except Misuse:
        told = "holds no output; who discards what is kept in a folder of output, not on a topic"
        raise Misuse("--data", data, told) from None


def _because(words: str) -> str:
    told = readable(words).strip()
    if not told:
        raise Misuse("--because", repr(words), "is needed: why is it no loss?")
    if len(told) > MAX_WORDS_CHARS:
        raise Misuse("--because", f"of {len(told)} characters", f"at most {MAX_WORDS_CHARS}")
    return told


def _tell(meant: Sequence[ListedLetter], left: int, *, done: bool, json: bool) -> None:
    if json:
        document: dict[str, Any] = {"done": done, "discarded": len(meant), "left": left}
        document["ids"] = [letter.dead_letter_id for letter in meant]
        print_json(document)
        return
    columns = ("id", "reason", "source", "offset", "received")
    print_table(
        columns,
        (
            (
                letter.dead_letter_id[:12],
                letter.reason_code,
                safe_text(letter.source, one_line=True),
                letter.offset,
                letter.received,
            )
            for letter in meant[:20]
        ),
    )
    more = f" (the first 20 of {len(meant):,})" if len(meant) > 20 else ""
    people.print(
        f"copydesk: {len(meant):,} {'discarded' if done else 'would be discarded'}{more}.", markup=False
    )
    if left:
        people.print(
            f"copydesk: {left:,} left: finished already, or perhaps a kill, which is discarded by its id only.",
            markup=False,
        )
    if not done and meant:
        people.print("copydesk: nothing was done; the same with --yes does it.", markup=False)
