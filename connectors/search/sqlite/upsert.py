"""Writing versions into the embedded index: the greatest of each article stands, whatever order they come in."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import orjson

from connectors.search.instants import epoch_ms
from connectors.search.sqlite.document import Version, rewritten, row_place, version_of
from connectors.search.sqlite.schema import DocumentRow
from connectors.search.versions import UpsertReport, Verdict, greatest, judge
from schemas.article import Article
from schemas.standing import Place

_COLUMNS = ", ".join(DocumentRow._fields)
_SLOTS = ", ".join("?" * len(DocumentRow._fields))
_HELD = f"select id, {_COLUMNS} from document where article_id in (select value from json_each(?))"
_INSERT = f"insert into document (id, {_COLUMNS}) values (?, {_SLOTS})"
_UPDATE = f"update document set ({_COLUMNS}) = ({_SLOTS}) where id = ?"
_INSERT_TEXT = "insert into article_text (rowid, headline, abstract, body) values (?, ?, ?, ?)"
_UPDATE_TEXT = "update article_text set (headline, abstract, body) = (?, ?, ?) where rowid = ?"
_DELETE_TEXT = "delete from article_text where rowid = ?"


@dataclass(frozen=True, slots=True)
class _Held:
    """A document as it stands in the file."""

    id: int
    row: DocumentRow

    @property
    def place(self) -> Place:
        """Its place among the versions of its article."""
        return row_place(self.row)

    @property
    def is_tombstone(self) -> bool:
        """Whether it has no text."""
        return self.row.is_tombstone


def upsert(connection: sqlite3.Connection, articles: Iterable[Article], as_of: datetime) -> UpsertReport:
    """Write the greatest version of each article, unless the index holds a greater one. One transaction.

    What readers may not see at `as_of` becomes a tombstone: id, version, status and embargo, no text. The same rows written
    again change nothing, not a byte of the file.

    Raises:
        sqlite3.OperationalError: the file stayed locked, or the disk is full. Nothing of the batch is written then.
    """
    versions = [version for article in articles if (version := version_of(article, as_of)) is not None]
    if not versions:
        return UpsertReport()
    with _transaction(connection):
        report = _write(
            connection, greatest((version for version in versions if not version.is_bare), _again)
        )
        _write_bare(connection, greatest((version for version in versions if version.is_bare), _again))
    return report


def expire(connection: sqlite3.Connection, as_of: datetime) -> int:
    """Withdraw what readers may no longer see at `as_of` because its time is over; how many that were."""
    return _withdraw(connection, "visible_until <= ?", epoch_ms(as_of))


def withdraw(connection: sqlite3.Connection, article_id: str, order_key: int) -> bool:
    """Withdraw what is held of an article up to this version; whether there was anything."""
    return (
        _withdraw(connection, "not is_tombstone and article_id = ? and order_key <= ?", article_id, order_key)
        > 0
    )


def _withdraw(connection: sqlite3.Connection, condition: str, *values: object) -> int:
    with _transaction(connection):
        found = connection.execute(f"select id, {_COLUMNS} from document where {condition}", values)
        gone = [_Held(row[0], DocumentRow(*row[1:])) for row in found]
        for held in gone:
            bare = DocumentRow(*held.row[:4], is_tombstone=True, visible_from=held.row.visible_from)
            _replace(connection, held, Version(bare, None))
    return len(gone)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing: `with connection` commits, and rolls back whatever ends the body."""
    connection.execute("begin immediate")
    with connection:
        yield


def _again(before: Version, now: Version) -> Version:
    return rewritten(before.row, now)


def _write_bare(connection: sqlite3.Connection, batch: list[Version]) -> None:
    standing = _standing(connection, batch)
    _insert(connection, [version for version in batch if version.article_id not in standing])
    for version in batch:
        held = standing.get(version.article_id)
        if held is not None and judge(held, version) is Verdict.LATER:
            _replace(connection, held, version)


def _standing(connection: sqlite3.Connection, batch: list[Version]) -> dict[str, _Held]:
    ids = orjson.dumps([version.article_id for version in batch]).decode()
    return {held.row.article_id: held for held in _held(connection, ids)}


def _write(connection: sqlite3.Connection, batch: list[Version]) -> UpsertReport:
    standing = _standing(connection, batch)
    fresh = [version for version in batch if version.article_id not in standing]
    _insert(connection, fresh)
    written, withdrawn = _by_kind(fresh)
    unchanged = stale = 0
    for offered in batch:
        held = standing.get(offered.article_id)
        if held is None:
            continue
        verdict = judge(held, offered)
        version = rewritten(held.row, offered) if verdict is Verdict.AGAIN else offered
        if verdict is Verdict.STALE:
            stale += 1
        elif held.row == version.row:
            unchanged += 1
        else:
            _replace(connection, held, version)
            written += version.text is not None
            withdrawn += version.text is None
    return UpsertReport(written=written, withdrawn=withdrawn, unchanged=unchanged, stale=stale)


def _by_kind(versions: list[Version]) -> tuple[int, int]:
    written = sum(version.text is not None for version in versions)
    return written, len(versions) - written


def _held(connection: sqlite3.Connection, ids: str) -> Iterator[_Held]:
    for found in connection.execute(_HELD, (ids,)):
        yield _Held(found[0], DocumentRow(*found[1:]))


def _insert(connection: sqlite3.Connection, fresh: list[Version]) -> None:
    # Documents are never deleted, so the next id is free; the transaction keeps other writers out.
    first = connection.execute("select coalesce(max(id), 0) + 1 from document").fetchone()[0]
    numbered = list(enumerate(fresh, first))
    connection.executemany(_INSERT, ((number, *version.row) for number, version in numbered))
    connection.executemany(
        _INSERT_TEXT, ((number, *version.text) for number, version in numbered if version.text is not None)
    )


def _replace(connection: sqlite3.Connection, held: _Held, version: Version) -> None:
    connection.execute(_UPDATE, (*version.row, held.id))
    if version.text is None:
        if not held.row.is_tombstone:
            connection.execute(_DELETE_TEXT, (held.id,))
            connection.execute("insert into erasure default values")
    elif held.row.is_tombstone:
        connection.execute(_INSERT_TEXT, (held.id, *version.text))
    elif held.row.text_digest != version.row.text_digest:
        connection.execute(_UPDATE_TEXT, (*version.text, held.id))
