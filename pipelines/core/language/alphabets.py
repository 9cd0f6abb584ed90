"""What the alphabet and the newsstand say about a language before its words do.

Statistics on a headline mix up neighbours that print different letters: Bulgarian has no ј, Macedonian no щ, Turkmen no
ğ. A letter that a language does not print makes it four times less likely for each one in a hundred letters, and never
shuts it out: an English text may name a Turkish minister. A language without a daily press starts ten times less likely
than one with.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import orjson

# A quarter for a foreign letter, at most three: chosen as "clear, not decisive" before any score was seen; between a
# half and an eighth the scores of `benchmarks/quality_language.py` move by less than 0.002.
_FOREIGN_LETTER, _MOST_FOREIGN = 0.25, 3.0
_RARE = 0.1


@dataclass(frozen=True, slots=True)
class _Alphabets:
    core: dict[str, frozenset[str]]
    letters: dict[str, dict[str, frozenset[str]]]
    rare: frozenset[str]


@cache
def _alphabets() -> _Alphabets:
    document = orjson.loads(files("pipelines.core.language").joinpath("alphabets.json").read_bytes())
    return _Alphabets(
        {script: frozenset(letters) for script, letters in document["core"].items()},
        {
            script: {language: frozenset(letters) for language, letters in languages.items()}
            for script, languages in document["letters"].items()
        },
        frozenset(document["rare"]),
    )


def telling_letters(sample: str, script: str) -> tuple[tuple[str, float], ...]:
    """Letters beyond the core of the script with their number in a hundred letters (or in all, if fewer), sorted.

    >>> telling_letters("Jalan Ağa", "Latn")
    (('ğ', 1.0),)
    """
    core = _alphabets().core.get(script)
    if core is None:
        return ()
    lowered = sample.lower()
    beyond = [letter for letter in set(lowered) - core if letter.isalpha()]
    if not beyond:
        return ()
    hundreds = max(1.0, sum(map(str.isalpha, lowered)) / 100)
    return tuple(sorted((letter, lowered.count(letter) / hundreds) for letter in beyond))


def plausibility(language: str, script: str, telling: tuple[tuple[str, float], ...]) -> float:
    """Factor on a language's probability, above 0 and at most 1: its press and the letters it does not print.

    >>> plausibility("mk", "Cyrl", (("щ", 1.0),)), plausibility("bg", "Cyrl", (("щ", 1.0),))
    (0.25, 1.0)
    """
    prior = _RARE if language in _alphabets().rare else 1.0
    printed = _alphabets().letters.get(script, {}).get(language)
    if printed is None or not telling:
        return prior
    foreign = sum(rate for letter, rate in telling if letter not in printed)
    return prior * float(_FOREIGN_LETTER ** min(foreign, _MOST_FOREIGN))
