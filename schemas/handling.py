"""What a person has done about a dead letter: one line of a ledger beside the dead letters, which stay as they are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from schemas.spec import Index, Spec
from schemas.version import SCHEMA_VERSION


class Deed(StrEnum):
    """What was done."""

    DISCARDED = "discarded"  # it is no loss: somebody says why
    SENT = "sent"  # its record was sent to its topic again; what becomes of it is told by another row
    DELIVERED = "delivered"  # of kind delivery: its row was written to the sink again


class LetterState(StrEnum):
    """How a dead letter stands, by what came after it."""

    OPEN = "open"
    WAITING = "waiting"  # sent again, and nothing has come of it yet
    SETTLED = "settled"  # a row of history has come of it, or its row was delivered
    AGAIN = "again"  # its replay became a dead letter, which stands for it now
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """One row of `handled/`: who did what about which dead letter, when and why."""

    dead_letter_id: Annotated[str, Spec("the dead letter", Index.STORED, 64)]
    deed: Annotated[Deed, Spec("what was done", Index.STORED)]
    by: Annotated[str, Spec("who did it", Index.STORED, 255)]
    at: Annotated[datetime, Spec("when", Index.STORED)]
    because: Annotated[str | None, Spec("why, in the person's words", Index.STORED, 2_000)] = None
    schema_version: Annotated[int, Spec("of this row", Index.STORED)] = SCHEMA_VERSION
