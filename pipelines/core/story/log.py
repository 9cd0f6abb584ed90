"""A log of records in the order in which they came: end to end, with where each begins.

Nothing is changed in place, and forgetting is cutting off the oldest.
"""

import struct
from array import array
from typing import Final

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Starts = npt.NDArray[np.int64]

HASH_BYTES: Final = 8
_HASH: Final = struct.Struct("<Q")


class Log:
    """Records by number, from 0 on; only the latest are still there."""

    __slots__ = ("_blob", "_dropped", "_first", "_starts")

    def __init__(self) -> None:
        self._first = 0
        self._dropped = 0
        self._blob = bytearray()
        # One more than there are records: the last is where the next record begins. Counted from the very first record.
        self._starts = array("q", [0])

    @property
    def first(self) -> int:
        """Number of the oldest record that is there."""
        return self._first

    @property
    def next_number(self) -> int:
        """Number of the record that will be added next."""
        return self._first + len(self._starts) - 1

    @property
    def nbytes(self) -> int:
        """Bytes that the records take."""
        return len(self._blob) + len(self._starts) * self._starts.itemsize

    def add(self, record: bytes) -> None:
        """Give the next number to a record."""
        self._blob += record
        self._starts.append(self._dropped + len(self._blob))

    def extend(self, records: memoryview, starts: Starts) -> None:
        """Give the next numbers to records that stand end to end, beginning at `starts`."""
        ends = np.append(starts[1:], len(records)) + self._starts[-1]
        self._blob += records
        self._starts.frombytes(ends.astype(np.int64).tobytes())

    def at(self, number: int) -> bytes:
        """The record of this number."""
        place = number - self._first
        return bytes(
            self._blob[self._starts[place] - self._dropped : self._starts[place + 1] - self._dropped]
        )

    def hash_at(self, number: int, place: int) -> int:
        """The 64 bits at a place of a record."""
        found: int = _HASH.unpack_from(
            self._blob, self._starts[number - self._first] - self._dropped + place
        )[0]
        return found

    def forget_before(self, number: int) -> None:
        """Forget all records with a smaller number."""
        count = min(number, self.next_number) - self._first
        if count <= 0:
            return
        begin = self._starts[count]
        del self._starts[:count]
        del self._blob[: begin - self._dropped]
        self._dropped = begin
        self._first += count

    def alive(self) -> tuple[bytes, Starts]:
        """All records end to end, and where each begins."""
        starts = np.array(self._starts[:-1], dtype=np.int64) - self._dropped
        return bytes(self._blob), starts


def hashes_of(records: memoryview, starts: Starts, place: int) -> Hashes:
    """The 64 bits that stand at a place of every record."""
    # A view of 64 bits at every byte: what is not aligned costs less than gathering it byte by byte.
    count = max(0, len(records) - HASH_BYTES + 1)
    every = np.ndarray((count,), np.dtype("<u8"), buffer=records, strides=(1,))
    return every[starts + place].astype(np.uint64)
