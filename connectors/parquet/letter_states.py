"""How each dead letter stands: by the rows and the dead letters that came after it, and by what people did about it.

    settled      a row of history has its origin (on a topic: and its bytes), or is of a replay of it; its row was
                 delivered after all
    again        a replay of it became a dead letter in its turn, which counts one attempt more
    discarded    somebody said that it is no loss
    waiting      it was sent to its topic again, and nothing has come of that yet
    open         none of these

That a record is a replay its headers say, which whoever writes to the topic may write. So it is believed of the same
bytes on the same topic only: who has these has sent the record again, whatever else is claimed.
"""

# ruff: noqa: S608  (queries are made of names and literals of ours)

import duckdb

from connectors.parquet.scan import ROW_OF_DEAD_LETTERS, last_words
from schemas.dead_letter import DeadLetterKind
from schemas.handling import Deed, LetterState
from schemas.record import FILE

_PLACE = "filename, file_row_number"

# A dead letter of a whole record is settled by any of its items. One of kind delivery has its row in history from the
# start, which settles nothing.
_SAME_ITEM = f"(letter.kind = '{DeadLetterKind.RECORD}' or row.origin.item = letter.origin.item)"
_IS_OF_A_RECORD = f"letter.kind <> '{DeadLetterKind.DELIVERY}'"
# A topic that was made anew has other records in the same places; a file may have been mended where it stands.
_ROW_IN_ITS_PLACE = f"""
exists (
    select 1 from history_rows as row
    where row.origin.source = letter.origin.source and row.origin.partition = letter.origin.partition
    and row.origin.offset = letter.origin.offset and {_SAME_ITEM}
    and (starts_with(letter.origin.source, '{FILE}') or row.payload_sha256 = letter.payload_sha256)
)
"""
_ROW_OF_ITS_REPLAY = f"""
exists (
    select 1 from history_rows as row
    where row.replay_of = letter.dead_letter_id and row.payload_sha256 = letter.payload_sha256
    and row.origin.source = letter.origin.source and {_SAME_ITEM}
)
"""
# Attempts only ever grow, so no two can stand for each other.
_LETTER_OF_ITS_REPLAY = """
exists (
    select 1 from dead_letters_rows as later
    where later.replay_of = letter.dead_letter_id and later.payload_sha256 = letter.payload_sha256
    and later.origin.source = letter.origin.source and later.attempt > letter.attempt
)
"""


def _was(deed: Deed) -> str:
    return (
        "exists (select 1 from handled_rows as done where done.dead_letter_id = letter.dead_letter_id"
        f" and done.deed = '{deed}')"
    )


_STATE = f"""
case
    when {_IS_OF_A_RECORD} and ({_ROW_IN_ITS_PLACE} or {_ROW_OF_ITS_REPLAY}) then '{LetterState.SETTLED}'
    when {_was(Deed.DELIVERED)} then '{LetterState.SETTLED}'
    when {_IS_OF_A_RECORD} and {_LETTER_OF_ITS_REPLAY} then '{LetterState.AGAIN}'
    when {_was(Deed.DISCARDED)} then '{LetterState.DISCARDED}'
    when {_was(Deed.SENT)} then '{LetterState.WAITING}'
    else '{LetterState.OPEN}'
end
"""

_ONCE = f"""
create view dead_letters_once as select * exclude ({_PLACE}) from dead_letters_rows
semi join {last_words("dead_letters", ROW_OF_DEAD_LETTERS)} using ({_PLACE})
"""
_DEAD_LETTERS = f"""
create view dead_letters as select *, state = '{LetterState.SETTLED}' as settled
from (select *, {_STATE} as state from dead_letters_once as letter)
"""


def create_dead_letters(database: duckdb.DuckDBPyConnection) -> None:
    """A view `dead_letters`, each once, with `state` and `settled`; and without these `dead_letters_once`.

    Over `dead_letters_rows` and `dead_letters_files`, `history_rows` and `handled_rows`.
    """
    create_letters_once(database)
    database.execute(_DEAD_LETTERS)


def create_letters_once(database: duckdb.DuckDBPyConnection) -> None:
    """A view `dead_letters_once`, over `dead_letters_rows` and `dead_letters_files`."""
    database.execute(_ONCE)
