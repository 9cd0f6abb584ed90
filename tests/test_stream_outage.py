"""A broker that goes away and comes back, and a disk that takes no more: what was read is written, or read again."""

import resource
import threading
import time
from collections import defaultdict
from itertools import islice

import pytest

from connectors.kafka.producing import BoundedProducer
from connectors.parquet.audit import audit_folder
from schemas.topic_record import TopicRecord
from tests.broker import committed, consume_all, unique
from tests.builders_stream import MixedStream
from tests.streams import (
    Stream,
    articles_on,
    history_files,
    is_full_size,
    new_topics,
    on_topic,
    outcome,
    run_to_the_end,
)

RECORDS, AWAY_S = (2_000, 15) if is_full_size() else (200, 5)
PIECE = 10
# Ends before this, on whatever machine: a broker's start, and 10 to 14 s until clients read again after a kill.
_BACK_S = 180


class Load(threading.Thread):
    """Sends records piece by piece whatever becomes of the broker, each at least once, until told that it is back."""

    def __init__(self, topics, records):
        super().__init__(daemon=True)
        self._topics = topics
        self._records = iter(records)
        self._hurry = threading.Event()
        self.sent = 0
        self.start()

    def run(self):
        producer = BoundedProducer(self._topics.broker.cluster, patience_s=_BACK_S)
        while piece := list(islice(self._records, PIECE)):
            for record in piece:
                topic = self._topics["wire" if record.is_wire else "pages"]
                producer.send(
                    TopicRecord(
                        topic=topic,
                        key=record.key,
                        value=record.value,
                        headers=record.headers,
                        timestamp=record.time,
                    )
                )
            assert producer.flush() == ()
            self.sent += len(piece)
            self._hurry.wait(0.2)
        producer.close()

    def finish(self):
        """Send the rest at once."""
        self._hurry.set()
        self.join(_BACK_S)
        assert not self.is_alive()


def in_topics(topics):
    """Where each record stands that has come to the topics, sent twice or not."""
    return {
        (record.topic, record.partition, record.offset)
        for role in ("wire", "pages")
        for record in consume_all(topics.broker, topics[role])
    }


def versions_told(topics):
    """The order keys of each article as its readers were first told of them."""
    told = defaultdict(list)
    for article in articles_on(topics):
        if article.order_key not in told[article.article_id]:
            told[article.article_id].append(article.order_key)
    return told


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_broker_that_is_away_for_a_while_costs_no_record_and_no_order(own_broker, tmp_path, how):
    topics = new_topics(own_broker, tmp_path, partitions=3)
    data, group = tmp_path / "data", unique("group")
    records = MixedStream(7, embargoes=True).take(RECORDS)

    with Stream(topics, data, group) as stream:
        topics.send(records[:PIECE])
        stream.wait_for(lambda: bool(history_files(data)))
        load = Load(topics, records[PIECE:])
        stream.wait_for(lambda: load.sent >= RECORDS // 5)
        before = load.sent
        getattr(own_broker, how)()
        time.sleep(AWAY_S)  # how long it is away
        own_broker.start()
        load.finish()
        places = in_topics(topics)
        stream.wait_for(lambda: read_by(topics, group) == len(places), _BACK_S)
        assert stream.drain() == 0, stream.told[-3_000:]

    found = outcome(data)
    assert before < RECORDS // 2
    assert audit_folder(data).unaccounted == 0
    assert found.told == places
    assert {*found.rows.values(), *found.letters.values()} == {1}
    assert found.articles == found.index == on_topic(topics)
    assert_order_is_kept(topics, found)


def read_by(topics, group):
    """How many records the group has read of all partitions."""
    return sum(
        offset
        for role in ("wire", "pages")
        for offset in committed(topics.broker, group, topics[role]).values()
    )


def assert_order_is_kept(topics, found):
    """Readers of the topic were first told of versions in the order in which these were received."""
    told = versions_told(topics)
    assert told
    for article, order_keys in told.items():
        received = list(dict.fromkeys(row[0] for row in found.arrivals[article] if row[0] in order_keys))
        assert order_keys == received, article


def limit_files(stream, size):
    """From now on no file of the process may grow beyond this: what a full disk is to it."""
    resource.prlimit(stream.process.pid, resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize(
    ("full", "size"),
    [
        pytest.param("history", 1_024, id="history"),
        pytest.param("index", 64 * 1_024, id="index"),
    ],
)
def test_a_disk_that_takes_no_more_ends_the_run_plainly_and_a_restart_makes_up_for_it(
    broker, tmp_path, full, size
):
    topics = new_topics(broker, tmp_path)
    data, group = tmp_path / "data", unique("group")
    records = MixedStream(11).take(120)
    places = topics.send(records[:60])

    with Stream(topics, data, group, "--publish-every", "0") as stream:
        stream.wait_for(lambda: read_by(topics, group) == 60)
        limit_files(stream, size)
        places += topics.send(records[60:])
        code = stream.ended(60)
    told = stream.told

    assert code == 3, told[-3_000:]
    assert "Traceback" not in told
    assert read_by(topics, group) == 60
    assert str(data) in told
    run_to_the_end(topics, data, group)
    found = outcome(data)
    assert audit_folder(data).unaccounted == 0
    assert found.told == set(places)
    assert {*found.rows.values(), *found.letters.values()} == {1}
    assert found.articles == found.index == on_topic(topics)
