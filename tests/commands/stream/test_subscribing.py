"""What the options of a stream mean, and what is refused before anything connects."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.places import Place, Start, StartKind, Stop, StopKind
from connectors.kafka.subscription import IsolationLevel, OnDataLoss
from connectors.kafka.topics import declared_topics
from pipelines.commands.stream.subscribing import Reading, begun_from_outputs, subscription_of
from pipelines.options import Misuse
from schemas.article_parts import ChangeType
from schemas.record import Origin
from tests.builders_history import a_version, arrive

CLUSTER = KafkaCluster(bootstrap_servers=("127.0.0.1:9092",))
TOPICS = declared_topics()
GIVEN: dict[str, Any] = {
    "topics": (),
    "pattern": None,
    "group_id": "copydesk",
    "begin": "committed",
    "end": None,
    "on_data_loss": "fail",
    "isolation_level": "read_uncommitted",
    "max_record_bytes": 1_000,
}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def subscribed(**given: Any):
    return subscription_of(CLUSTER, TOPICS, Reading(**(GIVEN | given)))


def test_the_declared_raw_topics_are_read_when_none_is_named():
    assert subscribed().topics == ("news.pages.raw", "news.wire.raw")


def test_named_topics_are_read_once_each_and_no_others():
    assert subscribed(topics=["b", "a", "b"]).topics == ("b", "a")


def test_a_pattern_takes_the_place_of_the_declared_topics():
    subscription = subscribed(pattern=r"agency\..*\.raw")

    assert subscription.topics == ()
    assert subscription.selects("agency.meridian.raw")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("committed", Start(kind=StartKind.COMMITTED)),
        ("earliest", Start(kind=StartKind.EARLIEST)),
        ("latest", Start(kind=StartKind.LATEST)),
        ("outputs", Start(kind=StartKind.OUTPUTS)),
        ("2026-03-02T12:00:00Z", Start(kind=StartKind.TIME, time=NOON)),
    ],
)
def test_a_start_is_a_word_or_a_time(text, start):
    assert subscribed(begin=text).start == start


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        (None, Stop()),
        ("latest", Stop(kind=StopKind.LATEST)),
        ("2026-03-02T12:00:00Z", Stop(kind=StopKind.TIME, time=NOON)),
    ],
)
def test_an_end_is_the_present_a_time_or_none(text, stop):
    assert subscribed(end=text).stop == stop


def test_the_other_options_are_handed_on():
    subscription = subscribed(
        group_id="desk-2", on_data_loss="skip", isolation_level="read_committed", max_record_bytes=7 << 20
    )

    assert subscription.group_id == "desk-2"
    assert subscription.on_data_loss is OnDataLoss.SKIP
    assert subscription.isolation_level is IsolationLevel.READ_COMMITTED
    assert subscription.max_record_bytes == 7 << 20


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"begin": "yesterday"},
            "--from 'yesterday': must be committed, earliest, latest, outputs or a time",
        ),
        ({"begin": "time"}, "--from 'time'"),
        ({"end": "earliest"}, "--until 'earliest': must be latest or a time"),
        ({"end": "never"}, "--until 'never'"),
        ({"begin": "2026-03-03", "end": "2026-03-02"}, "--until 2026-03-02: is before --from 2026-03-03"),
        ({"on_data_loss": "ignore"}, "--on-data-loss 'ignore': unknown; allowed: fail, skip"),
        ({"isolation_level": "x"}, "allowed: read_uncommitted, read_committed"),
        ({"pattern": "news.("}, "--topic-pattern 'news.\\(': is no regular expression"),
        ({"group_id": ""}, "--group-id ''"),
        ({"max_record_bytes": 0}, "--max-record-bytes 0"),
        ({"max_record_bytes": (7 << 20) + 1}, "--max-record-bytes 7340033"),
    ],
)
def test_what_cannot_be_is_misuse_that_names_option_value_and_what_is_allowed(given, told):
    with pytest.raises(Misuse, match=told):
        subscribed(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"topics": ["news.wire.raw", "news.articles.enriched"]},
        {"pattern": r"news\..*"},
        {"topics": ["news.dead-letters.restricted"]},
    ],
)
def test_a_topic_that_the_stream_writes_to_is_not_read(given):
    with pytest.raises(Misuse, match="is a topic that the stream writes to"):
        subscribed(**given)


def test_a_start_from_the_outputs_reads_on_after_what_they_tell(tmp_path):
    arrive(
        tmp_path,
        *(
            a_version(
                offset + 1,
                ChangeType.UPDATE,
                origin=Origin(
                    source="news.wire.raw",
                    partition=3,
                    offset=offset,
                    follows=offset - 1 if offset else None,
                    item=0,
                ),
            )
            for offset in range(5)
        ),
    )
    subscription = begun_from_outputs(subscribed(begin="outputs"), tmp_path)

    assert subscription.start.places == (
        Place(topic="news.wire.raw", partition=3, next_offset=5, last_offset=4, again=5),
    )


def test_a_start_from_outputs_that_are_not_there_yet_begins_with_the_first_records(tmp_path):
    assert begun_from_outputs(subscribed(begin="outputs"), tmp_path).start.places == ()


def test_another_start_asks_the_outputs_nothing(tmp_path):
    subscription = subscribed(begin="latest")

    assert begun_from_outputs(subscription, tmp_path) is subscription
