"""Keys of 32 bits to the numbers of the entries that carry them, newest first, in some 11 bytes an entry.

A chained hash table in three flat arrays. Entries are numbered in the order in which they come; chains lead strictly
back in time, so forgetting the oldest is cutting the arrays in front, and a heavy key (boilerplate) costs no more than
a bounded walk over its latest entries. A key is a part of a hash: whoever asks verifies what is found.

A Python dict costs 1,612 bytes for the 16 keys of a document (`research/text.md` §4.4); this 180.
"""

from array import array

import numpy as np

# Two entries a bucket: the walk of an absent key stays at two steps, the heads cost 2 to 4 bytes an entry.
_LOAD = 2
_FIRST_SIZE = 1024
# Longest walk. Only a bucket with a heavy key has more entries; what lies deeper is out of sight.
_MAX_STEPS = 256


class RecentIndex:
    """Entries found by key, the newest first; the oldest are forgotten by number."""

    __slots__ = ("_first", "_heads", "_keys", "_links")

    def __init__(self) -> None:
        self._first = 0
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
        if len(self._keys) >= _LOAD * len(self._heads):
            self._grow()
        bucket = key & (len(self._heads) - 1)
        self._keys.append(key)
        self._links.append(self._heads[bucket])
        self._heads[bucket] = len(self._keys)

    def replace(self, number: int, key: int) -> None:
        """Give the next number to an entry with this key, and let an older one with it be found no more.

        So a key that comes again and again (a page that is fetched every hour) lengthens no chain.
        """
        at, links = number - self._first + 1, self._links
        before, step = 0, self._heads[key & (len(self._heads) - 1)]
        while step and step != at:
            before, step = step, links[step - 1]
        if step and before:
            links[before - 1] = links[at - 1]
        elif step:
            self._heads[key & (len(self._heads) - 1)] = links[at - 1]
        if step:
            links[at - 1] = at  # leads to itself: in no chain
        self.add(key)

    def newest(self, key: int, limit: int) -> list[int]:
        """Numbers of the entries with this key, newest first, at most `limit`."""
        keys, links = self._keys, self._links
        found: list[int] = []
        at = self._heads[key & (len(self._heads) - 1)]
        steps = _MAX_STEPS
        while at and steps and len(found) < limit:
            if keys[at - 1] == key:
                found.append(self._first + at - 1)
            at = links[at - 1]
            steps -= 1
        return found

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

    def _grow(self) -> None:
        size = 2 * len(self._heads)
        links = np.frombuffer(self._links, dtype=np.uint32).copy()
        places = np.flatnonzero(links != np.arange(1, len(links) + 1))
        buckets = np.frombuffer(self._keys, dtype=np.uint32)[places] & np.uint32(size - 1)
        by_bucket = np.argsort(buckets, kind="stable")
        order, ordered = places[by_bucket], buckets[by_bucket]
        same = ordered[1:] == ordered[:-1]
        links[places] = 0
        links[order[1:][same]] = order[:-1][same] + 1
        heads = np.zeros(size, np.uint32)
        # The last of a bucket is its newest: of repeated places, the last value stays.
        heads[ordered] = order + 1
        self._links = array("I", links.tobytes())
        self._heads = array("I", heads.tobytes())
