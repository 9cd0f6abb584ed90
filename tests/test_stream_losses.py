"""What a stream meets that it did not expect: records that are gone, partitions that are new, a password that is wrong."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from connectors.parquet.audit import audit_folder
from connectors.secret import Secret
from tests.broker import add_partitions, delete_records, produce
from tests.streamed import ask
from tests.streaming import Desk
from tests.test_stream_inputs import HARBOUR, wire

WRONG = "opensesame-never-right"
# Answers from the brokers take up to 30 s, looking at the ports up to 4 s more.
FAILS_WITHIN_S = 35
# Its imports take some seconds, then it asks the brokers.
LOOKED_AT_S = 12


@pytest.fixture
def desk(broker, tmp_path) -> Desk:
    return Desk(broker, tmp_path)


def stories(count: int, first: int = 0) -> list[bytes]:
    return [
        wire(f"urn:newsml:estuary.example:20260302:{number}", 1, f"{number} {HARBOUR}")
        for number in range(first, first + count)
    ]


def test_what_retention_took_from_a_stopped_stream_is_one_dead_letter_and_the_ledger_is_whole(desk):
    produce(desk.broker, desk.wire, stories(5))
    assert desk.run("--until", "latest").returncode == 0
    produce(desk.broker, desk.wire, stories(5, first=5))
    delete_records(desk.broker, desk.wire, {0: 8})
    skipped = json.loads(desk.run("--until", "latest", "--on-data-loss", "skip").stdout)

    assert (skipped["lost"], skipped["rows"]) == (3, 2)
    assert ask(desk.data, "select origin.offset, origin.follows, reason_code from dead_letters") == [
        (7, 4, "source.lost")
    ]
    assert ask(desk.data, "select list(origin.offset order by origin.offset) from history") == [
        ([0, 1, 2, 3, 4, 8, 9],)
    ]
    assert audit_folder(desk.data).unaccounted == 0


def test_records_of_a_partition_that_is_added_come_out_of_the_running_stream(desk):
    produce(desk.broker, desk.wire, stories(1))
    with desk.running("--publish-every", "0") as stream:
        stream.waits_for("copydesk_rows_total", 1)
        add_partitions(desk.broker, desk.wire, 3)
        produce(desk.broker, desk.wire, stories(2, first=1), partition=2)
        stream.waits_for("copydesk_rows_total", 3, within_s=70)
        stream.end()

    assert ask(desk.data, "select origin.partition, origin.offset from history order by all") == [
        (0, 0),
        (2, 0),
        (2, 1),
    ]
    assert audit_folder(desk.data).unaccounted == 0


def shown_arguments() -> str:
    """What every user of the machine sees of its processes."""
    return subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout


def arguments_while_it_waits(process: subprocess.Popen[str]) -> Iterator[str]:
    """What is shown again and again, until it has ended or tried long enough."""
    deadline = time.monotonic() + LOOKED_AT_S
    while time.monotonic() < deadline:
        yield shown_arguments()
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.5)
            return


def test_a_wrong_password_ends_the_stream_soon_with_the_likely_causes_and_is_shown_nowhere(desk):
    cluster = replace(desk.broker.secure_cluster, sasl_password=Secret(WRONG))
    process = subprocess.Popen(
        desk.command(),
        env=desk.environment(cluster),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    began = time.monotonic()
    arguments = list(arguments_while_it_waits(process))
    out, complained = process.communicate(timeout=3 * FAILS_WITHIN_S)
    took_s = time.monotonic() - began
    arguments.append(shown_arguments())

    assert process.returncode == 3
    assert took_s < FAILS_WITHIN_S
    assert "the user 'copydesk' or the password" in complained
    assert "SCRAM-SHA-512" in complained
    assert "Traceback" not in complained
    # Long enough to have seen what it makes of its options, and whom it starts.
    assert sum(str(desk.data) in seen for seen in arguments) > 2
    assert WRONG not in out + complained + "".join(arguments)
