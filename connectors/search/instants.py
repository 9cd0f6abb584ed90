"""Times as the indices compare them: whole milliseconds."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
# The last that a datetime can be.
_END = datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC)


def epoch_ms(instant: datetime | None, *, round_up: bool = False) -> int | None:
    """Whole milliseconds since 1970. An embargo is rounded up: not a moment before."""
    if instant is None:
        return None
    elapsed = instant - EPOCH
    return -(-elapsed // _MS) if round_up else elapsed // _MS


def instant_at(ms: int) -> datetime:
    """The time that so many milliseconds since 1970 are, at most the end of 9999.

    >>> instant_at(1_500)
    datetime.datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=datetime.timezone.utc)
    """
    return EPOCH + min(timedelta(milliseconds=ms), _END - EPOCH)


def rounded_up(instant: datetime) -> datetime:
    """A time in whole milliseconds, not a moment before; at most the end of 9999."""
    if instant.microsecond % 1_000 == 0 and instant.tzinfo is UTC:
        return instant
    elapsed = instant - EPOCH
    return EPOCH + min(-(-elapsed // _MS) * _MS, _END - EPOCH)
