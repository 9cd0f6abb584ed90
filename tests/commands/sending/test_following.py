"""`copydesk send --follow`: what an agency drops into a folder is on its topic once it is in `done/`, whatever happens."""

import signal
import threading
from contextlib import contextmanager

import orjson

from connectors.kafka.captured import captured_line
from connectors.kafka.consumed import ConsumedRecord
from tests.broker import consume_all, eventually, new_topic
from tests.builders_wire import ninjs
from tests.commands.copydesk import ended, running
from tests.commands.sending.sending_desk import PAGE, SendingDesk


@contextmanager
def following(desk, *options):
    told = ("send", desk.folder, "--follow", "--settle", 0.2, "--topics", desk.file, "--json", *options)
    with running(*told, cluster=desk.broker.cluster) as process:
        yield process


def deliver(desk, name, content):
    """As a careful sender does: written under another name, then renamed."""
    desk.write(f".{name}.part", content).rename(desk.folder / name)


def names(desk, place):
    folder = desk.folder / place
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def in_hand(desk):
    return [path.name for path in (desk.folder / ".sending").rglob("*") if path.is_file()]


def test_what_comes_is_sent_and_put_away_and_what_cannot_be_sent_is_set_aside(broker, tmp_path):
    desk = SendingDesk(broker, tmp_path, max_message_bytes=200_000)
    deliver(desk, "before.ndjson", [PAGE])
    with following(desk) as process:
        eventually(lambda: names(desk, "done") == ["before.ndjson"])
        deliver(desk, "wire.json", orjson.dumps(ninjs()))
        deliver(desk, "large.ndjson", [PAGE, {**PAGE, "html": "x" * 300_000}])
        eventually(lambda: len(names(desk, "done")) == 2 and len(names(desk, "failed")) == 2)
        outcome = ended(process)

    assert names(desk, "failed") == ["large.ndjson", "large.ndjson.reason"]
    assert "record 1" in (desk.folder / "failed" / "large.ndjson.reason").read_text()
    assert (outcome.code, outcome.json["topics"]) == (1, {desk.pages: 2, desk.wire: 1})
    assert desk.values(desk.wire) == [orjson.dumps(ninjs())]


def test_of_a_captured_record_in_a_drop_folder_the_content_decides_whatever_topic_it_names(broker, tmp_path):
    desk = SendingDesk(broker, tmp_path)
    other = new_topic(broker)
    page, item = orjson.dumps(PAGE), orjson.dumps(ninjs())
    lines = [(other, page), (desk.wire, page), (desk.pages, item)]
    captured = [
        captured_line(ConsumedRecord(topic=topic, partition=0, offset=0, key=b"chosen", value=value))
        for topic, value in lines
    ]
    deliver(desk, "a.ndjson", captured)
    with following(desk) as process:
        eventually(lambda: names(desk, "done") == ["a.ndjson"])
        outcome = ended(process)

    assert (outcome.code, outcome.json["topics"]) == (0, {desk.pages: 2, desk.wire: 1})
    assert (desk.values(desk.pages), desk.values(desk.wire)) == ([page, page], [item])
    assert {record.key for record in consume_all(broker, desk.wire)} != {b"chosen"}


def test_captured_records_in_a_drop_folder_go_to_the_topic_that_is_named(broker, tmp_path):
    desk = SendingDesk(broker, tmp_path)
    other = new_topic(broker)
    line = captured_line(ConsumedRecord(topic=desk.wire, partition=0, offset=0, key=b"k", value=b"x"))
    deliver(desk, "a.ndjson", [line])
    with following(desk, "--topic", other) as process:
        eventually(lambda: names(desk, "done") == ["a.ndjson"])
        ended(process)

    assert (desk.values(other), desk.values(desk.wire)) == ([b"x"], [])


def test_ctrl_c_ends_it_after_the_file_in_hand(broker, tmp_path):
    desk = SendingDesk(broker, tmp_path)
    deliver(desk, "a", [PAGE] * 20)
    with following(desk, "--rate", 10) as process:
        eventually(lambda: in_hand(desk) == ["a"])
        deliver(desk, "b", [PAGE])
        outcome = ended(process, signal.SIGINT)

    assert (outcome.code, outcome.json["records"]) == (0, 20)
    assert (names(desk, "done"), (desk.folder / "b").exists()) == (["a"], True)
    assert names(desk, ".sending") == []


def test_what_a_killed_sender_had_in_hand_is_sent_by_the_next(broker, tmp_path):
    desk = SendingDesk(broker, tmp_path)
    deliver(desk, "a", [{**PAGE, "html": f"<p>{number}</p>"} for number in range(40)])
    with following(desk, "--rate", 10) as process:
        eventually(lambda: in_hand(desk) == ["a"])
        process.kill()
        process.wait()
    with following(desk) as process:
        eventually(lambda: names(desk, "done") == ["a"])
        assert ended(process).code == 0

    assert len(set(desk.values(desk.pages))) == 40


def test_two_senders_on_one_folder_send_each_file_once(broker, tmp_path):
    desk = SendingDesk(broker, tmp_path)
    sent = [orjson.dumps({**PAGE, "html": f"<p>{number}</p>"}) for number in range(60)]
    with following(desk) as one, following(desk) as other:
        for number, page in enumerate(sent):
            deliver(desk, f"{number}.json", page)
        eventually(lambda: len(names(desk, "done")) == 60)
        records = [ended(process).json["records"] for process in (one, other)]

    assert sum(records) == 60
    assert desk.values(desk.pages) == sorted(sent)


def test_a_broker_that_is_away_is_waited_for(own_broker, tmp_path):
    desk = SendingDesk(own_broker, tmp_path)
    deliver(desk, "a", [PAGE])
    with following(desk) as process:
        eventually(lambda: names(desk, "done") == ["a"])
        own_broker.stop()
        deliver(desk, "b", [PAGE])
        eventually(lambda: in_hand(desk) == ["b"])
        starting = threading.Thread(target=own_broker.start)
        starting.start()
        eventually(lambda: names(desk, "done") == ["a", "b"], 90)
        starting.join()
        outcome = ended(process)

    assert (outcome.code, outcome.json["records"]) == (0, 2)
    assert len(desk.values(desk.pages)) == 2
