"""A process in the background ends with who started it, and a pid alone is not believed."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from deploy.local.background import Background
from deploy.local.unavailable import DidNotStart
from tests.broker import eventually

WAITS = "import time; time.sleep(300)"
ROOT = Path(__file__).resolve().parents[2]


def waiting(folder, program=WAITS):
    mark = folder / "settings"
    return Background(folder, mark), [sys.executable, "-S", "-c", program, str(mark)]


def started_elsewhere(folder, *, outlives_us):
    """A process that has started one in the background and then waits itself; with the pid of the one it started."""
    program = f"""
        from pathlib import Path
        from deploy.local.background import Background
        started = Background(Path({str(folder)!r}), Path({str(folder / "settings")!r}))
        started.start([{sys.executable!r}, "-S", "-c", {WAITS!r}, {str(folder / "settings")!r}], outlives_us={outlives_us})
        print(started.pid, flush=True)
        input()
    """
    starter = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with starter.stdin:
        pid = int(starter.stdout.readline())
        starter.kill()
        starter.wait()
    starter.stdout.close()
    return pid


def test_it_is_killed_when_who_started_it_is_killed(tmp_path):
    started_elsewhere(tmp_path, outlives_us=False)

    eventually(lambda: Background(tmp_path, tmp_path / "settings").pid is None, within_s=10)


def test_one_that_is_to_stay_stays_and_is_found_again(tmp_path):
    pid = started_elsewhere(tmp_path, outlives_us=True)
    found = Background(tmp_path, tmp_path / "settings")

    assert found.pid == pid
    found.end(signal.SIGTERM)
    assert found.pid is None


def test_a_stale_pid_of_another_process_is_not_believed(tmp_path):
    process, _ = waiting(tmp_path)
    (tmp_path / "pid").write_text(f"{os.getpid()}\n")

    assert process.pid is None
    process.end(signal.SIGKILL)


@pytest.mark.parametrize("stale", ["", "none", "4194999"])
def test_a_pid_file_that_names_no_process_is_not_believed(tmp_path, stale):
    process, _ = waiting(tmp_path)
    (tmp_path / "pid").write_text(stale)

    assert process.pid is None


def test_one_that_ends_at_the_start_is_told_with_the_end_of_its_log(tmp_path):
    process, command = waiting(tmp_path, "raise SystemExit('the port is taken')")
    process.start(command, outlives_us=False)

    with pytest.raises(DidNotStart, match="ended; the last lines of its log:\nthe port is taken"):
        process.wait_until(lambda: False, within_s=20)

    process.end(signal.SIGKILL)


def test_one_that_gives_no_answer_in_time_is_told(tmp_path):
    process, command = waiting(tmp_path)
    process.start(command, outlives_us=False)

    with pytest.raises(DidNotStart, match=r"gave no answer within 0.1 s"):
        process.wait_until(lambda: False, within_s=0.1)

    process.end(signal.SIGTERM)
    assert process.pid is None
