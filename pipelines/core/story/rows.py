"""The rows that FollowStory knows: a log of their records, and five ways to find one, some 270 bytes a row in all.

row key     the row itself: what was decided for it
article     its newest row: the state of its story
version     whether this version of this article was seen
url         the newest row at this URL, fetched or canonical
name        all rows that bore this number or slug
"""

import struct
from typing import Final

import numpy as np
import numpy.typing as npt

from pipelines.core.story.hashes import Chain, HashIndex
from pipelines.core.story.log import HASH_BYTES, Hashes, Log, Starts, hashes_of
from pipelines.core.story.record import (
    HAS_STATE,
    ID_AT,
    KEY_BYTES,
    NAME_AT,
    ROW_KEY_AT,
    STATE_AT,
    URL_AT,
    VERSION_AT,
)

# Half of the row key, a word of its other half that hangs entries without a hash nowhere, half of the id's key.
_KEYS: Final = struct.Struct("<QI4xQ")
_HASHES: Final = struct.Struct("<5Q")
_SLOTS: Final = 2
# Records whose fields are gathered at once: some 10 MB of temporary arrays.
_SLICE: Final = 1 << 17


class RowTable:
    """Rows by number, from 0 on; the oldest are cut off."""

    __slots__ = ("_articles", "_keys", "_log", "_names", "_urls", "_versions")

    def __init__(self) -> None:
        self._log = Log()
        self._keys = HashIndex(self._log, ROW_KEY_AT)
        self._articles = HashIndex(self._log, ID_AT)
        self._versions = HashIndex(self._log, VERSION_AT)
        self._urls = HashIndex(self._log, URL_AT, _SLOTS)
        self._names = Chain(self._log, NAME_AT, _SLOTS)

    def __len__(self) -> int:
        """Number of rows that are known."""
        return self._log.next_number - self._log.first

    @property
    def next_number(self) -> int:
        """Number of the row that will be added next."""
        return self._log.next_number

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take."""
        return self._log.nbytes + sum(index.nbytes for index in self._indices())

    def _indices(self) -> tuple[HashIndex | Chain, ...]:
        return self._keys, self._articles, self._versions, self._urls, self._names

    def row(self, row_key: bytes) -> bytes | None:
        """The record of a row."""
        return self._record(self._keys.find(_half(row_key)), row_key, ROW_KEY_AT)

    def article(self, id_key: bytes) -> bytes | None:
        """The newest record of an article that has a state."""
        return self._record(self._articles.find(_half(id_key)), id_key, ID_AT)

    def _record(self, number: int | None, key: bytes, place: int) -> bytes | None:
        """The record of this number, where it has all of the key."""
        record = None if number is None else self._log.at(number)
        return record if record is not None and record[place : place + KEY_BYTES] == key else None

    def has_version(self, version: int) -> bool:
        """Whether a row had this digest of a version."""
        return self._versions.find(version) is not None

    def at_url(self, url: int) -> bytes | None:
        """The newest record at this URL, fetched or canonical."""
        entry = self._urls.find(url)
        return None if entry is None else self._log.at(entry // _SLOTS)

    def named(self, name: int) -> list[bytes]:
        """The records that bore this number or slug, as they came."""
        return [self._log.at(number) for number in self._names.numbers(name)][::-1]

    def add(self, record: bytes) -> None:
        """Give the next number to a row."""
        row, nowhere, article = _KEYS.unpack_from(record, ROW_KEY_AT)
        version, url, canonical, number, slug = _HASHES.unpack_from(record, VERSION_AT)
        self._keys.add((row,), nowhere)
        self._articles.add((article if record[STATE_AT] & HAS_STATE else 0,), nowhere)
        self._versions.add((version,), nowhere)
        self._urls.add((url, canonical), nowhere)
        self._names.add((number, slug), nowhere)
        self._log.add(record)

    def extend(self, records: memoryview, starts: Starts) -> None:
        """Give the next numbers to rows whose records stand end to end, beginning at `starts`."""
        for begin in range(0, len(starts), _SLICE):
            some = starts[begin : begin + _SLICE]
            end = starts[begin + _SLICE] if begin + _SLICE < len(starts) else len(records)
            self._extend(records[some[0] : end], some - some[0])

    def _extend(self, records: memoryview, starts: Starts) -> None:
        def at(place: int) -> Hashes:
            return hashes_of(records, starts, place)

        has_state = bytes_of(records, starts, STATE_AT) & HAS_STATE != 0
        self._keys.extend(at(ROW_KEY_AT))
        self._articles.extend(np.where(has_state, at(ID_AT), np.uint64(0)))
        self._versions.extend(at(VERSION_AT))
        self._urls.extend(np.stack((at(URL_AT), at(URL_AT + HASH_BYTES)), axis=1).ravel())
        self._names.extend(np.stack((at(NAME_AT), at(NAME_AT + HASH_BYTES)), axis=1).ravel())
        self._log.extend(records, starts)

    def forget_before(self, number: int) -> None:
        """Forget all rows with a smaller number."""
        if number <= self._log.first:
            return
        self._log.forget_before(number)
        for index in self._indices():
            index.forget_before(number)

    def alive(self) -> tuple[bytes, Starts]:
        """All records end to end, and where each begins."""
        return self._log.alive()


def bytes_of(records: memoryview, starts: Starts, place: int) -> npt.NDArray[np.uint8]:
    """The byte that stands at a place of every record."""
    return np.frombuffer(records, np.uint8)[starts + place]


def _half(key: bytes) -> int:
    return int.from_bytes(key[:HASH_BYTES], "little")
