"""Words for the same kind of happening: one report has a blast, another an explosion, a third says that it blew up.

Without names, little else is common to reports of one happening that were written independently. What the table joins
is what desks tell each day in words that have no letters in common: deaths, injuries, fires, crashes, verdicts, strikes.

    {language: {deed: words}}      a word with `*` stands for all that begin so

The deed is also the term, so it is written as a word of the language is, where a prior knows how common that is.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby

_LEAST_PREFIX = 3


@dataclass(frozen=True, slots=True)
class _Deeds:
    """Words with their deeds; beginnings of words with theirs, by their first letters, the longest first."""

    of_word: dict[str, str]
    of_beginnings: dict[str, tuple[tuple[str, str], ...]]


def deed_of(word: str, language: str) -> str | None:
    """The deed that a word (lower case) tells of.

    >>> deed_of("blast", "en") == deed_of("exploded", "en") == "explosion"
    True
    >>> deed_of("market", "en")
    """
    deeds = _deeds_of(language)
    found = deeds.of_word.get(word)
    if found is not None:
        return found
    for beginning, deed in deeds.of_beginnings.get(word[:_LEAST_PREFIX], ()):
        if word.startswith(beginning):
            return deed
    return None


@cache
def _deeds_of(language: str) -> _Deeds:
    listed = [(word, deed) for deed, words in _table().get(language, {}).items() for word in words.split()]
    beginnings = sorted(
        ((word[:-1], deed) for word, deed in listed if word.endswith("*")), key=_length, reverse=True
    )
    by_letters = groupby(sorted(beginnings, key=_first_letters), key=_first_letters)
    return _Deeds(
        {word: deed for word, deed in listed if not word.endswith("*")},
        {letters: tuple(group) for letters, group in by_letters},
    )


def _length(beginning: tuple[str, str]) -> int:
    return len(beginning[0])


def _first_letters(beginning: tuple[str, str]) -> str:
    return beginning[0][:_LEAST_PREFIX]


@cache
def _table() -> dict[str, dict[str, str]]:
    file = resources.files("pipelines.core.events").joinpath("deed_words.json")
    table: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return table
