"""What is counted is told to Beam once, however often it is asked for."""

from enum import StrEnum
from threading import Thread

from apache_beam.metrics.metric import Metrics

from connectors.tally import Tally


class Deed(StrEnum):
    READ = "read"
    WRITTEN = "written"


def told_to_beam(monkeypatch):
    """What Beam is told, as it comes."""
    told = []

    class Counter:
        def __init__(self, namespace, name):
            self._of = (namespace, name)

        def inc(self, amount):
            told.append((*self._of, amount))

    monkeypatch.setattr(Metrics, "counter", Counter)
    return told


def test_beam_is_told_only_what_is_new(monkeypatch):
    told = told_to_beam(monkeypatch)
    tally = Tally("desk")
    tally.count(Deed.READ, 3)
    tally.tell_beam()
    tally.tell_beam()
    tally.count(Deed.READ)
    tally.count(Deed.WRITTEN, 2)
    tally.tell_beam()

    assert told == [("desk", "read", 3), ("desk", "read", 1), ("desk", "written", 2)]
    assert tally.counts() == {Deed.READ: 4, Deed.WRITTEN: 2}


def test_a_run_begins_with_nothing(monkeypatch):
    told = told_to_beam(monkeypatch)
    tally = Tally("desk")
    tally.count(Deed.READ, 3)
    tally.tell_beam()
    tally.forget()
    tally.count(Deed.READ)
    tally.tell_beam()

    assert told[1:] == [("desk", "read", 1)]
    assert tally.counts() == {Deed.READ: 1}


def test_threads_count_together():
    tally = Tally("desk")
    threads = [Thread(target=lambda: [tally.count(Deed.READ) for _ in range(1_000)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert tally.counts() == {Deed.READ: 8_000}
