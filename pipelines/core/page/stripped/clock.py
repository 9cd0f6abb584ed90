"""The time of day beside a date, and the zone stated with it.

A zone counts as stated only where its name is one zone's alone. `IST` is India's, Ireland's and Israel's, so it states
nothing; `CST` and `BST` are taken as North America's and Britain's, whose pages print them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Hours east of Greenwich.
_ZONES = {
    "UTC": 0.0, "GMT": 0.0, "Z": 0.0, "WET": 0.0, "WEST": 1.0, "BST": 1.0, "CET": 1.0, "CEST": 2.0, "MEZ": 1.0, "MESZ": 2.0,
    "EET": 2.0, "EEST": 3.0, "MSK": 3.0, "МСК": 3.0, "TRT": 3.0, "SAST": 2.0, "CAT": 2.0, "EAT": 3.0, "WAT": 1.0, "GST": 4.0,
    "PKT": 5.0, "WIB": 7.0, "ICT": 7.0, "HKT": 8.0, "SGT": 8.0, "AWST": 8.0, "JST": 9.0, "KST": 9.0, "ACST": 9.5,
    "AEST": 10.0, "AEDT": 11.0, "NZST": 12.0, "NZDT": 13.0, "BRT": -3.0, "ART": -3.0, "AST": -4.0, "EST": -5.0, "EDT": -4.0,
    "CST": -6.0, "CDT": -5.0, "MST": -7.0, "MDT": -6.0, "PST": -8.0, "PDT": -7.0, "AKST": -9.0, "AKDT": -8.0, "HST": -10.0,
}  # fmt: skip
# Without the letter that says summer or winter: North America's rule tells which.
_US_STANDARD = {"ET": -5, "CT": -6, "MT": -7, "PT": -8}
_AMERICAN = frozenset(
    (*_US_STANDARD, "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "AKST", "AKDT", "HST")
)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s?([+−-])(\d\d?)(?::?(\d\d))?", re.IGNORECASE)

_NAMES = "|".join(sorted((*_ZONES, *_US_STANDARD), key=len, reverse=True))
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:(?P<mark>[:.]|\s?h\s?|[時时点시]\s?)(?P<minute>\d\d)(?!\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?[分분]?|(?P<bare>(?=\s?[ap]\.?m)))"
    r"\s*(?P<half>[ap]\.?\s?m\b\.?)?"
    rf"(?:\s*(?:uhr|hrs?|godz\.?|г\.)(?!\w))?\s*\(?(?P<zone>(?:UTC|GMT)?\s?[+−-]\d\d?(?::?\d\d)?(?!\d)|(?:{_NAMES})(?![^\W\d_]))?"
)
# What may stand between a date and its time: a mark, a word or two (`at`, `um`, `kl.`, a weekday in brackets).
_BETWEEN = r"[\s,|·•–—-]*(?:[（(][^)）]{1,12}[)）]\s*)?(?:(?:at|um|à|a las?|às|alle(?: ore)?|ore|om|kl|klo|o|godz|ob|в|о|von|den|г|@|t)(?![^\W\d_])[.:]?\s*){0,2}[\s,|·•–—-]*"
_AFTER = re.compile(_BETWEEN + _CLOCK, re.IGNORECASE)
_BEFORE = re.compile(
    _CLOCK + r"\)?[\s,|·•–—-]*(?:on\s+|am\s+|le\s+)?(?:[^\W\d_]{2,12}[,.]?\s+)?$", re.IGNORECASE
)
_BEFORE_CHARS = 40


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as printed, and where in the text it stands."""

    hour: int
    minute: int
    second: int | None
    zone: str | None
    start: int
    end: int

    @property
    def is_american(self) -> bool:
        """Whether the zone is one of North America's, where the month stands first."""
        return self.zone is not None and self.zone.upper() in _AMERICAN


def find_clock(text: str, start: int, end: int) -> Clock | None:
    """The time of day directly after or before the date that stands at `start` to `end`."""
    found = _AFTER.match(text, end)
    if found is not None:
        return _clock(found, found.start("hour"), 0)
    found = _BEFORE.search(text[max(0, start - _BEFORE_CHARS) : start])
    if found is None:
        return None
    moved = max(0, start - _BEFORE_CHARS)
    return _clock(found, found.start("hour") + moved, moved)


def zone_of(zone: str, local: datetime) -> timedelta | None:
    """How far a zone is from Greenwich on that day, `None` for what is no zone."""
    name = zone.strip().upper()
    if name in _US_STANDARD:
        return timedelta(hours=_US_STANDARD[name] + int(_is_us_summer(local)))
    if name in _ZONES:
        return timedelta(hours=_ZONES[name])
    found = _OFFSET.fullmatch(name)
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return (-offset if sign in "−-" else offset) if offset <= timedelta(hours=14) else None


def _clock(found: re.Match[str], start: int, moved: int) -> Clock | None:
    hour, minute, second = int(found["hour"]), int(found["minute"] or 0), found["second"]
    if found["half"] or found["bare"] is not None:
        if not found["half"] or not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"][0] in "pP" else 0)
    if hour > 23 or minute > 59 or int(second or 0) > 59:
        return None
    return Clock(hour, minute, int(second) if second else None, found["zone"], start, found.end() + moved)


def _is_us_summer(local: datetime) -> bool:
    """From the second Sunday of March to the first of November. Source: Energy Policy Act of 2005."""
    spring, autumn = datetime(local.year, 3, 8, 2, tzinfo=UTC), datetime(local.year, 11, 1, 2, tzinfo=UTC)
    return _sunday_from(spring) <= local < _sunday_from(autumn)


def _sunday_from(day: datetime) -> datetime:
    return day + timedelta(days=(6 - day.weekday()) % 7)
