"""`search.sqlite`: its tables, and how a connection to it is opened.

document       one row an article: its version, and what readers may filter by. A tombstone has id, version, status
               and embargo only
article_text   FTS5: headline, abstract and body of what readers may see, same rowid as its document
erasure        a row for each text that was taken away and whose bytes may still lie in the file
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

# Longer than the longest transaction of another writer: the erasure after a kill (2.4 s for 40,000 articles).
BUSY_TIMEOUT_S = 120


class DocumentRow(NamedTuple):
    """A row of `document`, without its rowid. Times are milliseconds since 1970."""

    article_id: str
    order_key: int
    content_hash: str | None
    pub_status: str
    is_tombstone: bool
    restricted: bool | None = None
    item_kind: str | None = None
    visible_from: int | None = None
    visible_until: int | None = None
    source: str | None = None
    source_name: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    language: str | None = None
    published: int | None = None
    first_received: int | None = None
    family: str | None = None
    family_rank: int | None = None
    event_id: str | None = None
    subjects: str | None = None
    headline: str | None = None
    text_digest: bytes | None = None


# How article_text cuts a text into words, after folding.fold.
TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* N* M* Co'"

# `prefix`: beginnings of two and three letters are looked up (one of two that 90,000 of 100,000 articles have: 0.3 s, and
# 1 s with three alone). The index is 17 % larger for it (75 MB for 30,000 articles, beside as much text), written as
# fast. A file keeps those that it was made with, and finds the same.
_TABLES = f"""
create table if not exists document (
    id integer primary key,
    article_id text not null unique,
    order_key integer not null,
    content_hash text,
    pub_status text not null,
    is_tombstone integer not null,
    restricted integer,
    item_kind text,
    visible_from integer,
    visible_until integer,
    source text,
    source_name text,
    url text,
    canonical_url text,
    language text,
    published integer,
    first_received integer,
    family text,
    family_rank integer,
    event_id text,
    subjects text,
    headline text,
    text_digest blob
);
create index if not exists document_family on document (family) where family is not null;
create index if not exists document_event on document (event_id) where event_id is not null;
create index if not exists document_url on document (url) where url is not null;
create index if not exists document_canonical_url on document (canonical_url) where canonical_url is not null;
create index if not exists document_visible_until on document (visible_until) where visible_until is not null;
create virtual table if not exists article_text using fts5(
    headline, abstract, body,
    tokenize = "{TOKENIZER}",
    prefix = '2 3'
);
create table if not exists erasure (id integer primary key autoincrement);
"""

# How FTS5 gathers and merges; kept in the file, and no matter for what is found. `hashsize`, bytes: a bundle of 500
# articles of 2.5 KB is one segment and not five. `automerge`: each word is rewritten half as often as with 4 segments a
# merge. Together a fifth less time a row over 24,000 articles (167 to 132 µs).
_TEXT_SETTINGS = (("hashsize", 8 << 20), ("automerge", 8))


def open_for_writing(path: str, patience_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """A connection that writes, the file and its folder made if they are not there.

    Any number of processes may write at once, one transaction after the other; each waits `patience_s` for its turn.
    A connection may pass from thread to thread, used by one at a time (Beam's workers do so).

    Raises:
        sqlite3.Error: the path cannot be written, or is no such file.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=patience_s, isolation_level=None, check_same_thread=False)
    with ExitStack() as on_failure:
        on_failure.callback(connection.close)
        with _taking_turns(Path(path).parent):
            _prepare(connection)
        on_failure.pop_all()
    return connection


@contextmanager
def _taking_turns(folder: Path) -> Iterator[None]:
    """One process prepares at a time: the switch to a write-ahead log needs the whole file and does not wait for it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.execute("pragma secure_delete = on")
    connection.execute("pragma cache_size = -65536")
    connection.execute("begin immediate")
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    for name, value in _TEXT_SETTINGS:
        if connection.execute("select v from article_text_config where k = ?", (name,)).fetchone() != (
            value,
        ):
            connection.execute("insert into article_text (article_text, rank) values (?, ?)", (name, value))
    connection.execute("commit")


def open_for_reading(path: str) -> sqlite3.Connection:
    """A connection that only reads.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(path)
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(
        address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    connection.execute("pragma temp_store = memory")
    connection.execute("pragma cache_size = -65536")
    return connection
