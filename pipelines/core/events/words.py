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
from pipelines.core.events.pieces import Term, read_pieces

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
    pieces = read_pieces(f"{title}. {body}" if title else body, language)
    names, surfaces = read_names(pieces, language)
    titled = title.count(" ") + 2 * title.count("\n") + 1 if title else 0
    if True in pieces.may_spell_number:
        title, body = with_digits(title, language), with_digits(body, language)
        title_terms = _first(read_pieces(title, language).terms)
        body_terms = _first(read_pieces(body, language).terms)
    else:
        title_terms, body_terms = _first(pieces.terms[:titled]), _first(pieces.terms[titled:])
    surfaces |= reversed(title_terms)
    surfaces |= reversed(body_terms)  # the first of each stays
    body_words = [term for term, _ in body_terms]
    title_words = [term for term, _ in title_terms] or body_words[:_TITLE_WORDS]
    return TextWords(
        title=tuple(dict.fromkeys(title_words)),
        body=dict(Counter(body_words)),
        lede=frozenset(body_words[:LEDE_WORDS]),
        names=names,
        name_words=words_of_names(names, language),
        numbers=_numbers(f"{title} {body[:_NUMBER_CHARS]}"),
        surfaces=surfaces,
    )


def _first(terms: Iterable[tuple[Term, ...]]) -> list[Term]:
    return list(islice(chain.from_iterable(terms), MAX_WORDS))


def _numbers(text: str) -> tuple[str, ...]:
    """Numbers of two digits and more without separators, in order, without years: those say nothing of a happening."""
    found = (_NOT_DIGITS.sub("", number) for number in _NUMBER.findall(text))
    return tuple(dict.fromkeys(n for n in found if 2 <= len(n) <= 18 and not _YEAR.fullmatch(n)))
