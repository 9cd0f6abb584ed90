"""A dead letter: what was rejected, why, by whom, with its original bytes, ready to be replayed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from schemas.record import Feed, Origin
from schemas.rejection import ReasonCode
from schemas.spec import Index, Spec
from schemas.version import PIPELINE_VERSION, SCHEMA_VERSION

# Headers of a replay: whose it is, and how often its record has been tried so far. On a dead-letter topic they say the
# same of the dead letter.
REPLAY_OF_HEADER = "dlq-replay-of"
ATTEMPT_HEADER = "dlq-attempt"


class DeadLetterKind(StrEnum):
    """What died. `delivery` stands outside the count of input records: its row is in history already."""

    RECORD = "record"
    ITEM = "item"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One Kafka header, value as bytes."""

    key: Annotated[str, Spec("header name", Index.STORED)]
    value: Annotated[bytes, Spec("header value", Index.STORED)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One row of `dead_letters/`.

    `payload` is the record's value untouched (null above the size cap, then `payload_size` and `payload_sha256` still
    tell which bytes they were). Dead letters of wire messages are for editors only (`editors_only`).
    """

    dead_letter_id: Annotated[str, Spec("hash of origin, stage and payload", Index.STORED)]
    kind: Annotated[DeadLetterKind, Spec("what died", Index.STORED)]
    reason_code: Annotated[ReasonCode, Spec("why, from the closed list", Index.STORED)]
    stage: Annotated[str, Spec("label of the stage that rejected it", Index.STORED)]
    detail: Annotated[str, Spec("what was found and what was expected", Index.STORED, 2_000)]
    origin: Annotated[Origin, Spec("where the record stood", Index.STORED)]
    payload_sha256: Annotated[str, Spec("of the record's value", Index.STORED, 64)]
    payload_size: Annotated[int, Spec("bytes of the record's value", Index.STORED)]
    payload: Annotated[bytes | None, Spec("the record's value, untouched", Index.STORED)] = None
    key: Annotated[bytes | None, Spec("the record's key", Index.STORED)] = None
    headers: Annotated[tuple[Header, ...], Spec("the record's headers", Index.STORED)] = ()
    received: Annotated[datetime | None, Spec("the record's timestamp", Index.STORED)] = None
    attempt: Annotated[int, Spec("1 for the first, one more for each replay", Index.STORED)] = 1
    exception_type: Annotated[str | None, Spec("class of the parser's error", Index.STORED)] = None
    editors_only: Annotated[bool, Spec("the payload is wire copy", Index.STORED)] = False
    is_kill_suspect: Annotated[
        bool, Spec("the bytes look like a kill or hold: a person must look now", Index.STORED)
    ] = False
    provider: Annotated[str | None, Spec("source, when known", Index.STORED)] = None
    guid: Annotated[str | None, Spec("item id, when known", Index.STORED)] = None
    schema_version: Annotated[int, Spec("of this record", Index.STORED)] = SCHEMA_VERSION
    pipeline_version: Annotated[str, Spec("of the rules that rejected it", Index.STORED)] = PIPELINE_VERSION
    replay_of: Annotated[
        str | None, Spec("dead letter that this record is a replay of", Index.STORED, 64)
    ] = None
    feed: Annotated[
        Feed | None, Spec("class of content that the record's topic or file allowed", Index.STORED)
    ] = None


def has_payload(letter: DeadLetter) -> bool:
    """Whether a dead letter has the bytes of its record; what was too large has none, though it may hold an empty text."""
    return letter.payload is not None and len(letter.payload) == letter.payload_size
