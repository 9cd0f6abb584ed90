"""How much two texts share, told from 197 bytes of each.

    text -> folded words -> 5-word shingles -> 64-bit hashes, sorted
                                                ├─ the 16 smallest: what an inverted index finds candidates by
                                                └─ the smallest of each of 128 bins: what verifies them

Both halves are samples of the same set that every text draws alike (one permutation), so the share of equal slots
estimates the Jaccard index of the two sets. Packed sketches carry a version: another recipe is another version, and
sketches of two versions are never compared.

Source: `research/text.md` §4.2–4.4 (5 words a shingle; bottom-16 proposes every copy and version; one-permutation
MinHash of 128 slots has an RMSE of .032, as good as MinHash and 12 times cheaper). Of a slot 8 bits are kept, after Li
and König 2010, "b-bit minwise hashing": one in 255 unequal slots looks equal, half a slot a pair, a ninth of the RMSE.
"""

import struct
import sys
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipelines.core.repeats.words import Codes, word_codes

SKETCH_VERSION = 2
WORDS = 5
BOTTOM, SLOTS = 16, 128
BOTTOM_BYTES, SLOT_BYTES = BOTTOM * 4, SLOTS
# Below, a sketch is mostly empty slots: such texts are compared by content hash only (`research/text.md` §4.5).
MIN_SHINGLES = 30

Hashes = NDArray[np.uint64]

_HEAD = struct.Struct("<BI")
_KEYS = struct.Struct(f"<{BOTTOM}I")
HEAD_BYTES = _HEAD.size
SKETCH_BYTES = HEAD_BYTES + BOTTOM_BYTES + SLOT_BYTES
_MAX_COUNT = 2**32 - 1

# Scripts written without spaces between words: a word a character. Thai and Lao, Burmese, Khmer, kana, Han, Hangul.
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3005, 0x3007),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)

# Two odd numbers. They draw the permutation, so the figures of `benchmarks/quality_repeats.py` differ a little between
# any two; of 12 pairs these estimated the labelled pairs best (standard error .021, the others .025 to .037).
_ROLL = np.uint64(0x673269A56220B55D)
_BASE = np.uint64(0x22508E81FA16820B)
# Powers of the base are kept for texts of up to so many characters: 99 of 100 news texts, in 256 KB each.
_COMMON_LENGTH = 1 << 14
_SHIFT = np.uint64(33)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What is remembered of a text: the size of its shingle set and, from `MIN_SHINGLES` on, two samples of it.

    `bottom` holds of the 16 smallest hashes, smallest first, the low 32 bits, little-endian; `slots` 128 bytes, 0 where
    a bin is empty. Both are empty for a shorter text.
    """

    shingles: int
    bottom: bytes = b""
    slots: bytes = b""

    @property
    def is_comparable(self) -> bool:
        """Whether the text is long enough to be compared by its sketch."""
        return bool(self.slots)

    def index_keys(self) -> tuple[int, ...]:
        """The 16 smallest hashes, cut to the 32 bits that an index keeps of them."""
        return _KEYS.unpack(self.bottom)


def sketch_of(text: str) -> Sketch:
    """The sketch of a text. Case, punctuation, layout and look-alike letters do not count; the empty text has one.

    >>> sketch_of("Dock strike: 'over', says union!") == sketch_of("DOCK STRIKE over – says Union")
    True
    >>> sketch_of("Dock strike over, says union").shingles
    1
    """
    hashes = shingle_hashes(text)
    count = min(len(hashes), _MAX_COUNT)
    if count < MIN_SHINGLES:
        return Sketch(shingles=count)
    return Sketch(shingles=count, bottom=hashes[:BOTTOM].astype("<u4").tobytes(), slots=_slots(hashes))


def shingle_hashes(text: str) -> Hashes:
    """64-bit hashes of the text's 5-word shingles, each once, ascending; none where the text has fewer words."""
    hashes = _word_hashes(word_codes(text))
    count = len(hashes) - WORDS + 1
    if count < 1:
        return np.zeros(0, np.uint64)
    powers, inverses = _powers_of(_ROLL, len(hashes))
    sums = np.zeros(len(hashes) + 1, np.uint64)
    np.multiply(hashes, inverses, out=sums[1:])
    np.add.accumulate(sums, out=sums)
    rolled = sums[WORDS:] - sums[:-WORDS]
    rolled *= powers[WORDS - 1 :]
    return _distinct(_mixed(rolled))


def _word_hashes(codes: Codes) -> Hashes:
    """A hash a word: a polynomial of its characters, told from the sums over all characters before each word.

    What stands between words weighs nothing, so the characters of a word are all between its start and the next one's.

    Source: Karp and Rabin 1987, "Efficient randomized pattern-matching algorithms".
    """
    starts = _starts(codes)
    powers, inverses = _powers_of(_BASE, len(codes))
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.multiply(powers, codes, out=sums[1:])
    np.add.accumulate(sums, out=sums)
    bounds = np.empty(len(starts) + 1, np.uint64)
    sums.take(starts, out=bounds[:-1])
    bounds[-1] = sums[-1]
    hashes = bounds[1:] - bounds[:-1]
    hashes *= inverses.take(starts)
    return hashes


def _starts(codes: Codes) -> NDArray[np.intp]:
    """Where words begin."""
    is_word = np.zeros(len(codes) + 1, np.bool_)
    np.not_equal(codes, 0, out=is_word[1:])
    begins = is_word[1:] > is_word[:-1]
    if len(codes) and codes.max() >= _UNSPACED[0][0]:
        alone = _is_unspaced()[codes]
        if alone.any():
            begins |= alone
            begins[1:] |= alone[:-1]
            begins &= is_word[1:]
    return begins.nonzero()[0]


@cache
def _is_unspaced() -> NDArray[np.bool_]:
    table = np.zeros(sys.maxunicode + 1, np.bool_)
    for first, last in _UNSPACED:
        table[first : last + 1] = True
    return table


def _powers_of(number: np.uint64, count: int) -> tuple[Hashes, Hashes]:
    """The first powers of a number, and of its inverse modulo 2^64."""
    if count > _COMMON_LENGTH:
        return _powers(number, count)
    powers, inverses = _common_powers(int(number))
    return powers[:count], inverses[:count]


@cache
def _common_powers(number: int) -> tuple[Hashes, Hashes]:
    return _powers(np.uint64(number), _COMMON_LENGTH)


def _powers(number: np.uint64, count: int) -> tuple[Hashes, Hashes]:
    inverse = np.uint64(pow(int(number), -1, 1 << 64))
    powers, inverses = np.full(count, number), np.full(count, inverse)
    powers[0] = inverses[0] = 1
    np.multiply.accumulate(powers, out=powers)
    np.multiply.accumulate(inverses, out=inverses)
    return powers, inverses


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of MurmurHash3, in place: every bit of the input reaches every bit of the output."""
    high = np.empty_like(values)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53, 1):
        np.right_shift(values, _SHIFT, out=high)
        values ^= high
        if factor != 1:
            values *= np.uint64(factor)
    return values


def _distinct(values: Hashes) -> Hashes:
    values.sort()
    is_first = np.empty(len(values), np.bool_)
    is_first[0] = True
    np.not_equal(values[1:], values[:-1], out=is_first[1:])
    return values[is_first]


def _slots(hashes: Hashes) -> bytes:
    """The smallest hash of each of 128 bins, cut to 8 bits. Bins are the top 7 bits, so the first of each is it."""
    begins = hashes.searchsorted(_bins())
    filled = hashes.take(begins[:-1], mode="clip").astype(np.uint8)
    np.maximum(filled, 1, out=filled)
    filled[begins[1:] == begins[:-1]] = 0
    return filled.tobytes()


@cache
def _bins() -> Hashes:
    """Where bins begin, and the end of the last, which no hash reaches but by a chance of 2^-64."""
    return np.append(np.arange(SLOTS, dtype=np.uint64) << np.uint64(57), np.uint64(2**64 - 1))


def jaccard(slots: bytes, others: bytes) -> float:
    """Estimated Jaccard index of two shingle sets, 0..1: equal slots among those that are not empty in both.

    Source: Li, Owen and Zhang 2012, "One permutation hashing" (no densification: a pair needs none).
    """
    return jaccards(slots, np.frombuffer(others, np.uint8)[np.newaxis])[0]


def jaccards(slots: bytes, others: NDArray[np.uint8]) -> list[float]:
    """The same of one set and several, a row of 128 slots each."""
    ours = np.frombuffer(slots, np.uint8)
    filled = np.add.reduce((ours | others) != 0, axis=1, dtype=np.intp).tolist()
    equal = np.add.reduce((ours == others) & (ours != 0), axis=1, dtype=np.intp).tolist()
    return [same / most if most else 0.0 for same, most in zip(equal, filled, strict=True)]


def containment(jaccard_index: float, shingles: int, others: int) -> float:
    """Estimated share of the smaller text that stands in the larger, 0..1.

    >>> containment(0.25, 25, 100)
    1.0
    """
    shared = jaccard_index / (1 + jaccard_index) * (shingles + others)
    return min(shared / min(shingles, others), 1.0)


def pack(sketch: Sketch) -> bytes:
    """The sketch as bytes: version, number of shingles, 16 hashes, 128 slots; 197 bytes, or 5 of a short text."""
    return _HEAD.pack(SKETCH_VERSION, sketch.shingles) + sketch.bottom + sketch.slots


def unpack(blob: bytes) -> Sketch | None:
    """The inverse of `pack`; `None` where the bytes are a sketch of another version, or none at all."""
    if len(blob) not in (_HEAD.size, SKETCH_BYTES):
        return None
    version, shingles = _HEAD.unpack_from(blob)
    if version != SKETCH_VERSION:
        return None
    samples = blob[_HEAD.size :]
    return Sketch(shingles=shingles, bottom=samples[:BOTTOM_BYTES], slots=samples[BOTTOM_BYTES:])


def shingles_in(blob: bytes | None) -> int:
    """The number of shingles that a packed sketch tells of; 0 where `unpack` gives none."""
    if blob is None or len(blob) not in (_HEAD.size, SKETCH_BYTES) or blob[0] != SKETCH_VERSION:
        return 0
    count: int = _HEAD.unpack_from(blob)[1]
    return count
