"""The record of a row, the one form that it has in memory, journal, snapshot and history; how it is read.

    fixed part   161 bytes, `FIXED`: what is looked up, counted and compared stands at the same place in every record
    variable     language key, content hash, id where it is no 128-bit digest, kill order, name of the order that struck

A change is its record, so nothing is packed twice, a memory is a log of records, and `Article.story_state` is a record
that a memory can be rebuilt from.
"""

import re
import struct
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

from pipelines.core.story.remembered import KillOrder, StoryDecision, StoryState
from schemas.article_parts import ChangeType, ItemKind, PubStatus
from schemas.codec import UnknownCodecVersion, decode

RECORD_VERSION: Final = 1

# version, decision, change type, state, item kind, form | row key, id | sequence | clock, first received, order key,
# seen until, visible from, visible until, missing since | version of the item | url, canonical, number, slug | stated |
# lengths of language key, content hash, id and order
FIXED: Final = struct.Struct("<6B16s16sQ7qQ4QqBHII")
# Where the parts stand that are read by themselves, or of all records at once.
STATE_AT: Final = 3
FORM_AT: Final = 5
ROW_KEY_AT: Final = 6
ID_AT: Final = 22
SEQ_AT: Final = 38
CLOCK_AT: Final = 46
VERSION_AT: Final = 102
URL_AT: Final = 110
NAME_AT: Final = 126
STATED_AT: Final = 142
# The same, as places among the values of `FIXED`.
_DECISION, _CHANGE, _STATE, _KIND, _FORM, _SEQ, _FIRST_RECEIVED = 1, 2, 3, 4, 5, 8, 10
_ORDER_KEY, _SEEN_UNTIL, _VISIBLE_FROM, _VISIBLE_UNTIL, _MISSING_SINCE, _LENGTHS = 11, 12, 13, 14, 15, 22

KEY_BYTES: Final = 16
NO_INSTANT: Final = -(2**63)

# The places of the words in these tables are part of the form: a new word goes to the end.
STATUSES: Final = (PubStatus.USABLE, PubStatus.WITHHELD, PubStatus.CANCELED)
CHANGES: Final = tuple(ChangeType)
KINDS: Final = tuple(ItemKind)

# Both bytes of bits have a status in their two lowest.
STATUS_BITS: Final = 3
WAS_PUBLIC, SUPERSEDED, WITHOUT_TEXT, AFTER_KILL, TARGET_UNKNOWN = 4, 8, 16, 32, 64
HAS_STATE, RESTRICTED, HAD_READERS, HAS_CANONICAL = 4, 8, 16, 32
DIGEST_ID, HEX_HASH, HAS_HASH, HAS_LANGUAGE, HAS_ORDER, STRUCK = 1, 2, 4, 8, 16, 32
IS_TOMBSTONE: Final = HAS_STATE | STATUSES.index(PubStatus.CANCELED)
TOMBSTONE_BITS: Final = HAS_STATE | STATUS_BITS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DIGEST = re.compile("[0-9a-f]{32}")


def check_version(found: bytes) -> None:
    """Refuse what another release has written.

    Raises:
        UnknownCodecVersion: the byte in front is not the version that this release reads.
    """
    if found != bytes((RECORD_VERSION,)):
        raise UnknownCodecVersion(f"story record version {found.hex() or 'missing'}, this release reads 01")


def id_key(article_id: str) -> bytes:
    """16 bytes by which an article is known: its id where that is a digest, else a digest of it."""
    return packed_id(article_id)[0]


def packed_id(article_id: str) -> tuple[bytes, bytes | None]:
    """`id_key`, and the id itself where it is not 128 bits in hex, as all are that we make."""
    if _DIGEST.fullmatch(article_id):
        return bytes.fromhex(article_id), None
    return hash_of(article_id, KEY_BYTES), utf8(article_id)


def hash_of(text: str, size: int) -> bytes:
    """A hash of so many bytes."""
    return blake2b(utf8(text), digest_size=size).digest()


def utf8(text: str) -> bytes:
    """Text as bytes, whatever it holds."""
    return text.encode("utf-8", "surrogatepass")


def packed_instant(instant: datetime | None) -> int:
    """Microseconds since 1970, exact; `NO_INSTANT` for none."""
    return NO_INSTANT if instant is None else (instant - _EPOCH) // _MICROSECOND


def unpacked_instant(packed: int) -> datetime | None:
    """The inverse of `packed_instant`."""
    return None if packed == NO_INSTANT else _EPOCH + packed * _MICROSECOND


def decision_of(record: bytes) -> StoryDecision:
    """What was decided for the row."""
    fixed = FIXED.unpack_from(record)
    bits = fixed[_DECISION]
    language, _, article_id = _texts(record, fixed[_FORM], *fixed[_LENGTHS:])
    return StoryDecision(
        article_id=article_id,
        pub_status=STATUSES[bits & STATUS_BITS],
        change_type=CHANGES[fixed[_CHANGE]],
        was_public=bool(bits & WAS_PUBLIC),
        first_received=unpacked_instant(fixed[_FIRST_RECEIVED]),
        language_key=language,
        story_seq=fixed[_SEQ],
        superseded=bool(bits & SUPERSEDED),
        without_text=bool(bits & WITHOUT_TEXT),
        usable_after_kill=bool(bits & AFTER_KILL),
        kill_target_unknown=bool(bits & TARGET_UNKNOWN),
    )


def state_of(record: bytes) -> StoryState | None:
    """The story after the row; `None` where the row is of no known story (a page that was never there)."""
    fixed = FIXED.unpack_from(record)
    bits = fixed[_STATE]
    if not bits & HAS_STATE:
        return None
    language, content_hash, article_id = _texts(record, fixed[_FORM], *fixed[_LENGTHS:])
    return StoryState(
        article_id=article_id,
        order_key=fixed[_ORDER_KEY],
        content_hash=content_hash,
        pub_status=STATUSES[bits & STATUS_BITS],
        item_kind=KINDS[fixed[_KIND]],
        restricted=bool(bits & RESTRICTED),
        visible_from=unpacked_instant(fixed[_VISIBLE_FROM]),
        visible_until=unpacked_instant(fixed[_VISIBLE_UNTIL]),
        was_public=bool(bits & HAD_READERS),
        first_received=unpacked_instant(fixed[_FIRST_RECEIVED]),
        language_key=language,
        has_canonical=bool(bits & HAS_CANONICAL),
        seen_until=fixed[_SEEN_UNTIL],
        missing_since=unpacked_instant(fixed[_MISSING_SINCE]),
    )


def article_of(record: bytes) -> str:
    """Id of the article that the row is of."""
    if record[FORM_AT] & DIGEST_ID:
        return record[ID_AT : ID_AT + KEY_BYTES].hex()
    fixed = FIXED.unpack_from(record)
    return _texts(record, fixed[_FORM], *fixed[_LENGTHS:])[2]


def order_of(record: bytes) -> KillOrder | None:
    """The order that the row gives, `None` where it gives none that stands."""
    if not record[FORM_AT] & HAS_ORDER:
        return None
    *_, language, content_hash, own_id, order = FIXED.unpack_from(record)
    begin = FIXED.size + language + content_hash + own_id
    return decode(KillOrder, record[begin : begin + order])


def struck_by(record: bytes) -> bytes | None:
    """Name of the standing order that struck the article of this row, `None` where none did."""
    return record[-KEY_BYTES:] if record[FORM_AT] & STRUCK else None


def _texts(
    record: bytes, form: int, language: int, content_hash: int, own_id: int, _: int
) -> tuple[str | None, str | None, str]:
    """Language key, content hash and id: the variable parts in front."""
    hash_at = FIXED.size + language
    id_at = hash_at + content_hash
    said_hash: str | None = None
    if form & HAS_HASH:
        packed = record[hash_at:id_at]
        said_hash = packed.hex() if form & HEX_HASH else packed.decode("utf-8", "surrogatepass")
    if form & DIGEST_ID:
        article_id = record[ID_AT : ID_AT + KEY_BYTES].hex()
    else:
        article_id = record[id_at : id_at + own_id].decode("utf-8", "surrogatepass")
    return (record[FIXED.size : hash_at].decode() if form & HAS_LANGUAGE else None), said_hash, article_id


def stated_of(record: bytes) -> int:
    """The time that the row stated, in milliseconds; 0 for none."""
    return int.from_bytes(record[STATED_AT : STATED_AT + 8], "little", signed=True)
