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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from pipelines.core.events.dates import Days, days_of
from pipelines.core.events.frequencies import HASH_BYTES, RARITY_STEPS, TermFrequencies, term_hash
from pipelines.core.events.words import TextWords

VERSION = 1
MAX_BYTES = 600
# 5 + (80 + 24) * 5 + 12 * 3 + 16 * 2 = 593 bytes at most.
MAX_WORDS, _MAX_NAMES, _MAX_NUMBERS, _MAX_DAYS = 80, 24, 12, 16
LEDE_TERMS = 24

TITLE, LEDE, MANY_WORDS, OF_NAME = 0x80, 0x40, 0x20, 0x10
_COUNT_BITS = 0x07
# Counts as remembered: 0 (in the headline only), 1, 2, 3, 4-5, 6-8, 9-13, more; the weight is that of the middle.
_COUNT_LIMITS = (0, 1, 2, 3, 5, 8, 13)
_COUNT_CODES = bytes(bisect_left(_COUNT_LIMITS, count) for count in range(15))
_COUNT_WEIGHTS = (0.0, *(1.0 + math.log(middle) for middle in (1, 2, 3, 4.5, 7, 11, 17)))
_RARITY_STEP = 1 / RARITY_STEPS
_LEDE_FACTOR, _TITLE_BONUS, _TITLE_IN_LEDE = 2.0, 3.0, 1.5
LEAST_NAME_RARITY = 0.5

_HEAD = struct.Struct("5B")
_TERM = struct.Struct("3sBB")
_SPLIT_TERM = struct.Struct(">HBBB")
_NUMBER = struct.Struct("3s")
HEAD_BYTES, TERM_BYTES = _HEAD.size, _TERM.size

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
    kept_words = _heaviest(*_plain(words, frequencies), MAX_WORDS)
    kept_names = _heaviest(*_names(words, frequencies), _MAX_NAMES)
    numbers = [number_code(number) for number in words.numbers[:_MAX_NUMBERS]]
    kept_days = list(days)[:_MAX_DAYS]
    return b"".join(
        (
            _HEAD.pack(VERSION, len(kept_words), len(kept_names), len(numbers), len(kept_days)),
            *kept_words,
            *kept_names,
            *(number.to_bytes(HASH_BYTES) for number in numbers),
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


def _plain(words: TextWords, frequencies: TermFrequencies) -> tuple[list[bytes], list[float]]:
    """The packed words of a text and how heavy they are."""
    title, lede, of_names, counts = frozenset(words.title), words.lede, words.name_words, words.body
    by_flags, most = _word_weights(), len(_COUNT_CODES) - 1
    terms = list(dict.fromkeys((*words.title, *counts)))
    hashes = list(map(term_hash, terms))
    packed, weights = [], []
    for term, hashed, rarity in zip(terms, hashes, frequencies.rarities(hashes), strict=True):
        count = counts.get(term, 0)
        flags = _COUNT_CODES[min(count, most)]
        if term in title:
            flags |= TITLE
        if term in lede:
            flags |= LEDE
        if term in of_names:
            flags |= OF_NAME
        packed.append((hashed << 16 | rarity << 8 | flags).to_bytes(TERM_BYTES))
        weights.append(by_flags[flags] * rarity)
    return packed, weights


def _names(words: TextWords, frequencies: TermFrequencies) -> tuple[list[bytes], list[float]]:
    hashes = [term_hash("#" + name) for name in words.names]
    most = len(_COUNT_CODES) - 1
    packed, weights = [], []
    for (name, count), hashed, rarity in zip(
        words.names.items(), hashes, frequencies.rarities(hashes), strict=True
    ):
        flags = _COUNT_CODES[min(count, most)] | (MANY_WORDS if " " in name else 0)
        packed.append((hashed << 16 | rarity << 8 | flags).to_bytes(TERM_BYTES))
        weights.append(name_weight(rarity, flags))
    return packed, weights


@cache
def _word_weights() -> tuple[float, ...]:
    """What a step of rarity weighs, by flags."""
    return tuple(word_weight(1, flags) for flags in range(256))


def _heaviest(packed: list[bytes], weights: list[float], limit: int) -> list[bytes]:
    # stable: the earlier term of equal weight stays
    order = sorted(range(len(packed)), key=weights.__getitem__, reverse=True)
    return [packed[at] for at in order[:limit]]


def word_weight(rarity: int, flags: int) -> float:
    """Weight of a word by the two bytes behind its hash: how rare, how often, and where it stands."""
    weight = _COUNT_WEIGHTS[flags & _COUNT_BITS] * (_LEDE_FACTOR if flags & LEDE else 1.0)
    return (weight + _TITLE_BONUS if flags & TITLE else weight) * (rarity * _RARITY_STEP)


def name_weight(rarity: int, flags: int) -> float:
    """Weight of a name by the two bytes behind its hash."""
    return _COUNT_WEIGHTS[flags & _COUNT_BITS] * max(rarity * _RARITY_STEP, LEAST_NAME_RARITY)


def lede_weight(rarity: int, flags: int) -> float:
    """Weight of a word of headline or lede among those."""
    return (_TITLE_IN_LEDE if flags & TITLE else _COUNT_WEIGHTS[flags & _COUNT_BITS]) * rarity * _RARITY_STEP


def title_weight(rarity: int) -> float:
    """Weight of a word of the headline among those."""
    return float(rarity)


def terms_end(terms: bytes) -> int:
    """Where words and names end, which is where numbers begin.

    Raises:
        ValueError: bytes of another version; those are rebuilt from history, not read.
    """
    if terms[0] != VERSION:
        raise ValueError(f"event_terms of version {terms[0]}, this release reads {VERSION}")
    return HEAD_BYTES + (terms[1] + terms[2]) * TERM_BYTES


def numbers_of(terms: bytes) -> frozenset[int]:
    """The numbers that an article mentions."""
    end = terms_end(terms)
    packed = terms[end : end + terms[3] * HASH_BYTES]
    return frozenset(int.from_bytes(raw) for (raw,) in _NUMBER.iter_unpack(packed))


def mentions_of(terms: bytes) -> tuple[int, ...]:
    """The days that an article mentions, in its order."""
    mentions: tuple[int, ...] = struct.unpack_from(
        f">{terms[4]}H", terms, terms_end(terms) + terms[3] * HASH_BYTES
    )
    return mentions


def words_of(terms: bytes) -> Vector:
    """The vector of everything that is told, as `vectors_of` has it."""
    end, by_flags = terms_end(terms), _word_weights()
    words_end = HEAD_BYTES + terms[1] * TERM_BYTES
    weights = {
        high << 8 | low: by_flags[flags] * rarity
        for high, low, rarity, flags in _SPLIT_TERM.iter_unpack(terms[HEAD_BYTES:words_end])
    }
    for high, low, rarity, flags in _SPLIT_TERM.iter_unpack(terms[words_end:end]):
        if flags & MANY_WORDS:
            weights[high << 8 | low] = name_weight(rarity, flags)
    return _unit(_top(weights, MAX_WORDS))


def names_of(terms: bytes) -> Vector:
    """The vector of names, as `vectors_of` has it."""
    names = terms[HEAD_BYTES + terms[1] * TERM_BYTES : terms_end(terms)]
    return _unit({term.hash: name_weight(term.rarity, term.flags) for term in _read_terms(names)})


def vectors_of(terms: bytes) -> TermVectors:
    """The inverse of `pack_terms`, as vectors.

    Raises:
        ValueError: bytes of another version; those are rebuilt from history, not read.
    """
    words_end = HEAD_BYTES + terms[1] * TERM_BYTES
    words = _read_terms(terms[HEAD_BYTES:words_end])
    return TermVectors(
        words=words_of(terms),
        title=_unit({term.hash: title_weight(term.rarity) for term in words if term.flags & TITLE}),
        names=names_of(terms),
        lede=_unit(_lede_weights(words)),
        deeds=_unit(
            {term.hash: word_weight(term.rarity, term.flags) for term in words if not term.flags & OF_NAME}
        ),
        numbers=numbers_of(terms),
        days=days_of(mentions_of(terms)),
    )


def _read_terms(packed: bytes) -> list[_Term]:
    return [_Term(int.from_bytes(raw), rarity, flags) for raw, rarity, flags in _TERM.iter_unpack(packed)]


def _lede_weights(words: list[_Term]) -> dict[int, float]:
    weights = {
        term.hash: lede_weight(term.rarity, term.flags) for term in words if term.flags & (TITLE | LEDE)
    }
    return _top(weights, LEDE_TERMS)


def _top(weights: dict[int, float], limit: int) -> dict[int, float]:
    if len(weights) <= limit:
        return weights
    return dict(sorted(weights.items(), key=lambda pair: pair[1], reverse=True)[:limit])


def _unit(weights: Mapping[int, float]) -> Vector:
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / length for term, weight in weights.items() if weight} if length else {}


def counted_terms(terms: bytes) -> list[int]:
    """Hashes of the terms whose document counts an article adds to. Twice only where two terms have one hash."""
    packed = terms[HEAD_BYTES : terms_end(terms)]
    return [high << 8 | low for high, low, _, _ in _SPLIT_TERM.iter_unpack(packed)]
