"""Hashes that stand at one place of every record of a log, and find the newest record that has one.

Some 11 bytes an entry. A record has as many entries as there are such places side by side (`slots`): entry
`number * slots + slot`. Only the newest entry of a hash can be found, so that a page that is fetched every hour
lengthens no chain; `Chain` leads from there to the older ones.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pipelines.core.recent_index import RecentIndex
from pipelines.core.story.log import HASH_BYTES, Hashes, Log

_LOW_BITS: Final = 0xFFFF_FFFF
# Entries of one 32-bit key that are looked at: more than one are different hashes that agree in 32 bits.
_AT_ONCE: Final = 64


class HashIndex:
    """Hash of 64 bits -> its newest entry. A hash of 0 is none: it cannot be found."""

    __slots__ = ("_index", "_log", "_place", "_slots")

    def __init__(self, log: Log, place: int, slots: int = 1) -> None:
        self._log = log
        self._place = place
        self._slots = slots
        self._index = RecentIndex()

    @property
    def nbytes(self) -> int:
        """Bytes that the entries take."""
        return self._index.nbytes

    def find(self, wanted: int) -> int | None:
        """The newest entry with this hash."""
        slots = self._slots
        for entry in self._index.newest_of_each((wanted & _LOW_BITS,), _AT_ONCE):
            if self._log.hash_at(entry // slots, self._place + HASH_BYTES * (entry % slots)) == wanted:
                return entry
        return None

    def add(self, own: Sequence[int], nowhere: int) -> list[int | None]:
        """Give the next numbers to the entries of one record, and tell which ones had their hashes before.

        An entry without a hash hangs at `nowhere`, any 32 bits that differ from record to record, so that they make no
        long chain. No hash may stand twice in one record.
        """
        before = [self.find(one) if one else None for one in own]
        for entry in before:
            if entry is not None:
                self._index.hide(entry)
        self._index.add_each([one & _LOW_BITS if one else nowhere for one in own])
        return before

    def extend(self, own: Hashes) -> npt.NDArray[np.int64]:
        """Give the next numbers to many entries; tell of each how many back among them its hash came before, else 0."""
        order = np.argsort(own, kind="stable")
        ordered = own[order]
        again = np.flatnonzero((ordered[1:] == ordered[:-1]) & (ordered[1:] != 0))
        back = np.zeros(len(own), np.int64)
        back[order[again + 1]] = order[again + 1] - order[again]
        hidden = own == 0
        hidden[order[again]] = True
        self._index.extend((own & np.uint64(_LOW_BITS)).astype(np.uint32), hidden)
        return back

    def forget_before(self, number: int) -> None:
        """Forget the entries of all records with a smaller number."""
        self._index.forget_before(number * self._slots)


class Chain:
    """Hash of 64 bits -> all records that have it, by a link from each entry to the one before."""

    __slots__ = ("_first", "_links", "_newest", "_slots")

    def __init__(self, log: Log, place: int, slots: int) -> None:
        self._newest = HashIndex(log, place, slots)
        self._slots = slots
        self._first = 0
        # How many entries back; 0 for none.
        self._links = array("I")

    @property
    def nbytes(self) -> int:
        """Bytes that entries and links take."""
        return self._newest.nbytes + len(self._links) * self._links.itemsize

    def numbers(self, wanted: int) -> Iterator[int]:
        """Numbers of the records with this hash, newest first."""
        entry = self._newest.find(wanted)
        while entry is not None and entry >= self._first:
            yield entry // self._slots
            back = self._links[entry - self._first]
            entry = entry - back if back else None

    def add(self, own: Sequence[int], nowhere: int) -> None:
        """Give the next numbers to the entries of one record."""
        number = self._first + len(self._links)
        for place, before in enumerate(self._newest.add(own, nowhere), number):
            self._links.append(0 if before is None else place - before)

    def extend(self, own: Hashes) -> None:
        """Give the next numbers to many entries."""
        older = self._older(own) if self._links else None
        back = self._newest.extend(own)
        if older is not None:
            back = np.where(back == 0, older, back)
        self._links.frombytes(back.astype(np.uint32).tobytes())

    def _older(self, own: Hashes) -> npt.NDArray[np.int64]:
        """How many back the hash of each came among the entries that are there, else 0."""
        found = {one: self._newest.find(one) for one in np.unique(own).tolist() if one}
        begin = self._first + len(self._links)
        places = enumerate(own.tolist(), begin)
        entries = ((place, found.get(one)) for place, one in places)
        return np.array([0 if entry is None else place - entry for place, entry in entries], np.int64)

    def forget_before(self, number: int) -> None:
        """Forget the entries of all records with a smaller number."""
        self._newest.forget_before(number)
        count = min(number * self._slots - self._first, len(self._links))
        if count > 0:
            del self._links[:count]
            self._first += count
