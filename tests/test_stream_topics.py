"""The bundled morning of news on topics: what readers and editors find there is what they may see, article by article."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest

from connectors.files.listing import list_files
from connectors.files.read import records_of
from connectors.kafka.producing import BoundedProducer
from connectors.parquet.views import connect
from pipelines.core.addressing import address_of
from pipelines.core.decode.capture import captured_again, feed_of
from schemas.article import Article
from schemas.codec import from_row
from schemas.record import Feed
from schemas.topic_record import TopicRecord
from tests.broker import consume_all, unique
from tests.streams import Outcome, Shown, Topics, articles_on, new_topics, on_topic, outcome, run_to_the_end

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "morning"


def records_for(topics: Topics) -> Iterator[TopicRecord]:
    """The records of the morning; a captured one as it was, time of receipt included."""
    for record in chain.from_iterable(records_of(file, None) for file in list_files([EXAMPLES])):
        if record.damage is None:
            captured = captured_again(record)
            address = address_of(record)
            feed = address.feed if captured is None else feed_of(captured.topic)
            topic = topics["wire" if feed is Feed.WIRE else "pages"]
            if captured is None:
                yield TopicRecord(topic=topic, key=address.key, value=record.value, headers=address.headers)
            else:
                yield replace(captured, topic=topic, partition=None)


class Morning:
    """The morning, sent to topics and streamed to its end."""

    def __init__(self, broker, folder: Path, *options: str) -> None:
        self.topics = new_topics(broker, folder, partitions=3)
        producer = BoundedProducer(broker.cluster, patience_s=30)
        for record in records_for(self.topics):
            producer.send(record)
        assert producer.flush() == ()
        producer.close()
        self.data = folder / "out"
        run_to_the_end(self.topics, self.data, unique("group"), *options)
        self.outcome: Outcome = outcome(self.data)

    def on_topic(self) -> dict[str, Article]:
        """What readers of the topic end with, whole."""
        present: dict[str, Article] = {}
        for article in articles_on(self.topics):
            before = present.get(article.article_id)
            if before is None or article.order_key >= before.order_key:
                present[article.article_id] = article
        return {name: one for name, one in present.items() if one.headline or one.body_text}

    def in_folder(self) -> dict[str, Article]:
        """What readers of the folder find, whole."""
        with connect(str(self.data), datetime.now(UTC)) as database:
            rows = database.sql("select * from articles").to_arrow_table().to_pylist()
        return {row["article_id"]: from_row(Article, row) for row in rows}

    def records(self, role: str):
        return consume_all(self.topics.broker, self.topics[role])


@pytest.fixture(scope="module")
def morning(broker, tmp_path_factory) -> Morning:
    return Morning(broker, tmp_path_factory.mktemp("morning"))


def test_folder_index_and_topic_show_the_same_of_every_article(morning):
    assert len(morning.outcome.articles) > 50

    assert morning.on_topic() == morning.in_folder()
    # Whose texts are folded for a search.
    assert _versions(on_topic(morning.topics)) == _versions(morning.outcome.index)


def test_every_record_says_what_it_is_of(morning):
    for role in ("articles", "articles_restricted"):
        for record in morning.records(role):
            headers = dict(record.headers)
            article = from_row(Article, json.loads(record.value))
            assert record.key == headers["ce_subject"] == article.article_id.encode()


def test_editors_have_what_readers_have_not_and_no_text_of_what_was_killed(morning):
    last = {}
    for record in morning.records("articles_restricted"):
        article = from_row(Article, json.loads(record.value))
        before = last.get(article.article_id)
        if before is None or article.order_key >= before.order_key:
            last[article.article_id] = article

    killed = [article for article in last.values() if article.pub_status == "canceled"]
    assert killed
    assert not any(article.headline or article.body_text for article in killed)
    assert len(killed) < len(last)


def test_every_dead_letter_of_the_folder_is_on_its_topic(morning):
    on_topics = len(morning.records("dead_letters")) + len(morning.records("dead_letters_restricted"))

    assert on_topics == morning.outcome.letters.total()


def _versions(shown: dict[str, Shown]) -> dict[str, tuple[int, str | None]]:
    return {name: (one.order_key, one.event_id) for name, one in shown.items()}
