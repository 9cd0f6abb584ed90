"""A replay that writes to an index on a cluster: what readers see there is what they see in a folder."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.search.opensearch.index import OpenSearchIndex
from connectors.search.query import Query
from connectors.search.sqlite.index import SqliteIndex
from pipelines.commands.index_upkeep import IndexUpkeep
from pipelines.commands.publish import publish_folder
from pipelines.ingest import run
from pipelines.options import IngestConfig, ingest_config
from tests.indexed import a_target, an_installation, held, refresh
from tests.test_morning import EXAMPLES, NOON

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Indexed:
    """A folder of output whose articles are in an index on a cluster."""

    config: IngestConfig
    client: object
    names: object

    def replay(self) -> None:
        run(replace(self.config, run=f"{self.config.run}-again"))
        self.publish(self.config.as_of)

    def publish(self, as_of: datetime) -> IndexUpkeep:
        upkeep = IndexUpkeep(target=self.config.index, client=self.client, data=self.config.data)
        publish_folder(self.config.data, as_of, None, upkeep)
        return upkeep

    def held(self):
        return held(self.client, self.names, written=True)

    def shown(self, as_of: datetime) -> list[tuple[object, ...]]:
        refresh(self.client, self.names)
        return shown(OpenSearchIndex(self.client, self.names), as_of)


def shown(index: SqliteIndex | OpenSearchIndex, as_of: datetime) -> list[tuple[object, ...]]:
    """All that readers see."""
    hits = index.search(Query(copies=True, size=1_000), as_of).hits
    found = [index.get(hit.article_id, as_of) for hit in hits]
    return sorted(
        (one.article_id, one.order_key, one.headline, one.abstract, one.body_text, one.event_id, one.copies)
        for one in found
    )


def a_config(data: Path, index=None) -> IngestConfig:
    return ingest_config(
        [EXAMPLES / "morning"], data=data, as_of=NOON.isoformat(), received=None, runner="direct", index=index
    )


@pytest.fixture(scope="module")
def indexed(index_server, tmp_path_factory):
    with an_installation(index_server.cluster) as (client, names):
        config = a_config(tmp_path_factory.mktemp("indexed"), a_target(index_server.cluster, names))
        morning = Indexed(config, client, names)
        morning.replay()
        yield morning


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    config = a_config(tmp_path_factory.mktemp("embedded"))
    run(config)
    publish_folder(config.data, config.as_of)
    with SqliteIndex.open(str(config.data / "search.sqlite")) as index:
        yield index


def test_readers_see_of_the_morning_on_a_cluster_what_they_see_in_a_folder(indexed, embedded):
    expected = shown(embedded, NOON)

    assert len(expected) > 50
    assert indexed.shown(NOON) == expected


def test_an_index_on_a_cluster_leaves_none_in_the_folder(indexed):
    assert not list(indexed.config.data.glob("search.sqlite*"))


def test_a_day_that_is_replayed_twice_writes_not_one_document_again(indexed):
    before = indexed.held()

    indexed.replay()

    assert indexed.held() == before
