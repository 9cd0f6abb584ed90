"""What AssignEventIds remembers of an article: `event_terms`, at most 600 bytes that outlive its text.

    byte 0        version of this layout
    bytes 1..4    how many words, names, numbers, days follow
    words, names  5 bytes each: term hash (3), rarity in 32nds (1), flags and count (1), heaviest first
    numbers       3 bytes each: the number, if it has up to seven digits
    days          2 bytes each: mentions of `dates`

The rarity (idf) of a term is the one of the moment the article came in. So everything the memory computes of an article
is a function of these bytes alone, and a memory that is rebuilt from history computes the same.

Source: `research/events.md` §3.1 (weights), §4 (a compact record).
"""

import math
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipelines.core.events.dates import Days, days_of
from pipelines.core.events.frequencies import HASH_BYTES, TermFrequencies, term_hash
from pipelines.core.events.words import TextWords

VERSION = 1
MAX_BYTES = 600
# 5 + (80 + 24) * 5 + 12 * 3 + 16 * 2 = 593 bytes at most.
_MAX_WORDS, _MAX_NAMES, _MAX_NUMBERS, _MAX_DAYS = 80, 24, 12, 16
_LEDE_TERMS = 24

_TITLE, _LEDE, _MANY_WORDS, _OF_NAME, _COUNT_BITS = 0x80, 0x40, 0x20, 0x10, 0x07
# Counts as remembered: 0 (in the headline only), 1, 2, 3, 4-5, 6-8, 9-13, more; the weight is that of the middle.
_COUNT_LIMITS = (0, 1, 2, 3, 5, 8, 13)
_COUNT_WEIGHTS = (0.0, *(1.0 + math.log(middle) for middle in (1, 2, 3, 4.5, 7, 11, 17)))
_RARITY_STEP = 1 / 32
_LEDE_FACTOR, _TITLE_BONUS, _TITLE_IN_LEDE = 2.0, 3.0, 1.5
_LEAST_NAME_RARITY = 0.5

_HEAD = struct.Struct("5B")
_TERM = struct.Struct("3sBB")
_NUMBER = struct.Struct("3s")

Vector = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class TermVectors:
    """An article as the model sees it: five unit vectors by term hash, numbers and days.

    `words` holds everything, with headline and lede on top; `deeds` what is left of it without names: what is told, and
    not of whom.
    """

    words: Vector
    title: Vector
    names: Vector
    lede: Vector
    deeds: Vector
    numbers: frozenset[int]
    days: Days


@dataclass(frozen=True, slots=True)
class _Term:
    hash: int
    rarity: int
    flags: int


def pack_terms(words: TextWords, days: Iterable[int], frequencies: TermFrequencies) -> bytes:
    """The bytes to remember of a text, by the rarity its terms have now."""
    title = frozenset(words.title)
    of_names = frozenset(words.name_words)
    plain = [
        _term(
            term,
            words.body.get(term, 0),
            (_TITLE * (term in title)) | (_LEDE * (term in words.lede)) | (_OF_NAME * (term in of_names)),
            frequencies,
        )
        for term in dict.fromkeys((*words.title, *words.body))
    ]
    names = [
        _term("#" + name, count, _MANY_WORDS * (" " in name), frequencies)
        for name, count in words.names.items()
    ]
    kept_words = _heaviest(plain, _word_weight, _MAX_WORDS)
    kept_names = _heaviest(names, _name_weight, _MAX_NAMES)
    numbers = [number_code(number) for number in words.numbers[:_MAX_NUMBERS]]
    kept_days = list(days)[:_MAX_DAYS]
    return b"".join(
        (
            _HEAD.pack(VERSION, len(kept_words), len(kept_names), len(numbers), len(kept_days)),
            *(
                _TERM.pack(_bytes_of(term.hash), term.rarity, term.flags)
                for term in (*kept_words, *kept_names)
            ),
            *(_bytes_of(number) for number in numbers),
            struct.pack(f">{len(kept_days)}H", *kept_days),
        )
    )


def number_code(digits: str) -> int:
    """A number as it is remembered: itself up to seven digits, else a hash.

    >>> number_code("148")
    148
    """
    number = int(digits)
    return number if number < 10_000_000 else term_hash("=" + digits) | 0x800000


def _bytes_of(number: int) -> bytes:
    return number.to_bytes(HASH_BYTES)


def _term(term: str, count: int, flags: int, frequencies: TermFrequencies) -> _Term:
    code = bisect_left(_COUNT_LIMITS, count)
    hashed = term_hash(term)
    rarity = max(round(frequencies.idf(hashed) / _RARITY_STEP), 0)
    return _Term(hashed, rarity, flags | code)


def _heaviest(terms: list[_Term], weight: Callable[[_Term], float], limit: int) -> list[_Term]:
    ordered = sorted(terms, key=weight, reverse=True)  # stable: the earlier term of equal weight stays
    return ordered[:limit]


def _word_weight(term: _Term) -> float:
    rarity, flags = term.rarity * _RARITY_STEP, term.flags
    weight = _COUNT_WEIGHTS[flags & _COUNT_BITS] * rarity * (_LEDE_FACTOR if flags & _LEDE else 1.0)
    return weight + _TITLE_BONUS * rarity if flags & _TITLE else weight


def _name_weight(term: _Term) -> float:
    return _COUNT_WEIGHTS[term.flags & _COUNT_BITS] * max(term.rarity * _RARITY_STEP, _LEAST_NAME_RARITY)


def _lede_weight(term: _Term) -> float:
    rarity = term.rarity * _RARITY_STEP
    return rarity * (_TITLE_IN_LEDE if term.flags & _TITLE else _COUNT_WEIGHTS[term.flags & _COUNT_BITS])


@lru_cache(maxsize=2_048)
def vectors_of(terms: bytes) -> TermVectors:
    """The inverse of `pack_terms`, as vectors. The cache holds what is compared most: recent articles.

    Raises:
        ValueError: bytes of another version; those are rebuilt from history, not read.
    """
    version, words_count, names_count, numbers_count, days_count = _HEAD.unpack_from(terms)
    if version != VERSION:
        raise ValueError(f"event_terms of version {version}, this release reads {VERSION}")
    words_end = _HEAD.size + words_count * _TERM.size
    names_end = words_end + names_count * _TERM.size
    numbers_end = names_end + numbers_count * HASH_BYTES
    words = _read_terms(terms[_HEAD.size : words_end])
    names = _read_terms(terms[words_end:names_end])
    numbers = (int.from_bytes(raw) for (raw,) in _NUMBER.iter_unpack(terms[names_end:numbers_end]))
    return TermVectors(
        words=_words_vector(words, names),
        title=_unit({term.hash: term.rarity for term in words if term.flags & _TITLE}),
        names=_unit({term.hash: _name_weight(term) for term in names}),
        lede=_unit(_lede_weights(words)),
        deeds=_unit({term.hash: _word_weight(term) for term in words if not term.flags & _OF_NAME}),
        numbers=frozenset(numbers),
        days=days_of(struct.unpack_from(f">{days_count}H", terms, numbers_end)),
    )


def _read_terms(packed: bytes) -> list[_Term]:
    return [_Term(int.from_bytes(raw), rarity, flags) for raw, rarity, flags in _TERM.iter_unpack(packed)]


def _words_vector(words: list[_Term], names: list[_Term]) -> Vector:
    weights = {term.hash: _word_weight(term) for term in words}
    weights |= {term.hash: _name_weight(term) for term in names if term.flags & _MANY_WORDS}
    return _unit(_top(weights, _MAX_WORDS))


def _lede_weights(words: list[_Term]) -> dict[int, float]:
    return _top(
        {term.hash: _lede_weight(term) for term in words if term.flags & (_TITLE | _LEDE)}, _LEDE_TERMS
    )


def _top(weights: dict[int, float], limit: int) -> dict[int, float]:
    if len(weights) <= limit:
        return weights
    return dict(sorted(weights.items(), key=lambda pair: pair[1], reverse=True)[:limit])


def _unit(weights: Mapping[int, float]) -> Vector:
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / length for term, weight in weights.items() if weight} if length else {}


def counted_terms(terms: bytes) -> tuple[int, ...]:
    """Hashes of the terms whose document counts an article adds to, each once."""
    _, words_count, names_count, _, _ = _HEAD.unpack_from(terms)
    packed = terms[_HEAD.size : _HEAD.size + (words_count + names_count) * _TERM.size]
    return tuple(dict.fromkeys(int.from_bytes(raw) for raw, _, _ in _TERM.iter_unpack(packed)))
