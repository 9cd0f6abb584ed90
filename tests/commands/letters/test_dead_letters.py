"""`copydesk dead-letters` on a folder of output: what is listed, shown, replayed and discarded, and what its exit code says."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from connectors.parquet.arrivals import append_rows
from connectors.parquet.audit import audit_folder
from connectors.parquet.views import connect
from connectors.parquet.write_dead_letters import dead_letter_ledger
from pipelines.commands.letters.verbs import dead_letters
from pipelines.commands.sole_writer import sole_sender, sole_writer
from pipelines.core.dead_letters import dead_letter
from pipelines.options import Misuse
from schemas.dead_letter import DeadLetter
from schemas.record import Feed
from schemas.rejection import ReasonCode, Rejected
from tests.builders import MORNING, a_record, an_article, an_origin
from tests.builders_history import NOON, arrive

COPYDESK = Path(sys.executable).with_name("copydesk")
BODY = (
    "The first boat to Grey Island sails at seven with mail, milk and the schoolteacher of the upper village."
)
PAGE = orjson.dumps(
    {
        "url": "https://post.example/boat",
        "fetched_at": "2026-03-02T08:00:00Z",
        "html": f"<html><body><article><h1>First boat</h1><p>{BODY}</p></article></body></html>",
    }
)


def a_letter(
    offset: int = 0,
    value: bytes = b"{",
    *,
    source: str = "file:morning.ndjson",
    reason=ReasonCode.JSON_MALFORMED,
    feed=Feed.LINES,
    is_wire=False,
    **fields,
) -> DeadLetter:
    record = a_record(value, origin=an_origin(offset, source), feed=feed)
    return replace(dead_letter(record, "DecodeRecord", Rejected(reason, "told"), is_wire=is_wire), **fields)


def reject(folder: Path, *letters: DeadLetter) -> None:
    append_rows(folder, dead_letter_ledger("DecodeRecord"), letters)


def call(*arguments: object, code: int = 0):
    """Run a verb in this process; what it printed."""
    outcome = CliRunner().invoke(dead_letters, [str(argument) for argument in arguments])
    if isinstance(outcome.exception, Misuse):
        raise outcome.exception
    assert outcome.exit_code == code, (outcome.output, outcome.exception)
    return outcome


def listed(folder: Path, *options: object):
    return json.loads(call("ls", "--data", folder, "--json", *options).stdout)


def states(folder: Path) -> dict[int, str]:
    with connect(str(folder), NOON) as database:
        return dict(database.execute("select origin.offset, state from dead_letters").fetchall())


def test_they_are_counted_by_reason_source_and_day(tmp_path):
    later = MORNING + timedelta(days=1)
    reject(
        tmp_path,
        a_letter(0),
        a_letter(1),
        a_letter(2, received=later),
        a_letter(3, source="news.pages.raw"),
        a_letter(4, reason=ReasonCode.TEXT_EMPTY),
    )
    found = listed(tmp_path)

    assert found["dead_letters"] == 5
    assert [(line["reason_code"], line["source"], line["day"], line["count"]) for line in found["lines"]] == [
        ("json.malformed", "file:morning.ndjson", "2026-03-03", 1),
        ("json.malformed", "file:morning.ndjson", "2026-03-02", 2),
        ("json.malformed", "news.pages.raw", "2026-03-02", 1),
        ("text.empty", "file:morning.ndjson", "2026-03-02", 1),
    ]


def test_what_may_be_a_kill_comes_first_and_is_marked(tmp_path):
    reject(
        tmp_path,
        a_letter(0, received=MORNING + timedelta(days=9)),
        a_letter(1, b'{"pubstatus": "canceled', is_wire=True),
    )
    outcome = call("ls", "--data", tmp_path)

    assert outcome.stdout.splitlines()[1].startswith("KILL? json.malformed")
    assert "1 may be kills or holds" in outcome.stderr
    assert listed(tmp_path)["kill_suspects"] == 1


@pytest.mark.parametrize(
    ("options", "offsets"),
    [
        ((), [0, 1, 2, 3]),
        (("--reason", "text"), [1]),
        (("--reason", "text.empty"), [1]),
        (("--source", "news.pages.raw"), [2]),
        (("--stage", "ComposeArticle"), [3]),
        (("--since", "2026-03-02T08:00:01Z"), [0]),
        (("--until", "2026-03-02T08:00:01Z"), [1, 2, 3]),
        (("--all",), [0, 1, 2, 3, 4]),
    ],
)
def test_what_is_listed_can_be_narrowed(tmp_path, options, offsets):
    reject(
        tmp_path,
        a_letter(0, received=MORNING + timedelta(hours=1)),
        a_letter(1, reason=ReasonCode.TEXT_EMPTY),
        a_letter(2, source="news.pages.raw"),
        a_letter(3, stage="ComposeArticle"),
        a_letter(4),
    )
    arrive(tmp_path, an_article("a", origin=an_origin(4, "file:morning.ndjson")))

    assert sorted(line["offset"] for line in listed(tmp_path, "--each", *options)["lines"]) == offsets


def test_a_line_each_for_a_program(tmp_path):
    reject(tmp_path, a_letter(0), a_letter(1))
    lines = call("ls", "--data", tmp_path, "--each", "--jsonl").stdout.splitlines()

    assert [json.loads(line)["offset"] for line in lines] == [0, 1]


def test_nothing_is_said_to_be_nothing(tmp_path):
    arrive(tmp_path, an_article("a"))

    assert call("ls", "--data", tmp_path).stdout == "No dead letters.\n"


HOSTILE = b"\x1b[2J\x1b]0;owned\x07 {\xe2\x80\xae"


def test_what_is_shown_moves_no_cursor(tmp_path):
    letter = a_letter(0, HOSTILE, source="file:\x1b[31m.ndjson", detail="at \x1b[1m\r\n")
    reject(tmp_path, letter)
    printed = call("show", letter.dead_letter_id, "--data", tmp_path).output
    printed += call("ls", "--data", tmp_path).output + call("ls", "--each", "--data", tmp_path).output

    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(printed)
    assert r"\x1b[2J\x1b]0;owned\x07 {\u202e" in printed


def test_it_is_shown_with_its_fields_and_what_to_do_next(tmp_path):
    reject(tmp_path, a_letter(7))
    outcome = call("show", a_letter(7).dead_letter_id[:8], "--data", tmp_path)

    assert "json.malformed" in outcome.stdout
    assert "file:morning.ndjson" in outcome.stdout
    assert (
        f"copydesk dead-letters replay {a_letter(7).dead_letter_id[:12]} --data {tmp_path}" in outcome.stderr
    )


def test_the_bytes_come_out_untouched(tmp_path):
    letter = a_letter(0, HOSTILE)
    reject(tmp_path, letter)
    file = tmp_path / "letter.bin"
    call("show", letter.dead_letter_id, "--raw", "-o", file, "--data", tmp_path)
    document = json.loads(call("show", letter.dead_letter_id, "--json", "--data", tmp_path).stdout)

    assert file.read_bytes() == HOSTILE
    assert call("show", letter.dead_letter_id, "--raw", "--data", tmp_path).stdout_bytes == HOSTILE
    assert (document["state"], document["reason_code"]) == ("open", "json.malformed")
    with pytest.raises(Misuse, match="is there already"):
        call("show", letter.dead_letter_id, "--raw", "-o", file, "--data", tmp_path)


def test_a_replay_does_nothing_before_it_is_meant(tmp_path):
    reject(tmp_path, a_letter(0, PAGE))
    plan = json.loads(call("replay", "--data", tmp_path, "--json").stdout)

    assert (plan["done"], plan["pipeline"]) == (False, 1)
    assert states(tmp_path) == {0: "open"}


def test_what_was_mended_comes_out_and_is_published(tmp_path):
    reject(tmp_path, a_letter(0, PAGE), a_letter(1, b"{"))
    outcome = json.loads(call("replay", "--data", tmp_path, "--yes", "--json", "--workers", 0, code=1).stdout)

    assert (outcome["came_out"], outcome["rejected_again"]) == (1, 1)
    assert states(tmp_path) == {0: "settled", 1: "open"}
    with connect(str(tmp_path), NOON) as database:
        assert database.execute("select url, headline from articles").fetchall() == [
            ("https://post.example/boat", "First boat")
        ]
        assert database.execute("select attempt from dead_letters where state = 'open'").fetchall() == [(2,)]
    assert audit_folder(tmp_path).unaccounted == 0
    again = json.loads(call("replay", a_letter(0, PAGE).dead_letter_id, "--data", tmp_path, "--json").stdout)
    assert again["stays"] == 1


def test_what_came_by_a_topic_can_be_run_here(tmp_path):
    letter = a_letter(5, PAGE, source="news.pages.raw", feed=Feed.PAGES)
    reject(tmp_path, letter)
    without = json.loads(call("replay", "--data", tmp_path, "--json").stdout)
    call("replay", "--data", tmp_path, "--locally", "--yes", "--workers", 0)

    assert (without["stays"], without["topic"]) == (1, 0)
    assert "--bootstrap-servers" in without["plan"][0]["told"]
    assert states(tmp_path) == {5: "settled"}


@pytest.mark.parametrize(
    ("letter", "told"),
    [
        (
            a_letter(0, b"", reason=ReasonCode.SIZE_PAYLOAD, payload_size=9_000_000),
            "9,000,000 bytes were not kept",
        ),
        (
            a_letter(0, b"", reason=ReasonCode.SIZE_PAYLOAD, payload=None, payload_size=9),
            "9 bytes were not kept",
        ),
        (a_letter(0, b"", reason=ReasonCode.SOURCE_LOST), "gone from the topic"),
        (a_letter(0, reason=ReasonCode.FILE_TRUNCATED), "replay a whole copy"),
        (a_letter(0, attempt=5), "tried 5 times"),
    ],
)
def test_what_cannot_come_again_is_said_to_stay(tmp_path, letter, told):
    reject(tmp_path, letter)
    outcome = json.loads(call("replay", "--data", tmp_path, "--yes", "--json", "--workers", 0, code=1).stdout)

    assert outcome["stays"] == 1
    assert told in outcome["stayed"][0]["told"]
    assert told in call("show", letter.dead_letter_id, "--data", tmp_path).stderr


def test_more_attempts_can_be_allowed(tmp_path):
    reject(tmp_path, a_letter(0, PAGE, attempt=5))
    plan = json.loads(call("replay", "--data", tmp_path, "--json", "--max-attempts", 6).stdout)

    assert plan["pipeline"] == 1


def test_a_replay_waits_for_no_run_that_writes_there(tmp_path):
    reject(tmp_path, a_letter(0, PAGE))
    with sole_writer(tmp_path), pytest.raises(Misuse, match="another run"):
        call("replay", "--data", tmp_path, "--yes")


def test_two_do_not_send_the_same_dead_letters(tmp_path):
    reject(tmp_path, a_letter(0, PAGE))
    with sole_sender(tmp_path):
        call("replay", "--data", tmp_path)
        with pytest.raises(Misuse, match="are being sent"):
            call("replay", "--data", tmp_path, "--yes")


def test_who_discards_says_why_and_that_is_kept(tmp_path):
    reject(tmp_path, a_letter(0), a_letter(1), a_letter(2, reason=ReasonCode.TEXT_EMPTY))
    call("discard", "--reason", "json", "--because", "a feed's test", "--by", "ada", "--data", tmp_path)
    before = states(tmp_path)
    done = ("discard", "--reason", "json", "--because", "a feed's test", "--by", "ada", "--yes")
    call(*done, "--data", tmp_path)

    assert before == {0: "open", 1: "open", 2: "open"}
    assert states(tmp_path) == {0: "discarded", 1: "discarded", 2: "open"}
    printed = call("show", a_letter(0).dead_letter_id, "--data", tmp_path).stdout
    assert "ada" in printed
    assert "a feed's test" in printed
    assert json.loads(call(*done, "--json", "--data", tmp_path).stdout)["discarded"] == 0


def test_what_may_be_a_kill_is_discarded_by_its_id_only(tmp_path):
    letter = a_letter(0, b"KILL {", is_wire=True)
    reject(tmp_path, letter)
    by_reason = ("discard", "--reason", "json", "--because", "noise", "--yes", "--data", tmp_path)
    left = json.loads(call(*by_reason, "--json").stdout)["left"]
    before = states(tmp_path)
    call("discard", letter.dead_letter_id, "--because", "read it: no kill", "--yes", "--data", tmp_path)

    assert left == 1
    assert before == {0: "open"}
    assert states(tmp_path) == {0: "discarded"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "zz"), "no id"),
        (("show", "abc"), "4 to 32"),
        (("show", "0123456789"), "no such dead letter"),
        (("ls", "--reason", "nothing"), "unknown"),
        (("ls", "--since", "tomorrow"), "not a time"),
        (("discard", "--because", "x"), "which?"),
        (("discard", "--reason", "json", "--because", " "), "is needed"),
        (("discard", "--reason", "json", "--because", "x", "--by", " "), "must be a name"),
    ],
)
def test_misuse_says_what_is_allowed(tmp_path, arguments, told):
    reject(tmp_path, a_letter(0))

    with pytest.raises(Misuse, match=told.replace("?", r"\?")):
        call(*arguments, "--data", tmp_path)


def test_a_beginning_that_names_several_is_misuse(tmp_path):
    letters = [a_letter(0, dead_letter_id="abcd" + "0" * 28), a_letter(1, dead_letter_id="abcd" + "1" * 28)]
    reject(tmp_path, *letters)

    with pytest.raises(Misuse, match="begins the ids of 2"):
        call("show", "abcd", "--data", tmp_path)


def test_who_discards_needs_a_folder_to_keep_that_in(tmp_path):
    with pytest.raises(Misuse, match="kept in a folder of output, not on a topic"):
        call("discard", "--reason", "json", "--because", "x", "--data", tmp_path)


def test_a_folder_without_output_is_misuse(tmp_path):
    with pytest.raises(Misuse, match="holds no output"):
        call("ls", "--data", tmp_path)


def test_the_verbs_are_those_of_the_program(tmp_path):
    reject(tmp_path, a_letter(0))
    outcome = subprocess.run(
        [COPYDESK, "dead-letters", "ls", "--data", tmp_path, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(outcome.stdout)["dead_letters"] == 1
