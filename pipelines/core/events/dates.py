"""The days a text mentions: absolute where it has a time of its own, else as weekday or day of the month.

A mention is one number of 16 bits, so that it can be remembered:

    0 .. 49151       a day since 1970, known because the text has a time to count from
    49152 + 0 .. 6   a weekday (0 Monday): nothing says whether the one before or after the text
    53248 + 32 m + d a day of a month of an undated text

Source: `research/events.md` §3.1 (resolved weekday and date mentions; only those near the text's own time count).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from pipelines.core.events.calendars import Calendar, calendar, calendar_key

_WEEKDAY, _MONTH_DAY = 0xC000, 0xD000
_EPOCH = date(1970, 1, 1)
# A report mentions the day of what it tells; days further off are background (measured there with the model).
_NEAR_DAYS = 8
_CJK_DATE = re.compile(r"(?<!\d)(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")


def mentioned_days(passages: Iterable[str], language: str, told_at: datetime | None) -> tuple[int, ...]:
    """Mentions in passages of a text (`words.day_passages`), in order, each once.

    `told_at` is the time the text was published: it gives "today" and "3 March" their day.

    >>> days = mentioned_days(["On Sunday,", "again on 3 March."], "en", datetime(2026, 3, 4, tzinfo=UTC))
    >>> [day_name(day) for day in days]
    ['Sunday', '2026-03-03']
    """
    anchor = None if told_at is None else (told_at.astimezone(UTC).date() - _EPOCH).days
    found = calendar(language)
    mentions: list[int | None] = []
    for passage in passages:
        if found is not None:
            mentions += _spelt_days(passage, found, anchor)
        mentions += _cjk_days(passage, anchor)
    return tuple(dict.fromkeys(mention for mention in mentions if mention is not None))


def _spelt_days(passage: str, words: Calendar, anchor: int | None) -> list[int | None]:
    days: list[int | None] = []
    for found in words.mention.finditer(passage):
        word, month, day, day_first, month_after = found.groups()
        if word is not None:
            days.append(_day_of_word(calendar_key(word), words, anchor))
        elif month != "may":  # "may 10 people": the verb
            number = words.months.get(calendar_key(month or month_after))
            days.append(_day_of_month(number or 0, int(day or day_first), anchor))
    return days


def _cjk_days(passage: str, anchor: int | None) -> list[int | None]:
    if passage.isascii():
        return []
    return [_day_of_month(int(month), int(day), anchor) for month, day in _CJK_DATE.findall(passage)]


def _day_of_word(word: str, words: Calendar, anchor: int | None) -> int | None:
    weekday = words.weekdays.get(word)
    if weekday is not None:
        return _WEEKDAY + weekday
    return None if anchor is None else anchor - (word in words.yesterday)


def _day_of_month(month: int, day: int, anchor: int | None) -> int | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    if anchor is None:
        return _MONTH_DAY + 32 * month + day
    year = (_EPOCH + timedelta(days=anchor)).year
    for candidate in (year, year - 1, year + 1):
        try:
            number = (date(candidate, month, day) - _EPOCH).days
        except ValueError:
            continue
        if abs(number - anchor) <= _NEAR_DAYS and 0 <= number < _WEEKDAY:
            return number
    return None


def day_name(mention: int) -> str:
    """A mention for people: a date, a weekday, or a day of a month.

    >>> day_name(20_514), day_name(0xC000 + 1)
    ('2026-03-02', 'Tuesday')
    """
    if mention >= _MONTH_DAY:
        month, day = divmod(mention - _MONTH_DAY, 32)
        return f"--{month:02d}-{day:02d}"
    if mention >= _WEEKDAY:
        return ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")[
            mention - _WEEKDAY
        ]
    return (_EPOCH + timedelta(days=mention)).isoformat()


@dataclass(frozen=True, slots=True)
class Days:
    """Mentions of a text or an event, ready to be compared: as read, their weekdays and days of the month, the kinds."""

    mentions: frozenset[int]
    parts: frozenset[int]
    kinds: int

    def shared(self, other: "Days") -> frozenset[int]:
        """Mentions of this side that the other side mentions too, whichever of the two is dated."""
        return (self.mentions & other.mentions) | (self.mentions & other.parts) | self._dated_as(other)

    def _dated_as(self, other: "Days") -> frozenset[int]:
        if self.parts.isdisjoint(other.mentions):
            return frozenset()
        return frozenset(day for day in self.mentions if not _parts(day).isdisjoint(other.mentions))

    def conflict(self, other: "Days") -> bool:
        """Whether both say comparable days and none of them is in common."""
        return bool(self.kinds & other.kinds) and not self.shared(other)


def days_of(mentions: Iterable[int]) -> Days:
    """Make mentions comparable.

    >>> tuesday, third_of_march = days_of([0xC001]), days_of([20_515])
    >>> tuesday.conflict(third_of_march), tuesday.conflict(days_of([20_516]))
    (False, True)
    """
    unique = frozenset(mentions)
    parts: set[int] = set()
    for day in unique:
        parts |= _parts(day)
    kinds = 0
    for day in unique | parts:
        kinds |= 4 if day >= _MONTH_DAY else 2 if day >= _WEEKDAY else 1
    return Days(unique, frozenset(parts), kinds)


@lru_cache(maxsize=4_096)
def _parts(mention: int) -> frozenset[int]:
    """Weekday and day of the month of an absolute day; nothing of others."""
    if mention >= _WEEKDAY:
        return frozenset()
    day = _EPOCH + timedelta(days=mention)
    return frozenset((_WEEKDAY + day.weekday(), _MONTH_DAY + 32 * day.month + day.day))
