"""How a stream is told to end: the first signal drains it, the second one does not wait."""

import signal
import subprocess
import sys
from contextlib import suppress

import pytest

DRAINED = """
import threading, time
from pipelines.commands.stream.draining import draining_on_signal
asked = threading.Event()
with draining_on_signal(asked.set):
    print("reading", flush=True)
    {body}
print("drained", flush=True)
"""
ENDS = "assert asked.wait(30)"
HANGS = "asked.wait(30); print('asked', flush=True); time.sleep(60)"


def stream(body):
    program = [sys.executable, "-c", DRAINED.format(body=body)]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "reading\n"
    return process


@pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "Ctrl-C")], ids=["SIGTERM", "SIGINT"]
)
def test_the_first_signal_drains_and_is_told(number, name):
    process = stream(ENDS)
    process.send_signal(number)
    told, complained = process.communicate(timeout=60)

    assert process.returncode == 0
    assert told == "drained\n"
    assert (
        complained
        == f"copydesk: {name}: draining. What was read is written and committed; {name} again leaves at once.\n"
    )


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_the_second_signal_leaves_at_once(second):
    process = stream(HANGS)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "asked\n"
    while process.poll() is None:
        process.send_signal(second)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.2)
    told, complained = process.communicate(timeout=30)

    assert process.returncode == 3
    assert told == ""
    assert "again: left at once" in complained
    assert "Traceback" not in complained


def test_a_process_that_is_signalled_with_its_group_is_asked_once():
    process = stream(f"{ENDS}; time.sleep(1)")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    told, complained = process.communicate(timeout=60)

    assert (process.returncode, told) == (0, "drained\n")
    assert complained.count("draining") == 1


def test_signals_mean_again_what_they_did_when_the_stream_has_ended():
    from pipelines.commands.stream.draining import draining_on_signal

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with draining_on_signal(lambda: None):
        assert signal.getsignal(signal.SIGTERM) is not before[0]

    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
