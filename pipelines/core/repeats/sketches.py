"""The sketches a repeat memory compares with: about 330 bytes a text, candidates by 16 keys, a founder by its family.

A candidate shares 2 of the 16 smallest shingle hashes. Of a heavy key (boilerplate) only the latest 50 texts are seen:
that keeps a hostile or careless site from slowing the others (`research/text.md` §4.3: posting cap 50 loses no copy and
no version).
"""

from array import array
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.identity import digest
from pipelines.core.recent_index import RecentIndex
from pipelines.core.repeats.shingles import BOTTOM, SLOT_BYTES, SLOTS, Sketch, containment, jaccards

SHARED_KEYS = 2
POSTING_CAP = 50
# Most candidates that are verified, those with most shared keys first. 0.31 a text on real news
# (`research/text.md` §4.3): only hostile texts have more.
MAX_CANDIDATES = 64
# Versions of a founder that are compared with, the latest: a live blog has many.
FOUNDER_TEXTS = 16


def family_of(article_id: str) -> str:
    """The copy family that an article founds: an opaque id."""
    return digest("family", article_id)


def family_key(article_id: str) -> int:
    """`key_of_family` of the family an article founds, three times as fast."""
    named = b"family\x1f" + article_id.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(named, digest_size=16).digest()[:4], "big")


def key_of_family(family: str) -> int:
    """The part of a family that an index keeps: 32 bits."""
    return int(family[:8], 16)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a remembered text is: the number of its row, and two estimates, 0..1."""

    row: int
    jaccard: float
    containment: float


class SketchTable:
    """Sketches by number: what comes near a text, and the texts of a family's founder."""

    __slots__ = ("_by_family", "_by_key", "_first", "_rows", "_shingles", "_slots")

    def __init__(self, first: int = 0) -> None:
        self._first = first
        self._slots = bytearray()
        self._shingles = array("I")
        self._rows = array("Q")
        self._by_key, self._by_family = RecentIndex(first * BOTTOM), RecentIndex(first)

    def __len__(self) -> int:
        """Number of live sketches."""
        return len(self._rows)

    @property
    def first_number(self) -> int:
        """Number of the oldest sketch."""
        return self._first

    @property
    def next_number(self) -> int:
        """Number of the sketch that will be added next."""
        return self._first + len(self._rows)

    @property
    def nbytes(self) -> int:
        """Bytes that the sketches take."""
        return len(self._slots) + 12 * len(self._rows) + self._by_key.nbytes + self._by_family.nbytes

    def add(self, row: int, sketch: Sketch, family_key: int) -> None:
        """Remember the sketch of a row; `family_key` stands for the family its article would found."""
        self._slots += sketch.slots
        self._shingles.append(sketch.shingles)
        self._rows.append(row)
        self._by_family.add(family_key)
        self._by_key.add_each(sketch.index_keys())

    def extend(
        self,
        *,
        rows: NDArray[np.uint64],
        shingles: NDArray[np.uint32],
        family_keys: NDArray[np.uint32],
        keys: NDArray[np.uint32],
        slots: NDArray[np.uint8],
    ) -> None:
        """Remember many sketches, as `add` of one after the other; of `keys` 16 and of `slots` 128 a sketch."""
        self._slots += slots.tobytes()
        self._shingles.frombytes(shingles.tobytes())
        self._rows.frombytes(rows.tobytes())
        self._by_family.extend(family_keys)
        self._by_key.extend(keys.ravel())

    def parts(self, begin: int, end: int) -> tuple[NDArray[Any], ...]:
        """What `extend` takes, in its order, of the sketches between two places, counted from the oldest."""
        return (
            np.frombuffer(self._rows[begin:end], np.uint64),
            np.frombuffer(self._shingles[begin:end], np.uint32),
            self._by_family.entries(begin, end)[0],
            self._by_key.entries(begin * BOTTOM, end * BOTTOM)[0],
            np.frombuffer(self._slots[begin * SLOTS : end * SLOTS], np.uint8),
        )

    def near(self, sketch: Sketch) -> list[Likeness]:
        """What shares enough keys with a text to be compared with it, most shared keys first, then the oldest."""
        shared: dict[int, int] = {}
        for entry in self._by_key.newest_of_each(sketch.index_keys(), POSTING_CAP):
            shared[entry // BOTTOM] = shared.get(entry // BOTTOM, 0) + 1
        ranked = sorted((-count, number) for number, count in shared.items() if count >= SHARED_KEYS)
        return self._likenesses(sketch, [number for _, number in ranked[:MAX_CANDIDATES]])

    def of_founder(self, sketch: Sketch, family_key: int) -> list[Likeness]:
        """How like the texts are of the article that would found this family, oldest first. May hold strangers."""
        numbers = self._by_family.newest(family_key, FOUNDER_TEXTS)
        return self._likenesses(sketch, numbers[::-1])

    def _likenesses(self, sketch: Sketch, numbers: list[int]) -> list[Likeness]:
        if not numbers:
            return []
        places = [number - self._first for number in numbers]
        slots = np.frombuffer(self._slots, np.uint8).reshape(-1, SLOTS)[places]
        found: list[Likeness] = []
        for place, index in zip(places, jaccards(sketch.slots, slots), strict=True):
            share = containment(index, sketch.shingles, self._shingles[place])
            found.append(Likeness(self._rows[place], index, share))
        return found

    def forget_before(self, number: int) -> None:
        """Forget all sketches with a smaller number."""
        count = min(number, self.next_number) - self._first
        if count <= 0:
            return
        self._first += count
        del self._slots[: count * SLOT_BYTES]
        del self._shingles[:count]
        del self._rows[:count]
        self._by_family.forget_before(self._first)
        self._by_key.forget_before(self._first * BOTTOM)
