"""Documents as readers get them: hits with their snippets, and one article by id or address."""

import sqlite3
from datetime import datetime, timedelta

from connectors.search.folding import storable, unfold
from connectors.search.instants import EPOCH, epoch_ms
from connectors.search.query import Document, Hit, Query
from connectors.search.snippets import CLOSE, OPEN, OPENING_CHARS, one_line, opening, snippet_tokens
from schemas.visibility import readable_sql

_BODY, _ANY_COLUMN = 2, -1

_HIT = "select article_id, headline, published, source, source_name, url, event_id, language, family from document"
_COPIES = (
    f"select count(*) from document where family = :family and not is_tombstone and {readable_sql(':as_of')}"
)
_SNIPPET = f"snippet(article_text, :column, '{OPEN}', '{CLOSE}', :ellipsis, :tokens)"
_SNIPPETS = f"select {_SNIPPET} from article_text where rowid = :id and article_text match :required"
_TEXT = "select headline, abstract, body from article_text where rowid = ?"


def read_hit(
    connection: sqlite3.Connection,
    query: Query,
    required: str | None,
    *,
    found: tuple[int, float],
    as_of: datetime,
) -> Hit:
    """The hit that stands for a document id with its score."""
    number, score = found
    article_id, headline, published, source, source_name, url, event_id, language, family = (
        connection.execute(f"{_HIT} where id = ?", (number,)).fetchone()
    )
    return Hit(
        article_id=article_id,
        score=score,
        headline=headline,
        snippet=_snippet(connection, query, required, number),
        published=instant(published),
        source=source,
        source_name=source_name,
        url=url,
        event_id=event_id,
        language=language,
        copies=_copies(connection, family, as_of),
    )


def read_document(connection: sqlite3.Connection, name: str, as_of: datetime) -> Document | None:
    """The article with this id, or else at this address (of several the one published last, then the least id)."""
    found = connection.execute(
        "select id, article_id, order_key, published, source, source_name, url, event_id, language, family"
        " from document where (article_id = :name or url = :name or canonical_url = :name)"
        f" and not is_tombstone and {readable_sql(':as_of')}"
        " order by article_id = :name desc, published desc, article_id limit 1",
        {"name": storable(name), "as_of": epoch_ms(as_of)},
    ).fetchone()
    if found is None:
        return None
    number, article_id, order_key, published, source, source_name, url, event_id, language, family = found
    headline, abstract, body = (
        unfold(text) or None for text in connection.execute(_TEXT, (number,)).fetchone()
    )
    return Document(
        article_id=article_id,
        order_key=order_key,
        headline=headline,
        abstract=abstract,
        body_text=body,
        published=instant(published),
        source=source,
        source_name=source_name,
        url=url,
        event_id=event_id,
        language=language,
        copies=_copies(connection, family, as_of),
    )


def instant(ms: int | None) -> datetime | None:
    """The UTC time that a stored number of milliseconds stands for."""
    return None if ms is None else EPOCH + timedelta(milliseconds=ms)


def _copies(connection: sqlite3.Connection, family: str, as_of: datetime) -> int:
    members: int = connection.execute(_COPIES, {"family": family, "as_of": epoch_ms(as_of)}).fetchone()[0]
    return members - 1


def _snippet(connection: sqlite3.Connection, query: Query, required: str | None, number: int) -> str:
    """A piece of the text around the matched words; of another column where the text has none; else its beginning."""
    _, abstract, body = connection.execute(_TEXT, (number,)).fetchone()
    beginning = opening(f"{abstract} {body[:OPENING_CHARS]}", query.marks.ellipsis)
    if required is None:
        return beginning
    for column in (_BODY, _ANY_COLUMN):
        values = {
            "column": column,
            "ellipsis": query.marks.ellipsis,
            "tokens": snippet_tokens(beginning),
            "id": number,
            "required": required,
        }
        (cut,) = connection.execute(_SNIPPETS, values).fetchone()
        if OPEN in cut:
            return one_line(cut).replace(OPEN, query.marks.before).replace(CLOSE, query.marks.after)
    return beginning
