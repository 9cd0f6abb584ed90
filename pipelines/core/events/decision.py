"""What AssignEventIds stamps on a row, and how the memory keeps it until the row's bytes come in again."""

from dataclasses import dataclass
from zlib import compress, decompress

from pipelines.core.events.change import EventChange
from schemas.article_parts import EventReason
from schemas.codec import decode, encode


@dataclass(frozen=True, slots=True)
class RowDecision:
    """What is stamped on a row."""

    event_id: str | None
    event_confidence: float | None
    event_is_new: bool
    event_reason: EventReason | None
    event_terms: bytes | None
    event_model: str | None


NO_EVENT = RowDecision(
    event_id=None,
    event_confidence=None,
    event_is_new=False,
    event_reason=None,
    event_terms=None,
    event_model=None,
)


@dataclass(frozen=True, slots=True)
class PackedDecision:
    """The same with the reason packed: a memory holds one for every row of a fortnight."""

    event_id: str | None
    event_confidence: float | None
    event_is_new: bool
    reason: bytes | None
    event_terms: bytes | None
    event_model: str | None

    def unpacked(self) -> RowDecision:
        """What was stamped."""
        return RowDecision(
            self.event_id,
            self.event_confidence,
            self.event_is_new,
            unpack_reason(self.reason),
            self.event_terms,
            self.event_model,
        )


def pack_decision(change: EventChange) -> PackedDecision:
    """The decision that a change carries."""
    reason = None if change.event_reason is None else compress(encode(change.event_reason), 1)
    return PackedDecision(
        change.event_id,
        change.event_confidence,
        change.event_is_new,
        reason,
        change.event_terms,
        change.event_model,
    )


def unpack_reason(packed: bytes | None) -> EventReason | None:
    """A reason as the memory keeps it: encoded and compressed."""
    return None if packed is None else decode(EventReason, decompress(packed))
