"""The days a text mentions: absolute where it has a time of its own, else as weekday or day of the month.

A mention is one number of 16 bits, so that it can be remembered:

    0 .. 49151       a day since 1970, known because the text has a time to count from
    49152 + 0 .. 6   a weekday (0 Monday): nothing says whether the one before or after the text
    53248 + 32 m + d a day of a month of an undated text

Source: `research/events.md` §3.1 (resolved weekday and date mentions; only those near the text's own time count).
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources

from pipelines.core.events.pieces import MARKS_AROUND

_WEEKDAY, _MONTH_DAY = 0xC000, 0xD000
_EPOCH = date(1970, 1, 1)
# A report mentions the day of what it tells; days further off are background (measured there with the model).
_NEAR_DAYS = 8
_MAX_CHARS = 1_200
# A mention is around the name of a day or a month: "3rd of March 5" has two words before the name and one behind it.
_BEFORE_NAME, _BEHIND_NAME = 2, 1
# Most of what stands between two spaces has been asked before; what is longer does not come again.
_KNOWN_CHUNKS, _MAX_KNOWN_CHARS = 16_384, 40
_CJK_SIGNS = ("月", "월")
_CJK_DATE = re.compile(r"(?<!\d)(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")


@dataclass(frozen=True, slots=True)
class _Calendar:
    mention: re.Pattern[str]
    names_a_day: Callable[[str], bool]
    weekdays: dict[str, int]
    months: dict[str, int]
    yesterday: frozenset[str]


def mentioned_days(text: str, language: str, told_at: datetime | None) -> tuple[int, ...]:
    """Mentions in the beginning of a text, in order, each once.

    `told_at` is the time the text was published: it gives "today" and "3 March" their day.

    >>> days = mentioned_days("On Sunday, and again on 3 March.", "en", datetime(2026, 3, 4, tzinfo=UTC))
    >>> [day_name(day) for day in days]
    ['Sunday', '2026-03-03']
    """
    text = text[:_MAX_CHARS]
    anchor = None if told_at is None else (told_at.astimezone(UTC).date() - _EPOCH).days
    mentions = [*_spelt_days(text, language, anchor), *_cjk_days(text, anchor)]
    return tuple(dict.fromkeys(mention for mention in mentions if mention is not None))


def _spelt_days(text: str, language: str, anchor: int | None) -> list[int | None]:
    calendar = _calendar(language)
    if calendar is None:
        return []
    days: list[int | None] = []
    for passage in _passages(text, calendar):
        for found in calendar.mention.finditer(passage):
            word, month, day, day_first, month_after = found.groups()
            if word is not None:
                days.append(_day_of_word(_key(word), calendar, anchor))
            elif month != "may":  # "may 10 people": the verb
                number = calendar.months.get(_key(month or month_after))
                days.append(_day_of_month(number or 0, int(day or day_first), anchor))
    return days


def _passages(text: str, calendar: _Calendar) -> Iterator[str]:
    """What stands around the names of days and months: a search of the whole text for dates costs several times as much."""
    chunks = text.replace("\n", " \n ").split(" ")
    if max(map(len, chunks)) > _MAX_KNOWN_CHARS:
        yield text
        return
    start = end = 0
    names_a_day = calendar.names_a_day
    for at in [at for at, chunk in enumerate(chunks) if names_a_day(chunk.strip(MARKS_AROUND))]:
        if at - _BEFORE_NAME > end:
            yield " ".join(chunks[start:end])
            start = at - _BEFORE_NAME
        end = at + 1 + _BEHIND_NAME
    yield " ".join(chunks[start:end])


def _key(name: str) -> str:
    """A name as the table has it, whatever its case. Patterns take all of `iIİı` for one letter, and `ſ` for `s`."""
    return name.casefold().replace("\u0307", "").replace("ı", "i")


def _cjk_days(text: str, anchor: int | None) -> list[int | None]:
    if not any(sign in text for sign in _CJK_SIGNS):
        return []
    return [_day_of_month(int(month), int(day), anchor) for month, day in _CJK_DATE.findall(text)]


def _day_of_word(word: str, calendar: _Calendar, anchor: int | None) -> int | None:
    weekday = calendar.weekdays.get(word)
    if weekday is not None:
        return _WEEKDAY + weekday
    return None if anchor is None else anchor - (word in calendar.yesterday)


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


@cache
def _calendar(language: str) -> _Calendar | None:
    words = _calendars().get(language)
    if words is None:
        return None
    weekdays, today, yesterday = (words[kind].split() for kind in ("weekdays", "today", "yesterday"))
    names = [*enumerate(words["months"].split(), 1), *enumerate(words["short_months"].split(), 1)]
    single = _any_of([*weekdays, *today, *yesterday])
    month = _any_of([name for _, name in names])
    mention = rf"\b({single})\b|\b({month})\.? (\d{{1,2}})\b(?!:)|\b(\d{{1,2}})(?:st|nd|rd|th|º|er|\.)? (?:de |of )?({month})\b"
    return _Calendar(
        re.compile(mention, re.IGNORECASE),
        _finder(rf"\b(?:{single}|{month})\b"),
        {_key(word): at for at, word in enumerate(weekdays)},
        {_key(name): number for number, name in names},
        frozenset(map(_key, yesterday)),
    )


def _finder(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.IGNORECASE)

    @lru_cache(maxsize=_KNOWN_CHUNKS)
    def has(chunk: str) -> bool:
        return compiled.search(chunk) is not None

    return has


def _any_of(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@cache
def _calendars() -> dict[str, dict[str, str]]:
    table = resources.files("pipelines.core.events").joinpath("calendar.json")
    calendars: dict[str, dict[str, str]] = json.loads(table.read_text(encoding="utf-8"))
    return calendars
