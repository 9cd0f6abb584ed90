"""A stream under test: topics of its own, `copydesk run` as a process, and what stands in each of its outputs.

The process is the program itself, so that what is killed is what an operator runs.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import yaml
from kafka import KafkaConsumer, TopicPartition

from connectors.kafka.topics import ROLES
from connectors.parquet.views import connect
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.names import IndexNames
from connectors.search.sqlite.schema import open_for_reading
from deploy.local.kafka import Broker
from pipelines.options import SEARCH
from schemas.article import Article
from schemas.codec import from_row
from tests.broker import PATIENCE_S, consume_all, make_topic, producer, unique
from tests.builders_stream import Sent

ROOT = Path(__file__).resolve().parents[1]
# Topic, partition, offset.
Place = tuple[str, int, int]


class Shown(NamedTuple):
    """What one of the outputs shows readers of an article."""

    order_key: int
    event_id: str | None
    headline: str | None
    body_text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """The six topics of one stream, and the file that declares them."""

    broker: Broker
    declaration: Path
    names: dict[str, str]

    def __getitem__(self, role: str) -> str:
        return self.names[role]

    def send(self, records: Iterable[Sent]) -> list[Place]:
        """Write the records, all acknowledged; where each stands."""
        with producer(self.broker.cluster) as client:
            futures = [
                client.send(
                    self["wire" if sent.is_wire else "pages"],
                    value=sent.value,
                    key=sent.key,
                    headers=list(sent.headers),
                    timestamp_ms=int(sent.time.timestamp() * 1000),
                )
                for sent in records
            ]
            written = [future.get(PATIENCE_S) for future in futures]
        return [(each.topic, each.partition, each.offset) for each in written]

    def beside(self, folder: Path, *, of: Iterable[str] = ()) -> "Topics":
        """Other topics to write to, for a stream that reads the same ones; `of` are roles shared beyond these."""
        shared = {role: self[role] for role in ("pages", "wire", *of)}
        return _declared(self.broker, folder, 1, shared)


def new_topics(broker: Broker, folder: Path, partitions: int = 1) -> Topics:
    """Six topics of names that no other test has."""
    return _declared(broker, folder, partitions, {})


def _declared(broker: Broker, folder: Path, partitions: int, shared: dict[str, str]) -> Topics:
    names = {role: shared.get(role) or unique(role.replace("_", ".")) for role in ROLES}
    for role, name in names.items():
        if role not in shared:
            # Records are of another day: retention by time would take them away at once.
            make_topic(broker, name, partitions, retention_ms=-1)
    declaration = folder / f"{unique('topics')}.yaml"
    declaration.write_text(yaml.safe_dump({role: {"name": name} for role, name in names.items()}))
    return Topics(broker=broker, declaration=declaration, names=names)


class Stream:
    """`copydesk run` in a process of its own; at the end of the body it is killed if it still runs."""

    def __init__(self, topics: Topics, data: Path, group: str, *options: str) -> None:
        data.mkdir(parents=True, exist_ok=True)
        command = [
            *(sys.executable, "-m", "pipelines", "run"),
            *("--bootstrap-servers", topics.broker.bootstrap_servers),
            *("--topics", str(topics.declaration), "--data", str(data), "--group-id", group),
            *("--workers", "0", "--metrics-port", "none", *options),
        ]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        # Not to a file: a disk that takes no more must not swallow what is said of it.
        self._told: list[bytes] = []
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self._told.extend(self.process.stderr)
        self.process.stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def told(self) -> str:
        """What it has said to people so far."""
        return b"".join(self._told).decode("utf-8", "replace")

    @property
    def is_over(self) -> bool:
        return self.process.poll() is not None

    def wait_for(self, condition: Callable[[], bool], within_s: float = 120, poll_s: float = 0.05) -> None:
        """Wait until this is true, while it runs."""
        deadline = time.monotonic() + within_s
        while not (self.is_over or condition()):
            assert time.monotonic() < deadline, f"not within {within_s:g} s; {self.told[-3_000:]}"
            time.sleep(poll_s)
        assert not self.is_over, self.told[-3_000:]

    def kill(self) -> None:
        """SIGKILL, as a crash of the machine would; nothing happens where it is over."""
        self.process.kill()
        self.process.wait()

    def drain(self, within_s: float = PATIENCE_S) -> int:
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended(within_s)

    def ended(self, within_s: float = PATIENCE_S) -> int:
        """Its exit code, once it has ended."""
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {within_s:g} s: {self.told[-3000:]}") from None
        self._listening.join(PATIENCE_S)
        return self.process.returncode


def run_to_the_end(topics: Topics, data: Path, group: str, *options: str, within_s: float = 120) -> None:
    """Read all that the topics hold now, publish, and end well."""
    with Stream(topics, data, group, "--until", "latest", *options) as stream:
        code = stream.ended(within_s)
        assert code == 0, stream.told[-3000:]


class EndOfTopic:
    """How many records a topic has had, over all partitions; asked with one connection, as it is asked all the time."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._client = KafkaConsumer(**broker.cluster.client_settings())
        self._places = [TopicPartition(topic, number) for number in self._client.partitions_for_topic(topic)]

    def __call__(self) -> int:
        return sum(self._client.end_offsets(self._places).values())


def history_files(data: Path) -> set[str]:
    """Names of the files of history that are in place, merged ones left out."""
    return {path.name for path in data.glob("history/*/part-*.parquet")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a stream has come to, one question a field.

    `rows` counts the rows of history by origin, part and payload; `letters` the dead letters by origin; `arrivals` has the
    order keys of an article as they came.
    """

    told: set[Place]
    rows: Counter[tuple[object, ...]]
    letters: Counter[tuple[object, ...]]
    articles: dict[str, Shown]
    index: dict[str, Shown]
    versions: dict[str, list[tuple[object, ...]]]
    families: set[frozenset[str]]
    arrivals: dict[str, list[tuple[object, ...]]]


def outcome(data: Path) -> Outcome:
    """What stands in the files of an output."""
    with closing(connect(str(data), datetime.now(UTC))) as database:

        def ask(query: str) -> list[tuple[Any, ...]]:
            return database.execute(query).fetchall()

        place = "origin.source, origin.partition, origin.offset"
        families: dict[str, set[str]] = {}
        for family, article in ask(
            "select copy_family, article_id from articles where copy_family is not null"
        ):
            families.setdefault(family, set()).add(article)
        return Outcome(
            told=set(ask(f"select {place} from history union select {place} from dead_letters")),
            rows=Counter(ask(f"select {place}, origin.item, part, payload_sha256 from history")),
            letters=Counter(ask(f"select {place}, origin.item, stage from dead_letters")),
            articles={
                row[0]: Shown(*row[1:])
                for row in ask("select article_id, order_key, event_id, headline, body_text from articles")
            },
            index=in_index(data),
            versions=_grouped(ask(_VERSIONS)),
            families={frozenset(members) for members in families.values()},
            arrivals=_grouped(ask(_ARRIVALS)),
        )


# What a version is, whoever came first: without what follows the order of arrival over several partitions.
_VERSIONS = """
select article_id, order_key, change_type, pub_status, version, headline, body_text, content_hash, superseded
from history order by all
"""

_ARRIVALS = """
select article_id, order_key from history order by origin.source, origin.partition, origin.offset, origin.item
"""


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[tuple[object, ...]]]:
    grouped: dict[str, list[tuple[object, ...]]] = {}
    for article, *row in rows:
        grouped.setdefault(article, []).append(tuple(row))
    return grouped


def in_index(data: Path) -> dict[str, Shown]:
    """What the embedded index shows, by article; nothing where there is none."""
    if not (data / SEARCH).exists():
        return {}
    query = """
        select article_id, order_key, event_id, article_text.headline, body
        from document join article_text on article_text.rowid = document.id where not is_tombstone
    """
    with closing(open_for_reading(str(data / SEARCH))) as index:
        return {row[0]: Shown(row[1], row[2], row[3] or None, row[4] or None) for row in index.execute(query)}


def on_cluster(client: IndexClient, names: IndexNames) -> dict[str, Shown]:
    """What the index on a cluster shows readers, by article."""
    client.ask("POST", f"/{names.pattern}/_refresh")
    found = client.ask("POST", f"/{names.readers}/_search", {"size": 10_000})["hits"]["hits"]
    return {
        hit["_id"]: Shown(
            hit["_source"]["order_key"],
            hit["_source"].get("event_id"),
            hit["_source"].get("headline"),
            hit["_source"].get("body_text"),
        )
        for hit in found
    }


def on_topic(topics: Topics, role: str = "articles") -> dict[str, Shown]:
    """What readers of the topic end with: per key the record of the greatest order key, the last of equals."""
    present: dict[str, Article] = {}
    for article in articles_on(topics, role):
        before = present.get(article.article_id)
        if before is None or article.order_key >= before.order_key:
            present[article.article_id] = article
    return {
        name: Shown(article.order_key, article.event_id, article.headline, article.body_text)
        for name, article in present.items()
        if article.headline is not None or article.body_text is not None
    }


def articles_on(topics: Topics, role: str = "articles") -> Iterator[Article]:
    """Every record of the topic, in the order of its partitions."""
    for record in consume_all(topics.broker, topics[role]):
        assert record.value is not None
        article = from_row(Article, json.loads(record.value))
        assert record.key == article.article_id.encode()
        yield article


def is_full_size() -> bool:
    """Whether the tests run at full size."""
    return bool(os.environ.get("COPYDESK_FULL"))
