"""What writing to the index on a cluster costs beside bare `_bulk` requests and opensearch-py's `helpers.bulk`.

    python -m benchmarks.index_bulk [--articles N] [--rounds N]

Starts a server of its own. All three encode the same documents, 500 at a time, and write them to the same index, in turns
and each time as newer versions, so that what else the machine does meets all. That index keeps documents and analyses
nothing, so that the rates are those of the clients; CPU is that of this process, and the medians of the rounds are
compared. Then the whole of our write path, which looks up what stands, to the index as it is.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from opensearchpy import OpenSearch, helpers
from urllib3 import connection_from_url

from benchmarks.search_index import MORNING, made_up
from connectors.search.opensearch.bulk import MAX_BATCH_BYTES, MAX_BATCH_DOCUMENTS, Write, bulk
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.document import document
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.upsert import write_articles
from deploy.local.opensearch import IndexServer
from schemas.article import Article

NAMES, MONTH = IndexNames(prefix="bench"), "2026.03"
ALIAS = "kept"
KEPT = {"mappings": {"enabled": False}, "settings": {"refresh_interval": "-1"}, "aliases": {ALIAS: {}}}
# CPU of ours beside theirs, at most; and the rate of the helpers, at least.
MOST_OF_BARE, MOST_OF_HELPERS = 1.2, 0.4
Documents = dict[str, dict[str, Any]]


class Writers:
    """The three ways to write documents by id, each as a version that is newer than all before."""

    def __init__(self, client: IndexClient, url: str, documents: Documents) -> None:
        self._client = client
        self._pool = connection_from_url(url)
        self._helped = OpenSearch(url)
        self._documents = documents
        self._version = 0

    def ours(self) -> None:
        """Documents encoded, and `bulk`."""
        self._version += 1
        for batch in self._batches():
            self._write(batch)

    def _write(self, batch: list[tuple[str, dict[str, Any]]]) -> None:
        writes = [
            Write(article_id=name, target=ALIAS, version=self._version, document=orjson.dumps(held))
            for name, held in batch
        ]
        outcome = bulk(self._client, writes)
        assert outcome.written == len(writes), outcome

    def bare(self) -> None:
        """The loop that one would write: encode, join, post, look whether there were errors."""
        self._version += 1
        for batch in self._batches():
            lines: list[bytes] = []
            size = 0
            for name, held in batch:
                line = orjson.dumps(held)
                if size + len(line) > MAX_BATCH_BYTES:
                    self._post(lines)
                    lines, size = [], 0
                lines += (orjson.dumps({"index": self._action(name)}), line)
                size += len(line)
            self._post(lines)

    def helpers(self) -> None:
        """What opensearch-py offers."""
        self._version += 1
        actions = (
            {"_op_type": "index", **self._action(name), "_source": held}
            for name, held in self._documents.items()
        )
        written, failed = helpers.bulk(
            self._helped, actions, chunk_size=MAX_BATCH_DOCUMENTS, max_chunk_bytes=MAX_BATCH_BYTES
        )
        assert (written, failed) == (len(self._documents), [])

    def _batches(self) -> Iterator[list[tuple[str, dict[str, Any]]]]:
        pairs = list(self._documents.items())
        for start in range(0, len(pairs), MAX_BATCH_DOCUMENTS):
            yield pairs[start : start + MAX_BATCH_DOCUMENTS]

    def _action(self, name: str) -> dict[str, object]:
        return {"_index": ALIAS, "_id": name, "version": self._version, "version_type": "external_gte"}

    def _post(self, lines: list[bytes]) -> None:
        # What is answered is cut as far as it can be, if no document is to be lost sight of.
        path = "/_bulk?filter_path=errors,items.*.status,items.*.error"
        headers = {"content-type": "application/json"}
        answer = self._pool.urlopen("POST", path, body=b"\n".join([*lines, b""]), headers=headers)
        assert orjson.loads(answer.data)["errors"] is False, answer.data


def measured(write: Callable[[], None], count: int) -> tuple[float, float]:
    """CPU microseconds a document, and documents a second."""
    cpu, wall = time.process_time(), time.perf_counter()
    write()
    return (time.process_time() - cpu) / count * 1e6, count / (time.perf_counter() - wall)


def compare(writers: Writers, count: int, rounds: int) -> None:
    """Print the three, and the medians of their ratios."""
    ways = {"ours": writers.ours, "bare": writers.bare, "helpers": writers.helpers}
    for write in ways.values():
        write()
    taken = [{name: measured(write, count) for name, write in ways.items()} for _ in range(rounds)]
    for name in ways:
        cpu, rate = (median(of[name][side] for of in taken) for side in (0, 1))
        print(f"{name:8} {cpu:6.0f} us of CPU a document  {rate:6,.0f} documents/s")
    for name, bar in (("bare", MOST_OF_BARE), ("helpers", MOST_OF_HELPERS)):
        ratio = median(of["ours"][0] / of[name][0] for of in taken)
        print(f"ours / {name:8} CPU x {ratio:.2f}   bar at most {bar}")
    ratio = median(of["ours"][1] / of["helpers"][1] for of in taken)
    print(f"ours / helpers  rate x {ratio:.2f}   bar at least 1.0")


def whole(client: IndexClient, articles: list[Article]) -> None:
    """Print what articles cost from their fields to the index: new ones, the same once more, and newer versions."""
    ensure_index(client, NAMES)
    newer = [replace(article, order_key=article.order_key + 1, abstract="newer") for article in articles]
    for told, written in (("new", articles), ("same", articles), ("newer", newer)):
        cpu, rate = measured(partial(_write, client, written), len(written))
        print(f"write_articles, {told:5} {cpu:6.0f} us of CPU an article  {rate:6,.0f} articles/s")


def _write(client: IndexClient, articles: list[Article]) -> None:
    for start in range(0, len(articles), MAX_BATCH_DOCUMENTS):
        outcome = write_articles(client, NAMES, articles[start : start + MAX_BATCH_DOCUMENTS], as_of=MORNING)
        assert not outcome.refused


def main() -> None:
    """Start a server, measure, end it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--articles", type=int, default=2_000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    articles = list(made_up(given.articles))
    documents = {article.article_id: orjson.loads(document(article, MONTH).line) for article in articles}
    with tempfile.TemporaryDirectory() as folder:
        server = IndexServer(Path(folder))
        server.start()
        try:
            with IndexClient(server.cluster) as client:
                client.ask("PUT", f"/{ALIAS}-1", KEPT)
                compare(Writers(client, server.url, documents), len(documents), given.rounds)
                whole(client, articles)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
