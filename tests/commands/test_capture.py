"""`copydesk capture`: a range of topics as lines of a file, which a replay reads as the stream read the topic."""

import gzip
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from connectors.files.listing import list_files
from connectors.files.read import records_of
from connectors.parquet.views import connect
from pipelines.core.decode.capture import open_record
from tests.broker import delete_records, new_topic, produce, unique
from tests.commands.copydesk import COPYDESK, copydesk
from tests.kafka_reading import TO_THE_END, read, subscribed
from tests.streamed import stream_to_the_end

MORNING = Path(__file__).parents[2] / "examples" / "morning"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def lines(out):
    return [orjson.loads(line) for line in out.splitlines()]


def test_the_records_of_a_file_are_those_that_a_stream_reads(broker, tmp_path):
    topic = new_topic(broker, "news.pages", partitions=2, retention_ms=-1)
    produce(broker, topic, [b"<p>a</p>", None, b"\xff"], keys=[b"\x00", b"k", None], timestamp=NINE)
    produce(broker, topic, [b"x"] * 50, headers=[("a", b"abcd"), ("a", b"\xff")])
    copydesk("capture", topic, "-o", tmp_path / "c.ndjson.zst", cluster=broker.cluster)
    [file] = list_files([tmp_path / "c.ndjson.zst"])

    def place(record):
        return record.origin.partition, record.origin.offset

    captured = sorted(records_of(file, None, open_record), key=place)
    assert captured == sorted(read(subscribed(broker, topic, stop=TO_THE_END)), key=place)


def test_a_captured_morning_replayed_with_an_empty_memory_gives_the_rows_of_the_stream(broker, tmp_path):
    topic = new_topic(broker, "intake", message_timestamp_type="LogAppendTime")
    copydesk("send", MORNING, "--topic", topic, cluster=broker.cluster)
    copydesk("capture", topic, "-o", tmp_path / "c.ndjson", cluster=broker.cluster)
    stream_to_the_end(broker.cluster, (topic,), tmp_path / "streamed")
    out = tmp_path / "replayed"
    copydesk("replay", tmp_path / "c.ndjson", "--data", out, "--memory", "none", "--workers", 0)

    for view in ("history", "dead_letters", "articles", "events"):
        streamed, replayed = (rows(folder, view) for folder in (tmp_path / "streamed", out))
        assert len(streamed) > 9, view
        assert replayed == streamed, view


def rows(folder, view):
    with connect(str(folder), datetime.now(UTC)) as database:
        return database.execute(f"select * from {view} order by all").fetchall()


def test_a_capture_is_sent_again_as_it_was(broker, tmp_path):
    topic, other = (new_topic(broker, partitions=3, retention_ms=-1) for _ in range(2))
    values = [b"%d" % number for number in range(20)]
    for value in values:
        # Milliseconds that a number in floating point would miss.
        moment = NINE + timedelta(milliseconds=int(value) * 7 + 1)
        produce(broker, topic, [value], keys=[value], headers=[("h", b"1")], timestamp=moment)
    copydesk("capture", topic, "-o", tmp_path / "c.ndjson", cluster=broker.cluster)
    sent = copydesk("send", tmp_path / "c.ndjson", "--topic", other, "--json", cluster=broker.cluster)
    was, is_now = (lines(copydesk("capture", one, cluster=broker.cluster).out) for one in (topic, other))

    def content(captured):
        return sorted(
            (line["partition"], line["key"], line["timestamp"], line["headers"], line["value_base64"])
            for line in captured
        )

    assert sent.json["topics"] == {other: 20}
    assert content(was) == content(is_now)


def test_without_a_file_the_lines_go_to_stdout_and_all_else_to_stderr(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"a", b"b"])
    outcome = copydesk("capture", topic, cluster=broker.cluster)

    assert [line["offset"] for line in lines(outcome.out)] == [0, 1]
    assert "2 records captured" in outcome.err


def test_a_range_and_a_limit_are_kept(broker):
    topic = new_topic(broker, retention_ms=-1)
    for minute in range(6):
        produce(broker, topic, [b"x"], timestamp=NINE + timedelta(minutes=minute))

    def offsets(*options):
        outcome = copydesk("capture", topic, *options, cluster=broker.cluster)
        return [line["offset"] for line in lines(outcome.out)]

    assert offsets("--from", "2026-03-02T09:02:00Z") == [2, 3, 4, 5]
    assert offsets("--from", "2026-03-02T09:02:00Z", "--until", "2026-03-02T09:04:00Z") == [2, 3]
    assert offsets("--from", 1, "--until", 4) == [1, 2, 3]
    assert offsets("--limit", 2) == [0, 1]


def test_what_was_done_is_told_as_json(broker, tmp_path):
    topic = new_topic(broker, partitions=2)
    produce(broker, topic, [b"a"] * 4)
    outcome = copydesk("capture", topic, "-o", tmp_path / "c.gz", "--json", cluster=broker.cluster)

    assert (outcome.json["records"], outcome.json["topics"]) == (4, {topic: 4})
    assert [span["end"] for span in outcome.json["partitions"]] == [2, 2]
    assert len(lines(gzip.decompress((tmp_path / "c.gz").read_bytes()))) == 4


def test_offsets_that_are_gone_are_trouble_and_what_is_left_is_captured(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"a"] * 5)
    delete_records(broker, topic, {0: 3})
    outcome = copydesk("capture", topic, "--from", 1, cluster=broker.cluster)

    assert outcome.code == 1
    assert "offsets 1 to 2" in outcome.err
    assert [line["offset"] for line in lines(outcome.out)] == [3, 4]


def test_an_offset_beyond_the_end_is_said_and_the_end_itself_is_no_trouble(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"a"] * 3)
    at_end, beyond = (
        copydesk("capture", topic, "--from", offset, cluster=broker.cluster) for offset in (3, 4)
    )

    assert (at_end.code, at_end.out) == (0, b"")
    assert (beyond.code, beyond.out) == (1, b"")
    assert f"offset 4 of {topic}, partition 0, is beyond its end" in beyond.err


def test_a_partition_that_is_not_there_is_a_misuse(broker):
    topic = new_topic(broker, partitions=2)
    outcome = copydesk("capture", topic, "--partition", 99, cluster=broker.cluster)

    assert outcome.code == 2
    assert f"topic {topic} has no partition 99; it has 2, from 0 on" in outcome.err


def test_what_was_taken_of_which_partition_is_said_to_a_person(broker, tmp_path):
    topic = new_topic(broker, partitions=2)
    produce(broker, topic, [b"a"] * 4, partition=1)
    outcome = copydesk("capture", topic, "-o", tmp_path / "c.ndjson", "--limit", 3, cluster=broker.cluster)

    assert "3 records captured to" in outcome.err
    assert f"{topic}, partition 1: offsets 0 to 2, 3 records" in outcome.err
    assert "partition 0" not in outcome.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--from", "5"], ["--from 5", "--partition"]),
        (["--from", "yesterday"], ["--from", "2026-03-02T09:30:00Z"]),
        (["--until", "13/13"], ["--until"]),
        (["--from", "2026-03-02", "--until", "2026-03-01"], ["--until", "--from"]),
        (["--json"], ["--json", "--output"]),
        (["-o", "/nowhere/c.ndjson"], ["--output", "cannot be written"]),
        (["-o", "/dev/null"], ["--output", "is no file"]),
        (["--limit", "0"], ["--limit"]),
    ],
)
def test_a_misuse_names_the_option_and_what_is_allowed(broker, options, words):
    outcome = copydesk("capture", new_topic(broker, partitions=2), *options, cluster=broker.cluster)

    assert outcome.code == 2
    assert [word for word in words if word not in outcome.err] == []
    assert outcome.out == b""


def test_a_topic_that_is_not_there_is_named_and_no_file_is_left(broker, tmp_path):
    topic = unique("missing")
    outcome = copydesk("capture", topic, "-o", tmp_path / "c.ndjson", cluster=broker.cluster)

    assert outcome.code == 2
    assert topic in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_early_is_no_crash(broker):
    topic = new_topic(broker)
    produce(broker, topic, [b"x" * 10_000] * 100)
    called = f"{COPYDESK} capture {topic} --bootstrap-servers {broker.bootstrap_servers} | head -1"
    outcome = piped(called)

    assert len(lines(outcome.stdout)) == 1
    assert b"Traceback" not in outcome.stderr


def piped(called):
    return subprocess.run(called, shell=True, capture_output=True, check=True, timeout=120)
