"""The words, names and numbers by which reports of one happening know each other.

Reads surface only: no model, no dictionary, the same code for every language. Scripts written without spaces give pairs
of characters; scripts with case give names (capitalised sequences); the stop list keeps the commonest words out.

Source: `research/events.md` §3.1 (what is counted, and how much of the text).
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import islice

from pipelines.core.events.deed_words import deed_of
from pipelines.core.events.number_words import number_words, with_digits

# Words beyond these say little of the happening (`research/events.md` §3.1). A word is rarely longer than nine letters.
MAX_WORDS = 300
LEDE_WORDS = 80
_TITLE_WORDS = 12  # of the body, where there is no headline
_MAX_CHARS = MAX_WORDS * 9
_NUMBER_CHARS = 1_500
_MAX_WORD_CHARS = 40
# Source: McNamee and Mayfield 2004, cutting words to 5 or 6 letters retrieves as well as a stemmer in most of Europe.
# German compounds share their first part (Tarifstreit, Tarifvertrag), and five letters hold it more often.
_STEM_CHARS = {"de": 5}

# Letters, digits and the marks of scripts whose vowels are marks (Python's \w leaves those out).
_MARKS = "\u0300-\u036f\u05b0-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ecd\u102b-\u103e\u17b4-\u17d3"
_WORD = re.compile(rf"[^\W_][\w{_MARKS}]*(?:['’][\w{_MARKS}]+)*")
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003134f]"
)
_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,\u00a0\u202f']*")
_NOT_DIGITS = re.compile(r"\D+")
_YEAR = re.compile(r"(?:19|20)\d\d")
# Small words that may stand inside a name: Bank of England, Ursula von der Leyen.
_CONNECTORS = frozenset(
    ("of", "the", "for", "de", "la", "del", "da", "dos", "du", "di", "al", "bin", "von", "van", "der", "den")
)
# Where every noun has a capital a single word is no name, and a stop word ("Millionen", "Ende") is no part of one.
NOUNS_CAPITALISED = ("de", "lb")
_SENTENCE_ENDS = ".!?…:\n"
_OPENERS = " \"'“”‘’„«»‹›([—–-"


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
    body = body[:_MAX_CHARS]
    surfaces: dict[str, str] = {}
    names = _names(f"{title}. {body}" if title else body, language, surfaces)
    title, body = with_digits(title[:_MAX_CHARS], language), with_digits(body, language)
    body_words = list(islice(_folded_words(body, language, surfaces), MAX_WORDS))
    title_words = list(islice(_folded_words(title, language, surfaces), MAX_WORDS))
    title_words = title_words or body_words[:_TITLE_WORDS]
    return TextWords(
        title=tuple(dict.fromkeys(title_words)),
        body=dict(Counter(body_words)),
        lede=frozenset(body_words[:LEDE_WORDS]),
        names=names,
        name_words=_name_words(names, language),
        numbers=_numbers(f"{title} {body[:_NUMBER_CHARS]}"),
        surfaces=surfaces,
    )


def _folded_words(text: str, language: str, surfaces: dict[str, str]) -> Iterator[str]:
    stop = stop_words(language)
    for found in _WORD.finditer(text):
        surface = found.group()
        if len(surface) > _MAX_WORD_CHARS and not _WITHOUT_SPACES.match(surface):
            continue
        terms = _fold(surface, language)
        for term in terms:
            if term not in stop:
                surfaces.setdefault(term, surface if len(terms) == 1 else term)
                yield term


@lru_cache(maxsize=65_536)
def _fold(surface: str, language: str) -> tuple[str, ...]:
    word = surface.lower()
    if not word.isascii():
        if _WITHOUT_SPACES.search(word):
            return tuple(word[at : at + 2] for at in range(len(word) - 1)) or (word,)
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


def _names(text: str, language: str, surfaces: dict[str, str]) -> dict[str, int]:
    """Capitalised sequences. A single word at the start of a sentence counts only if it is a name elsewhere too."""
    sure: Counter[str] = Counter()
    unsure: Counter[str] = Counter()
    for run, starts_sentence in _capitalised(text, language):
        words = run[1:] if starts_sentence and run[0].lower() in stop_words(language) else run
        name = " ".join(_bare(word) for word in words)
        if len(name) < 2 or name in stop_words(language):
            continue
        surfaces.setdefault("#" + name, " ".join(words))
        (unsure if starts_sentence and len(words) == 1 else sure)[name] += 1
    return {name: count + unsure[name] for name, count in sure.items()}


def _name_words(names: dict[str, int], language: str) -> frozenset[str]:
    """Words that stand in names. None where every noun has a capital: there a name cannot be told from a noun."""
    if language in NOUNS_CAPITALISED:
        return frozenset()
    return frozenset(folded for name in names for word in name.split() for folded in _fold(word, language))


def _capitalised(text: str, language: str) -> Iterator[tuple[list[str], bool]]:
    run: list[str] = []
    between: list[str] = []
    end, starts = 0, False
    no_names = stop_words(language) if language in NOUNS_CAPITALISED else frozenset()
    for found in _WORD.finditer(text):
        word = found.group()
        follows = bool(run) and found.start() == end + 1 and text[end] in " \u00a0-"
        if word[0].isupper() and word.lower() not in no_names:
            if follows:
                run += [*between, word]
            else:
                if run:
                    yield run, starts
                run, starts = [word], _starts_sentence(text, found.start())
            between = []
        elif follows and not between and word in _CONNECTORS:
            between = [word]
        elif run:
            yield run, starts
            run, between = [], []
        end = found.end()
    if run:
        yield run, starts


def _starts_sentence(text: str, at: int) -> bool:
    before = text[max(0, at - 4) : at].rstrip(_OPENERS)
    return not before or before[-1] in _SENTENCE_ENDS or (at > 0 and text[at - 1] in "\"'“‘„«(")


def _bare(word: str) -> str:
    return word.lower().replace("’", "'").removesuffix("'s")


def _numbers(text: str) -> tuple[str, ...]:
    """Numbers of two digits and more without separators, in order, without years: those say nothing of a happening."""
    found = (_NOT_DIGITS.sub("", number) for number in _NUMBER.findall(text))
    return tuple(dict.fromkeys(n for n in found if 2 <= len(n) <= 18 and not _YEAR.fullmatch(n)))


@cache
def stop_words(language: str) -> frozenset[str]:
    """The commonest words of a language; empty for one without a list."""
    return frozenset(_stop_lists().get(language, "").split())


@cache
def _stop_lists() -> dict[str, str]:
    table = resources.files("pipelines.core.events").joinpath("stop_words.json")
    lists: dict[str, str] = json.loads(table.read_text(encoding="utf-8"))
    return lists
