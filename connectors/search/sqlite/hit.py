"""Documents as readers get them: hits with their snippets, and one article by id or address."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import orjson

from connectors.search.folding import storable, unfold
from connectors.search.instants import EPOCH, epoch_ms
from connectors.search.query import Document, Hit, Marks, Query, QueryTree
from connectors.search.snippets import (
    CLOSE,
    OPEN,
    OPENING_CHARS,
    SNIPPET_CHARACTERS,
    SNIPPET_WORDS,
    one_line,
    opening,
    snippet_tokens,
)
from connectors.search.sqlite.expression import any_of, expression
from connectors.search.sqlite.passages import PASSAGE_CHARS, cut_passage, passages
from schemas.visibility import readable_sql

_BODY, _ANY_COLUMN = 2, -1
# A match in the headline says more than one in the text; `research/sinks.md` §3.1 measured with 3 : 1.
SCORE = "-bm25(article_text, 4.0, 2.0, 1.0)"

_HIT = "select article_id, headline, published, source, source_name, url, event_id, language, family from document"
_COPIES = (
    f"select count(*) from document where family = :family and not is_tombstone and {readable_sql(':as_of')}"
)
# In one pass over what lies between them: asked for each alone, FTS5 gathers anew every time what a beginning of a
# word stands for (0.25 s for one of two letters among 100,000 articles).
_OF_PAGE = """
from article_text where article_text match :required and rowid between :least and :greatest
    and +rowid in (select value from json_each(:ids))
"""
_SNIPPET = f"snippet(article_text, :column, '{OPEN}', '{CLOSE}', :ellipsis, :tokens)"
_TEXT = "select headline, abstract, body from article_text where rowid = ?"


def read_hits(
    connection: sqlite3.Connection,
    query: Query,
    tree: QueryTree,
    scores: Mapping[int, float],
    as_of: datetime,
) -> tuple[Hit, ...]:
    """The hits that stand for documents with these scores, by id, in their order."""
    snippets = _snippets(connection, query, tree, list(scores))
    copies: dict[str, int] = {}
    hits = []
    for number, score in scores.items():
        *row, family = connection.execute(f"{_HIT} where id = ?", (number,)).fetchone()
        if family not in copies:
            copies[family] = _copies(connection, family, as_of)
        hits.append(_hit(row, score=score, snippet=snippets[number], copies=copies[family]))
    return tuple(hits)


def scores_of(connection: sqlite3.Connection, required: str | None, ids: Sequence[int]) -> dict[int, float]:
    """How well each of these documents matches, in their order; 0 without a required word."""
    found = {} if required is None else _of_page(connection, SCORE, required, ids)
    return {number: found.get(number, 0.0) for number in ids}


def _of_page(
    connection: sqlite3.Connection, what: str, required: str, ids: Sequence[int], **values: object
) -> dict[int, Any]:
    """What FTS5 says of each of these documents, all of which match."""
    if not ids:
        return {}
    page = {"required": required, "least": min(ids), "greatest": max(ids), "ids": orjson.dumps(ids).decode()}
    return dict(connection.execute(f"select rowid, {what} {_OF_PAGE}", page | values).fetchall())


def _hit(row: Sequence[Any], *, score: float, snippet: str, copies: int) -> Hit:
    article_id, headline, published, source, source_name, url, event_id, language = row
    return Hit(
        article_id=article_id,
        score=score,
        headline=headline,
        snippet=snippet,
        published=instant(published),
        source=source,
        source_name=source_name,
        url=url,
        event_id=event_id,
        language=language,
        copies=copies,
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


def _snippets(
    connection: sqlite3.Connection, query: Query, tree: QueryTree, ids: Sequence[int]
) -> dict[int, str]:
    """A piece of the text around the matched words; of another column where the text has none; else its beginning."""
    beginnings, long = {}, []
    for number in ids:
        texts = connection.execute(_TEXT, (number,)).fetchone()
        beginnings[number] = _beginning(query, texts)
        if sum(map(len, texts)) > PASSAGE_CHARS:
            long.append(number)
    if not tree.required:
        return beginnings
    # Each word once: every match of one of two that are the same would be compared with every one of the other.
    groups = dict.fromkeys(tuple(dict.fromkeys(group)) for group in tree.required)
    required, _ = expression(QueryTree(required=tuple(groups)))
    short = {number: beginnings[number] for number in beginnings.keys() - set(long)}
    words = any_of(dict.fromkeys(chain.from_iterable(groups)))
    return (
        beginnings
        | _short_cuts(connection, query, str(required), short)
        | _long_cuts(connection, query, words, {number: beginnings[number] for number in long})
    )


def _short_cuts(
    connection: sqlite3.Connection, query: Query, required: str, beginnings: Mapping[int, str]
) -> dict[int, str]:
    """What FTS5 cuts of the documents with these beginnings."""
    cuts: dict[int, str] = {}
    for column in (_BODY, _ANY_COLUMN):
        for tokens in (SNIPPET_WORDS, SNIPPET_CHARACTERS):
            left = [
                number
                for number, beginning in beginnings.items()
                if number not in cuts and snippet_tokens(beginning) == tokens
            ]
            values = {"column": column, "tokens": tokens, "ellipsis": query.marks.ellipsis}
            found = _of_page(connection, _SNIPPET, required, left, **values)
            cuts |= {number: _shown(cut, query.marks) for number, cut in found.items() if OPEN in cut}
    return cuts


def _long_cuts(
    connection: sqlite3.Connection, query: Query, words: str, beginnings: Mapping[int, str]
) -> dict[int, str]:
    """What is cut of the documents with these beginnings, which are long ones."""
    if not beginnings:
        return {}
    cuts: dict[int, str] = {}
    ellipsis = query.marks.ellipsis
    with passages() as beside:
        for number, beginning in beginnings.items():
            headline, abstract, body = connection.execute(_TEXT, (number,)).fetchone()
            tokens = snippet_tokens(beginning)
            cut = cut_passage(beside, (body, headline, abstract), words, tokens=tokens, ellipsis=ellipsis)
            if cut is not None:
                cuts[number] = _shown(cut, query.marks)
    return cuts


def _shown(cut: str, marks: Marks) -> str:
    return one_line(cut).replace(OPEN, marks.before).replace(CLOSE, marks.after)


def _beginning(query: Query, texts: Sequence[str]) -> str:
    _, abstract, body = texts
    return opening(f"{abstract} {body[:OPENING_CHARS]}", query.marks.ellipsis)
