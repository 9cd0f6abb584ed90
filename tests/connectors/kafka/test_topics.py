"""The topics of the pipeline are declared by role; an operator's file says only what differs."""

import pytest

from connectors.kafka.topics import ROLES, BadDeclaration, declared_topics


def configs(role):
    return dict(getattr(declared_topics(), role).configs)


def test_six_topics_are_declared_each_under_its_own_name():
    names = [topic.name for topic in declared_topics()]

    assert names == [
        "news.pages.raw",
        "news.wire.raw",
        "news.articles.enriched",
        "news.articles.restricted",
        "news.dead-letters",
        "news.dead-letters.restricted",
    ]
    assert [topic.role for topic in declared_topics()] == list(ROLES)


def test_topics_are_timed_by_the_broker_and_by_nobody_elses_clock():
    assert {configs(role)["message.timestamp.type"] for role in ROLES} == {"LogAppendTime"}


def test_a_dead_letter_has_room_for_the_largest_raw_record_and_what_went_wrong():
    largest = int(configs("pages")["max.message.bytes"])

    assert largest > 7 * 1024 * 1024
    for role in ("dead_letters", "dead_letters_restricted"):
        assert int(configs(role)["max.message.bytes"]) >= largest + 1024 * 1024


def test_withdrawn_text_leaves_the_log_of_articles_within_a_day():
    for role in ("articles", "articles_restricted"):
        assert "compact" in configs(role)["cleanup.policy"]
        assert int(configs(role)["max.compaction.lag.ms"]) <= 24 * 3_600 * 1_000


def test_a_file_says_only_what_differs(tmp_path):
    (tmp_path / "topics.yaml").write_text(
        "pages:\n  name: crawl.html\n  partitions: 24\n  configs: {retention.ms: 3600000, preallocate: true}\n"
    )
    ours, told = declared_topics(), declared_topics(tmp_path / "topics.yaml")

    assert (told.pages.name, told.pages.partitions, told.pages.key) == ("crawl.html", 24, ours.pages.key)
    assert dict(told.pages.configs) == dict(ours.pages.configs) | {
        "retention.ms": "3600000",
        "preallocate": "true",
    }
    assert told.wire == ours.wire


def test_an_empty_file_says_nothing(tmp_path):
    (tmp_path / "topics.yaml").write_text("")

    assert declared_topics(tmp_path / "topics.yaml") == declared_topics()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("pages: [", "not YAML"),
        ("[1]", "mapping"),
        ("page: {name: x}", "unknown role 'page'"),
        ("pages: x", "pages must be a mapping"),
        ("pages: {topic: x}", "unknown field 'topic'"),
        ("pages: {name: a b}", "name of pages"),
        ("pages: {name: ..}", "name of pages"),
        ("pages: {partitions: 0}", "partitions of pages"),
        ("pages: {partitions: yes}", "partitions of pages"),
        ("pages: {replication_factor: two}", "replication_factor of pages"),
        ("pages: {configs: [a]}", "configs of pages"),
        ("pages: {configs: {retention.ms: [1]}}", "retention.ms of pages"),
        ("pages: {name: news.wire.raw}", "pages and wire have one name"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(tmp_path, text, word):
    (tmp_path / "topics.yaml").write_text(text)
    with pytest.raises(BadDeclaration) as caught:
        declared_topics(tmp_path / "topics.yaml")

    assert word in str(caught.value)


def test_numbers_may_be_given_for_all_topics_at_once():
    told = declared_topics().sized(1, 3)

    assert {(topic.partitions, topic.replication_factor) for topic in told} == {(1, 3)}
