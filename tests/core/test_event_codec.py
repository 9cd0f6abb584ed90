"""A change of AssignEventIds as bytes: the record of its journal."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.events.change import Effect, EventChange
from pipelines.core.events.change_codec import UnknownChangeVersion, pack_change, unpack_change
from schemas.article_parts import Contribution, EventReason, ItemKind, PubStatus
from tests.builders import MORNING
from tests.builders_events import Desk, the_strike, the_strike_elsewhere

TEXT = st.text(max_size=12)
TEXTS = st.lists(TEXT, max_size=4).map(tuple)
INSTANT = st.none() | st.integers(-(10**15), 10**15).map(lambda us: MORNING + timedelta(microseconds=us))
FLOAT = st.floats(allow_nan=False) | st.integers(-90_000, 90_000).map(lambda number: number / 10_000)
REASON = st.builds(
    EventReason,
    nearest_article=st.none() | TEXT,
    shared_terms=TEXTS,
    shared_entities=TEXTS,
    shared_numbers=TEXTS,
    shared_dates=TEXTS,
    gap_hours=st.none() | FLOAT,
    margin=st.none() | FLOAT,
    contributions=st.lists(
        st.builds(Contribution, feature=st.sampled_from(["words", "copy"]) | TEXT, value=FLOAT, weight=FLOAT),
        max_size=4,
    ).map(tuple),
)
EVENT_ID = TEXT | st.from_regex(r"evt-[0-9]{8}-[a-z2-7]{13}", fullmatch=True)


@st.composite
def a_change(draw: st.DrawFn) -> EventChange:
    first = draw(st.none() | st.integers(-(10**12), 10**13))
    return EventChange(
        row_key=draw(st.binary(min_size=16, max_size=16)),
        article_id=draw(TEXT | st.binary(min_size=16, max_size=16).map(bytes.hex)),
        received=draw(INSTANT),
        effect=draw(st.sampled_from(Effect)),
        event_id=draw(st.none() | EVENT_ID),
        event_confidence=draw(st.none() | st.floats(0, 1)),
        event_is_new=draw(st.booleans()),
        event_reason=draw(st.none() | REASON),
        event_terms=draw(st.none() | st.binary(max_size=600)),
        event_model=draw(st.none() | TEXT),
        order_key=draw(st.integers(0, 2**63 - 1)),
        first_ms=first,
        last_ms=None if first is None else first + draw(st.sampled_from((0, 86_399_999))),
        copy_family=draw(st.none() | TEXT | st.binary(min_size=16, max_size=16).map(bytes.hex)),
        is_present=draw(st.booleans()),
        pub_status=draw(st.sampled_from(PubStatus)),
        item_kind=draw(st.sampled_from(ItemKind)),
        restricted=draw(st.booleans()),
        visible_from=draw(INSTANT),
        visible_until=draw(INSTANT),
    )


@given(change=a_change())
def test_a_change_comes_back_from_its_bytes_as_it_was(change):
    assert unpack_change(pack_change(change)) == change


def test_bytes_of_another_version_are_refused():
    desk = Desk()
    desk.take(the_strike())

    with pytest.raises(UnknownChangeVersion, match="version 09"):
        unpack_change(b"\x09" + desk.journal[0][1:])


def test_a_record_of_the_journal_is_its_terms_and_little_more():
    desk = Desk()
    founder = desk.take(the_strike("00" * 16, copy_family="11" * 16))
    joined = desk.take(the_strike_elsewhere("22" * 16, received=founder.received + timedelta(hours=1)))
    extra = [
        len(record) - len(row.event_terms)
        for record, row in zip(desk.journal, (founder, joined), strict=True)
    ]

    assert joined.event_reason is not None
    assert extra[0] <= 140
    assert extra[1] <= 430
