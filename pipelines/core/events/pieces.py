"""Pieces: what stands between two spaces of a text, read once and remembered, because texts are made of the same few.

    “O'Brien's,    one word, O'Brien's · term obrien · capitalised
    twenty-one     two words · may be of a number in words

Of 100 pieces more than 90 are met again before they are forgotten.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

from pipelines.core.events.calendars import names_a_day
from pipelines.core.events.deed_words import deed_of
from pipelines.core.events.digits import numbers_in
from pipelines.core.events.frequencies import term_hash
from pipelines.core.events.number_words import number_words
from pipelines.core.events.stop_words import stop_words

_MAX_WORD_CHARS = 40
# A piece takes 0.4 KB, so those of a language, of this and the last generation, at most 32 MB. Long ones, and those of
# many terms, do not come again.
_MOST_REMEMBERED, _MAX_REMEMBERED_CHARS, _MAX_REMEMBERED_TERMS = 40_000, 40, 8
_MOST_LANGUAGES = 24  # remembered at a time
_MOST_FOLDED = 16_384
# Marks that stand around words, and are never of one.
MARKS_AROUND = ".,:;!?…\"'“”‘’„«»‹›()[]—–-\n\u00a0"
# Source: McNamee and Mayfield 2004, cutting words to 5 or 6 letters retrieves as well as a stemmer in most of Europe.
# German compounds share their first part (Tarifstreit, Tarifvertrag), and five letters hold it more often.
_STEM_CHARS = {"de": 5}

# Letters, digits and the marks of scripts whose vowels are marks (Python's \w leaves those out).
_MARKS = "\u0300-\u036f\u05b0-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ecd\u102b-\u103e\u17b4-\u17d3"
_WORD = re.compile(rf"[^\W_][\w{_MARKS}]*(?:['’][\w{_MARKS}]+)*")
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003134f]"
)
# Where every noun has a capital a single word is no name, and a stop word ("Millionen", "Ende") is no part of one.
NOUNS_CAPITALISED = ("de", "lb")


class NameWord(NamedTuple):
    """A word of a piece that holds a capital.

    `bare` is how names compare, and `is_stop` says that it is none by itself; `start` is its place in the piece without
    the marks around it; `follows` says that it stands one hyphen or hard space behind the word before it, or begins there.
    """

    surface: str
    bare: str
    is_capital: bool
    start: int
    follows: bool
    is_stop: bool


# What there may be in a piece; the last two say that nothing stands before its first word, or behind its last.
HOLDS_NAME, MAY_SPELL_NUMBER, NAMES_DAY, NUMBERS, BEGINS, ENDS = (1 << bit for bit in range(6))


class Piece(NamedTuple):
    """What stands between two spaces: its folded words, and each as it is shown; its words, if one has a capital.

    `codes` are the hashes of the folded words; `lead` counts the marks before it.
    """

    terms: tuple[str, ...]
    codes: tuple[int, ...]
    shown: tuple[str, ...]
    name_words: tuple[NameWord, ...]
    numbers: tuple[str, ...]
    flags: int
    lead: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text in pieces: `chunks[i]` as it stands there, `pieces[i]` what is in it, `telling` where more than words is."""

    chunks: list[str]
    pieces: list[Piece]
    telling: list[int]


_EMPTY = Piece((), (), (), (), (), 0, 0)


def read_pieces(text: str, language: str) -> Pieces:
    """The text split at its spaces, a line break a piece of its own. Time is linear in the text."""
    chunks = text.replace("\n", " \n ").split(" ")
    pieces = list(map(_known_pieces(language).__getitem__, chunks))
    return Pieces(chunks, pieces, [at for at, piece in enumerate(pieces) if piece.flags])


class _KnownPieces(dict[str, Piece]):
    """Pieces of a language, read when they are asked for first.

    When it is full a generation begins, into which the last one's pieces come as they are asked for: to keep an order of
    use, as a `lru_cache` does, costs a third more a text.
    """

    __slots__ = ("_language", "_last")

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language
        self._last: dict[str, Piece] = {}

    def __missing__(self, chunk: str) -> Piece:
        piece = self._last.get(chunk)
        if piece is None:
            core = chunk.strip(MARKS_AROUND)
            piece = _piece(core, self._language) if core == chunk else _with_marks(chunk, core, self[core])
        if len(chunk) <= _MAX_REMEMBERED_CHARS and len(piece.terms) <= _MAX_REMEMBERED_TERMS:
            if len(self) >= _MOST_REMEMBERED:
                self._last = self.copy()
                self.clear()
            self[chunk] = piece
        return piece


@lru_cache(maxsize=_MOST_LANGUAGES)
def _known_pieces(language: str) -> _KnownPieces:
    return _KnownPieces(language)


def _with_marks(chunk: str, core: str, piece: Piece) -> Piece:
    flags = piece.flags
    if not flags:
        return piece  # where it begins is asked of names only
    numbers = numbers_in(chunk) if flags & NUMBERS else ()
    if piece.name_words:
        flags = flags & ~(BEGINS | ENDS) | _ends_of(chunk, piece.name_words)
    lead = chunk.find(core)
    return Piece(piece.terms, piece.codes, piece.shown, piece.name_words, numbers, flags, lead)


def _ends_of(chunk: str, words: tuple[NameWord, ...]) -> int:
    begins, ends = chunk.startswith(words[0].surface), chunk.endswith(words[-1].surface)
    return BEGINS * begins | ENDS * ends


def _piece(core: str, language: str) -> Piece:
    if core.isascii() and core.isalpha():
        return _piece_of_word(core, language)
    words = [(word.start(), word.group()) for word in _WORD.finditer(core)]
    if not words:
        return _EMPTY
    if len(words[0][1]) == len(core):
        return _piece_of_word(core, language)
    known = _known_pieces(language)
    parts = [known[word] for _, word in words]
    terms, codes, shown, name_words, _, flags, _ = zip(*parts, strict=True)
    placed = _placed(core, words, name_words) if any(name_words) else ()
    numbers = numbers_in(core)
    return Piece(
        tuple(chain.from_iterable(terms)),
        tuple(chain.from_iterable(codes)),
        tuple(chain.from_iterable(shown)),
        placed,
        numbers,
        (HOLDS_NAME | _ends_of(core, placed) if placed else 0)
        | MAY_SPELL_NUMBER * any(flag & MAY_SPELL_NUMBER for flag in flags)
        | NAMES_DAY * names_a_day(core, language)
        | NUMBERS * any(map(str.isdigit, core)),
        0,
    )


def _piece_of_word(word: str, language: str) -> Piece:
    spelled = number_words(language)
    name_words: tuple[NameWord, ...] = ()
    if word[0].isupper():
        lower = word.lower()
        is_stop = lower in stop_words(language)
        is_capital = language not in NOUNS_CAPITALISED or not is_stop
        name_words = (NameWord(word, bare(lower), is_capital, 0, True, is_stop),)
    terms, shown = _terms(word, language)
    may_count = not word.isalpha() and any(map(str.isdigit, word))
    return Piece(
        terms,
        tuple(map(term_hash, terms)),
        shown,
        name_words,
        numbers_in(word) if may_count else (),
        (HOLDS_NAME | BEGINS | ENDS if name_words else 0)
        | MAY_SPELL_NUMBER * (spelled is not None and spelled.may_hold(word))
        | NAMES_DAY * names_a_day(word, language)
        | NUMBERS * may_count,
        0,
    )


def bare(lower: str) -> str:
    """A word of a name, in lower case, as it compares.

    >>> bare("o’brien’s")
    "o'brien"
    """
    return lower if lower.isalpha() else lower.replace("’", "'").removesuffix("'s")


def _placed(
    core: str, words: list[tuple[int, str]], name_words: Iterable[tuple[NameWord, ...]]
) -> tuple[NameWord, ...]:
    """All words of a piece, with their places in it."""
    placed = []
    end = -1
    for (start, word), of_name in zip(words, name_words, strict=True):
        follows = start == end + 1 and (end < 0 or core[end] in "\u00a0-")
        known = of_name[0] if of_name else None
        placed.append(
            NameWord(word, bare(word.lower()), False, start, follows, False)
            if known is None
            else known._replace(start=start, follows=follows)
        )
        end = start + len(word)
    return tuple(placed)


def _terms(surface: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The terms of a word that are no stop words, and how to show them."""
    if len(surface) > _MAX_WORD_CHARS and not _WITHOUT_SPACES.match(surface):
        return (), ()
    terms = _folded(surface, language)
    stop = stop_words(language)
    if len(terms) == 1:
        return ((), ()) if terms[0] in stop else (terms, (surface,))
    terms = tuple(term for term in terms if term not in stop)
    return terms, terms


@lru_cache(maxsize=_MOST_FOLDED)
def fold_word(surface: str, language: str) -> tuple[str, ...]:
    """The terms of a word: none for a stop word, pairs of characters where a script has no spaces, else one.

    >>> fold_word("Strikes", "en"), fold_word("the", "en")
    (('strike',), ())
    """
    return _folded(surface, language)


def _folded(surface: str, language: str) -> tuple[str, ...]:
    word = surface.lower()
    if not word.isascii():
        if _WITHOUT_SPACES.search(word):
            return tuple(first + second for first, second in pairwise(word)) or (word,)
        word = word.replace("’", "'")
    if "'" in word:
        word = _without_apostrophe(word, language)
    if len(word) < 2:
        word = _one_digit(word, language)
    if len(word) < 2 or word in stop_words(language):
        return ()
    return (deed_of(word, language) or _stem(word, language),)


def _one_digit(word: str, language: str) -> str:
    known = number_words(language)
    return word if known is None else known.one_digit.get(word, word)


def _without_apostrophe(word: str, language: str) -> str:
    """The word that matters on either side: `mayor's` is mayor, `l'acqua` is acqua, `o'brien` stays one."""
    first, _, last = word.partition("'")
    if language in ("fr", "it", "ca", "uk"):
        return last.replace("'", "") if len(first) <= 2 or language != "uk" else word.replace("'", "")
    return first if len(first) > 1 else first + last.replace("'", "")


def _stem(word: str, language: str) -> str:
    """English plurals; in other languages the first letters, which stand for most of a word's forms."""
    if language != "en":
        return word[: _STEM_CHARS.get(language, 6)]
    if len(word) < 4 or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word if word.endswith(("ss", "us", "is")) else word[:-1]
