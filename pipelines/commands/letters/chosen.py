"""Which dead letters are meant: by ids or the beginnings of ids, or by reason, source, stage and time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines.options import Misuse, parse_instant
from schemas.dead_letter import DeadLetterKind
from schemas.handling import LetterState
from schemas.rejection import ReasonCode

# Shorter beginnings name too many; the whole of an id has 32.
LEAST_ID = 4
_ID = re.compile(rf"[0-9a-f]{{{LEAST_ID},32}}")
_FAMILIES = tuple(dict.fromkeys(code.value.partition(".")[0] for code in ReasonCode))
STANDING = (LetterState.OPEN, LetterState.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterChoice:
    """What a person has chosen by; `every` takes in what is settled and discarded, too."""

    ids: tuple[str, ...] = ()
    reason: str | None = None
    source: str | None = None
    stage: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    every: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether anything was said but how they stand."""
        return self != LetterChoice(every=self.every)

    def where(self) -> tuple[str, list[Any]]:
        """A condition on the view `dead_letters`, and its parameters."""
        told: list[tuple[str, Sequence[Any]]] = [
            ("(reason_code = ? or starts_with(reason_code, ? || '.'))", (self.reason, self.reason)),
            ("origin.source = ?", (self.source,)),
            ("stage = ?", (self.stage,)),
            ("received >= ?", (self.since,)),
            ("received < ?", (self.until,)),
        ]
        kept = [(text, values) for text, values in told if values[0] is not None]
        if self.ids:
            begins = " or ".join("starts_with(dead_letter_id, ?)" for _ in self.ids)
            kept.append((f"({begins})", self.ids))
        elif not self.every:
            states = ", ".join(f"'{state}'" for state in STANDING)
            kept.append((f"state in ({states})", ()))
        condition = " and ".join(text for text, _ in kept) or "true"
        return condition, [value for _, values in kept for value in values]


def parse_choice(
    *,
    ids: Sequence[str] | None,
    reason: str | None,
    source: str | None,
    stage: str | None,
    since: str | None,
    until: str | None,
    every: bool = False,
) -> LetterChoice:
    """The choice that options state.

    Raises:
        Misuse: no id, an unknown reason, no time.
    """
    for name in ids or ():
        if _ID.fullmatch(name) is None:
            raise Misuse(
                "ID",
                repr(name),
                f"no id of a dead letter: {LEAST_ID} to 32 hexadecimal digits; see `ls --each`",
            )
    if reason is not None and reason not in (*ReasonCode, *_FAMILIES):
        raise Misuse(
            "--reason",
            reason,
            f"unknown; a code such as {ReasonCode.TEXT_EMPTY} or a family: {', '.join(_FAMILIES)}",
        )
    return LetterChoice(
        ids=tuple(dict.fromkeys(ids or ())),
        reason=reason,
        source=source,
        stage=stage,
        since=parse_instant("--since", since),
        until=parse_instant("--until", until),
        every=every,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLetter:
    """A dead letter without its bytes, and how it stands."""

    dead_letter_id: str
    kind: DeadLetterKind
    reason_code: ReasonCode
    stage: str
    detail: str
    source: str
    partition: int
    offset: int
    received: datetime | None
    payload_size: int
    attempt: int
    is_kill_suspect: bool
    state: LetterState


# In the order in which they came, so that what acts on others comes after these.
LISTED = """
select dead_letter_id, kind, reason_code, stage, detail, origin.source, origin.partition, origin.offset, received,
    payload_size, attempt, is_kill_suspect, state
from dead_letters where {where}
order by received nulls first, origin.source, origin.partition, origin.offset, origin.item, dead_letter_id
"""
GROUPED = """
select is_kill_suspect, reason_code, origin.source as source, arrived as day, state, count(*) as count,
    max(received) as newest, max(attempt) as attempts, arg_max(dead_letter_id, coalesce(received, 'epoch'::timestamptz)) as example
from dead_letters where {where}
group by all order by is_kill_suspect desc, newest desc nulls last, reason_code, source, day, state
"""


def listed_letter(row: Sequence[Any]) -> ListedLetter:
    """A row of `LISTED`."""
    (
        letter,
        kind,
        reason,
        stage,
        detail,
        source,
        partition,
        offset,
        received,
        size,
        attempt,
        suspect,
        state,
    ) = row
    return ListedLetter(
        dead_letter_id=letter,
        kind=DeadLetterKind(kind),
        reason_code=ReasonCode(reason),
        stage=stage,
        detail=detail,
        source=source,
        partition=partition,
        offset=offset,
        received=received,
        payload_size=size,
        attempt=attempt,
        is_kill_suspect=suspect,
        state=LetterState(state),
    )


def check_ids(ids: Sequence[str], found: Sequence[ListedLetter]) -> None:
    """Refuse ids that name nothing, and beginnings that name several.

    Raises:
        Misuse: there is one.
    """
    for name in ids:
        named = [letter.dead_letter_id for letter in found if letter.dead_letter_id.startswith(name)]
        if not named:
            raise Misuse("ID", name, "no such dead letter; see `copydesk dead-letters ls --each --all`")
        if len(named) > 1:
            raise Misuse(
                "ID", name, f"begins the ids of {len(named)}: {', '.join(named[:3])}; give more digits"
            )
