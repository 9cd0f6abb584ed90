"""One article by its id or address."""

from connectors.search.folding import storable
from connectors.search.opensearch.asking import Asking
from connectors.search.opensearch.families import families_of
from connectors.search.opensearch.hit import DOCUMENT_FIELDS, document_of
from connectors.search.query import Document


def read_document(asking: Asking, name: str) -> Document | None:
    """The article with this id, or else at this address (of several the one published last, then the least id)."""
    named = storable(name)
    # By id scores 1 and by address 0, so that an id comes first.
    alike = [{"constant_score": {"filter": {"term": {"article_id": named}}, "boost": 1}}] + [
        {"constant_score": {"filter": {"term": {field: named}}, "boost": 0}}
        for field in ("url", "canonical_url")
    ]
    answer = asking.ask(
        {
            "query": {
                "bool": {"filter": [asking.seen], "should": alike, "minimum_should_match": 1},
            },
            "sort": [
                {"_score": "desc"},
                {"published": {"order": "desc", "missing": "_last"}},
                {"article_id": "asc"},
            ],
            "size": 1,
            "_source": list(DOCUMENT_FIELDS),
        }
    )
    found = answer["hits"]["hits"]
    return document_of(found[0], copies=families_of(asking, found).copies(found[0])) if found else None
