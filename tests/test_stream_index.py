"""A stream that fills an index on a cluster: what readers find there is what the folder shows, and a replay changes nothing."""

from pathlib import Path
from unicodedata import normalize

import pytest

from connectors.search.opensearch.client import IndexClient
from pipelines.options import SEARCH
from tests.broker import PATIENCE_S, unique
from tests.index_server import unique_names
from tests.streams import Shown, on_cluster, run_to_the_end
from tests.test_stream_topics import Morning


class IndexedMorning:
    """The morning, streamed into a folder and an index on a cluster."""

    def __init__(self, broker, index_server, folder: Path) -> None:
        self.names = unique_names()
        self.options = ("--index", index_server.url, "--index-prefix", self.names.prefix)
        self.client = IndexClient(index_server.cluster, patience_s=PATIENCE_S)
        self.morning = Morning(broker, folder, *self.options)

    def documents(self) -> dict[str, object]:
        """Every document as it stands, with the number of the write that made it."""
        self.client.ask("POST", f"/{self.names.pattern}/_refresh")
        asked = {"size": 10_000, "seq_no_primary_term": True, "version": True}
        return {
            hit["_id"]: hit
            for hit in self.client.ask("POST", f"/{self.names.pattern}/_search", asked)["hits"]["hits"]
        }


@pytest.fixture(scope="module")
def indexed(broker, index_server, tmp_path_factory):
    morning = IndexedMorning(broker, index_server, tmp_path_factory.mktemp("indexed"))
    yield morning
    morning.client.close()


def test_readers_find_on_the_cluster_what_the_folder_shows(indexed):
    articles = indexed.morning.outcome.articles
    assert len(articles) > 50

    assert on_cluster(indexed.client, indexed.names) == {
        name: _composed(one) for name, one in articles.items()
    }
    assert not (indexed.morning.data / SEARCH).exists()


def test_the_same_records_streamed_again_change_no_document(indexed):
    before = indexed.documents()
    assert len(before) > 50

    run_to_the_end(
        indexed.morning.topics, indexed.morning.data, unique("group"), "--from", "earliest", *indexed.options
    )

    assert indexed.documents() == before


def _composed(shown: Shown) -> Shown:
    """As it is indexed: composed."""
    return Shown(*(normalize("NFC", value) if isinstance(value, str) else value for value in shown))
