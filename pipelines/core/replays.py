"""Dead letters that come again: as records of the pipeline or of their topic, and how a record says that it is one.

Whoever may write to a topic may claim it, so a claim is read narrowly and believed only as far as it can be checked: it
settles a dead letter of the same bytes and the same source, and nothing else (connectors/parquet/letter_states.py).
"""

import re

from pipelines.core.decode.capture import feed_of, open_record
from schemas.dead_letter import ATTEMPT_HEADER, REPLAY_OF_HEADER, DeadLetter
from schemas.record import Feed, Record, Replay, is_of_a_file
from schemas.rejection import ReasonCode
from schemas.topic_record import TopicRecord

# Five tries of the same bytes: who has mended nothing in between will not by a sixth.
MAX_ATTEMPTS = 5
# What a record that is sent again says of itself; of an earlier replay of it, it says so no more.
_SET = (REPLAY_OF_HEADER, ATTEMPT_HEADER)

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


def cannot_replay(
    reason: ReasonCode, *, size: int, is_kept: bool, attempt: int, max_attempts: int = MAX_ATTEMPTS
) -> str | None:
    """Why the record of a dead letter cannot come again, in words for a person; `None` when it can.

    `size` is that of its bytes, `is_kept` whether they are there, `attempt` how often it has been tried.
    """
    if reason is ReasonCode.SOURCE_LOST:
        return "its records were gone from the topic before they were read"
    if reason is ReasonCode.FILE_TRUNCATED:
        return "its file ends in the middle: replay a whole copy of the file"
    if not is_kept:
        return f"its {size:,} bytes were not kept: send it again from where it came from"
    if attempt >= max_attempts:
        return f"it has been tried {attempt} times: mend its cause, then raise --max-attempts, or discard it"
    return None


def sent_again(letter: DeadLetter) -> TopicRecord:
    """The record of a dead letter, for the topic that it came from: its key, value and headers, and what it is a replay of.

    Its partition is left to its key, as it was for whoever sent it first. It gets a time of its own: on a topic that keeps
    the sender's, retention would take one of the old time at once.
    """
    return TopicRecord(
        topic=letter.origin.source,
        key=letter.key,
        value=letter.payload,
        headers=(
            *(header for header in _headers(letter) if header[0] not in _SET),
            (REPLAY_OF_HEADER, letter.dead_letter_id.encode()),
            (ATTEMPT_HEADER, str(letter.attempt).encode()),
        ),
    )


def read_again(letter: DeadLetter) -> Record:
    """The record of a dead letter as it was read, in its old place. What a file's line was opened to, it is opened to."""
    record = Record(
        origin=letter.origin,
        value=letter.payload or b"",
        key=letter.key,
        headers=_headers(letter),
        received=letter.received,
        feed=_feed(letter),
        replay=Replay(dead_letter_id=letter.dead_letter_id, attempts=letter.attempt),
    )
    return open_record(record) if is_of_a_file(letter.origin.source) else record


def _headers(letter: DeadLetter) -> tuple[tuple[str, bytes], ...]:
    return tuple((header.key, header.value) for header in letter.headers)


def _feed(letter: DeadLetter) -> Feed:
    """What its topic or file allowed; of letters of a release that did not note it, what the name of the topic says."""
    if letter.feed is not None:
        return letter.feed
    return Feed.ANY if is_of_a_file(letter.origin.source) else feed_of(letter.origin.source)
