"""`copydesk send`: files onto the topics that their content belongs to; what is not sent is told."""

import gzip
import time
from dataclasses import replace

import orjson
import pytest
import zstandard

from connectors.kafka.captured import captured_line
from connectors.kafka.consumed import ConsumedRecord
from pipelines.commands.sending.sender import Pace
from tests.broker import consume_all, new_topic, unique
from tests.builders_wire import a_kill, ninjs
from tests.commands.sending.sending_desk import PAGE, SendingDesk, ndjson

HTML = b"<!doctype html><html><body><p>Ferries sail again.</p></body></html>"


@pytest.fixture
def desk(broker, tmp_path):
    return SendingDesk(broker, tmp_path)


def test_pages_and_wires_are_sorted_out_by_content_whatever_they_are_called(desk):
    desk.write("a.bin", [PAGE, ninjs()])
    desk.write("b.zst", zstandard.compress(ndjson([a_kill()])))
    desk.write("c.html.gz", gzip.compress(HTML))
    desk.write("d/deep.txt", b"A storm is near\n\nIt was seen off Port Lowry on Monday, said the harbour.")
    outcome = desk.send("--json")

    assert outcome.code == 0
    assert outcome.json["topics"] == {desk.pages: 3, desk.wire: 2}
    assert desk.values(desk.wire) == sorted([orjson.dumps(ninjs()), orjson.dumps(a_kill())])
    assert HTML in desk.values(desk.pages)


def test_versions_of_a_story_and_of_a_page_stay_in_one_partition_in_their_order(desk):
    versions = [orjson.dumps(ninjs(version=str(number))) for number in range(1, 20)]
    pages = [orjson.dumps({**PAGE, "html": f"<p>{number}</p>"}) for number in range(20)]
    desk.write("a", ndjson([*versions, *pages]))
    desk.send()

    for topic, sent in ((desk.wire, versions), (desk.pages, pages)):
        records = consume_all(desk.broker, topic)
        assert len({record.partition for record in records}) == 1
        assert [record.value for record in records] == sent


def test_what_is_neither_is_sent_and_not_lost(desk):
    desk.write("junk.pdf", b"%PDF-1.7 \xff")
    desk.write("lines.ndjson", [PAGE, b"no record at all"])
    outcome = desk.send("--json")

    assert (outcome.code, outcome.json["records"], outcome.json["unsent"]) == (0, 3, 0)


def test_what_is_cut_off_is_told_and_not_sent_as_if_it_were_whole(desk):
    page = {**PAGE, "html": "<p>" + " ".join(map(str, range(9_000)))}
    cut = gzip.compress(ndjson([PAGE, page]))[:-200]
    desk.write("cut.gz", cut)
    outcome = desk.send("--json")

    assert outcome.code == 1
    assert [one["source"] for one in outcome.json["first_unsent"]] == ["file:cut.gz"]
    assert all(orjson.loads(value) for value in desk.values(desk.pages))


def test_what_is_too_large_for_its_topic_is_told_and_its_neighbours_are_sent(broker, tmp_path):
    desk = SendingDesk(broker, tmp_path, max_message_bytes=200_000)
    desk.write("a", [PAGE, {**PAGE, "html": "x" * 300_000}, {**PAGE, "html": "<p>last</p>"}])
    outcome = desk.send()

    assert outcome.code == 1
    assert "file:a, record 1" in outcome.err
    assert len(desk.values(desk.pages)) == 2


def test_everything_goes_to_a_topic_that_is_named(desk):
    other = new_topic(desk.broker)
    desk.write("a", [PAGE, ninjs()])

    assert desk.send("--topic", other, "--json").json["topics"] == {other: 2}


def captured(topic, value, **told):
    return captured_line(ConsumedRecord(topic=topic, partition=7, offset=9, value=value, **told))


def test_a_captured_record_goes_back_to_its_own_topic_with_key_and_headers(desk):
    headers = (("a", b"abcd"), ("a", b""))
    desk.write("a", ndjson([captured(desk.pages, None, key=b"\xff", headers=headers)]))
    desk.send()
    [sent] = consume_all(desk.broker, desk.pages)

    assert (sent.key, sent.value, list(sent.headers)) == (b"\xff", None, list(headers))


def test_a_file_chooses_no_topic_and_what_names_another_is_told_and_not_sent(desk):
    other, articles = new_topic(desk.broker), new_topic(desk.broker)
    with desk.file.open("a") as file:
        file.write(f"articles: {{name: {articles}}}\n")
    desk.write("a", ndjson([captured(other, b"1", key=b"k"), captured(articles, b"2", key=b"k"), PAGE]))
    outcome = desk.send()

    assert outcome.code == 1
    assert f"file:a, record 0: captured from '{other}', which is no declared topic of raw news" in outcome.err
    assert f"file:a, record 1: captured from '{articles}'" in outcome.err
    assert [len(desk.values(topic)) for topic in (other, articles, desk.pages)] == [0, 0, 1]


def test_what_was_captured_elsewhere_goes_to_a_topic_that_is_named(desk):
    other = new_topic(desk.broker)
    desk.write("a", ndjson([captured("somewhere.else", b"1", key=b"k")]))
    assert desk.send("--topic", other, "--json").json["topics"] == {other: 1}

    [sent] = consume_all(desk.broker, other)

    assert (sent.key, sent.value) == (b"k", b"1")


def test_a_topic_that_the_stream_writes_is_no_topic_to_send_to(desk):
    articles = new_topic(desk.broker)
    with desk.file.open("a") as file:
        file.write(f"articles: {{name: {articles}}}\n")
    desk.write("a", [PAGE])
    outcome = desk.send("--topic", articles)

    assert outcome.code == 2
    assert "is a topic that the stream writes to (articles)" in outcome.err
    assert desk.values(articles) == []


def test_records_are_sent_over_tls_with_scram_and_with_plain(desk):
    desk.write("a", [PAGE])
    secure = desk.broker.secure_cluster
    for cluster in (secure, replace(secure, sasl_mechanism="PLAIN")):
        assert desk.send("--json", cluster=cluster).json["records"] == 1


def test_a_rate_is_kept(desk):
    desk.write("a", [PAGE] * 10)
    began = time.monotonic()
    desk.send("--rate", 20)

    assert time.monotonic() - began >= 9 / 20


def test_a_pause_is_not_made_up_for_by_a_rush():
    now, slept = [0.0], []

    def sleep(seconds):
        slept.append(round(seconds, 6))
        now[0] += seconds

    pace = Pace(10, clock=lambda: now[0], sleep=sleep)
    for pause in (0, 0, 5, 0, 0):
        now[0] += pause
        pace.wait()

    assert slept == [0.1, 0.1, 0.1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["{folder}/nothing"], ["PATH", "no such file"]),
        (["{folder}"], ["PATH", "holds no file"]),
        (["{folder}/a", "--follow"], ["PATH", "no folder"]),
        (["{folder}", "{folder}/b", "--follow"], ["PATH", "lies in another"]),
        (["{folder}", "--rate", "0"], ["--rate"]),
    ],
)
def test_a_misuse_names_the_option_and_what_is_allowed(desk, options, words):
    if "holds no file" not in words:
        desk.write("a", b"x")
        desk.write("b/c", b"x")
    outcome = desk.send(*(option.format(folder=desk.folder) for option in options))

    assert outcome.code == 2
    assert [word for word in words if word not in outcome.err] == []


def test_a_topic_that_is_not_there_is_named_before_anything_is_sent(desk):
    topic = unique("missing")
    desk.write("a", [PAGE])
    outcome = desk.send("--topic", topic)

    assert outcome.code == 2
    assert topic in outcome.err
    assert "copydesk topics create" in outcome.err
