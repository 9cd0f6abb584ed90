"""How much of what a poll returned a bundle has room for, and how many records the next poll may bring.

A fetch is limited in bytes as they were sent: 1,000 records of 300 KB that compress came from one fetch of less than 1 MiB.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

# Records of one poll: more make a poll no cheaper.
_MAX_POLL_RECORDS = 1_000
# Until it is known how large records are: of the largest that a raw topic should hold, 700 MiB.
_FIRST_POLL_RECORDS = 100
# A poll of small records between large ones, of another topic or partition, does not make them forgotten at once.
_KEPT_SHARE = 0.9


def fitting(sizes: Sequence[int], most_records: int, most_bytes: int) -> int:
    """How many of the first records of a block are at most so many records and bytes; a null value has size -1.

    >>> fitting([4, 4, 4], 5, 12), fitting([4, 4, 4], 5, 11), fitting([4, -1, 4], 2, 11), fitting([4], 5, 3)
    (3, 2, 2, 0)
    """
    if len(sizes) <= most_records and sum(sizes) <= most_bytes:
        return len(sizes)
    ends = list(accumulate(max(0, size) for size in sizes))
    return min(most_records, bisect_right(ends, most_bytes))


class PollSize:
    """How many records a poll may bring, by the sizes of those that came: about so many bytes, and at least one record.

    >>> size = PollSize(10_000)
    >>> size.records
    100
    >>> size.note(2, 5_000)
    >>> size.records
    4
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._mean = 0.0
        self.records = _FIRST_POLL_RECORDS

    def note(self, records: int, size: int) -> None:
        """A poll brought so many records of so many bytes."""
        self._mean = max(size / records, self._mean * _KEPT_SHARE, 1.0)
        self.records = max(1, min(_MAX_POLL_RECORDS, int(self._most_bytes / self._mean)))
