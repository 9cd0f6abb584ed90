"""Times as publishers state them: the instant, the unit it was stated in, and where its zone comes from."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from schemas.article_parts import Precision, Zone

# ISO 8601 as seen in the wild: a space for the T, a fraction of any length, ±hh, ±hhmm and ±hh:mm
# (`research/wire.md` §1.4: 11 of 460 NewsML-G2 items are not RFC 3339).
_ISO = re.compile(
    r"\s*(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T ]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?\s*$",
    re.IGNORECASE,
)


# Clocks of others are not trusted beyond a day (DESIGN.md §6, Order): a time further ahead is clamped, refused or ignored,
# as its use demands.
CLOCK_DRIFT = timedelta(days=1)


def ordering_time(stated: datetime | None, received: datetime | None) -> datetime | None:
    """When a version counts as made, among the versions of its article: as it states, else when it was received.

    A time that is ahead of its receipt by as much as it was clamped to says nothing: or a record dated 2099 would make
    every true version of the next day stale.

    >>> at = datetime(2026, 3, 2, tzinfo=UTC)
    >>> ordering_time(at + CLOCK_DRIFT, at) == at, ordering_time(at + CLOCK_DRIFT / 2, at) == at
    (True, False)
    """
    if stated is None or (received is not None and stated - received >= CLOCK_DRIFT):
        return received
    return stated


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedTime:
    """An instant in UTC with what was really said: a day's instant is its midnight in the stated zone, else in UTC."""

    instant: datetime
    precision: Precision
    zone: Zone


def parse_iso(text: str) -> StatedTime | None:
    """The instant of an ISO 8601 text, `None` when it is none (a placeholder, a word, an impossible date).

    >>> parse_iso("2026-03-01T09:30:00+0100").instant.isoformat()
    '2026-03-01T08:30:00+00:00'
    >>> parse_iso("2026-03-01").precision.value
    'day'
    >>> parse_iso("YYYYMMDD000000-HHMM") is None
    True
    """
    found = _ISO.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        instant = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0")[:6].ljust(6, "0")),
            tzinfo=_zone(zone),
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    precision = Precision.DAY if hour is None else Precision.MINUTE if second is None else Precision.SECOND
    return StatedTime(instant=instant, precision=precision, zone=Zone.STATED if zone else Zone.ASSUMED)


def _zone(text: str | None) -> timezone:
    if text is None or text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
