"""Documents as readers get them: hits with their snippets, and one article by id or address."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.search.folding import is_unspaced, storable, unfold
from connectors.search.query import Hit, Query
from connectors.search.sqlite.document import EPOCH, epoch_ms
from schemas.visibility import readable_sql

# A token is a word, or a character in scripts without spaces; 64 is the most that FTS5 takes.
_SNIPPET_WORDS, _SNIPPET_CHARACTERS = 28, 64
_OPENING_CHARS = 600
_BODY, _ANY_COLUMN = 2, -1
# Stand-ins while a snippet is cut, so that a caller's marks may be anything, even what stands in the text.
_OPEN, _CLOSE = "\x02", "\x03"

_HIT = "select article_id, headline, published, source, source_name, url, event_id, language, family from document"
_COPIES = (
    f"select count(*) from document where family = :family and not is_tombstone and {readable_sql(':as_of')}"
)
_SNIPPET = f"snippet(article_text, :column, '{_OPEN}', '{_CLOSE}', :ellipsis, :tokens)"
_SNIPPETS = f"select {_SNIPPET} from article_text where rowid = :id and article_text match :required"
_TEXT = "select headline, abstract, body from article_text where rowid = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article as the index holds it. Text is as indexed: composed, full-width Latin letters and digits narrow."""

    article_id: str
    order_key: int
    headline: str | None
    abstract: str | None
    body_text: str | None
    published: datetime | None
    source: str
    source_name: str | None
    url: str | None
    event_id: str | None
    language: str
    copies: int


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
    opening = _opening(connection, number, query.marks.ellipsis)
    if required is None:
        return opening
    tokens = _SNIPPET_CHARACTERS if is_unspaced(opening) else _SNIPPET_WORDS
    for column in (_BODY, _ANY_COLUMN):
        values = {"column": column, "ellipsis": query.marks.ellipsis, "tokens": tokens, "id": number}
        (cut,) = connection.execute(_SNIPPETS, values | {"required": required}).fetchone()
        if _OPEN in cut:
            return _shown(cut).replace(_OPEN, query.marks.before).replace(_CLOSE, query.marks.after)
    return opening


def _opening(connection: sqlite3.Connection, number: int, ellipsis: str) -> str:
    _, abstract, body = connection.execute(_TEXT, (number,)).fetchone()
    text = _shown(f"{abstract} {body}"[:_OPENING_CHARS])
    words = text if is_unspaced(text) else text.split()
    limit = _SNIPPET_CHARACTERS if is_unspaced(text) else _SNIPPET_WORDS
    if len(words) <= limit:
        return text
    return ("" if is_unspaced(text) else " ").join(words[:limit]) + ellipsis


def _shown(text: str) -> str:
    return " ".join(unfold(text).split())
