"""A real server that takes only small requests: what a proxy or an operator may have set."""

import orjson
import pytest

from connectors.search.opensearch.bulk import MAX_BATCH_DOCUMENTS, Write, bulk
from connectors.search.opensearch.client import IndexClient
from deploy.local.opensearch import IndexServer
from tests.index_server import unique_names

PATIENCE_S = 120
WORD_CHARS = 300


@pytest.fixture
def small_server(tmp_path):
    """A server of the test's own that takes requests of 100 kB."""
    own = IndexServer(tmp_path / "index", settings={"http.max_content_length": "100kb"}, plugins=())
    own.start()
    yield own
    own.kill()


def test_a_request_that_is_too_large_is_halved_and_a_document_that_is_refused_alone(small_server):
    names = unique_names()
    alias = names.month_alias("2026.03")
    body = {"settings": {"index": {"number_of_replicas": 0}}, "aliases": {alias: {}}}
    words = {f"a{place}": f"{place:0{WORD_CHARS}}" for place in range(MAX_BATCH_DOCUMENTS - 1)}
    words["large"] = "x" * 200_000
    writes = [
        Write(article_id=article_id, target=alias, version=1, document=orjson.dumps({"word": word}))
        for article_id, word in words.items()
    ]
    with IndexClient(small_server.cluster, patience_s=PATIENCE_S) as client:
        client.ask("PUT", f"/{names.generation('2026.03', 1)}", body)
        outcome = bulk(client, writes)
        client.ask("POST", f"/{alias}/_refresh")
        count = client.ask("GET", f"/{alias}/_count")["count"]

    assert outcome.written == count == MAX_BATCH_DOCUMENTS - 1
    assert [(refused.write.article_id, refused.status) for refused in outcome.refused] == [("large", 413)]
    assert "200,011 bytes" in outcome.refused[0].reason
