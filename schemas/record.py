"""A record as it comes in: bytes, where they stood, and nothing understood yet."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from schemas.spec import Index, Spec

# What the source of a record begins with that stood in a file, and no name of a topic can. Source: Kafka, `Topic.legalChars`.
FILE = "file:"


def is_of_a_file(source: str) -> bool:
    """Whether records of this source stood in a file and not on a topic."""
    return source.startswith(FILE)


class Feed(StrEnum):
    """Which class of content the topic or envelope of a record allows.

    Content tells the format apart, but only within this class: the body of a crawled page is never a wire message, or
    anyone's web page could kill an agency's story.
    """

    PAGES = "pages"
    WIRE = "wire"
    ANY = "any"  # a file that an operator named: content alone decides
    LINES = "lines"  # a line of an NDJSON file: a JSON object of any known contract, and nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an item stood: the key by which history and dead letters account for every record.

    For files `source` is `file:` and the path relative to the argument (the base name of a file argument), `partition`
    is 0 and `offset` the ordinal of the record in it. `follows` is the position before this read: between it and
    `offset` the topic is empty.
    """

    source: Annotated[str, Spec("topic, or file: and a relative path", Index.STORED)]
    partition: Annotated[int, Spec("Kafka partition; 0 for files", Index.STORED)] = 0
    offset: Annotated[int, Spec("offset, or ordinal of the record in its file", Index.STORED)] = 0
    follows: Annotated[int | None, Spec("offset before this read; null at the start", Index.STORED)] = None
    item: Annotated[int, Spec("ordinal of the item within the record", Index.STORED)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """That a record comes again because it became a dead letter, and how often it has been tried so far (1 and more)."""

    dead_letter_id: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One Kafka record, or one line or file of a replay, untouched.

    `received` is the record's timestamp (LogAppendTime on raw topics, WARC date or `fetched_at` of an envelope, else
    what `--received` says), UTC; null for bare files. `damage` says why the source ended in the middle of it;
    `oversize_bytes` that it was larger than a record may be, so that its bytes were not kept (`value` is empty), and
    `oversize_sha256` which they were; `lost_records` that so many records up to and including `origin.offset`, from the one
    after `origin.follows` on, were gone from their topic before they were read (`value` is empty); `replay` that it was read
    from the dead letters and not from where it stood (what came by a topic says so in its headers).
    """

    origin: Origin
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    received: datetime | None = None
    feed: Feed = Feed.ANY
    damage: str | None = None
    oversize_bytes: int | None = None
    oversize_sha256: str | None = None
    lost_records: int | None = None
    replay: Replay | None = None
