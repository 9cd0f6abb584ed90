"""Whether a record has been here before: as a dead letter that somebody sent again.

Whoever may write to a topic may claim it, so a claim is read narrowly and believed only as far as it can be checked: it
settles a dead letter of the same bytes and the same source, and nothing else (connectors/parquet/open_letters.py).
"""

import re

from schemas.dead_letter import ATTEMPT_HEADER, REPLAY_OF_HEADER
from schemas.record import Record, Replay

# The form of `dead_letter_id`; nothing else can be meant.
_ID = re.compile(rb"[0-9a-f]{32}")
_ATTEMPTS = re.compile(rb"[1-9][0-9]{0,3}")


def replay_of(record: Record) -> Replay | None:
    """Which dead letter a record says it is a replay of; `None` of a record that comes for the first time.

    What its headers say counts where it was not read from the dead letters themselves. The first header of a name
    counts. Without a count of attempts there has been one.
    """
    if record.replay is not None:
        return record.replay
    stated = _first(record, REPLAY_OF_HEADER)
    if stated is None or _ID.fullmatch(stated) is None:
        return None
    attempts = _first(record, ATTEMPT_HEADER) or b"1"
    return Replay(
        dead_letter_id=stated.decode("ascii"),
        attempts=int(attempts) if _ATTEMPTS.fullmatch(attempts) else 1,
    )


def _first(record: Record, header: str) -> bytes | None:
    return next((value for name, value in record.headers if name == header), None)
