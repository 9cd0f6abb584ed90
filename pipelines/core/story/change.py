"""What one row adds to FollowStory's memory: its decision, its story after it, its names, an order, in one record."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipelines.core.story.record import (
    AFTER_KILL,
    CHANGES,
    DIGEST_ID,
    FIXED,
    HAD_READERS,
    HAS_CANONICAL,
    HAS_HASH,
    HAS_LANGUAGE,
    HAS_ORDER,
    HAS_STATE,
    HEX_HASH,
    KINDS,
    NO_INSTANT,
    RECORD_VERSION,
    RESTRICTED,
    STATUSES,
    STRUCK,
    SUPERSEDED,
    TARGET_UNKNOWN,
    WAS_PUBLIC,
    WITHOUT_TEXT,
    check_version,
    packed_id,
    packed_instant,
    utf8,
)
from pipelines.core.story.remembered import NO_NAMES, KillOrder, StoryDecision, StoryNames, StoryState
from schemas.codec import encode

_STATUS_OF: Final = {status: place for place, status in enumerate(STATUSES)}
_CHANGE_OF: Final = {change: place for place, change in enumerate(CHANGES)}
_KIND_OF: Final = {kind: place for place, kind in enumerate(KINDS)}
_HEX = re.compile("(?:[0-9a-f]{2})+")
# Where there is no story: order key, seen until, visible from, visible until, missing since.
_NO_STORY: Final = (0, 0, NO_INSTANT, NO_INSTANT, NO_INSTANT)


@dataclass(frozen=True, slots=True)
class StoryChange:
    """What one row adds to the memory: see `pipelines.core.story.record`."""

    record: bytes


def pack_change(change: StoryChange) -> bytes:
    """The journal's record of a change, with a version byte in front."""
    return change.record


def unpack_change(record: bytes) -> StoryChange:
    """The inverse of `pack_change`.

    Raises:
        UnknownCodecVersion: written by another release.
    """
    check_version(record[:1])
    return StoryChange(record)


def new_change(
    row: bytes,
    decision: StoryDecision,
    story: StoryState | None,
    *,
    clock: datetime | None,
    version: int = 0,
    names: StoryNames = NO_NAMES,
    order: KillOrder | None = None,
    struck_by: bytes = b"",
) -> StoryChange:
    """The change of one row.

    `decision` and `story`, the state after the row, are of one article, so what both say is kept once. `clock` is the
    memory's after the row; `version` the digest of the version that was seen, 0 for none; `order` a new order that
    stands, `struck_by` the name of a standing one that struck this article.
    """
    language = utf8(decision.language_key or "")
    key, own_id = packed_id(decision.article_id)
    content_hash, form = _packed_hash(story)
    packed_order = b"" if order is None else encode(order)
    form |= HAS_LANGUAGE * (decision.language_key is not None) | DIGEST_ID * (own_id is None)
    form |= HAS_ORDER * (order is not None) | STRUCK * bool(struck_by)
    fixed = FIXED.pack(
        RECORD_VERSION,
        _decision_bits(decision),
        _CHANGE_OF[decision.change_type],
        0 if story is None else _state_bits(story),
        0 if story is None else _KIND_OF[story.item_kind],
        form,
        row,
        key,
        decision.story_seq,
        packed_instant(clock),
        packed_instant(decision.first_received),
        *(_NO_STORY if story is None else _standing(story)),
        version,
        names.url,
        names.canonical,
        names.number,
        names.slug,
        names.stated,
        len(language),
        len(content_hash),
        len(own_id or b""),
        len(packed_order),
    )
    return StoryChange(b"".join((fixed, language, content_hash, own_id or b"", packed_order, struck_by)))


def _packed_hash(story: StoryState | None) -> tuple[bytes, int]:
    """The content hash in half its length where it is hex, and the bits that say so."""
    if story is None or story.content_hash is None:
        return b"", 0
    if _HEX.fullmatch(story.content_hash):
        return bytes.fromhex(story.content_hash), HAS_HASH | HEX_HASH
    return utf8(story.content_hash), HAS_HASH


def _decision_bits(decision: StoryDecision) -> int:
    return (
        _STATUS_OF[decision.pub_status]
        | WAS_PUBLIC * decision.was_public
        | SUPERSEDED * decision.superseded
        | WITHOUT_TEXT * decision.without_text
        | AFTER_KILL * decision.usable_after_kill
        | TARGET_UNKNOWN * decision.kill_target_unknown
    )


def _state_bits(story: StoryState) -> int:
    return (
        HAS_STATE
        | _STATUS_OF[story.pub_status]
        | RESTRICTED * story.restricted
        | HAD_READERS * story.was_public
        | HAS_CANONICAL * story.has_canonical
    )


def _standing(story: StoryState) -> tuple[int, int, int, int, int]:
    return (
        story.order_key,
        story.seen_until,
        packed_instant(story.visible_from),
        packed_instant(story.visible_until),
        packed_instant(story.missing_since),
    )
