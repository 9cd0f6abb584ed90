"""The rows a repeat memory knows, packed: about 150 bytes a row, and three ways to find one.

Rows are numbered in the order in which they come; the newest row of an article carries the article's state, so nothing
is ever changed in place and forgetting is cutting off the oldest rows.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.core.recent_index import RecentIndex
from pipelines.core.repeats.known_row import KnownRow
from pipelines.core.repeats.row_layout import ROW, TEXT, Rows, crc, ids_end_of, pack_ids, pack_row, unpack_row

_AT_ONCE: Final = 64


class RowTable:
    """Rows by number, by row key, by article and by text."""

    __slots__ = ("_by_article", "_by_key", "_by_text", "_first", "_ids", "_ids_first", "_packed")

    def __init__(self, first: int = 0) -> None:
        self._first = first
        self._packed = bytearray()
        self._ids = bytearray()
        self._ids_first = 0
        self._by_key, self._by_article, self._by_text = (RecentIndex(first) for _ in range(3))

    def __len__(self) -> int:
        """Number of rows that are known."""
        return len(self._packed) // ROW.itemsize

    @property
    def first_number(self) -> int:
        """Number of the oldest row."""
        return self._first

    @property
    def next_number(self) -> int:
        """Number of the row that will be added next."""
        return self._first + len(self)

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take."""
        indices = self._by_key.nbytes + self._by_article.nbytes + self._by_text.nbytes
        return len(self._packed) + len(self._ids) + indices

    def add(self, row: KnownRow) -> None:
        """Give the next number to a row."""
        before = self._newest(row.article_id)
        self._ids += pack_ids(row.article_id, row.dup_of)
        self._packed += pack_row(row, self._ids_first + len(self._ids))
        self._by_key.add(_key_of(row.row_key))
        # Only the newest row of an article is found: it has the article's state.
        if before is not None:
            self._by_article.hide(before)
        self._by_article.add(crc(row.article_id))
        # A row without a text takes its place in the index of texts under a key that leads nowhere.
        self._by_text.add(_key_of(row.text_key or row.row_key))

    def extend(
        self, rows: Rows, ids: bytes, article_keys: NDArray[np.uint32], older: NDArray[np.bool_]
    ) -> None:
        """Give the next numbers to rows whose ids lie in `ids`, the ends counted from its beginning.

        `article_keys` are the CRCs of their articles' ids; rows of `older` are not their articles' newest. What was in
        the table before of these articles is for the caller to hide.
        """
        moved = rows.copy()
        moved["ids_end"] += self._ids_first + len(self._ids)
        self._ids += ids
        self._packed += moved.tobytes()
        row_keys, text_keys = (_keys_of(rows[name]) for name in ("row_key", "text_key"))
        self._by_key.extend(row_keys)
        self._by_article.extend(article_keys, older)
        self._by_text.extend(np.where(rows["flags"] & TEXT, text_keys, row_keys))

    def hide(self, number: int) -> None:
        """Let a row be found by its article no more."""
        self._by_article.hide(number)

    def row(self, row_key: bytes) -> KnownRow | None:
        """The row of this key."""
        found = self._found(self._by_key, _key_of(row_key))
        return next((row for row in found if row.row_key == row_key), None)

    def article(self, article_id: str) -> KnownRow | None:
        """The newest row of this article."""
        number = self._newest(article_id)
        return None if number is None else self.at(number)

    def _newest(self, article_id: str) -> int | None:
        numbers = self._by_article.newest(crc(article_id), _AT_ONCE)
        if not numbers:
            return None
        start = pack_ids(article_id, None)
        return next((number for number in numbers if self._ids_of(number).startswith(start)), None)

    def newest_of_each(self, article_ids: Sequence[str], keys: NDArray[np.uint32]) -> dict[str, int]:
        """The numbers of the newest rows of those of these articles that are known; `keys` are the CRCs of their ids."""
        found: dict[str, int] = {}
        for place, number in zip(*(part.tolist() for part in self._by_article.pairs(keys)), strict=True):
            article_id = article_ids[place]
            if article_id not in found and self._ids_of(number).startswith(pack_ids(article_id, None)):
                found[article_id] = number
        return found

    def knows_any(self, row_keys: NDArray[np.uint8]) -> bool:
        """Whether one of these rows, 16 bytes each, is known."""
        places, numbers = self._by_key.pairs(_keys_of(row_keys))
        return bool((self.rows()["row_key"][numbers - self._first] == row_keys[places]).all(axis=1).any())

    def with_text(self, text_key: bytes) -> list[KnownRow]:
        """Rows that have this very text, newest first; not all where there are very many."""
        return [row for row in self._found(self._by_text, _key_of(text_key)) if row.text_key == text_key]

    def _found(self, index: RecentIndex, key: int) -> Iterator[KnownRow]:
        return map(self.at, index.newest(key, _AT_ONCE))

    def at(self, number: int) -> KnownRow:
        """The row of this number."""
        return unpack_row(self._packed, (number - self._first) * ROW.itemsize, self._ids_of(number))

    def _ids_of(self, number: int) -> bytes:
        place = (number - self._first) * ROW.itemsize
        begin = ids_end_of(self._packed, place - ROW.itemsize) if place else self._ids_first
        return bytes(self._ids[begin - self._ids_first : ids_end_of(self._packed, place) - self._ids_first])

    def rows(self) -> Rows:
        """All rows as they lie in memory. The table cannot grow while the view is held."""
        return np.frombuffer(self._packed, ROW)

    def last_within(self, begin: int, limit: int, row_bytes: int) -> int:
        """Where the rows from a place on end that take at most so many bytes, each so many and its ids; one at least."""
        ends = self.rows()["ids_end"][begin:].astype(np.int64)
        before = int(self.rows()["ids_end"][begin - 1]) if begin else self._ids_first
        ends += np.arange(1, len(ends) + 1) * row_bytes - before
        return begin + max(1, int(np.searchsorted(ends, limit, "right")))

    def part(self, begin: int, end: int) -> tuple[Rows, bytes]:
        """The rows between two places, counted from the oldest, and their ids: what `extend` takes."""
        rows = self.rows()[begin:end].copy()
        first = ids_end_of(self._packed, (begin - 1) * ROW.itemsize) if begin else self._ids_first
        last = ids_end_of(self._packed, (end - 1) * ROW.itemsize)
        rows["ids_end"] -= first
        return rows, bytes(self._ids[first - self._ids_first : last - self._ids_first])

    def article_entries(self, begin: int, end: int) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
        """Of the rows between two places the CRCs of their article ids, and which are not their articles' newest."""
        return self._by_article.entries(begin, end)

    def forget_before(self, number: int) -> None:
        """Forget all rows with a smaller number."""
        count = min(number, self.next_number) - self._first
        if count <= 0:
            return
        ids_first = ids_end_of(self._packed, (count - 1) * ROW.itemsize)
        del self._ids[: ids_first - self._ids_first]
        del self._packed[: count * ROW.itemsize]
        self._ids_first = ids_first
        self._first += count
        for index in (self._by_key, self._by_article, self._by_text):
            index.forget_before(self._first)


def _key_of(key: bytes) -> int:
    return int.from_bytes(key[:4], "little")


def _keys_of(keys: NDArray[np.uint8]) -> NDArray[np.uint32]:
    return np.ascontiguousarray(keys[:, :4]).view("<u4")[:, 0]
