"""The fields of a document in an index: those of `Article`, and what is made of them to be found by.

headline, abstract, body_text   as `Article` has them; copied into
text.exact                      what matches, of any of the three; no phrase reaches from one into the next
ranked.<language>               headline, abstract and opening, of one language: what ranks
family, family_rank             whose copies are one, and which of them stands for the others
month, is_tombstone, digest     where the document stands, whether it has text, and what it was made of
"""

from collections.abc import Mapping
from typing import Any

from connectors.search.opensearch.analysis import EXACT
from schemas.article import Article
from schemas.generate import index_mapping
from schemas.version import SCHEMA_VERSION

# Raised whenever the index of the same article would be another: a field beside those of `Article`, an analyzer, a
# setting. An older release leaves the templates of a newer one alone.
INDEX_VERSION = 1

SEARCHED = ("headline", "abstract", "body_text")
_SHORT = ("headline", "abstract")
_KEYWORD = {"type": "keyword"}
_KEPT = {"type": "keyword", "index": False, "doc_values": False}


def mapping(analyzers: Mapping[str, str]) -> dict[str, Any]:
    """The mapping, with these analyzers of `ranked` by language."""
    article = index_mapping(Article)
    return {
        "dynamic": "strict",
        "_meta": meta(analyzers),
        "properties": {
            **{name: _of_article(name, field) for name, field in article["properties"].items()},
            "text": {
                "properties": {"exact": {"type": "text", "analyzer": EXACT}},
            },
            "ranked": {"properties": {name: _ranked(analyzer) for name, analyzer in analyzers.items()}},
            "family": _KEYWORD,
            "family_rank": {"type": "long"},
            "month": _KEYWORD,
            "is_tombstone": {"type": "boolean"},
            "digest": _KEPT,
        },
    }


def meta(analyzers: Mapping[str, str]) -> dict[str, Any]:
    """What templates and indices say of themselves."""
    return {
        "schema_version": SCHEMA_VERSION,
        "index_version": INDEX_VERSION,
        "analyzers": dict(analyzers),
    }


def own_analyzers(found: Mapping[str, Any], analyzers: Mapping[str, str]) -> dict[str, str]:
    """The analyzer of each language by which an index with this mapping ranks, or would if it had the field."""
    ranked = found.get("properties", {}).get("ranked", {}).get("properties", {})
    return {
        language: ranked[language].get("analyzer", "standard") if language in ranked else analyzer
        for language, analyzer in analyzers.items()
    }


def is_newer(kept: Mapping[str, Any]) -> bool:
    """Whether what a template or index says of itself is of a newer release than this one.

    >>> is_newer({"schema_version": SCHEMA_VERSION + 1}), is_newer(meta({}))
    (True, False)
    """
    return _place(kept) > _place(meta({}))


def _place(told: Mapping[str, Any]) -> tuple[int, int]:
    return int(told.get("schema_version", 0)), int(told.get("index_version", 0))


def _of_article(name: str, field: dict[str, Any]) -> dict[str, Any]:
    if field.get("type") != "text":
        return field
    copied = {"copy_to": "text.exact"} if name in SEARCHED else {}
    # Long text is found and ranked elsewhere: here only whether a word is in it, for whoever asks this field.
    short = {} if name in _SHORT else {"index_options": "docs", "norms": False}
    return {**field, "analyzer": EXACT, **short, **copied}


def _ranked(analyzer: str) -> dict[str, Any]:
    return {"type": "text", "analyzer": analyzer, "index_options": "freqs"}
