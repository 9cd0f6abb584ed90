"""An index with articles in it, and all that a file of it holds."""

import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from connectors.search.query import Page, Query
from connectors.search.sqlite.index import SqliteIndex
from connectors.search.sqlite.schema import DocumentRow
from schemas.article import Article
from tests.builders import MORNING, an_article


def a_text(article_id: str, body: str, *, headline: str = "Report", **fields: object) -> Article:
    """An article whose words are all in sight."""
    return replace(an_article(article_id), headline=headline, body_text=body, **fields)


_opened: list[SqliteIndex] = []


def an_index(folder: Path, *articles: Article, as_of: datetime = MORNING) -> SqliteIndex:
    """An open index; `close_all` closes what a test left open."""
    index = SqliteIndex.open(str(folder / "search.sqlite"))
    _opened.append(index)
    index.upsert(articles, as_of)
    return index


def close_all() -> None:
    while _opened:
        with suppress(sqlite3.ProgrammingError):  # it is closed
            _opened.pop().close()


def asked(index: SqliteIndex, text: str = "", as_of: datetime = MORNING, **fields: object) -> Page:
    return index.search(Query(text=text, **fields), as_of)


def found(index: SqliteIndex, text: str = "", as_of: datetime = MORNING, **fields: object) -> list[str]:
    return [hit.article_id for hit in asked(index, text, as_of, **fields).hits]


def content(path: Path) -> list[tuple[object, ...]]:
    """Every row of every table, but for the numbers that documents happen to have."""
    columns = ", ".join(f"document.{name}" for name in DocumentRow._fields)
    with closing(sqlite3.connect(path)) as file:
        documents = file.execute(
            f"select {columns}, article_text.headline, abstract, body from document"
            " left join article_text on article_text.rowid = document.id order by article_id"
        ).fetchall()
        texts = file.execute("select count(*) from article_text").fetchone()
        terms = "create virtual table temp.term using fts5vocab(main, article_text, instance)"
        file.execute(terms)
        places = "select term, article_id, col, offset from temp.term join document on id = doc order by 1, 2, 3, 4"
        file.execute("insert into article_text (article_text) values ('integrity-check')")
        return [*documents, texts, *file.execute(places)]


def bytes_of(folder: Path) -> bytes:
    """All bytes of the index's files."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("search.sqlite*")))
