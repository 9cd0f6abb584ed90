"""An hour of local streaming at 5 records a second leaves few files and takes no more memory at its end than before."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from connectors.parquet.audit import audit_folder
from tests.broker import produce
from tests.soaking import SAMPLES
from tests.streaming import Desk
from tests.test_stream_inputs import HARBOUR, MUSEUM, page, served, wire

FULL = bool(os.environ.get("COPYDESK_FULL"))
# At 5 records a second nearly each record is a bundle of its own: 4.7 bundles a second.
MINUTES, BUNDLES_A_MINUTE = (60, 280) if FULL else (3, 120)
BUNDLES = MINUTES * BUNDLES_A_MINUTE
PAGES = BUNDLES // 10
# Memory grows with what is remembered and with nothing else, so the same few articles come again and again.
ARTICLES = 20


def a_message(number: int) -> bytes:
    """Of ten messages one is broken."""
    name = number % ARTICLES
    if number % 10 == 9:
        return b'{"uri": "urn:newsml:estuary.example:20260302:%d", ' % name
    text = f"{name} {HARBOUR if number % 2 else MUSEUM}"
    return wire(f"urn:newsml:estuary.example:20260302:{name}", 1, text)


@pytest.fixture(scope="module")
def soaked(broker, tmp_path_factory) -> tuple[Path, list[dict]]:
    """The output of very many bundles, and what their process took on its way."""
    desk = Desk(broker, tmp_path_factory.mktemp("soak"))
    produce(broker, desk.wire, map(a_message, range(BUNDLES - PAGES)))
    produce(broker, desk.pages, [page(MUSEUM)] * PAGES, headers=served("https://gazette.example/museum"))
    told = [
        str(desk.data),
        broker.bootstrap_servers,
        json.dumps(desk.names),
        str(BUNDLES),
        str(BUNDLES_A_MINUTE),
    ]
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.soaking", *told], capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr[-4_000:]
    return desk.data, json.loads(outcome.stdout)


def test_as_many_bundles_as_an_hour_makes_leave_fewer_than_a_hundred_files_in_a_day(soaked):
    data, samples = soaked
    days = Counter(path.parent for path in data.glob("*/*=*/*.parquet"))

    assert samples[-1]["bundles"] >= BUNDLES
    assert {day.parent.name for day in days} == {"history", "articles", "dead_letters"}
    assert max(days.values()) < 100
    assert audit_folder(data).unaccounted == 0


def test_what_a_stream_takes_besides_its_memories_does_not_grow(soaked):
    _, samples = soaked
    first, *later = samples[SAMPLES // 6 - 1 :]

    for sample in later:
        assert 0.9 <= sample["resident"] / first["resident"] <= 1.1, samples


@pytest.mark.parametrize("what", ["threads", "files"])
def test_a_stream_opens_nothing_that_it_does_not_close(soaked, what):
    _, samples = soaked
    counts = [sample[what] for sample in samples[SAMPLES // 6 - 1 :]]

    # A connection to a broker may be open or not at the moment of a sample.
    assert max(counts) - min(counts) <= 4, counts
