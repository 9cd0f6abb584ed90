"""By what the rows of a log are found: hashes of their names, of article, event and family, 11 bytes each.

A hash is a part of a name: whoever asks verifies what is found. Of an article, or family, only the newest row is found.
"""

from collections.abc import Iterable, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from pipelines.core.events.change_codec import article_of, event_of, row_key_of
from pipelines.core.events.row_record import Mark
from pipelines.core.recent_index import Keys, RecentIndex


class RowIndex:
    """Numbers of rows by four hashes, which are given out together: each row has its number in all of them."""

    __slots__ = ("articles", "events", "families", "rows")

    def __init__(self) -> None:
        self.rows, self.articles = RecentIndex(), RecentIndex()
        self.events, self.families = RecentIndex(), RecentIndex()

    def _all(self) -> tuple[RecentIndex, ...]:
        return self.rows, self.articles, self.events, self.families

    @property
    def nbytes(self) -> int:
        """Bytes that the hashes take."""
        return sum(index.nbytes for index in self._all())

    def add(
        self, packed: bytes, family: int, *, begins: bool, article: int | None, alike: int | None
    ) -> None:
        """Give the next number to a row; `article` and `alike` are the newest rows of its article and its family."""
        row_key = row_key_of(packed)
        nowhere = int.from_bytes(row_key[4:8], "little")
        self.rows.add(key_of(row_key))
        _add_newest(self.articles, hash32(article_of(packed)), article)
        self.events.add(hash32(event_of(packed)) if begins else nowhere)
        if family:
            _add_newest(self.families, key_of_family(family), alike)
        else:
            self.families.add(nowhere)

    def extend(
        self,
        records: NDArray[np.void],
        row_keys: NDArray[np.uint8],
        articles: Sequence[bytes],
        events: Sequence[bytes | None],
    ) -> None:
        """Give the next numbers to rows, by their records, their names, the packed ids of article and event."""
        begins, families = (records["marks"] & Mark.BEGINS) != 0, records["family"]
        self.rows.extend(keys_of(row_keys))
        self.events.extend(_hashes([event or b"" for event in events]), ~begins)
        newest = {article: place for place, article in enumerate(articles)}
        hidden = np.ones(len(articles), np.bool_)
        hidden[np.fromiter(newest.values(), np.int64, len(newest))] = False
        self.articles.extend(_hashes(articles), hidden)
        low = (families & np.uint64(0xFFFF_FFFF)).astype(np.uint32)
        self.families.extend(low, (families == 0) | ~_is_newest(families))

    def hide_articles(self, numbers: Iterable[int]) -> None:
        """Let rows be found no more that are not the newest of their articles any longer."""
        for number in numbers:
            self.articles.hide(number)

    def forget_before(self, number: int) -> None:
        """Forget all rows with a smaller number."""
        for index in self._all():
            index.forget_before(number)


def _add_newest(index: RecentIndex, key: int, before: int | None) -> None:
    if before is None:
        index.add(key)
    else:
        index.replace(before, key)


def _is_newest(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which entries are the last with their key."""
    _, from_end = np.unique(keys[::-1], return_index=True)
    newest = np.zeros(len(keys), np.bool_)
    newest[len(keys) - 1 - from_end] = True
    return newest


def hash32(name: bytes) -> int:
    """32 bits of a packed id."""
    return crc32(name)


def _hashes(names: Sequence[bytes]) -> Keys:
    return np.fromiter(map(hash32, names), np.uint32, len(names))


def key_of(row_key: bytes) -> int:
    """32 bits of the name of a row."""
    return int.from_bytes(row_key[:4], "little")


def keys_of(row_keys: NDArray[np.uint8]) -> Keys:
    """32 bits of each name of rows."""
    keys: Keys = np.ascontiguousarray(row_keys[:, :4]).view("<u4").ravel()
    return keys


def key_of_family(family: int) -> int:
    """32 bits of a family's hash."""
    return family & 0xFFFF_FFFF
