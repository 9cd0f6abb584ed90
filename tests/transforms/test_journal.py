"""Memory and state agree, whatever becomes of bundles, instances and processes."""

import threading
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.parquet.arrivals import append_rows
from connectors.parquet.remembered import HistoryRows
from connectors.parquet.write_history import HISTORY
from pipelines.transforms import journal, remembering
from pipelines.transforms.journal import InHistory, UnknownJournalVersion
from pipelines.transforms.remembering import RememberFn, forget
from tests.builders import an_article, an_origin
from tests.builders_memory import KEPT, NUMBER, Numbers
from tests.builders_state import RunnersState

RUN = "journal"


@pytest.fixture(autouse=True)
def _forgotten():
    yield
    forget(RUN)


def an_instance():
    fn = RememberFn(RUN, NUMBER, None)
    fn.setup()
    return fn


def articles(*ids):
    return [an_article(one, source="a") for one in ids]


def numbers(rows):
    return [row.story_seq for row in rows]


def committed(state, fn, *ids):
    bundle = state.bundle(fn)
    rows = bundle.process("a", *articles(*ids))
    bundle.commit()
    return numbers(rows)


def test_a_memory_goes_on_from_bundle_to_bundle():
    state, fn = RunnersState("Number"), an_instance()

    assert committed(state, fn, "1", "2") == [0, 1]
    assert committed(state, fn, "3") == [2]


def test_a_process_that_lost_its_memory_has_it_again_from_the_journal():
    state = RunnersState("Number")
    committed(state, an_instance(), "1", "2")
    forget(RUN)

    assert committed(state, an_instance(), "2", "3") == [-1, 2]


def test_a_bundle_that_failed_leaves_no_trace_in_the_memory():
    state, fn = RunnersState("Number"), an_instance()
    committed(state, fn, "1")
    failed = state.bundle(fn)
    failed.process("a", *articles("2", "3"))

    assert committed(state, fn, "3", "2") == [1, 2]


def test_a_first_bundle_that_failed_leaves_no_trace_either():
    state, fn = RunnersState("Number"), an_instance()
    state.bundle(fn).process("a", *articles("1"))

    assert committed(state, fn, "2") == [0]


def test_two_instances_with_bundles_of_one_key_on_two_threads_decide_as_one():
    """A bundle that the runner has given up goes on for a while beside its own second attempt."""
    state = RunnersState("Number")
    committed(state, an_instance(), "1")
    given_up, second = state.bundle(an_instance()), state.bundle(an_instance())
    turns = [threading.Event() for _ in range(3)]
    seen = {}

    def first_attempt():
        seen["before"] = numbers(given_up.process("a", *articles("2")))
        turns[0].set()
        turns[1].wait(10)
        seen["beside"] = numbers(given_up.process("a", *articles("3", "4")))
        turns[2].set()

    def second_attempt():
        turns[0].wait(10)
        seen["second"] = numbers(second.process("a", *articles("2", "3")))
        turns[1].set()
        turns[2].wait(10)
        seen["after"] = numbers(second.process("a", *articles("4", "5")))
        second.commit()

    threads = [threading.Thread(target=one) for one in (first_attempt, second_attempt)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert seen == {"before": [1], "beside": [2, 3], "second": [1, 2], "after": [3, 4]}
    assert committed(state, an_instance(), "6", "5") == [5, -1]


def test_two_keys_of_one_bundle_have_a_journal_each():
    state, fn = RunnersState("Number"), an_instance()
    bundle = state.bundle(fn)

    assert numbers(bundle.process("a", *articles("1"))) == [0]
    assert numbers(bundle.process("b", *articles("1"))) == [0]
    assert numbers(bundle.process("a", *articles("2"))) == [1]


def test_a_snapshot_takes_the_place_of_a_grown_journal_and_decides_alike():
    state, fn = RunnersState("Number"), an_instance()
    ids = [f"{n:0100d}" for n in range(3_000)]
    sizes = []
    for start in range(0, len(ids), 100):
        committed(state, fn, *ids[start : start + 100])
        sizes.append(state.sizes("a"))
    forget(RUN)

    alive = KEPT * 100
    assert max(sum(one) for one in sizes) < 2 * alive
    assert sum(later[0] < earlier[0] for earlier, later in pairwise(sizes)) > 3
    assert committed(state, an_instance(), "new", ids[-KEPT], ids[-KEPT - 1]) == [3_000, 3_001, 3_002]


@settings(max_examples=50)
@given(
    bundles=st.lists(
        st.tuples(st.sampled_from(["commit", "fail", "restart"]), st.lists(st.integers(0, 12), max_size=4)),
        max_size=12,
    )
)
def test_whatever_fails_or_restarts_the_rows_are_those_of_one_undisturbed_memory(bundles):
    state, fn = RunnersState("Number"), an_instance()
    undisturbed = Numbers()
    for fate, ids in bundles:
        bundle = state.bundle(fn)
        rows = numbers(bundle.process("a", *articles(*map(str, ids))))
        if fate == "fail":
            continue
        bundle.commit()
        for one, place in zip(map(str, ids), rows, strict=True):
            if one in undisturbed.ids:
                assert place == -1
            else:
                undisturbed.apply((place, one))
        if fate == "restart":
            forget(RUN)
            fn = an_instance()
    forget(RUN)


@given(
    number=st.integers(0, 2**64 - 1),
    place=st.integers(-1, 2**63 - 1),
    changes=st.lists(st.binary(), max_size=5),
)
def test_a_journal_record_comes_back_as_it_was(number, place, changes):
    (back,) = journal.recorded([journal.record(number, place, changes)])

    assert (back.number, back.place, back.changes) == (number, place, tuple(changes))


def test_records_and_blocks_are_put_in_their_order():
    blobs = [journal.record(number, 0, [b"x"]) for number in (2, 0, 1)]
    blocks = [journal.snapshot_block(number, 7, bytes((number,))) for number in (1, 2, 0)]

    assert [one.number for one in journal.recorded(blobs)] == [0, 1, 2]
    assert journal.standing(blocks).blocks == (b"\0", b"\1", b"\2")
    assert journal.standing(blocks).place == 7


def test_a_note_of_history_comes_back_as_it_was():
    note = InHistory(upto=7, since="2026-03-02")

    assert journal.standing([journal.history_note(note)]).history == note


@pytest.mark.parametrize("blob", [b"", b"\x02rest", b"\xff"])
def test_state_of_another_release_is_refused(blob):
    with pytest.raises(UnknownJournalVersion):
        journal.recorded([blob])
    with pytest.raises(UnknownJournalVersion):
        journal.standing([blob])


def test_where_history_keeps_up_a_note_takes_the_place_of_a_snapshot(tmp_path, monkeypatch):
    monkeypatch.setattr(remembering, "_LEAST_JOURNAL_BYTES", 200)
    state, history = RunnersState("Number"), HistoryRows(str(tmp_path))
    fn = RememberFn(RUN, NUMBER, history, history_keeps_up=True)
    fn.setup()
    standing = []
    for start in range(0, 200, 10):
        bundle = state.bundle(fn)
        rows = bundle.process("a", *articles(*map(str, range(start, start + 10))))
        append_rows(tmp_path, HISTORY, [replace(row, origin=an_origin(row.story_seq)) for row in rows])
        bundle.commit()
        standing.append(state.sizes("a")[1])
    state.bundle(fn).process("a", *articles("given up"))

    assert 0 < max(standing[1:]) < 100
    assert committed(state, fn, "0", "new", "199") == [-1, 200, -1]
