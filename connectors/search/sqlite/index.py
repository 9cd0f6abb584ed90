"""The embedded search index: one file, any number of processes, no server."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

from connectors.search.query import Document, Page, Query
from connectors.search.sqlite.erase import close
from connectors.search.sqlite.hit import read_document
from connectors.search.sqlite.schema import BUSY_TIMEOUT_S, open_for_reading, open_for_writing
from connectors.search.sqlite.search import search
from connectors.search.sqlite.upsert import expire, upsert, withdraw
from connectors.search.sqlite.whole import is_whole, lacking, mark_whole
from connectors.search.versions import UpsertReport
from schemas.article import Article


class SqliteIndex:
    """What readers may see, searchable. Holds no text that they may not, or not yet, see.

    Which version of an article stands does not depend on the order they come in, nor on how they are batched. An
    instance may pass from thread to thread, used by one at a time.
    """

    def __init__(self, connection: sqlite3.Connection, *, writes: bool) -> None:
        self._connection = connection
        self._writes = writes

    @classmethod
    def open(cls, path: str, patience_s: float = BUSY_TIMEOUT_S) -> Self:
        """The index at a path, to write and to read; made if it is not there.

        Writers take turns, and each waits `patience_s` for its own.

        Raises:
            sqlite3.Error: the path cannot be written, or holds something else.
        """
        return cls(open_for_writing(path, patience_s), writes=True)

    @classmethod
    def open_to_read(cls, path: str) -> Self:
        """The index at a path, to read only.

        Raises:
            FileNotFoundError: there is none.
        """
        return cls(open_for_reading(path), writes=False)

    def upsert(self, articles: Iterable[Article], as_of: datetime) -> UpsertReport:
        """Write the greatest version of each article, unless the index holds a greater one. See `upsert`."""
        return upsert(self._connection, articles, as_of)

    def expire(self, as_of: datetime) -> int:
        """Withdraw what readers may no longer see at `as_of` because its time is over; how many that were."""
        return expire(self._connection, as_of)

    def withdraw(self, article_id: str, order_key: int) -> bool:
        """Withdraw what is held of an article up to this version, if anything; for a `publish` that finds it hidden."""
        return withdraw(self._connection, article_id, order_key)

    def is_whole(self) -> bool:
        """Whether a `publish` has found that this file lacks nothing; a new file does not say so."""
        return is_whole(self._connection)

    def mark_whole(self) -> None:
        """Say that this file lacks nothing of what readers see."""
        mark_whole(self._connection)

    def lacking(self, versions: Iterable[tuple[str, int]]) -> list[str]:
        """Of articles that readers see (id and order key), those not shown here; see `whole`."""
        return lacking(self._connection, versions)

    def search(self, query: Query, as_of: datetime) -> Page:
        """The page that a query asks for, among what readers may see at `as_of`.

        Raises:
            ValueError: `after` is no cursor of this query.
        """
        with self._one_state():
            return search(self._connection, query, as_of)

    def get(self, name: str, as_of: datetime) -> Document | None:
        """The article with this id or address, if readers may see it at `as_of`."""
        with self._one_state():
            return read_document(self._connection, name, as_of)

    @contextmanager
    def _one_state(self) -> Iterator[None]:
        """All statements of the body read what the first one finds, whatever others write meanwhile."""
        self._connection.execute("begin")
        try:
            yield
        finally:
            self._connection.execute("rollback")

    def close(self) -> None:
        """Close; a writer first erases what was withdrawn and empties the write-ahead log."""
        if self._writes:
            close(self._connection)
        else:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
