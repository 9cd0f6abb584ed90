"""What AssignEventIds remembers of one row: the record that its journal is made of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from schemas.article_parts import EventReason, ItemKind, PubStatus
from schemas.spec import Spec


class Effect(StrEnum):
    """What a row does to the event of its article."""

    ENTER = "enter"  # the article stands in the event with these terms, in place of any it had
    LEAVE = "leave"  # it is withdrawn: out of sums, candidates and counts
    NOTE = "note"  # it stays where it is


@dataclass(frozen=True, slots=True, kw_only=True)
class EventChange:
    """One row's decision. A memory to which the same changes are applied in the same order is the same memory."""

    row_key: Annotated[bytes, Spec("name of the row, see identity.row_key")]
    article_id: Annotated[str, Spec("id of the item")]
    received: Annotated[datetime | None, Spec("drives expiry; null advances nothing")]
    effect: Annotated[Effect, Spec("what the row does to the event of its article")]
    event_id: Annotated[str | None, Spec("assigned once an article; null: none yet")] = None
    event_confidence: Annotated[float | None, Spec("as stamped on the row")] = None
    event_is_new: Annotated[bool, Spec("as stamped on the row")] = False
    event_reason: Annotated[EventReason | None, Spec("as stamped on the row")] = None
    event_terms: Annotated[bytes | None, Spec("with these the article enters")] = None
    event_model: Annotated[str | None, Spec("as stamped on the row")] = None
    order_key: Annotated[int, Spec("of the row: which terms are the newer ones")] = 0
    first_ms: Annotated[int | None, Spec("earliest time of what is told; null: undated")] = None
    last_ms: Annotated[int | None, Spec("latest time of what is told; null: undated")] = None
    copy_family: Annotated[str | None, Spec("family of copies the article belongs to")] = None
    is_present: Annotated[bool, Spec("the row says how the article stands now; not superseded")] = True
    pub_status: Annotated[PubStatus, Spec("effective")] = PubStatus.USABLE
    item_kind: Annotated[ItemKind, Spec("what the item is")] = ItemKind.ARTICLE
    restricted: Annotated[bool, Spec("not for readers by the provider's profile")] = False
    visible_from: Annotated[datetime | None, Spec("readers may see it from then on")] = None
    visible_until: Annotated[datetime | None, Spec("readers may see it until then")] = None


def effect_of(status: PubStatus, event_terms: bytes | None) -> Effect:
    """What a row does, by how it was stamped."""
    if event_terms is not None:
        return Effect.ENTER
    return Effect.LEAVE if status is PubStatus.CANCELED else Effect.NOTE
