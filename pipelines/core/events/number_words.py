"""Numbers in words as numbers in digits, so that "thirty-one" meets 31.

    Thirty-one people   -> 31 people
    dix-sept blessés    -> 17 blessés
    6 workers           -> six (one digit is a word: it is counted as words are)

The table holds one to ninety-nine and the hundreds of seven languages; a hyphen there may be a space in a text. Numbers
below ten stay words. Of forms that vary ("veintiuna", "septante") the table has the commonest.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

_RUNS = re.compile(r"\w+")


class NumberWords(NamedTuple):
    """How a language writes numbers in words. `tell_tales` has a word of each number of ten and more."""

    pattern: re.Pattern[str]
    digits: Mapping[str, str]
    one_digit: Mapping[str, str]
    tell_tales: frozenset[str]

    def may_hold(self, chunk: str) -> bool:
        """Whether something between two spaces can be of a number that `with_digits` would change."""
        return chunk in self.tell_tales or not (
            chunk.isalpha() or self.tell_tales.isdisjoint(_RUNS.findall(chunk))
        )


def with_digits(text: str, language: str) -> str:
    """The text with numbers of ten and more in digits; the text itself in a language without a table.

    >>> with_digits("Thirty-one of two hundred were treated.", "en")
    '31 of 200 were treated.'
    """
    known = number_words(language)
    if known is None:
        return text
    return known.pattern.sub(lambda found: known.digits[_spelled(found.group())], text)


def _spelled(found: str) -> str:
    return found.lower().replace(" ", "-")


@cache
def number_words(language: str) -> NumberWords | None:
    """The table of a language, if there is one."""
    table = _tables().get(language)
    if table is None:
        return None
    ones = " ".join(table["ones"]).split()
    hundreds = " ".join(table["hundreds"]).split()
    digits = {word: str(number) for number, word in enumerate(ones, 1) if number > 9}
    digits |= {word: str(number * 100) for number, word in enumerate(hundreds, 1)}
    pattern = re.compile(rf"\b{_any_of(sorted(digits), in_word=False)}\b")
    one_digit = {str(number): word for number, word in enumerate(ones[:9], 1)}
    return NumberWords(pattern, digits, one_digit, _tell_tales(digits, frozenset(one_digit.values())))


def _tell_tales(numbers: Iterable[str], one_digit: frozenset[str]) -> frozenset[str]:
    """A word of each number that is not one digit: `hundred` of two-hundred, `vingt` of vingt-et-un."""
    words = {
        max(number.split("-"), key=lambda word: (word not in one_digit, len(word))) for number in numbers
    }
    return frozenset(words | {word[0].upper() + word[1:] for word in words})


def _any_of(words: list[str], *, in_word: bool) -> str:
    """A pattern of sorted words that reads each letter once: of 90 alternatives most share their beginning."""
    ends = "" in words
    endings = [
        _letter(letter, in_word=in_word) + _any_of([word[1:] for word in group], in_word=True)
        for letter, group in groupby(filter(None, words), key=itemgetter(0))
    ]
    if not endings:
        return ""
    return f"(?:{'|'.join(endings)})" + ("?" if ends else "")


def _letter(letter: str, *, in_word: bool) -> str:
    if letter == "-":
        return "[- ]"
    return letter if in_word else f"[{letter}{letter.upper()}]"


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    file = resources.files("pipelines.core.events").joinpath("number_words.json")
    tables: dict[str, dict[str, list[str]]] = json.loads(file.read_text(encoding="utf-8"))
    return tables
