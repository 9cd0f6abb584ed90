"""How a replay ends: what it warns of, and what its exit code says of a crash and of Ctrl-C."""

import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.builders_wire import ninjs

COPYDESK = Path(sys.executable).with_name("copydesk")
DEADLINE_S = 120
PARAGRAPH = (
    "Dock workers in Springfield ended a nine-day strike on Sunday after the Harbour Union accepted a wage deal "
    "that adds {} percent over two years and keeps the night shift at pier {} open. "
)


def an_envelope(number):
    return json.dumps(
        {
            "url": f"https://herald.example/{number}",
            "fetched_at": "2026-03-02T08:00:00Z",
            "text": f"Strike number {number} ends\n\n" + PARAGRAPH.format(number, number) * 3,
        }
    )


def test_a_crash_keeps_its_traceback_and_ends_with_3():
    crash = (
        "import pipelines.__main__ as main\n"
        "@main.app.command()\n"
        "def crash():\n"
        "    raise ZeroDivisionError('nobody expects this')\n"
        "main.main(['crash'])\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", crash], capture_output=True, text=True, check=False, timeout=DEADLINE_S
    )

    assert outcome.returncode == 3
    assert "Traceback" in outcome.stderr
    assert "nobody expects this" in outcome.stderr
    assert "copydesk: aborted" in outcome.stderr


def test_ctrl_c_ends_a_replay_with_3_and_without_a_traceback(tmp_path):
    (tmp_path / "in.ndjson").write_text("\n".join(map(an_envelope, range(20_000))))
    arguments = [COPYDESK, "replay", str(tmp_path / "in.ndjson"), "--data", str(tmp_path / "out")]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    started = time.monotonic()
    while not list((tmp_path / "out").rglob("history/*/*.parquet")):
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
        assert process.poll() is None, process.communicate()
        assert time.monotonic() - started < DEADLINE_S
    process.send_signal(signal.SIGINT)
    told, complained = process.communicate(timeout=DEADLINE_S)

    assert process.returncode == 3, complained
    assert told == ""
    assert "copydesk: interrupted. Run the same command again" in complained
    assert "Traceback" not in complained


@pytest.mark.parametrize(
    ("headline", "warned"),
    [
        ("KILL item 157", "a kill names an item that was not known when it came"),
        ("KILL KILL KILL", "a kill does not say which item it means"),
        ("Ferries sail again", None),
    ],
)
def test_a_kill_that_withdrew_nothing_is_told_on_stderr(tmp_path, headline, warned):
    message = ninjs(headlines=[{"role": "main", "value": headline}], slugline=None)
    (tmp_path / "in.ndjson").write_text(json.dumps(message))
    outcome = subprocess.run(
        [COPYDESK, "replay", str(tmp_path / "in.ndjson"), "--data", str(tmp_path / "out"), "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_S,
    )

    assert "warnings" not in json.loads(outcome.stdout)
    # What takes longer than ten seconds also says how far it is.
    assert ("a kill" in outcome.stderr) is (warned is not None)
    assert (warned or "") in outcome.stderr
