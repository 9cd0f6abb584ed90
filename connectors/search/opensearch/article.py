"""One article by its id or address."""

from collections.abc import Sequence
from typing import Any

from connectors.search.folding import storable
from connectors.search.opensearch.asking import Asking
from connectors.search.opensearch.families import copies_of
from connectors.search.opensearch.hit import DOCUMENT_FIELDS, document_of
from connectors.search.query import Document
from schemas.article import Article
from schemas.codec import from_row

# Made by the index for itself: no field of an article.
_OWN = ("ranked",)


def read_document(asking: Asking, name: str) -> Document | None:
    """The article with this id, or else at this address (of several the one published last, then the least id)."""
    found = _named(asking, name, ("article_id", "url", "canonical_url"), list(DOCUMENT_FIELDS))
    return None if found is None else document_of(found, copies=copies_of(asking, found["_source"]["family"]))


def read_article(asking: Asking, name: str) -> Article | None:
    """The same, by its guid too, with every field that the index holds of it; the others have their defaults."""
    fields = ("article_id", "url", "canonical_url", "guid")
    found = _named(asking, name, fields, {"excludes": list(_OWN)})
    return None if found is None else article_of(found)


def article_of(found: dict[str, Any]) -> Article:
    """The article that a found document is, as far as it was fetched."""
    return from_row(Article, found["_source"])


def _named(
    asking: Asking, name: str, fields: Sequence[str], source: list[str] | dict[str, list[str]]
) -> dict[str, Any] | None:
    """The document with this name in one of the fields; one with it in the first comes first."""
    named = storable(name)
    alike = [
        {"constant_score": {"filter": {"term": {field: named}}, "boost": int(field == fields[0])}}
        for field in fields
    ]
    answer = asking.ask(
        {
            "query": {"bool": {"filter": [asking.seen], "should": alike, "minimum_should_match": 1}},
            "sort": [
                {"_score": "desc"},
                {"published": {"order": "desc", "missing": "_last"}},
                {"article_id": "asc"},
            ],
            "size": 1,
            "_source": source,
        }
    )
    return next(iter(answer["hits"]["hits"]), None)
