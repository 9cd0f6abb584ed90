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
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

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
LEAST_NAME_STEPS = round(LEAST_NAME_RARITY * RARITY_STEPS)
_FOR_NAMES = 0x100

_HEAD = struct.Struct("5B")
_TERM = struct.Struct("3sBB")
_SPLIT_TERM = struct.Struct(">HBBB")
_NUMBER = struct.Struct("3s")
HEAD_BYTES, TERM_BYTES = _HEAD.size, _TERM.size

Vector = Mapping[int, float]
Codes = NDArray[np.int64]


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
    terms, names = list(dict.fromkeys((*words.title, *words.counts))), words.names
    hashes = np.array([*terms, *map(name_hash, names)], np.int64)
    rarities, flags = frequencies.rarities(hashes), _flags(words, terms)
    kept_words = _packed(hashes[: len(terms)], rarities[: len(terms)], flags[: len(terms)], MAX_WORDS)
    kept_names = _packed(hashes[len(terms) :], rarities[len(terms) :], flags[len(terms) :], _MAX_NAMES)
    numbers = [number_code(number) for number in words.numbers[:_MAX_NUMBERS]]
    kept_days = list(days)[:_MAX_DAYS]
    head = min(len(terms), MAX_WORDS), min(len(names), _MAX_NAMES), len(numbers), len(kept_days)
    return b"".join(
        (
            _HEAD.pack(VERSION, *head),
            kept_words,
            kept_names,
            *(number.to_bytes(HASH_BYTES) for number in numbers),
            struct.pack(f">{len(kept_days)}H", *kept_days),
        )
    )


def name_hash(name: str) -> int:
    """The hash of a name, which is no word's."""
    return term_hash("#" + name)


def number_code(digits: str) -> int:
    """A number as it is remembered: itself up to seven digits, else a hash.

    >>> number_code("148")
    148
    """
    number = int(digits)
    return number if number < 10_000_000 else term_hash("=" + digits) | 0x800000


def _flags(words: TextWords, terms: list[int]) -> Codes:
    """Flags of words, then of names, as a byte each; a name's are above those of words."""
    size, most = len(terms), len(_COUNT_CODES) - 1
    counts = chain(map(words.counts.get, terms, repeat(0)), words.names.values())
    counted = np.minimum(np.fromiter(counts, np.int64, size + len(words.names)), most)
    flags: Codes = np.frombuffer(_COUNT_CODES, np.uint8)[counted].astype(np.int64)
    of_words = flags[:size]
    of_words[: len(words.title)] |= TITLE  # the words of the headline are the first
    of_words |= LEDE * np.fromiter(map(words.lede.__contains__, terms), np.int64, size)
    of_words |= OF_NAME * np.fromiter(map(words.of_names.__contains__, terms), np.int64, size)
    flags[size:] |= _FOR_NAMES
    flags[size:] |= MANY_WORDS * np.fromiter(
        (" " in name for name in words.names), np.int64, len(words.names)
    )
    return flags


def _packed(hashes: Codes, rarities: Codes, flags: Codes, limit: int) -> bytes:
    """The heaviest terms, the earlier of equals."""
    weights = weights_by_flags()[flags] * np.where(
        flags & _FOR_NAMES, np.maximum(rarities, LEAST_NAME_STEPS), rarities
    )
    order = np.argsort(-weights, kind="stable")[:limit]
    codes = hashes[order] << 16 | rarities[order] << 8 | flags[order] & 0xFF
    wide = codes.astype(">i8").view(np.uint8).reshape(-1, 8)
    return wide[:, 8 - TERM_BYTES :].tobytes()


@cache
def weights_by_flags() -> NDArray[np.float64]:
    """What a step of rarity weighs, by flags of a word, then by those of a name."""
    flags = range(_FOR_NAMES)
    names = [name_weight(RARITY_STEPS, flag) / RARITY_STEPS for flag in flags]
    return np.array([*(word_weight(1, flag) for flag in flags), *names])


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
    end, words_end = terms_end(terms), HEAD_BYTES + terms[1] * TERM_BYTES
    weights = {
        high << 8 | low: word_weight(rarity, flags)
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
