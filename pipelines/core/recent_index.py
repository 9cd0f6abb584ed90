"""Keys of 32 bits to the numbers of the entries that carry them, newest first, in some 11 bytes an entry.

A chained hash table in three flat arrays. Entries are numbered in the order in which they come; chains lead strictly
back in time, so forgetting the oldest is cutting the arrays in front, and a heavy key (boilerplate) costs no more than
a bounded walk over its latest entries. A key is a part of a hash: whoever asks verifies what is found.

A Python dict costs 1,612 bytes for the 16 keys of a document (`research/text.md` §4.4); this 180.
"""

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Two entries a bucket: the walk of an absent key stays at two steps, the heads cost 2 to 4 bytes an entry.
_LOAD = 2
_FIRST_SIZE = 1024
# Longest walk. Only a bucket with a heavy key has more entries; what lies deeper is out of sight.
_MAX_STEPS = 256
# Entries that are linked at once: sorting them takes 3 MB for a moment, whatever the size of the index.
_SLICE = 1 << 16

_HALF = np.uint64(32)

Keys = NDArray[np.uint32]


class RecentIndex:
    """Entries found by key, the newest first; the oldest are forgotten by number."""

    __slots__ = ("_first", "_heads", "_keys", "_links")

    def __init__(self, first: int = 0) -> None:
        """An empty index, whose first entry will have this number."""
        self._first = first
        self._keys = array("I")
        self._links = array("I")
        self._heads = array("I", bytes(4 * _FIRST_SIZE))

    def __len__(self) -> int:
        """Number of entries that are remembered."""
        return len(self._keys)

    @property
    def nbytes(self) -> int:
        """Bytes that the entries take."""
        return 4 * (len(self._keys) + len(self._links) + len(self._heads))

    def add(self, key: int) -> None:
        """Give the next number to an entry with this key (32 bits)."""
        self.add_each((key,))

    def add_each(self, keys: Sequence[int]) -> None:
        """Give the next numbers to entries with these keys, in their order; for a few, `extend` for many."""
        size = len(self._keys)
        if size + len(keys) > _LOAD * len(self._heads):
            self._make_room(size + len(keys))
        heads, links, mask = self._heads, self._links, len(self._heads) - 1
        for key in keys:
            size += 1
            bucket = key & mask
            links.append(heads[bucket])
            heads[bucket] = size
        self._keys.extend(keys)

    def extend(self, keys: Keys, hidden: NDArray[np.bool_] | None = None) -> None:
        """Give the next numbers to entries with these keys, in their order: as `add` of one after the other.

        Entries marked `hidden` take a number and are not found, as if they had been replaced.
        """
        begin, end = len(self._keys), len(self._keys) + len(keys)
        self._make_room(end)
        links = np.zeros(len(keys), np.uint32)
        if hidden is not None:
            links[hidden] = np.flatnonzero(hidden) + (begin + 1)
        self._keys.frombytes(np.ascontiguousarray(keys, np.uint32).tobytes())
        self._links.frombytes(links.tobytes())
        self._link(begin, end)

    def replace(self, number: int, key: int) -> None:
        """Give the next number to an entry with this key, and let an older one with it be found no more.

        So a key that comes again and again (a page that is fetched every hour) lengthens no chain.
        """
        self.hide(number)
        self.add(key)

    def hide(self, number: int) -> None:
        """Let an entry be found no more."""
        at, links = number - self._first + 1, self._links
        if at < 1:
            return
        bucket = self._keys[at - 1] & (len(self._heads) - 1)
        before, step = 0, self._heads[bucket]
        while step and step != at:
            before, step = step, links[step - 1]
        if step and before:
            links[before - 1] = links[at - 1]
        elif step:
            self._heads[bucket] = links[at - 1]
        if step:
            links[at - 1] = at  # leads to itself: in no chain

    def entries(self, begin: int, end: int) -> tuple[Keys, NDArray[np.bool_]]:
        """The keys of the entries between two places, counted from the oldest, and which are hidden.

        `extend` makes an equal index of them.
        """
        keys = np.frombuffer(self._keys[begin:end], np.uint32)
        return keys, np.frombuffer(self._links[begin:end], np.uint32) == _places(begin, begin + len(keys))

    def newest(self, key: int, limit: int) -> list[int]:
        """Numbers of the entries with this key, newest first, at most `limit`."""
        return self.newest_of_each((key,), limit)

    def newest_of_each(self, keys: Sequence[int], limit: int) -> list[int]:
        """Numbers of the entries with each of these keys, key by key, newest first, at most `limit` of each."""
        all_keys, links, heads = self._keys, self._links, self._heads
        mask, before = len(heads) - 1, self._first - 1
        found: list[int] = []
        for key in keys:
            at = heads[key & mask]
            left, steps = limit, _MAX_STEPS
            while at and steps and left:
                if all_keys[at - 1] == key:
                    found.append(before + at)
                    left -= 1
                at = links[at - 1]
                steps -= 1
        return found

    def pairs(self, keys: Keys) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Which of many keys are met, and by the entries of which numbers; of one key the newest entry first."""
        own, links, heads = (
            np.frombuffer(part, np.uint32) for part in (self._keys, self._links, self._heads)
        )
        places = np.arange(len(keys))
        at = heads[keys & np.uint32(len(heads) - 1)]
        met: list[tuple[NDArray[np.intp], NDArray[np.int64]]] = []
        for _ in range(_MAX_STEPS):
            going = at != 0
            places, at = places[going], at[going].astype(np.int64) - 1
            if not len(at):
                break
            is_met = own[at] == keys[places]
            met.append((places[is_met], at[is_met] + self._first))
            at = links[at]
        if not met:
            return np.zeros(0, np.intp), np.zeros(0, np.int64)
        return np.concatenate([one for one, _ in met]), np.concatenate([one for _, one in met])

    def forget_before(self, number: int) -> None:
        """Forget all entries with a smaller number."""
        count = min(number - self._first, len(self._keys))
        if count <= 0:
            return
        self._first += count
        del self._keys[:count]
        del self._links[:count]
        for places in (self._links, self._heads):
            view = np.frombuffer(places, dtype=np.uint32)
            view[:] = np.where(view > count, view - np.uint32(count), 0)

    def _make_room(self, entries: int) -> None:
        """As many buckets as so many entries need, all hung anew where there are more than before."""
        buckets = len(self._heads)
        while entries > _LOAD * buckets:
            buckets *= 2
        if buckets > len(self._heads):
            self._heads = array("I", bytes(4 * buckets))
            self._link(0, len(self._keys))

    def _link(self, begin: int, end: int) -> None:
        """Hang the entries between two places, which are newer than all that hang, into their chains."""
        heads, links = (np.frombuffer(places, dtype=np.uint32) for places in (self._heads, self._links))
        keys = np.frombuffer(self._keys, dtype=np.uint32)
        for first in range(begin, end, _SLICE):
            last = min(first + _SLICE, end)
            # What leads to itself has been replaced.
            hanging = links[first:last] != _places(first, last)
            places = np.flatnonzero(hanging) + first
            buckets = keys[places] & np.uint32(len(heads) - 1)
            # Sorted as one number, twice as fast as by a stable sort of the buckets alone.
            by_bucket = np.sort(buckets.astype(np.uint64) << _HALF | places.astype(np.uint64))
            order, ordered = by_bucket.astype(np.uint32), by_bucket >> _HALF
            before = heads[ordered]
            same = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
            before[same] = order[same - 1] + 1
            links[order] = before
            # The last of a bucket is its newest: of repeated places, the last value stays.
            heads[ordered] = order + 1


def _places(begin: int, end: int) -> Keys:
    """The links of entries that lead to themselves."""
    return np.arange(begin + 1, end + 1, dtype=np.uint32)
