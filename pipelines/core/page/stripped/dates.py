"""Dates as pages print them: numbers, ISO, month names in twenty-two languages, and Chinese, Japanese, Korean forms.

Reading is strict where usage is split: 03/04/2026 is no date unless the writer's order is known.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timezone
from functools import cache
from itertools import chain
from pathlib import Path

from pipelines.core.instants import StatedTime
from pipelines.core.page.stripped.clock import Clock, find_clock, zone_of
from schemas.article_parts import Precision, Zone

# A date stands in a short line; nothing longer is searched.
MAX_DATED_CHARS = 200

_YEAR = r"(?:19[89]\d|20\d\d)"
_NUMERIC = (
    rf"(?P<iso_year>{_YEAR})(?P<s1>[-./])(?P<iso_month>\d{{1,2}})(?P=s1)(?P<iso_day>\d{{1,2}})",
    rf"(?P<cjk_year>{_YEAR})\s?[年년]\s?(?P<cjk_month>\d{{1,2}})\s?[月월]\s?(?P<cjk_day>\d{{1,2}})\s?[日일]",
    rf"(?<!\d)(?P<one>\d{{1,2}})(?P<s2>[./-])\s?(?P<two>\d{{1,2}})(?P=s2)\s?(?P<year>{_YEAR}|\d\d(?!\d))",
)
_JOINT = r"(?:\s+(?:de|del|of|di)\s+|\s+d[’']\s?|\s*[-/., ]\s*)"
# A year, or two numbers that a mark parts: without either no pattern need be tried.
_MAY_BE_DATED = re.compile(rf"{_YEAR}|\d[./-]\s?\d{{1,2}}[./-]\s?\d\d")
_PIVOT = 70  # two digits: 69 is 2069, 70 is 1970


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a line, with its time of day if one stands beside it; `start` and `end` bound the whole."""

    stated: StatedTime
    start: int
    end: int


@cache
def date_table() -> dict[str, dict[str, list[str]]]:
    """The tables of months and labels, read once."""
    table: dict[str, dict[str, list[str]]] = json.loads(
        Path(__file__).with_name("dates.json").read_text(encoding="utf-8")
    )
    return table


@cache
def _month_numbers() -> dict[str, int]:
    return {
        name: number
        for months in date_table()["months"].values()
        for number, names in enumerate(months, 1)
        for name in names.split()
    }


@cache
def _date_pattern() -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, _month_numbers()), key=len, reverse=True))
    forms = (
        rf"(?<!\d)(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|º|ª|°|\.)?{_JOINT}?(?=[^\W\d_])(?P<m1>{names})(?![^\W\d_])\.?{_JOINT}?(?P<y1>{_YEAR})",
        rf"(?<![^\W\d_])(?=[^\W\d_])(?P<m2>{names})(?![^\W\d_])\.?\s*(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)[,.]?\s+(?P<y2>{_YEAR})",
        rf"(?P<y3>{_YEAR})\.?\s+(?=[^\W\d_])(?P<m3>{names})(?![^\W\d_])\.?\s+(?P<d3>\d{{1,2}})",
    )
    return re.compile("|".join(chain(_NUMERIC, forms)), re.IGNORECASE)


def find_date(text: str, *, day_first: bool | None = None) -> FoundDate | None:
    """The first date in a short text that is in the calendar, with the time of day beside it.

    `day_first` says how 03/04/2026 is to be read; `None`: not at all, unless the numbers or an American zone tell.

    >>> find_date("le 2 mars 2026 à 9h15").stated.instant.isoformat()
    '2026-03-02T09:15:00+00:00'
    >>> find_date("03/04/2026") is None
    True
    >>> find_date("31/02/2026, 2 March 2026").stated.instant.isoformat()
    '2026-03-02T00:00:00+00:00'
    """
    text = text[:MAX_DATED_CHARS]
    if not _MAY_BE_DATED.search(text):
        return None
    for found in _date_pattern().finditer(text):
        clock = find_clock(text, found.start(), found.end())
        is_american = day_first is None and clock is not None and clock.is_american
        parts = _calendar_parts(found, day_first=False if is_american else day_first)
        if parts is None:  # which day it is stays open, and a later date is another one
            return None
        stated = _stated(parts, clock)
        if stated is not None:
            return _found(found, clock, stated)
    return None


def may_be_dated(text: str) -> bool:
    """Whether a text holds what every date has, a year or numbers with marks: a look that costs little."""
    return _MAY_BE_DATED.search(text) is not None


def _found(found: re.Match[str], clock: Clock | None, stated: StatedTime) -> FoundDate:
    start = min(found.start(), clock.start) if clock else found.start()
    end = max(found.end(), clock.end) if clock else found.end()
    return FoundDate(stated, start, end)


def _calendar_parts(found: re.Match[str], *, day_first: bool | None) -> tuple[int, int, int] | None:
    named = found.groupdict()
    for prefix in ("iso", "cjk"):
        if named[f"{prefix}_year"]:
            return int(named[f"{prefix}_year"]), int(named[f"{prefix}_month"]), int(named[f"{prefix}_day"])
    for form in "123":
        if named[f"m{form}"]:
            month = _month_numbers()[named[f"m{form}"].lower()]
            return int(named[f"y{form}"]), month, int(named[f"d{form}"])
    one, two, year = int(named["one"]), int(named["two"]), int(named["year"])
    if len(named["year"]) == 2:
        year += 1900 if year >= _PIVOT else 2000
    if named["s2"] == "." or one > 12 or one == two:
        return year, two, one
    if two > 12:
        return year, one, two
    if day_first is None:
        return None
    return (year, two, one) if day_first else (year, one, two)


def _stated(parts: tuple[int, int, int], clock: Clock | None) -> StatedTime | None:
    year, month, day = parts
    try:
        local = datetime(year, month, day, tzinfo=UTC)
        if clock is None:
            return StatedTime(instant=local, precision=Precision.DAY, zone=Zone.ASSUMED)
        local = local.replace(hour=clock.hour, minute=clock.minute, second=clock.second or 0)
        offset = zone_of(clock.zone, local) if clock.zone else None
        instant = local.replace(tzinfo=timezone(offset)).astimezone(UTC) if offset is not None else local
    except (ValueError, OverflowError):
        return None
    return StatedTime(
        instant=instant,
        precision=Precision.MINUTE if clock.second is None else Precision.SECOND,
        zone=Zone.ASSUMED if offset is None else Zone.STATED,
    )
