"""The terms of many texts at once, a row a text: what `terms.vectors_of` says of one, as arrays.

    hashes[text, place]     words, then names, as they are packed
    words()[text, place]    weights of unit length; 0 where the term is no part of this vector

Sums run along a text in the order of its terms, one after the other, so that they are the same on every machine.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipelines.core.events.frequencies import RARITY_STEPS
from pipelines.core.events.terms import (
    HEAD_BYTES,
    LEAST_NAME_RARITY,
    LEDE,
    LEDE_TERMS,
    MANY_WORDS,
    MAX_WORDS,
    OF_NAME,
    TERM_BYTES,
    TITLE,
    lede_weight,
    name_weight,
    terms_end,
    title_weight,
    word_weight,
)

Weights = NDArray[np.float64]
Hashes = NDArray[np.uint32]
_HIGH, _LOW = np.uint32(16), np.uint32(8)


class TermMatrix:
    """Packed terms of some texts, each read at once; vectors are made when they are asked for."""

    __slots__ = ("_codes", "_is_name", "_is_word", "first_size", "hashes")

    def __init__(self, texts: Sequence[bytes]) -> None:
        ends = [terms_end(text) for text in texts]
        size = max(ends, default=HEAD_BYTES) - HEAD_BYTES
        padded = b"".join(
            text[HEAD_BYTES:end].ljust(size, b"\0") for text, end in zip(texts, ends, strict=True)
        )
        raw = np.frombuffer(padded, np.uint8).reshape(len(texts), size // TERM_BYTES, TERM_BYTES)
        wide = raw.astype(np.uint32)
        self.hashes: Hashes = wide[:, :, 0] << _HIGH | wide[:, :, 1] << _LOW | wide[:, :, 2]
        self._codes: Hashes = wide[:, :, 3] << _LOW | wide[:, :, 4]
        self.first_size = texts[0][1] + texts[0][2] if texts else 0  # terms of the first text
        place = np.arange(size // TERM_BYTES)
        words = np.array([text[1] for text in texts], np.int64)[:, None]
        names = np.array([text[2] for text in texts], np.int64)[:, None]
        self._is_word = place < words
        self._is_name = (place >= words) & (place < words + names)

    def words(self) -> Weights:
        """Everything that is told, with headline and lede on top."""
        tables = _tables()
        many = self._is_name & (self._codes & MANY_WORDS != 0)
        weights = np.where(self._is_word, tables.word[self._codes], 0.0)
        return _unit(_heaviest(np.where(many, tables.name[self._codes], weights), MAX_WORDS))

    def title(self) -> Weights:
        """The headline."""
        return _unit(np.where(self._is_word, _tables().title[self._codes], 0.0))

    def names(self) -> Weights:
        """The names."""
        return _unit(np.where(self._is_name, _tables().name[self._codes], 0.0))

    def lede(self) -> Weights:
        """Headline and lede."""
        return _unit(_heaviest(np.where(self._is_word, _tables().lede[self._codes], 0.0), LEDE_TERMS))

    def deeds(self) -> Weights:
        """What is told, and not of whom."""
        return _unit(np.where(self._is_word, _tables().deed[self._codes], 0.0))

    def counted(self) -> Hashes:
        """Hashes whose document counts the texts add to: `terms.counted_terms` of each."""
        return self.hashes[self._is_word | self._is_name]


class _Tables:
    """Weights by rarity and flags, the two bytes behind a term's hash."""

    __slots__ = ("deed", "lede", "name", "title", "word")

    def __init__(self) -> None:
        flags, rarities = range(256), np.arange(256.0)
        # A weight is its flags' weight times the rarity; only names have a least one.
        self.word = np.outer(rarities, [word_weight(1, flag) for flag in flags]).ravel()
        least = np.maximum(rarities / RARITY_STEPS, LEAST_NAME_RARITY)
        self.name = np.outer(least, [name_weight(RARITY_STEPS, flag) for flag in flags]).ravel()
        self.title = np.outer(rarities, [title_weight(1) * bool(flag & TITLE) for flag in flags]).ravel()
        is_top = [bool(flag & (TITLE | LEDE)) for flag in flags]
        self.lede = np.outer(rarities, [lede_weight(1, flag) * is_top[flag] for flag in flags]).ravel()
        is_deed = [not flag & OF_NAME for flag in flags]
        self.deed = np.outer(rarities, [word_weight(1, flag) * is_deed[flag] for flag in flags]).ravel()


@cache
def _tables() -> _Tables:
    return _Tables()


def _heaviest(weights: Weights, limit: int) -> Weights:
    """The heaviest of each text, the earlier of equals; the others weigh nothing."""
    surplus = weights.shape[1] - limit
    if surplus <= 0:
        return weights
    least = np.partition(weights, surplus, axis=1)[:, surplus, None]
    heavier, equal = weights > least, weights == least
    room = limit - np.count_nonzero(heavier, axis=1)[:, None]
    return np.where(heavier | (equal & (np.cumsum(equal, axis=1) <= room)), weights, 0.0)


def _unit(weights: Weights) -> Weights:
    lengths = lengths_of(weights)[:, None]
    return weights / np.where(lengths > 0.0, lengths, 1.0)


def lengths_of(weights: Weights) -> Weights:
    """Length of each row, added up from first to last."""
    if not weights.shape[1]:
        return np.zeros(len(weights))
    length: Weights = np.sqrt(np.cumsum(weights * weights, axis=1)[:, -1])
    return length
