"""The words, names and numbers by which reports of one happening know each other.

Reads surface only: no model, no dictionary, the same code for every language. Scripts written without spaces give pairs
of characters; scripts with case give names (capitalised sequences); the stop list keeps the commonest words out.

Source: `research/events.md` §3.1 (what is counted, and how much of the text).
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice

from pipelines.core.events.names import read_names, words_of_names
from pipelines.core.events.number_words import with_digits
from pipelines.core.events.pieces import Pieces, joined, read_pieces

# Words beyond these say little of the happening (`research/events.md` §3.1). A word is rarely longer than nine letters.
MAX_WORDS = 300
LEDE_WORDS = 80
_TITLE_WORDS = 12  # of the body, where there is no headline
_MAX_CHARS = MAX_WORDS * 9
_NUMBER_CHARS = 1_500

# A number begins where no word or number goes on. The digit comes first, so that the search leaps from digit to digit.
_NUMBER = re.compile(r"\d(?<![\w.,]\d)[\d.,\u00a0\u202f']*")
_NOT_DIGITS = re.compile(r"\D+")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextWords:
    """What one text says, as folded words with how often they stand in it.

    `surfaces` shows a folded word or name as the text first writes it.
    """

    title: tuple[str, ...]
    body: dict[str, int]
    lede: frozenset[str]
    names: dict[str, int]
    name_words: frozenset[str]
    numbers: tuple[str, ...]
    surfaces: dict[str, str]


def read_words(title: str, body: str, language: str) -> TextWords:
    """The words of a headline and a body in a language (its primary subtag).

    Without a headline the first words of the body stand for it. Time is linear in the text, of which only the beginning
    is read.

    >>> read_words("Dock strike ends", "The strike at Port Alder ended.", "en").names
    {'port alder': 1}
    """
    title, body = title[:_MAX_CHARS], body[:_MAX_CHARS]
    title_pieces = read_pieces(f"{title}." if title else title, language)
    body_pieces = read_pieces(body, language)
    names, surfaces = read_names(joined(title_pieces, body_pieces) if title else body_pieces, language)
    title, title_pieces = _with_digits(title, title_pieces, language)
    body, body_pieces = _with_digits(body, body_pieces, language)
    body_words = _first(body_pieces.terms)
    title_words = _first(title_pieces.terms)
    for words, shown in ((title_words, title_pieces.surfaces), (body_words, body_pieces.surfaces)):
        surfaces |= zip(reversed(words), reversed(_first(shown)), strict=True)  # the first of each stays
    title_words = title_words or body_words[:_TITLE_WORDS]
    return TextWords(
        title=tuple(dict.fromkeys(title_words)),
        body=dict(Counter(body_words)),
        lede=frozenset(body_words[:LEDE_WORDS]),
        names=names,
        name_words=words_of_names(names, language),
        numbers=_numbers(f"{title} {body[:_NUMBER_CHARS]}"),
        surfaces=surfaces,
    )


def _with_digits(text: str, pieces: Pieces, language: str) -> tuple[str, Pieces]:
    """The text and its pieces, numbers in words made digits."""
    if not any(pieces.may_spell_number):
        return text, pieces
    text = with_digits(text, language)
    return text, read_pieces(text, language)


def _first(column: Iterable[tuple[str, ...]]) -> list[str]:
    return list(islice(chain.from_iterable(column), MAX_WORDS))


def _numbers(text: str) -> tuple[str, ...]:
    """Numbers of two digits and more without separators, in order, without years: those say nothing of a happening."""
    found = (_NOT_DIGITS.sub("", number) for number in _NUMBER.findall(text))
    return tuple(dict.fromkeys(n for n in found if 2 <= len(n) <= 18 and not _YEAR.fullmatch(n)))
