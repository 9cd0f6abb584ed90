"""How languages name days and months, from a table."""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_CJK_SIGN = re.compile("[月월]")


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a language names days: `mention` finds them in a passage, `name` tells where one may be."""

    mention: re.Pattern[str]
    name: re.Pattern[str]
    names: frozenset[str]
    weekdays: dict[str, int]
    months: dict[str, int]
    yesterday: frozenset[str]


def names_a_day(chunk: str, language: str) -> bool:
    """Whether something between two spaces names a day or a month."""
    if not chunk.isascii() and _CJK_SIGN.search(chunk):
        return True
    words = calendar(language)
    if words is None:
        return False
    if chunk.isascii() and chunk.isalpha():
        return chunk.lower() in words.names
    return words.name.search(chunk) is not None


def calendar_key(name: str) -> str:
    """A name as the table has it, whatever its case. Patterns take all of `iIİı` for one letter, and `ſ` for `s`."""
    return name.casefold().replace("\u0307", "").replace("ı", "i")


@cache
def calendar(language: str) -> Calendar | None:
    """The words of a language, if there is a table of it."""
    words = _calendars().get(language)
    if words is None:
        return None
    weekdays, today, yesterday = (words[kind].split() for kind in ("weekdays", "today", "yesterday"))
    names = [*enumerate(words["months"].split(), 1), *enumerate(words["short_months"].split(), 1)]
    single = _any_of([*weekdays, *today, *yesterday])
    month = _any_of([name for _, name in names])
    mention = rf"\b({single})\b|\b({month})\.? (\d{{1,2}})\b(?!:)|\b(\d{{1,2}})(?:st|nd|rd|th|º|er|\.)? (?:de |of )?({month})\b"
    return Calendar(
        re.compile(mention, re.IGNORECASE),
        re.compile(rf"\b(?:{single}|{month})\b", re.IGNORECASE),
        frozenset(map(calendar_key, (*weekdays, *today, *yesterday, *(name for _, name in names)))),
        {calendar_key(word): at for at, word in enumerate(weekdays)},
        {calendar_key(name): number for number, name in names},
        frozenset(map(calendar_key, yesterday)),
    )


def _any_of(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@cache
def _calendars() -> dict[str, dict[str, str]]:
    table = resources.files("pipelines.core.events").joinpath("calendar.json")
    calendars: dict[str, dict[str, str]] = json.loads(table.read_text(encoding="utf-8"))
    return calendars
