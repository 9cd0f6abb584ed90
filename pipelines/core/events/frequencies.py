"""How common a term is: a shipped prior of document counts, and the articles that are live.

Words of a topic must lose weight as they become common (a frozen count costs 4.4 points of F1, `research/events.md`
§3.3), and gain it back when the topic is over: what a forgotten article counted is taken back, so that a memory
rebuilt from the articles within its horizon counts the same.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from importlib import resources
from itertools import accumulate, repeat
from typing import Final

import numpy as np
import orjson
import zstandard
from numpy.typing import NDArray

HASH_BYTES = 3
# The rarest term counts as one of 40 in 6,000 articles. A name that is new to the prior would else outweigh everything
# that is said about it: measured B-cubed on ecb_dev 85.6 -> 86.8, gold5 +-0, allsides_dev +-0 against no limit.
MAX_IDF = 5.0
# Rarity as it is remembered: idf in 32nds.
RARITY_STEPS = 32
# A language without a prior starts as if this many articles without a shared word had been read: with fewer, the
# second report of a happening would already make its words look common.
_COLD_DOCUMENTS = 1_000
# Counts that have changed wait in a dict (100 bytes each) until they are an eighth of what is packed (8 bytes each).
_LEAST_WAITING: Final = 4_096
_PACKED_SHARE: Final = 8
# Counts beyond this are taken for it: of a million articles, a term in every eighth is as common as can be.
_MOST_COUNTED: Final = 1 << 17

Hashes = NDArray[np.uint32]


@dataclass(frozen=True)
class TermPrior:
    """Document counts of one language, by term hash. `version` is part of `event_model`."""

    version: str
    documents: int
    counts: dict[int, int]

    @cached_property
    def columns(self) -> tuple[Hashes, NDArray[np.int32]]:
        """Terms ascending and their counts: 8 bytes a term that stay near the processor, where a dict takes 100."""
        terms = sorted(self.counts)
        return np.array(terms, np.uint32), np.array([self.counts[term] for term in terms], np.int32)


@lru_cache(maxsize=131_072)
def term_hash(term: str) -> int:
    """24 bits: two texts of 100 terms share one by accident once in 1,700 pairs."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).digest())


class TermFrequencies:
    """Document counts of the prior and of the live articles of one language."""

    __slots__ = ("_counts", "_documents", "_prior_counts", "_prior_terms", "_terms", "_waiting")

    def __init__(self, prior: TermPrior) -> None:
        self._prior_terms, self._prior_counts = prior.columns
        self._documents = prior.documents
        self._terms: Hashes = np.zeros(0, np.uint32)  # ascending, with how many live articles have them
        self._counts: NDArray[np.int32] = np.zeros(0, np.int32)
        self._waiting: dict[int, int] = {}

    @property
    def nbytes(self) -> int:
        """Bytes that the counts take."""
        return self._terms.nbytes + self._counts.nbytes + 100 * len(self._waiting)

    def idf(self, term: int) -> float:
        """Inverse document frequency: 0 for a term in every article, up to `MAX_IDF` for a rare one."""
        count = int(self._counted(np.array([term]))[0])
        return min(math.log((self._documents + 2.0) / (count + 1.0)), MAX_IDF)

    def rarities(self, terms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Idf of terms in 32nds, 0..160."""
        counts = np.minimum(self._counted(terms), _MOST_COUNTED)
        idf = np.minimum(math.log(self._documents + 2.0) - _logarithms()[counts], MAX_IDF)
        return np.maximum(np.rint(idf * RARITY_STEPS), 0.0).astype(np.int64)

    def _counted(self, terms: NDArray[np.int64]) -> NDArray[np.int64]:
        """In how many articles terms are."""
        wanted = terms.astype(np.uint32)
        counts = _found(self._prior_terms, self._prior_counts, wanted)
        counts += _found(self._terms, self._counts, wanted)
        if self._waiting:
            waiting = map(self._waiting.get, terms.tolist(), repeat(0))
            counts += np.fromiter(waiting, np.int64, len(terms))
        return counts

    @property
    def live_terms(self) -> int:
        """How many terms the live articles have."""
        self._pack_waiting()
        return len(self._terms)

    def add(self, terms: Iterable[int]) -> None:
        """Count one article's terms, each once."""
        self._count(terms, 1)

    def take_back(self, terms: Iterable[int]) -> None:
        """Undo `add` of the same terms."""
        self._count(terms, -1)

    def _count(self, terms: Iterable[int], by: int) -> None:
        self._documents += by
        waiting = self._waiting
        for term in terms:
            waiting[term] = waiting.get(term, 0) + by
        if len(waiting) > max(_LEAST_WAITING, len(self._terms) // _PACKED_SHARE):
            self._pack_waiting()

    def add_many(self, articles: int, terms: Hashes) -> None:
        """Count the terms of many articles, each term as often as articles have it."""
        self._merge(*np.unique(terms, return_counts=True), by=articles)

    def take_back_many(self, articles: int, terms: Hashes) -> None:
        """Undo `add_many` of the same terms."""
        once, counts = np.unique(terms, return_counts=True)
        self._merge(once, -counts, by=-articles)

    def _pack_waiting(self) -> None:
        waiting = np.fromiter(self._waiting.keys(), np.uint32, len(self._waiting))
        counts = np.fromiter(self._waiting.values(), np.int32, len(self._waiting))
        self._waiting.clear()
        order = np.argsort(waiting)
        self._merge(waiting[order], counts[order], by=0)

    def _merge(self, terms: Hashes, counts: NDArray[np.int64] | NDArray[np.int32], *, by: int) -> None:
        """Add counts of some terms, each once and ascending."""
        self._documents += by
        places = np.searchsorted(self._terms, terms)
        known = np.zeros(len(terms), np.bool_)
        inside = places < len(self._terms)
        known[inside] = self._terms[places[inside]] == terms[inside]
        self._counts[places[known]] += counts[known].astype(np.int32)
        self._terms = np.insert(self._terms, places[~known], terms[~known])
        self._counts = np.insert(self._counts, places[~known], counts[~known].astype(np.int32))
        if not self._counts.all():
            left = self._counts != 0
            self._terms, self._counts = self._terms[left], self._counts[left]


def _found(terms: Hashes, counts: NDArray[np.int32], wanted: Hashes) -> NDArray[np.int64]:
    """Counts of terms among ascending ones; 0 for those that are not."""
    if not len(terms):
        return np.zeros(len(wanted), np.int64)
    places = np.searchsorted(terms, wanted)
    places[places == len(terms)] = 0
    return np.where(terms[places] == wanted, counts[places], 0).astype(np.int64)


@cache
def _logarithms() -> NDArray[np.float64]:
    """ln(count + 1) by count, as the same on every machine as the C library has it."""
    return np.array([math.log(count + 1.0) for count in range(_MOST_COUNTED + 1)])


@cache
def prior_of(language_key: str) -> TermPrior:
    """The shipped prior of a language; for one without, a cold start."""
    file = resources.files("pipelines.core.events").joinpath("prior.json.zst")
    shipped = orjson.loads(zstandard.ZstdDecompressor().decompress(file.read_bytes()))
    found = shipped["languages"].get(language_key)
    if found is None:
        return TermPrior(version="cold", documents=_COLD_DOCUMENTS, counts={})
    return TermPrior(
        version=shipped["version"],
        documents=found["documents"],
        counts=dict(zip(accumulate(found["gaps"]), found["counts"], strict=True)),
    )
