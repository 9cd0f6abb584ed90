"""`copydesk run` as a process on the real broker: how it starts, what it shows, how it is told to end, and what ends it."""

import json
import signal
import socket
import subprocess
import sys

import pytest

from connectors.parquet.audit import audit_folder
from pipelines.commands.cluster.environment import cluster_environment
from tests.broker import PATIENCE_S, committed, consume_all, delete_records, eventually, make_topic, produce
from tests.builders_wire import ninjs
from tests.streaming import ENDS_WITHIN_S, Desk, Stream

PARAGRAPH = (
    "Dock workers in Springfield ended a nine-day strike on Sunday after the Harbour Union accepted a wage deal "
    "that adds {} percent over two years and keeps the night shift at pier {} open. "
)


def a_page(number):
    envelope = {
        "url": f"https://herald.example/{number}",
        "fetched_at": "2026-03-02T08:00:00Z",
        "text": f"Strike number {number} ends\n\n" + PARAGRAPH.format(number, number) * 3,
    }
    return json.dumps(envelope).encode()


def pages(count, first=0):
    return [a_page(number) for number in range(first, first + count)]


@pytest.fixture
def desk(broker, tmp_path):
    return Desk(broker, tmp_path)


def shown(desk):
    outcome = subprocess.run(
        [
            sys.executable,
            "-m",
            "pipelines",
            "sql",
            "select url from articles order by url",
            "--json",
            "--data",
            str(desk.data),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=ENDS_WITHIN_S,
    )
    return [row["url"] for row in json.loads(outcome.stdout)]


def test_a_stream_is_watched_drained_and_read_on_by_the_next(desk):
    produce(desk.broker, desk.pages, [*pages(6), b"\x00\x01 no news"])
    with desk.running("--publish-every", "1") as stream:
        stream.waits_for("copydesk_records_total", 7)
        stream.waits_for("copydesk_rows_total", 6, change_type="new")
        stream.waits_for("copydesk_publishes_total", 1, outcome="done")

        status, text = stream.ask("/healthz")
        assert status == 200
        assert json.loads(text)["status"] == "streaming"
        assert stream.metric("copydesk_dead_letters_total") == 1
        assert stream.metric("copydesk_sink_records_total") == 7
        assert stream.metric("copydesk_source_partitions") == 2
        eventually(lambda: stream.metric("copydesk_source_lag_records") == 0)
        # Without waiting for the end: readers see what was published beside the stream.
        assert len(shown(desk)) == 6

        summary = stream.end()

    assert summary["ended"] == "drained"
    assert (summary["read"], summary["rows"], summary["articles"]) == (7, 6, 6)
    assert sum(summary["dead_letters"].values()) == 1
    assert summary["partitions"] == [
        {"topic": desk.pages, "partition": 0, "first_offset": 0, "last_offset": 6, "records": 7}
    ]
    assert committed(desk.broker, desk.group, desk.pages) == {0: 7}
    assert len(consume_all(desk.broker, desk.names["articles"])) == 6
    assert len(consume_all(desk.broker, desk.names["dead_letters"])) == 1
    assert "SIGTERM: draining" in stream.complained()

    produce(desk.broker, desk.pages, pages(2, first=6))
    with desk.running() as stream:
        stream.waits_for("copydesk_rows_total", 2)
        summary = stream.end(signal.SIGINT)

    assert (summary["remembered"], summary["read"], summary["articles"]) == (6, 2, 8)
    assert "Ctrl-C: draining" in stream.complained()
    assert not audit_folder(desk.data).gaps


def test_what_is_read_when_the_signal_comes_is_written_and_committed_and_the_rest_is_read_by_the_next(desk):
    produce(desk.broker, desk.pages, pages(300))
    with desk.running("--publish-every", "0") as stream:
        stream.waits_for("copydesk_records_total", 1)
        first = stream.end()
    second = json.loads(desk.run("--until", "latest").stdout)

    assert committed(desk.broker, desk.group, desk.pages) == {0: 300}
    assert first["rows"] == first["read"]
    assert second["ended"] == "at --until"
    assert first["read"] + second["read"] == 300
    assert second["articles"] == 300


def test_a_signal_that_comes_before_anything_is_read_ends_the_stream_well(desk):
    produce(desk.broker, desk.pages, pages(1))
    stream = Stream(desk.command(), desk.environment(), desk.folder)
    # A supervisor that ended it because it only starts would never see it read.
    assert eventually(lambda: stream.ask("/healthz")[0], told=stream.complained) == 200
    summary = stream.end()

    assert summary["ended"] == "drained"
    assert summary["rows"] == summary["read"]


def test_a_signal_while_the_end_is_published_takes_nothing_from_a_read_that_was_at_its_end(desk):
    produce(desk.broker, desk.pages, pages(3))
    stream = Stream(desk.command("--until", "latest"), desk.environment(), desk.folder)
    eventually(lambda: '"publishing"' in stream.ask("/healthz")[1], told=stream.complained)
    summary = stream.end(signal.SIGINT)

    assert summary["ended"] == "at --until"
    assert (summary["read"], summary["articles"]) == (3, 3)


@pytest.mark.parametrize("option", ["--topic", "--topics"])
def test_a_topic_that_does_not_exist_is_a_misuse_where_the_read_has_an_end(desk, option):
    absent = f"{desk.pages}.later"
    file = desk.folder / "others.yaml"
    file.write_text(desk.file.read_text().replace(desk.pages, absent))
    outcome = desk.run("--until", "latest", option, absent if option == "--topic" else str(file))

    assert outcome.returncode == 2
    assert f"topic {absent} does not exist" in outcome.stderr
    assert outcome.stdout == ""


def test_ctrl_c_while_the_outputs_are_looked_through_says_that_nothing_was_read_and_shows_no_traceback(desk):
    slow = """
import os, signal, sys
import pipelines.__main__ as main
import pipelines.commands.stream.subscribing as subscribing
subscribing.unread_places = lambda _data: os.kill(os.getpid(), signal.SIGINT)
main.main(sys.argv[1:])
"""
    outcome = subprocess.run(
        [sys.executable, "-c", slow, *desk.command("--from", "outputs")[3:]],
        env=desk.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=ENDS_WITHIN_S,
    )

    assert outcome.returncode == 3
    assert outcome.stderr == "copydesk: interrupted before anything was read.\n"


def test_a_topic_that_does_not_exist_yet_is_waited_for_and_told(desk):
    absent = f"{desk.pages}.later"
    with desk.running("--topic", absent) as stream:
        stream.waits_for("copydesk_source_waiting_for_topic", 1, topic=absent)
        status, text = stream.ask("/healthz")
        assert status == 200
        assert json.loads(text)["waiting_for"] == [absent]
        make_topic(desk.broker, absent)
        produce(desk.broker, absent, pages(1))
        stream.waits_for("copydesk_rows_total", 1, within_s=70)

        assert stream.end()["rows"] == 1


def test_a_second_signal_leaves_at_once_and_the_next_run_reads_what_was_not_written(desk):
    produce(desk.broker, desk.pages, pages(200))
    with desk.running() as stream:
        stream.waits_for("copydesk_records_total", 1)
        stream.process.send_signal(signal.SIGTERM)
        eventually(lambda: "draining" in stream.complained())
        stream.process.send_signal(signal.SIGTERM)
        code = stream.process.wait(PATIENCE_S)

    # The first one may have been enough.
    assert code in (0, 3)
    assert "Traceback" not in stream.complained()
    assert json.loads(desk.run("--until", "latest").stdout)["articles"] == 200
    assert not audit_folder(desk.data).gaps


def test_records_that_are_gone_end_the_stream_with_3_and_one_sentence(desk):
    produce(desk.broker, desk.pages, pages(5))
    assert desk.run("--until", "latest").returncode == 0
    produce(desk.broker, desk.pages, pages(5, first=5))
    delete_records(desk.broker, desk.pages, {0: 8})
    failed = desk.run("--until", "latest")
    skipped = desk.run("--until", "latest", "--on-data-loss", "skip")

    assert failed.returncode == 3
    assert failed.stdout == ""
    assert f"copydesk: topic {desk.pages}, partition 0: offsets 5 to 7 (3 records) are gone" in failed.stderr
    assert "--on-data-loss skip" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "while running" not in failed.stderr
    assert json.loads(skipped.stdout)["lost"] == 3
    assert json.loads(skipped.stdout)["dead_letters"] == {"source.lost": 1}


BROKEN = """
import errno, sys
import pipelines.__main__ as main
import connectors.parquet.arrivals as arrivals
def fail(*_arguments, **_options):
    raise {error}
arrivals.append_rows = fail
main.main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("error", "told", "has_traceback"),
    [
        ("OSError(errno.ENOSPC, 'No space left on device', 'history')", "No space left on device", False),
        ("ZeroDivisionError('nobody expects this')", "nobody expects this", True),
    ],
    ids=["disk-full", "bug"],
)
def test_a_crash_ends_with_3_and_only_a_bug_shows_its_traceback_and_once(desk, error, told, has_traceback):
    produce(desk.broker, desk.pages, pages(1))
    outcome = subprocess.run(
        [sys.executable, "-c", BROKEN.format(error=error), *desk.command("--until", "latest")[3:]],
        env=desk.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=ENDS_WITHIN_S,
    )

    assert outcome.returncode == 3
    assert outcome.stdout == ""
    assert told in outcome.stderr
    assert ("Traceback" in outcome.stderr) is has_traceback
    assert committed(desk.broker, desk.group, desk.pages) == {}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--metrics-port", "http"), "--metrics-port 'http': must be 0"),
        (("--workers", "-1"), "--workers -1: must be 0"),
        (("--from", "tomorrow"), "--from 'tomorrow': must be committed"),
        (("--memory", "nowhere"), "--memory nowhere: holds no history"),
        (("--bootstrap-servers", ""), "--bootstrap-servers"),
    ],
)
def test_misuse_is_told_before_anything_connects(desk, options, told):
    outcome = desk.run(*options)

    assert outcome.returncode == 2
    assert told in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_topics_to_write_to_that_are_missing_are_misuse_that_says_how_to_create_them(broker, tmp_path):
    desk = Desk(broker, tmp_path, created=False)
    outcome = desk.run()

    assert outcome.returncode == 2
    assert desk.names["articles"] in outcome.stderr
    assert "run `copydesk topics create` first" in outcome.stderr
    assert not desk.data.exists() or not list(desk.data.rglob("*.parquet"))


def test_a_port_that_is_taken_and_a_folder_that_is_written_are_misuse(desk):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        outcome = desk.run("--metrics-port", str(taken.getsockname()[1]))

    assert outcome.returncode == 2
    assert "nothing can listen there" in outcome.stderr

    with desk.running():
        outcome = desk.run()

    assert outcome.returncode == 2
    assert "another run is writing there" in outcome.stderr


def test_a_publish_that_fails_does_not_end_the_stream_and_is_told_at_its_end(desk):
    produce(desk.broker, desk.pages, pages(1))
    with desk.running("--publish-every", "1") as stream:
        stream.waits_for("copydesk_rows_total", 1)
        stream.waits_for("copydesk_publishes_total", 1, outcome="done")
        # What stands in its place can be no list of what was published.
        (desk.data / "publish.json").unlink()
        (desk.data / "publish.json").mkdir()
        produce(desk.broker, desk.pages, pages(1, first=1))
        stream.waits_for("copydesk_rows_total", 2)
        stream.waits_for("copydesk_publishes_total", 1, outcome="failed")
        assert stream.ask("/healthz")[0] == 200
        (desk.data / "publish.json").rmdir()
        stream.waits_for("copydesk_publishes_total", 2, outcome="done")
        assert stream.metric("copydesk_publish_failing") == 0
        summary = stream.end()

    assert summary["articles"] == 2
    assert summary["publish"]["failed"] >= 1
    assert "publish failed, which does not end the stream" in stream.complained()


def test_the_password_of_a_cluster_is_in_no_argument_and_no_message(desk):
    secure = desk.broker.secure_cluster
    password = secure.sasl_password.revealed()
    produce(desk.broker, desk.wire, [json.dumps(ninjs()).encode()])
    with desk.running("--publish-every", "1", cluster=secure) as stream:
        stream.waits_for("copydesk_rows_total", 1)
        stream.waits_for("copydesk_publishes_total", 1, outcome="done")
        arguments = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True)
        stream.end()

    assert password not in arguments.stdout
    assert password not in stream.complained()
    assert password in cluster_environment(secure).values()
