"""An article as an index on a cluster holds it: one line of JSON, with text or, for a withdrawal, without.

Unlike the embedded index it holds what readers may not see yet or never: their alias hides it, and editors search it.
Only what is canceled or withheld is a document without text. The same article in the same month is the same bytes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Protocol
from unicodedata import normalize

import orjson

from connectors.search.families import family_of, family_rank
from connectors.search.folding import storable
from connectors.search.instants import rounded_up
from connectors.search.opensearch.languages import ranked_field
from schemas.article import Article
from schemas.changed import changed
from schemas.generate import FieldType, field_types
from schemas.spec import Index

_NOT_HELD = (Index.ABSENT, Index.HISTORY, Index.PASSING)
# Headline, abstract and the opening of the text tell what an article is about.
RANKED_CHARS = 1_000
_LANGUAGES_REMEMBERED = 256


class Identified(Protocol):
    """What of a version a document without text says: an article, or one as it stands."""

    @property
    def article_id(self) -> str:
        """Whose version it is."""
        ...

    @property
    def order_key(self) -> int:
        """Its key."""
        ...

    @property
    def pub_status(self) -> str:
        """Its status."""
        ...

    @property
    def visible_from(self) -> datetime | None:
        """Its embargo."""
        ...

    @property
    def content_hash(self) -> str | None:
        """The hash of its text."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """The line of JSON, and the digest that it holds: of all its other fields."""

    line: bytes
    digest: str


def _held() -> Iterator[FieldType]:
    return (field for field in field_types(Article) if field.spec.index not in _NOT_HELD)


_TIMES = tuple(field.name for field in _held() if field.item is datetime)
_TEXTS = tuple(field.name for field in _held() if field.spec.index is Index.TEXT)
_PLAIN = tuple(field.name for field in _held() if field.name not in (*_TIMES, *_TEXTS))
_plain_values = attrgetter(*_PLAIN)
_text_values = attrgetter(*_TEXTS)
_time_values = attrgetter(*_TIMES)


def document(article: Article, month: str) -> Document:
    """The document with the article's text."""
    held: dict[str, Any] = {
        name: value
        for name, value in zip(_PLAIN, _plain_values(article), strict=True)
        if value is not None and value != ()
    }
    for name, text in zip(_TEXTS, _text_values(article), strict=True):
        if text is not None:
            held[name] = composed(text)
    for name, time in zip(_TIMES, _time_values(article), strict=True):
        if time is not None:
            held[name] = stored_instant(time, round_up=name == "visible_from")
    # What stood before a record is told anew at each reading; the document is to be the same.
    held["origin"] = changed(article.origin, follows=None)
    held["ranked"] = {_ranked_language(article.language): _opening(held)}
    held["family"] = family_of(article)
    held["family_rank"] = family_rank(article)
    return _written(held, month, is_tombstone=False)


def tombstone(version: Identified, month: str) -> Document:
    """The document without text: id, and what its place among the versions of the article is made of."""
    held: dict[str, Any] = {
        "article_id": version.article_id,
        "order_key": version.order_key,
        "pub_status": str(version.pub_status),
    }
    if version.content_hash is not None:
        held["content_hash"] = version.content_hash
    if version.visible_from is not None:
        held["visible_from"] = stored_instant(version.visible_from, round_up=True)
    return _written(held, month, is_tombstone=True)


def _written(held: dict[str, Any], month: str, *, is_tombstone: bool) -> Document:
    held["month"] = month
    held["is_tombstone"] = is_tombstone
    try:
        line = orjson.dumps(held)
    except TypeError:  # a lone surrogate, which no JSON can hold; looked for only then
        line = orjson.dumps(_mended(held))
    digest = blake2b(line, digest_size=16).hexdigest()
    return Document(b'%b,"digest":"%b"}' % (line[:-1], digest.encode()), digest)


def _mended(value: Any) -> Any:
    """A value with lone surrogates as U+FFFD."""
    if isinstance(value, str):
        return storable(str(value))
    if isinstance(value, dict):
        return {name: _mended(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(inner) for inner in value]
    if is_dataclass(value):
        return {field.name: _mended(getattr(value, field.name)) for field in fields(value)}
    return value


def composed(text: str) -> str:
    """The text in the form in which the index compares (NFC), as queries come too.

    >>> composed("Cafe\N{COMBINING ACUTE ACCENT}") == "Café"
    True
    """
    return text if text.isascii() else normalize("NFC", text)


def stored_instant(instant: datetime, *, round_up: bool = False) -> str:
    """A time as documents state it: UTC, in milliseconds. An embargo is rounded up: not a moment before.

    >>> stored_instant(datetime(2026, 3, 2, 9, 30, 0, 1, UTC)), stored_instant(datetime(2026, 3, 2, 9, 30, 0, 1, UTC), round_up=True)
    ('2026-03-02T09:30:00.000Z', '2026-03-02T09:30:00.001Z')
    """
    if round_up:
        instant = rounded_up(instant)
    elif instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="milliseconds")[:23] + "Z"


def _opening(held: Mapping[str, Any]) -> str:
    texts = (held.get(name) for name in ("headline", "abstract", "body_text"))
    return "\n".join(text[:RANKED_CHARS] for text in texts if text)


@lru_cache(_LANGUAGES_REMEMBERED)
def _ranked_language(language: str) -> str:
    return ranked_field(language).removeprefix("ranked.")
