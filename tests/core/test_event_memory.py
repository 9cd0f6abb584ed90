"""What the memory of AssignEventIds keeps, and for how long."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.events.assigning import assign_event_id
from pipelines.core.events.change_codec import unpack_change
from pipelines.core.events.memory import EventMemory
from schemas.article_parts import PubStatus
from tests.builders import MORNING, an_article
from tests.builders_events import (
    Desk,
    from_history,
    from_journal,
    from_snapshot,
    the_fire,
    the_strike,
    the_strike_elsewhere,
)

HOUR = timedelta(hours=1)


def a_tick(number: int, received) -> object:
    """A row that only moves the clock."""
    return an_article(f"tick-{number}", headline=None, body_text=None, received=received)


def let_pass(desk: Desk, start, hours: int) -> None:
    for hour in range(0, hours + 1, 6):
        desk.take(a_tick(hour, start + hour * HOUR))


def test_a_single_report_may_be_joined_for_two_days():
    for hours, live in ((47, 1), (48, 0)):
        desk = Desk()
        desk.take(the_strike())
        let_pass(desk, MORNING, 42)
        desk.take(a_tick(99, MORNING + hours * HOUR))

        assert len(desk.memory) == live


def test_an_event_of_several_reports_may_be_joined_for_a_week_after_the_last():
    desk = Desk()
    desk.take(the_strike())
    desk.take(the_strike_elsewhere(received=MORNING + 24 * HOUR, published=MORNING))
    let_pass(desk, MORNING + 24 * HOUR, 7 * 24 - 6)
    alive = len(desk.memory)

    let_pass(desk, MORNING + 7 * 24 * HOUR, 24)

    assert (alive, len(desk.memory)) == (1, 0)


def test_an_event_ends_after_a_fortnight_however_much_is_written():
    desk = Desk()
    founder = desk.take(the_strike())
    for day in range(1, 16):
        at = MORNING + timedelta(days=day)
        last = desk.take(the_strike(f"strike-{day + 1}", received=at, published=at))

    assert last.event_id != founder.event_id


def test_an_event_that_is_over_is_no_candidate_even_before_the_memory_has_noticed():
    desk = Desk()
    first = desk.take(the_strike())
    let_pass(desk, MORNING, 30)

    late = desk.take(the_strike_elsewhere(received=MORNING + 50 * HOUR, published=MORNING))

    assert late.event_id != first.event_id


def test_what_is_forgotten_is_no_longer_counted():
    desk = Desk()
    desk.take(the_strike())
    desk.take(the_fire())
    let_pass(desk, MORNING, 54)

    assert desk.memory.frequencies.live_terms == 0


@pytest.mark.parametrize("way", [from_journal, from_snapshot, from_history])
def test_an_event_that_ends_with_its_rows_is_uncounted_however_many_there_are(way):
    desk = Desk()
    desk.take(the_strike())
    for number in range(5_000):  # more rows than are cut off at once
        desk.take(a_tick(number, MORNING))
    for day in (5, 10):
        at = MORNING + timedelta(days=day)
        desk.take(the_strike_elsewhere(f"strike-{day}", received=at, published=MORNING))
        let_pass(desk, at, 5 * 24 - 6)
    desk.memory = way(desk)
    let_pass(desk, MORNING + timedelta(days=15), 24 * 14)

    assert len(desk.memory) == 0
    assert desk.memory.frequencies.live_terms == 0
    assert desk.memory.nbytes < 1_000_000


def test_an_article_keeps_its_id_for_a_fortnight_after_its_event_is_over():
    desk = Desk()
    first = desk.take(the_strike())
    let_pass(desk, MORNING, 72)

    update = desk.take(the_strike(received=MORNING + 73 * HOUR))

    assert update.event_id == first.event_id


def test_rows_are_known_within_the_horizon_and_forgotten_after():
    desk = Desk()
    row = desk.take(the_strike())
    let_pass(desk, MORNING, 13 * 24)
    known = len(desk.journal)
    desk.again(row)
    again = len(desk.journal)
    let_pass(desk, MORNING + 13 * 24 * HOUR, 30)
    desk.again(row)

    assert again == known
    assert len(desk.journal) > known + 6


def test_one_wrong_clock_forgets_nothing_much():
    desk = Desk()
    first = desk.take(the_strike())
    desk.take(a_tick(1, MORNING + timedelta(days=4000)))

    joined = desk.take(the_strike_elsewhere())

    assert joined.event_id == first.event_id


def test_after_a_pause_of_the_stream_what_comes_in_together_stays_together():
    desk = Desk()
    desk.take(the_fire())
    later = MORNING + timedelta(days=20)
    first = desk.take(the_strike(received=later, published=later))
    for number in range(12):
        desk.take(a_tick(number, later + timedelta(minutes=number)))

    joined = desk.take(the_strike_elsewhere(received=later + HOUR, published=later + HOUR))

    assert joined.event_id == first.event_id


def test_without_arrival_nothing_expires():
    desk = Desk()
    first = desk.take(the_strike(received=None))
    for number in range(50):
        desk.take(a_tick(number, None))

    assert desk.take(the_strike_elsewhere(received=None)).event_id == first.event_id


def test_what_came_before_the_first_clock_counts_from_it():
    desk = Desk()
    first = desk.take(the_strike(received=None))
    desk.take(a_tick(1, MORNING + timedelta(days=300)))
    joined = desk.take(the_strike_elsewhere(received=None))
    let_pass(desk, MORNING + timedelta(days=300), 9 * 24)

    assert joined.event_id == first.event_id
    assert len(desk.memory) == 0


def test_a_change_that_is_applied_twice_counts_once():
    desk = Desk()
    desk.take(the_strike())
    counted = desk.memory.frequencies.live_terms

    desk.memory.apply(unpack_change(desk.journal[0]))

    assert desk.memory.frequencies.live_terms == counted
    assert len(desk.memory) == 1


ROWS = st.lists(
    st.tuples(
        st.sampled_from([the_strike, the_strike_elsewhere, the_fire]),
        st.integers(0, 3),
        st.sampled_from(["text", "superseded", "kill", "hold", "release"]),
        st.one_of(st.none(), st.integers(0, 400)),
        st.sampled_from([None, "f1"]),
    ),
    max_size=25,
)


PROBES = (the_strike("p1"), the_strike_elsewhere("p2", received=None), the_fire("p3"), the_fire("a1"))


@given(rows=ROWS)
def test_any_course_of_rows_is_applied_and_rebuilt_to_a_memory_that_decides_the_same(rows):
    desk = Desk()
    for build, number, kind, hours, family in rows:
        received = None if hours is None else MORNING + hours * HOUR
        article = build(f"a{number}", received=received, copy_family=family)
        if kind in ("kill", "hold", "release"):
            article = replace(article, headline=None, body_text=None)
        status = {"kill": PubStatus.CANCELED, "hold": PubStatus.WITHHELD}.get(kind, PubStatus.USABLE)
        desk.take(article, pub_status=status, superseded=kind == "superseded")
    rebuilt = EventMemory("en")
    for blob in desk.journal:
        rebuilt.apply(unpack_change(blob))

    assert len(rebuilt) == len(desk.memory)
    for probe in PROBES:
        assert assign_event_id(rebuilt, probe) == assign_event_id(desk.memory, probe)


@given(rows=ROWS)
def test_a_withdrawn_article_counts_for_nothing(rows):
    desk = Desk()
    for build, number, kind, _, family in rows:
        if kind in ("text", "superseded"):
            desk.take(build(f"a{number}", copy_family=family), superseded=kind == "superseded")
    for number in range(4):
        kill = replace(the_strike(f"a{number}"), headline=None, body_text=None)
        desk.take(kill, pub_status=PubStatus.CANCELED)

    assert len(desk.memory) == 0
    assert desk.memory.frequencies.live_terms == 0
