"""A dead letter as a person looks at it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipelines.commands.letters.plan import is_of_the_index
from pipelines.commands.letters.safe_text import head_of, is_shown_whole, safe_text
from pipelines.commands.output import cell_text, people, print_table, result
from pipelines.core.replays import cannot_replay
from schemas.dead_letter import DeadLetter, DeadLetterKind, has_payload
from schemas.handling import LetterState
from schemas.record import is_of_a_file

# A screen and a half of text, or a screen of hexadecimal digits.
_MOST_CHARS, _MOST_BYTES = 4_000, 512
_SHORT_CHARS, _SHORT_BYTES = 200, 64


def print_letter(
    letter: DeadLetter, state: LetterState, handled: Sequence[Sequence[Any]], data: Path | None
) -> None:
    """Print it: fields, headers, the head of its bytes, and what to do next. `data` is the folder it stands in."""
    if letter.is_kill_suspect:
        result.print("MAY BE A KILL OR A HOLD: a person must read it now.\n", style="bold red")
    print_table(("field", "value"), _fields(letter, state))
    if handled:
        result.print()
        print_table(
            ("what was done", "by", "at", "because"),
            ([safe_text(cell_text(cell), one_line=True) for cell in row] for row in handled),
        )
    if letter.headers:
        result.print()
        print_table(("header", "value"), _headers(letter))
    result.print()
    _print_bytes(letter)
    people.print(f"\ncopydesk: {_next(letter, state, data)}", markup=False)


def _fields(letter: DeadLetter, state: LetterState) -> Iterator[tuple[str, str]]:
    origin = letter.origin
    told: dict[str, object] = {
        "dead_letter_id": letter.dead_letter_id,
        "state": state,
        "kind": letter.kind,
        "reason": letter.reason_code,
        "detail": letter.detail,
        "stage": letter.stage,
        "source": origin.source,
        "partition, offset": f"{origin.partition}, {origin.offset}",
        "feed": letter.feed,
        "item": origin.item or None,
        "received": letter.received,
        "attempt": letter.attempt,
        "replay of": letter.replay_of,
        "error": letter.exception_type,
        "editors only": "yes" if letter.editors_only else None,
        "provider": letter.provider,
        "guid": letter.guid,
        "key": None if letter.key is None else _short(letter.key),
        "bytes": f"{letter.payload_size:,}",
        "sha256": letter.payload_sha256,
        "pipeline version": letter.pipeline_version,
    }
    for name, value in told.items():
        if value is not None:
            yield name, safe_text(cell_text(value), one_line=True)


def _headers(letter: DeadLetter) -> Iterator[tuple[str, str]]:
    for header in letter.headers:
        yield safe_text(header.key, one_line=True), _short(header.value)


def _short(content: bytes) -> str:
    return head_of(content, most_chars=_SHORT_CHARS, most_bytes=_SHORT_BYTES).replace("\n", "\\n")


def _print_bytes(letter: DeadLetter) -> None:
    if not has_payload(letter):
        result.print("Its bytes were not kept.")
        return
    payload = letter.payload or b""
    result.print(head_of(payload, most_chars=_MOST_CHARS, most_bytes=_MOST_BYTES), markup=False)
    if not is_shown_whole(payload, most_chars=_MOST_CHARS, most_bytes=_MOST_BYTES):
        people.print(
            f"\ncopydesk: the beginning of {len(payload):,} bytes; all of them: --raw -o FILE", markup=False
        )


def _next(letter: DeadLetter, state: LetterState, data: Path | None) -> str:
    """The command that comes next, or why none does."""
    if state not in (LetterState.OPEN, LetterState.WAITING):
        return f"it is {state}: nothing is left to do."
    short = letter.dead_letter_id[:12]
    place = "" if data is None else f" --data {data}"
    discard = f"`copydesk dead-letters discard {short} --because …{place}` if it is no loss"
    reason = cannot_replay(
        letter.reason_code, size=letter.payload_size, is_kept=has_payload(letter), attempt=letter.attempt
    )
    if reason is not None and letter.kind is not DeadLetterKind.DELIVERY:
        return f"it cannot be replayed: {reason}. Or {discard}."
    return f"once its cause is mended: `copydesk dead-letters replay {short}{place}{_where(letter)}`; or {discard}."


def _where(letter: DeadLetter) -> str:
    """What a replay of it must be told of clusters."""
    if is_of_the_index(letter):
        return " --index …"
    return "" if is_of_a_file(letter.origin.source) else " --bootstrap-servers …"
