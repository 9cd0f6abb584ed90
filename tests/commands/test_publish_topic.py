"""`copydesk publish` with a cluster: readers of the topic end with what readers of the folder see."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producing import BoundedProducer
from pipelines.commands.cluster.environment import cluster_environment
from pipelines.commands.publish import publish_folder
from pipelines.commands.telling_readers import ReadersTeller
from pipelines.core.article_topics import ArticleTopics, article_records
from schemas.article import Article
from schemas.article_parts import ChangeType
from schemas.codec import from_row
from tests.broker import consume_all, new_topic, unique
from tests.builders_history import NOON, WITHOUT_TEXT, a_copy, a_version, arrive

LIFTS = NOON + timedelta(hours=1)
EMBARGOED = a_version(1, ChangeType.NEW, visible_from=LIFTS)
PUBLIC = a_version(1, ChangeType.NEW)


class Stream:
    """Rows that a stream has written to history and to the topics."""

    def __init__(self, broker, folder: Path) -> None:
        self.broker, self.folder = broker, folder
        self.topics = ArticleTopics(
            readers=new_topic(broker, retention_ms=-1), editors=new_topic(broker, retention_ms=-1)
        )

    def write(self, *rows: Article) -> None:
        arrive(self.folder, *rows)
        producer = BoundedProducer(self.broker.cluster, patience_s=30)
        for row in rows:
            for record in article_records(self.topics, row):
                producer.send(record)
        assert producer.flush() == ()
        producer.close()

    def publish(self, as_of=NOON) -> ReadersTeller:
        teller = ReadersTeller(cluster=self.broker.cluster, topics=self.topics)
        publish_folder(self.folder, as_of, teller)
        return teller

    def on_topic(self, topic: str) -> list[Article]:
        return [from_row(Article, json.loads(record.value)) for record in consume_all(self.broker, topic)]

    def shown(self) -> dict[str, Article]:
        """The greatest order key of each article, of equals the last; what has no text is gone."""
        present: dict[str, Article] = {}
        for article in self.on_topic(self.topics.readers):
            before = present.get(article.article_id)
            if before is None or article.order_key >= before.order_key:
                present[article.article_id] = article
        return {name: article for name, article in present.items() if article.headline is not None}


@pytest.fixture
def stream(broker, tmp_path) -> Stream:
    return Stream(broker, tmp_path)


def test_an_embargoed_article_is_on_the_readers_topic_when_its_time_has_come_and_not_before(stream):
    stream.write(EMBARGOED)
    stream.publish(NOON)
    assert stream.on_topic(stream.topics.readers) == []

    stream.publish(LIFTS)

    assert stream.shown()["strike"].body_text == EMBARGOED.body_text


def test_a_release_without_text_shows_its_text_on_the_topic(stream):
    release = a_version(5, ChangeType.RELEASE, **WITHOUT_TEXT)
    stream.write(EMBARGOED, release)

    stream.publish()

    shown = stream.shown()["strike"]
    assert (shown.body_text, shown.order_key) == (EMBARGOED.body_text, release.order_key)
    assert shown.event_id == EMBARGOED.event_id


def test_an_expiry_that_hides_takes_the_text_from_the_topic(stream):
    stream.write(a_version(1, ChangeType.NEW, visible_until=LIFTS), a_copy())
    stream.publish(NOON)
    assert set(stream.shown()) == {"strike", "copy"}

    stream.publish(LIFTS)

    assert set(stream.shown()) == {"copy"}
    assert stream.shown()["copy"].dup_of is None


def test_a_folder_is_published_though_its_topic_is_missing_and_told_later(stream):
    stream.write(EMBARGOED)
    topics, stream.topics = stream.topics, replace(stream.topics, readers=unique("missing"))
    teller = stream.publish(LIFTS)
    assert "does not exist" in (teller.trouble or "")
    stream.topics = topics

    stream.publish(LIFTS)

    assert set(stream.shown()) == {"strike"}


def test_a_release_that_the_topic_refuses_is_said_and_told_when_it_takes_it(stream):
    stream.write(EMBARGOED)
    release = a_version(2, ChangeType.NEW, visible_from=LIFTS, body_text="word " * 60_000)
    large = replace(release, article_id="large")
    arrive(stream.folder, large)
    topics = stream.topics
    stream.topics = replace(topics, readers=new_topic(stream.broker, max_message_bytes=200_000))
    refused = stream.publish(LIFTS)
    assert refused.told == 1
    assert "large" in refused.refused[0]
    assert stream.publish(LIFTS).refused == refused.refused
    stream.topics = topics

    stream.publish(LIFTS)

    assert "large" in stream.shown()


def run_publish(folder: Path, cluster: KafkaCluster, **topics: str) -> subprocess.CompletedProcess[str]:
    file = folder / "topics.yaml"
    file.write_text(yaml.safe_dump({role: {"name": name} for role, name in topics.items()}))
    return subprocess.run(
        [sys.executable, "-m", "pipelines", "publish", "--data", str(folder / "out"), "--json"],
        env=dict(os.environ) | cluster_environment(cluster) | {"COPYDESK_TOPICS": str(file)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_command_tells_the_topic_over_tls_and_says_how_much(broker, tmp_path):
    topic = new_topic(broker, retention_ms=-1)
    arrive(tmp_path / "out", EMBARGOED)

    done = run_publish(tmp_path, broker.secure_cluster, articles=topic)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["topic_told"] == 1
    assert len(consume_all(broker, topic)) == 1


def test_the_command_says_what_the_topic_was_not_told_and_leaves_with_1(broker, tmp_path):
    arrive(tmp_path / "out", EMBARGOED)

    done = run_publish(tmp_path, broker.cluster, articles=unique("missing"))

    assert done.returncode == 1
    assert "`copydesk topics create` makes it" in done.stderr
    assert "left to the next publish: 1." in done.stderr
    assert json.loads(done.stdout)["articles_written"] == 1
