"""What an index is made of is numbered: whoever changes it says so, or old indices pass for new ones."""

from hashlib import blake2b

import orjson

from connectors.search.opensearch.analysis import analysis
from connectors.search.opensearch.languages import OTHER, ranked_field
from connectors.search.opensearch.mapping import INDEX_VERSION, SEARCHED, mapping
from connectors.search.opensearch.templates import settings
from schemas.article import Article
from schemas.generate import index_mapping
from schemas.version import SCHEMA_VERSION

ANALYZERS = {"en": "english", OTHER: "standard"}
# Of each version that was released. When the test fails: raise INDEX_VERSION (an added field of `Article` raises
# SCHEMA_VERSION), and put down the new digest beside the old.
DIGESTS = {(1000, 1): "b699d02173caa2d3"}


def digest():
    made = (mapping(ANALYZERS)["properties"], analysis(), settings())
    return blake2b(orjson.dumps(made, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def test_whoever_changes_what_an_index_is_raises_its_number():
    assert digest() == DIGESTS.get((SCHEMA_VERSION, INDEX_VERSION))


def test_every_field_that_an_article_has_in_the_index_is_there():
    assert index_mapping(Article)["properties"].keys() <= mapping(ANALYZERS)["properties"].keys()


def test_the_three_searched_fields_and_no_other_decide_what_matches():
    copied = [
        name
        for name, field in mapping(ANALYZERS)["properties"].items()
        if field.get("copy_to") == "text.exact"
    ]

    assert sorted(copied) == sorted(SEARCHED)


def test_every_language_is_ranked_somewhere():
    assert [ranked_field(language) for language in ("en", "en-GB", "zh-Hant", "", "xx-unknown")] == [
        "ranked.en",
        "ranked.en",
        "ranked.zh",
        "ranked.other",
        "ranked.other",
    ]
