"""A server of the index that is killed in the midst of writes, or has room for next to none: no article is lost, none is there twice."""

import os
import random
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.search.opensearch import patience
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.index import OpenSearchIndex
from connectors.search.opensearch.index_figures import IndexCount, forget_index_figures, index_figures
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.upsert import write_articles
from connectors.search.query import Query
from deploy.local.opensearch import IndexServer
from schemas.article import Article
from tests.broker import PATIENCE_S, eventually
from tests.builders import MORNING, an_article
from tests.index_server import unique_names

KILLS = 20 if os.environ.get("COPYDESK_FULL") else 2
# Batches are small, so that a kill finds one on its way.
BATCH = 50
# Longer than any outage here, on whatever machine: a start takes 5 s.
_BACK_S = 120
WRITERS = 10


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    """Pauses grow to half a minute, which is how long these tests would then take."""
    monkeypatch.setattr(patience, "_LONGEST_PAUSE_S", 1.0)


class Writing(threading.Thread):
    """Writes batches until told to end; `acknowledged` holds the greatest order key of each article that was taken."""

    def __init__(self, cluster, names, number: int, batches: int | None = None) -> None:
        super().__init__(daemon=True)
        self._cluster = cluster
        self._names = names
        self._random = random.Random(number)
        self._number = number
        self._batches = batches
        self._enough = threading.Event()
        self.acknowledged: dict[str, int] = {}
        self.start()

    def run(self) -> None:
        with IndexClient(self._cluster, patience_s=_BACK_S) as client:
            for batch in self._made():
                outcome = write_articles(client, self._names, batch, as_of=MORNING)
                assert outcome.refused == ()
                self.acknowledged |= {article.article_id: article.order_key for article in batch}

    def _made(self) -> Iterator[list[Article]]:
        """New articles of two months, and a later version of every fifth of those before."""
        made: list[str] = []
        turn = 0
        while not self._enough.is_set() and turn != self._batches:
            again = self._random.sample(made, min(len(made), BATCH // 5))
            new = [f"{self._number}.{turn}.{place}" for place in range(BATCH - len(again))]
            made += new
            turn += 1
            yield [
                an_article(name, order_key=turn, first_received=_first_received(name))
                for name in [*new, *again]
            ]

    def finish(self) -> dict[str, int]:
        """Let it end what it has begun; what was acknowledged."""
        self._enough.set()
        return self.ended()

    def ended(self) -> dict[str, int]:
        self.join(_BACK_S)
        assert not self.is_alive()
        return self.acknowledged


def _first_received(name):
    return MORNING - timedelta(days=31) * (int(name[-1]) % 2)


def standing(client, names):
    """Every document as it stands: name, version, and the month it is in."""
    client.ask("POST", f"/{names.pattern}/_refresh")
    body = {"size": 1_000, "version": True, "_source": ["order_key"], "sort": [{"article_id": "asc"}]}
    documents = []
    while hits := client.ask("POST", f"/{names.pattern}/_search", body)["hits"]["hits"]:
        documents += [(hit["_id"], hit["_version"], hit["_index"]) for hit in hits]
        body["search_after"] = hits[-1]["sort"]
    return documents


def let_write(writers, articles):
    """Return when so many more are acknowledged of all writers together."""
    enough = sum(len(writer.acknowledged) for writer in writers) + articles
    eventually(lambda: sum(len(writer.acknowledged) for writer in writers) >= enough, _BACK_S)


def by_name(documents):
    return {name: version for name, version, _ in documents}


def test_what_was_acknowledged_is_there_once_however_often_the_server_is_killed(own_index_server):
    names, moments = unique_names(), random.Random(7)
    with IndexClient(own_index_server.cluster, patience_s=_BACK_S) as client:
        ensure_index(client, names)
        writers = [Writing(own_index_server.cluster, names, number) for number in range(2)]

        lost = []
        for _ in range(KILLS):
            let_write(writers, moments.randint(BATCH, 6 * BATCH))
            before = [dict(writer.acknowledged) for writer in writers]
            own_index_server.kill()
            own_index_server.start()
            there = by_name(standing(client, names))
            lost += [
                name for one in before for name, order_key in one.items() if there.get(name, -1) < order_key
            ]
        acknowledged = {name: key for writer in writers for name, key in writer.finish().items()}
        documents = standing(client, names)

    assert lost == []
    assert len(documents) == len(acknowledged) > KILLS * BATCH
    assert by_name(documents) == acknowledged


@pytest.fixture(scope="module")
def narrow_server(tmp_path_factory):
    """A server that writes one thing at a time and lets two more wait; it has no plugin of analysis either."""
    narrow = IndexServer(
        tmp_path_factory.mktemp("narrow"),
        settings={"thread_pool.write.size": "1", "thread_pool.write.queue_size": "2"},
        plugins=(),
    )
    narrow.start()
    yield narrow
    narrow.kill()


def test_a_queue_that_is_full_all_the_time_loses_nothing_and_slows_who_writes(narrow_server):
    names = unique_names()
    forget_index_figures()
    with IndexClient(narrow_server.cluster, patience_s=PATIENCE_S) as client:
        ensure_index(client, names)

        writers = [Writing(narrow_server.cluster, names, number, batches=5) for number in range(WRITERS)]
        waited_for = eventually(lambda: index_figures().waiting_for, told=index_figures)
        acknowledged = {name: key for writer in writers for name, key in writer.ended().items()}

        documents = standing(client, names)
    assert "429 rejected_execution_exception" in waited_for
    assert index_figures().counts[IndexCount.RETRIED] > 0
    assert len(documents) == len(acknowledged) > WRITERS * BATCH
    assert by_name(documents) == acknowledged


def test_a_cluster_without_plugins_finds_the_same_words(narrow_server):
    names = unique_names()
    texts = {
        "ja": ("東京の港で火災", "東京"),
        "ko": ("부산항에서 화재", "화재"),
        "zh": ("港口发生火灾", "火灾"),
        "de": ("Brand im Hamburger Hafen", "hafen"),
    }
    with IndexClient(narrow_server.cluster, patience_s=PATIENCE_S) as client:
        readied = ensure_index(client, names)
        articles = [
            an_article(language, language=language, headline=text) for language, (text, _) in texts.items()
        ]
        write_articles(client, names, articles, as_of=MORNING)
        client.ask("POST", f"/{names.pattern}/_refresh")
        index = OpenSearchIndex(client, names)
        found = {
            language: [hit.article_id for hit in index.search(Query(text=word), MORNING).hits]
            for language, (_, word) in texts.items()
        }

    assert {readied.analyzers[language] for language in ("ja", "ko", "zh")} == {"cjk"}
    assert found == {"ja": ["ja"], "ko": ["ko"], "zh": ["zh"], "de": ["de"]}
