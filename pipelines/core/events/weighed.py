"""The terms of one text with their weights in each vector, as arrays: read once and remembered, whoever is compared.

    hashes[place]           words, then names, as they are packed
    weights[place, kind]    of unit length by kind; 0 where the term is no part of that vector

Sums run along a text in the order of its terms, one after the other, so that they are the same on every machine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.core.events.frequencies import RARITY_STEPS
from pipelines.core.events.terms import (
    HEAD_BYTES,
    LEAST_NAME_STEPS,
    LEDE,
    LEDE_TERMS,
    MANY_WORDS,
    MAX_WORDS,
    OF_NAME,
    TERM_BYTES,
    TITLE,
    lede_weight,
    mentions_of,
    name_weight,
    numbers_of,
    terms_end,
    title_weight,
    word_weight,
)

Weights = NDArray[np.float64]
Shares = NDArray[np.float32]
Hashes = NDArray[np.uint32]

# Everything that is told, with headline and lede on top; the headline; the names; headline and lede; what is told, and
# not of whom.
WORDS, TITLE_WORDS, NAMES, TOP_WORDS, DEEDS = range(5)
KINDS: Final = 5
# A text takes 3 KB. Of the members that articles of an hour are compared with, most are among so many.
_MOST_REMEMBERED: Final = 2_048
# An event is found by its 20 or 30 heaviest terms; all 80 of an article find no other one in the labelled sets.
_MOST_SOUGHT: Final = 30
_OF_NAMES: Final = 256  # rows of the table behind those of words


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """A text as it is compared. The arrays are not to be changed. `size` is how many terms tell anything at all."""

    hashes: Hashes
    weights: Shares
    numbers: frozenset[int]
    mentions: tuple[int, ...]
    size: int

    def heaviest(self) -> dict[int, float]:
        """Hashes and weights of the terms that tell most, the heaviest first."""
        order = np.argsort(-self.weights[:, WORDS], kind="stable")[: min(self.size, _MOST_SOUGHT)]
        return dict(zip(self.hashes[order].tolist(), self.weights[order, WORDS].tolist(), strict=True))


class WeighedRows(dict[int, Weighed]):
    """The texts of a log's rows, by number, read when they are asked for: members are compared again and again.

    When it is full a generation begins, into which the last one's texts come as they are asked for.
    """

    __slots__ = ("_last", "_terms_of")

    def __init__(self, terms_of: Callable[[int], bytes]) -> None:
        super().__init__()
        self._terms_of = terms_of
        self._last: dict[int, Weighed] = {}

    def __missing__(self, row: int) -> Weighed:
        text = self._last.get(row)
        if text is None:
            text = weighed(self._terms_of(row))
        if len(self) >= _MOST_REMEMBERED:
            self._last = self.copy()
            self.clear()
        self[row] = text
        return text


def weighed(terms: bytes) -> Weighed:
    """What `terms.vectors_of` says of packed terms, as arrays.

    Raises:
        ValueError: bytes of another version; those are rebuilt from history, not read.
    """
    end, words = terms_end(terms), terms[1]
    raw = np.frombuffer(terms, np.uint8, end - HEAD_BYTES, HEAD_BYTES).reshape(-1, TERM_BYTES)
    columns = raw.T.astype(np.int64)
    hashes = columns[0] << 16 | columns[1] << 8 | columns[2]
    rarity, flags = columns[3], columns[4]
    np.maximum(rarity[words:], LEAST_NAME_STEPS, out=rarity[words:])
    flags[words:] += _OF_NAMES
    weights = _by_flags()[flags] * rarity[:, None]
    _keep_heaviest(weights[:, WORDS], MAX_WORDS)
    _keep_heaviest(weights[:, TOP_WORDS], LEDE_TERMS)
    if len(weights):
        lengths = np.sqrt(np.cumsum(weights * weights, axis=0)[-1])
        weights /= np.where(lengths > 0.0, lengths, 1.0)
    size = int(np.count_nonzero(weights[:, WORDS]))
    return Weighed(
        hashes.astype(np.uint32), weights.astype(np.float32), numbers_of(terms), mentions_of(terms), size
    )


def _keep_heaviest(weights: Weights, limit: int) -> None:
    """Let all but the heaviest weigh nothing; the earlier of equals stays."""
    if np.count_nonzero(weights) > limit:
        weights[np.argsort(-weights, kind="stable")[limit:]] = 0.0


@cache
def _by_flags() -> Weights:
    """What a step of rarity weighs in each vector, by the flags of a word, then by those of a name."""
    table = np.zeros((2 * _OF_NAMES, KINDS))
    for flags in range(_OF_NAMES):
        word, name = word_weight(1, flags), name_weight(RARITY_STEPS, flags) / RARITY_STEPS
        table[flags, WORDS] = word
        table[flags, TITLE_WORDS] = title_weight(1) * bool(flags & TITLE)
        table[flags, TOP_WORDS] = lede_weight(1, flags) * bool(flags & (TITLE | LEDE))
        table[flags, DEEDS] = word * (not flags & OF_NAME)
        table[_OF_NAMES + flags, WORDS] = name * bool(flags & MANY_WORDS)
        table[_OF_NAMES + flags, NAMES] = name
    return table
