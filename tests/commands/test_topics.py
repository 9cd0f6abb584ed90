"""`copydesk topics` creates what is missing and says what differs; what is there it never changes."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from connectors.kafka.topics import declared_topics
from pipelines.commands import output
from tests.broker import add_partitions, admin, make_topic, unique
from tests.commands.copydesk import copydesk


@pytest.fixture
def own_topics(tmp_path):
    """A declaration of topics that no other test has, one partition each."""
    stem = unique("topics")
    file = tmp_path / "topics.yaml"
    file.write_text("".join(f"{topic.role}: {{name: {stem}.{topic.name}}}\n" for topic in declared_topics()))
    return file


def states(outcome):
    return [topic["state"] for topic in outcome.json["topics"]]


def test_what_is_missing_is_created_once_and_then_the_same(broker, own_topics):
    called = ("topics", "create", "--topics", own_topics, "--partitions", 1, "--json")
    missing = copydesk(
        "topics", "check", "--topics", own_topics, "--partitions", 1, "--json", cluster=broker.cluster
    )
    first, second = (copydesk(*called, cluster=broker.cluster) for _ in range(2))

    assert (missing.code, states(missing)) == (1, ["missing"] * 6)
    assert (first.code, states(first)) == (0, ["created"] * 6)
    assert (second.code, states(second)) == (0, ["same"] * 6)


def test_a_created_topic_is_as_it_was_declared(broker, own_topics):
    copydesk("topics", "create", "--topics", own_topics, cluster=broker.cluster)
    declared = declared_topics(own_topics)
    with admin(broker.cluster) as client:
        described = client.describe_topics([topic.name for topic in declared])
    checked = copydesk("topics", "check", "--topics", own_topics, "--json", cluster=broker.cluster)

    assert {topic["name"]: len(topic["partitions"]) for topic in described} == {
        topic.name: topic.partitions for topic in declared
    }
    assert states(checked) == ["same"] * 6


def test_what_differs_is_told_with_the_command_that_changes_it_and_left_alone(broker, own_topics):
    declared = declared_topics(own_topics)
    make_topic(broker, declared.wire.name, 1, retention_ms=1_000)
    called = ("topics", "create", "--topics", own_topics, "--partitions", 2)
    outcomes = [copydesk(*called, *more, cluster=broker.cluster) for more in ([], ["--json"])]
    wire = next(topic for topic in outcomes[1].json["topics"] if topic["role"] == "wire")

    assert outcomes[0].code == outcomes[1].code == 1
    assert (wire["state"], wire["partitions"]) == ("differs", 1)
    found = {one["what"]: (one["declared"], one["found"]) for one in wire["differences"]}
    assert found["partitions"] == ("2", "1")
    assert found["retention.ms"] == ("604800000", "1000")
    assert found["message.timestamp.type"] == ("LogAppendTime", "CreateTime")
    assert f"--entity-name {declared.wire.name} --add-config retention.ms=604800000" in outcomes[0].err


def test_more_partitions_than_declared_are_no_difference(broker, own_topics):
    called = ("--topics", own_topics, "--partitions", 1)
    copydesk("topics", "create", *called, cluster=broker.cluster)
    add_partitions(broker, declared_topics(own_topics).pages.name, 3)

    assert copydesk("topics", "check", *called, cluster=broker.cluster).code == 0


def test_a_list_has_no_order(broker, own_topics):
    articles = declared_topics(own_topics).articles
    stated = {name.replace(".", "_"): value for name, value in articles.configs}
    make_topic(broker, articles.name, 12, **(stated | {"cleanup_policy": "delete,compact"}))
    copydesk("topics", "create", "--topics", own_topics, cluster=broker.cluster)

    assert copydesk("topics", "check", "--topics", own_topics, cluster=broker.cluster).code == 0


def test_what_the_broker_refuses_is_told_in_its_words(broker, own_topics):
    outcome = copydesk(
        "topics", "create", "--topics", own_topics, "--replication-factor", 3, cluster=broker.cluster
    )

    assert outcome.code == 1
    assert "replication factor" in outcome.err


def test_topics_are_listed_with_what_keys_them(broker, own_topics):
    outcome = copydesk("topics", "ls", "--topics", own_topics, "--json", cluster=broker.cluster)

    assert outcome.code == 0
    assert [topic["key"] for topic in outcome.json["topics"]] == [
        topic.key for topic in declared_topics(own_topics)
    ]
    assert outcome.json["topics"][1]["key"] == "provider and item id"


def test_no_name_and_no_role_is_broken_on_a_narrow_screen(broker, monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(output, "result", Console(file=screen, force_terminal=True, width=80))
    copydesk("topics", "ls", cluster=broker.cluster)

    names = [name for topic in declared_topics() for name in (topic.name, topic.role)]
    assert [name for name in names if name not in screen.getvalue().split()] == []


def test_topics_are_created_over_tls_with_scram_and_with_plain(broker, own_topics):
    called = ("topics", "create", "--topics", own_topics, "--partitions", 1, "--json")
    scram = copydesk(*called, cluster=broker.secure_cluster)
    plain = copydesk(*called, cluster=replace(broker.secure_cluster, sasl_mechanism="PLAIN"))

    assert states(scram) == ["created"] * 6
    assert states(plain) == ["same"] * 6


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("pages: {partitions: 0}", "partitions of pages"),
        ("pages: {name: crawl.html}", "`page` and no `wire`"),
        ("pages: {name: pages.of.wires}", "`page` and no `wire`"),
        ("wire: {name: agencies.in}", "`wire`"),
        (None, "cannot be read"),
    ],
)
def test_a_declaration_that_cannot_be_is_a_misuse(tmp_path, broker, text, word):
    file = tmp_path / "topics.yaml"
    if text is not None:
        file.write_text(text)
    outcome = copydesk("topics", "check", "--topics", file, cluster=broker.cluster)

    assert outcome.code == 2
    assert "--topics" in outcome.err
    assert word in outcome.err
