"""Times as the indices compare them: whole milliseconds."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def epoch_ms(instant: datetime | None, *, round_up: bool = False) -> int | None:
    """Whole milliseconds since 1970. An embargo is rounded up: not a moment before."""
    if instant is None:
        return None
    elapsed = instant - EPOCH
    return -(-elapsed // _MS) if round_up else elapsed // _MS
