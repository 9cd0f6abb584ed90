"""How much two texts share, told from 389 bytes of each.

    text -> folded words -> 5-word shingles -> 64-bit hashes, sorted
                                                ├─ the 16 smallest: what an inverted index finds candidates by
                                                └─ the smallest of each of 128 bins: what verifies them

Both halves are samples of the same set that every text draws alike (one permutation), so the share of equal slots
estimates the Jaccard index of the two sets. Packed sketches carry a version: another recipe is another version, and
sketches of two versions are never compared.

Source: `research/text.md` §4.2–4.4 (5 words a shingle; bottom-16 proposes every copy and version; one-permutation
MinHash of 128 slots has an RMSE of .032, as good as MinHash and 12 times cheaper).
"""

import re
import struct
import sys
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipelines.core.fold import folded

SKETCH_VERSION = 1
WORDS = 5
BOTTOM, SLOTS = 16, 128
BOTTOM_BYTES, SLOT_BYTES = BOTTOM * 8, SLOTS * 2
# Below, a sketch is mostly empty slots: such texts are compared by content hash only (`research/text.md` §4.5).
MIN_SHINGLES = 30

Hashes = NDArray[np.uint64]

_HEAD = struct.Struct("<BI")
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

# A word: letters and digits with their combining marks. In the scripts of South Asia vowels are marks, so whole blocks
# are taken, but for the danda, which ends a sentence.
_WORD = re.compile("[\\w\u0300-\u036f\u0590-\u06ff\u0900-\u0963\u0966-\u0eff\u1000-\u109f\u1780-\u17ff]+")
# Quotes, dashes and the like end a word whatever they are. Without them most texts in English are ASCII, which is
# folded three times as fast.
_TYPOGRAPHIC = re.compile(
    r"[\u00a0\u00ab\u00b4\u00b7\u00bb\u2010-\u2015\u2018-\u201f\u2022\u2026\u2039\u203a]"
)
_ASCII_WORDS = bytes(code if chr(code).isalnum() and code < 128 else ord(" ") for code in range(256))

_ROLL = np.uint64(0x9E3779B97F4A7C15)
# Places after which the multipliers of a word's characters start again: no news word is longer.
_PLACES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What is remembered of a text: the size of its shingle set and, from `MIN_SHINGLES` on, two samples of it.

    `bottom` holds 16 little-endian 64-bit hashes, smallest first; `slots` 128 little-endian 16-bit values, 0 where a
    bin is empty. Both are empty for a shorter text.
    """

    shingles: int
    bottom: bytes = b""
    slots: bytes = b""

    @property
    def is_comparable(self) -> bool:
        """Whether the text is long enough to be compared by its sketch."""
        return bool(self.slots)

    def index_keys(self) -> list[int]:
        """The 16 smallest hashes, cut to the 32 bits that an index keeps of them."""
        low: list[int] = np.frombuffer(self.bottom, dtype="<u4")[::2].tolist()
        return low


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
    return Sketch(shingles=count, bottom=hashes[:BOTTOM].astype("<u8").tobytes(), slots=_slots(hashes))


def shingle_hashes(text: str) -> Hashes:
    """64-bit hashes of the text's 5-word shingles, each once, ascending; none where the text has fewer words."""
    hashes = _word_hashes(_words(text))
    count = len(hashes) - WORDS + 1
    if count < 1:
        return np.zeros(0, np.uint64)
    rolled = np.zeros(count, np.uint64)
    for place in range(WORDS):
        rolled *= _ROLL
        rolled += hashes[place : place + count]
    return _distinct(_mixed(rolled))


def _words(text: str) -> str:
    """The words of a text, folded, one space apart."""
    plain = folded(_TYPOGRAPHIC.sub(" ", text))
    if plain.isascii():
        # The same words as below, ten times as fast.
        return " ".join(plain.encode("ascii").translate(_ASCII_WORDS).decode("ascii").split())
    return " ".join(_WORD.findall(plain.replace("_", " ")))


def _word_hashes(words: str) -> Hashes:
    """A hash a word of a text whose words stand one space apart: multilinear over the characters, then mixed.

    A space counts as the end of the word before it, and weighs nothing.

    Source: Lemire and Kaser 2014, "Strongly universal string hashing is fast".
    """
    if not words:
        return np.zeros(0, np.uint64)
    codes = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    is_space = codes == ord(" ")
    begins = np.concatenate(([True], is_space[:-1]))
    if not words.isascii():
        alone = _is_unspaced()[codes]
        begins |= alone
        begins[1:] |= alone[:-1]
        begins &= ~is_space
    starts = np.flatnonzero(begins)
    places = np.arange(len(codes)) - np.repeat(starts, np.diff(starts, append=len(codes)))
    places &= _PLACES - 1
    weighted = _multipliers()[places]
    weighted *= codes
    weighted[is_space] = 0
    return _mixed(np.add.reduceat(weighted, starts))


@cache
def _is_unspaced() -> NDArray[np.bool_]:
    table = np.zeros(sys.maxunicode + 1, np.bool_)
    for first, last in _UNSPACED:
        table[first : last + 1] = True
    return table


@cache
def _multipliers() -> Hashes:
    seeds = np.arange(1, _PLACES + 1, dtype=np.uint64) * _ROLL
    return _mixed(seeds) | np.uint64(1)


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of MurmurHash3: every bit of the input reaches every bit of the output."""
    mixed = values ^ (values >> np.uint64(33))
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    mixed ^= mixed >> np.uint64(33)
    return mixed


def _distinct(values: Hashes) -> Hashes:
    values.sort()
    return values[np.concatenate(([True], values[1:] != values[:-1]))]


def _slots(hashes: Hashes) -> bytes:
    """The smallest hash of each of 128 bins, cut to 16 bits. Bins are the top 7 bits, so the first of each is it."""
    bins = hashes >> np.uint64(57)
    firsts = np.concatenate(([True], bins[1:] != bins[:-1]))
    slots = np.zeros(SLOTS, "<u2")
    slots[bins[firsts].astype(np.intp)] = np.maximum(hashes[firsts] & np.uint64(0xFFFF), np.uint64(1))
    return slots.tobytes()


def jaccard(slots: bytes, others: bytes) -> float:
    """Estimated Jaccard index of two shingle sets, 0..1: equal slots among those that are not empty in both.

    Source: Li, Owen and Zhang 2012, "One permutation hashing" (no densification: a pair needs none).
    """
    ours, theirs = np.frombuffer(slots, "<u2"), np.frombuffer(others, "<u2")
    filled = np.count_nonzero(ours | theirs)
    equal = np.count_nonzero((ours == theirs) & (ours != 0))
    return equal / filled if filled else 0.0


def containment(jaccard_index: float, shingles: int, others: int) -> float:
    """Estimated share of the smaller text that stands in the larger, 0..1.

    >>> containment(0.25, 25, 100)
    1.0
    """
    shared = jaccard_index / (1 + jaccard_index) * (shingles + others)
    return min(shared / min(shingles, others), 1.0)


def pack(sketch: Sketch) -> bytes:
    """The sketch as bytes: version, number of shingles, 16 hashes, 128 slots; 389 bytes, or 5 of a short text."""
    return _HEAD.pack(SKETCH_VERSION, sketch.shingles) + sketch.bottom + sketch.slots


def unpack(blob: bytes) -> Sketch | None:
    """The inverse of `pack`; `None` where the bytes are a sketch of another version, or none at all."""
    if len(blob) not in (_HEAD.size, _HEAD.size + BOTTOM_BYTES + SLOT_BYTES):
        return None
    version, shingles = _HEAD.unpack_from(blob)
    if version != SKETCH_VERSION:
        return None
    samples = blob[_HEAD.size :]
    return Sketch(shingles=shingles, bottom=samples[:BOTTOM_BYTES], slots=samples[BOTTOM_BYTES:])
