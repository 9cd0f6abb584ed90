"""What AssignEventIds stamps on a row."""

from dataclasses import dataclass

from pipelines.core.events.change import EventChange
from schemas.article_parts import EventReason


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


def decision_of(change: EventChange) -> RowDecision:
    """The decision that a change carries."""
    return RowDecision(
        change.event_id,
        change.event_confidence,
        change.event_is_new,
        change.event_reason,
        change.event_terms,
        change.event_model,
    )
