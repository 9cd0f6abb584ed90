"""Words for the same kind of happening: one report has a blast, another an explosion, a third says that it blew up.

Without names, little else is common to reports of one happening that were written independently. What the table joins
is what desks tell each day in words that have no letters in common: deaths, injuries, fires, crashes, verdicts, strikes.

    {language: {deed: words}}      a word with `*` stands for all that begin so

The deed is also the term, so it is written as a word of the language is, where a prior knows how common that is.
"""

import json
from functools import cache
from importlib import resources

_LEAST_PREFIX = 3


def deed_of(word: str, language: str) -> str | None:
    """The deed that a word (lower case) tells of.

    >>> deed_of("blast", "en") == deed_of("exploded", "en") == "explosion"
    True
    >>> deed_of("market", "en")
    """
    deeds = _deeds_of(language)
    if not deeds:
        return None
    found = deeds.get(word)
    for end in range(len(word), _LEAST_PREFIX - 1, -1):
        if found is not None:
            break
        found = deeds.get(word[:end] + "*")
    return found


@cache
def _deeds_of(language: str) -> dict[str, str]:
    return {word: deed for deed, words in _table().get(language, {}).items() for word in words.split()}


@cache
def _table() -> dict[str, dict[str, str]]:
    file = resources.files("pipelines.core.events").joinpath("deed_words.json")
    table: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return table
