"""Rows of history as changes, thousands at once: the same bytes as the journal has of each."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.events.byte_columns import behind_length, packed_ids
from pipelines.core.events.change import EventChange, effect_of
from pipelines.core.events.change_codec import pack_change
from pipelines.core.events.memory import EventMemory
from pipelines.core.events.packing import packed_bytes, packed_id
from pipelines.core.events.rows_of_history import RECALLED, history_rows
from pipelines.core.events.times import span_of, told_at
from pipelines.core.identity import row_key
from schemas.article import Article
from schemas.article_parts import Contribution, EventReason, ItemKind, Precision, PublishedSource, PubStatus
from schemas.codec import to_table
from tests.builders import MORNING, an_article
from tests.builders_events import Desk, from_history, the_fire, the_strike, the_strike_elsewhere

HOUR = timedelta(hours=1)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=6) | st.just("ä" * 140)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
DIGEST = st.binary(min_size=16, max_size=16).map(bytes.hex)
EVENT_ID = st.from_regex(r"evt-[0-9]{8}-[a-z2-7]{13}", fullmatch=True)
ODD_EVENT_ID = st.sampled_from(("evt-2026030x-abcdefghijklm", "evt-20260302-ABCDEFGHIJKLM", "evt-1", ""))
INSTANT = st.none() | st.integers(-(10**11), 10**11).map(lambda us: MORNING + timedelta(microseconds=us))
SHARE = st.floats(allow_nan=False) | st.integers(-90_000, 90_000).map(lambda number: number / 10_000)
REASON = st.builds(
    EventReason,
    nearest_article=st.none() | DIGEST | TEXT,
    shared_terms=TEXTS,
    shared_entities=TEXTS,
    shared_numbers=TEXTS,
    shared_dates=TEXTS,
    gap_hours=st.none() | SHARE,
    margin=st.none() | SHARE,
    contributions=st.lists(
        st.builds(Contribution, feature=st.sampled_from(["words", "copy"]) | TEXT, value=SHARE, weight=SHARE),
        max_size=3,
    ).map(tuple),
)


@st.composite
def a_row(draw: st.DrawFn, ids: st.SearchStrategy[str], event_ids: st.SearchStrategy[str]) -> Article:
    return replace(
        an_article(draw(ids), source=draw(TEXT), offset=draw(st.integers(0, 2**60))),
        received=draw(INSTANT),
        first_received=draw(INSTANT),
        published=draw(INSTANT),
        published_source=draw(st.none() | st.sampled_from(PublishedSource)),
        published_precision=draw(st.none() | st.sampled_from(Precision)),
        event_id=draw(st.none() | event_ids),
        event_confidence=draw(st.none() | st.floats(0, 1)),
        event_is_new=draw(st.booleans()),
        event_reason=draw(st.none() | REASON),
        event_terms=draw(st.none() | st.binary(max_size=300)),
        event_model=draw(st.none() | TEXT),
        order_key=draw(st.integers(0, 2**63 - 1)),
        copy_family=draw(st.none() | ids),
        superseded=draw(st.booleans()),
        pub_status=draw(st.sampled_from(PubStatus)),
        item_kind=draw(st.sampled_from(ItemKind)),
        restricted=draw(st.booleans()),
        visible_from=draw(INSTANT),
        visible_until=draw(INSTANT),
    )


def change_of(row: Article) -> EventChange:
    """The change a row was made of, said of one row."""
    told = told_at(row.published, row.published_source, row.received, row.first_received)
    by_day = row.published_precision == Precision.DAY and told == row.published
    span = None if row.event_terms is None else span_of(told, by_day=by_day)
    return EventChange(
        row_key=row_key(row),
        article_id=row.article_id,
        received=row.received,
        effect=effect_of(row.pub_status, row.event_terms),
        event_id=row.event_id,
        event_confidence=row.event_confidence,
        event_is_new=row.event_is_new,
        event_reason=row.event_reason,
        event_terms=row.event_terms,
        event_model=row.event_model,
        order_key=row.order_key,
        first_ms=None if span is None else span.first,
        last_ms=None if span is None else span.last,
        copy_family=row.copy_family,
        is_present=not row.superseded,
        pub_status=row.pub_status,
        item_kind=row.item_kind,
        restricted=row.restricted,
        visible_from=row.visible_from,
        visible_until=row.visible_until,
    )


ROWS = st.lists(a_row(DIGEST, EVENT_ID), max_size=6) | st.lists(
    a_row(DIGEST | TEXT, EVENT_ID | ODD_EVENT_ID), max_size=6
)


@settings(deadline=None)
@given(rows=ROWS, skipped=st.integers(0, 2))
def test_a_row_of_history_has_the_bytes_of_its_change(rows, skipped):
    table = to_table(Article, rows).select(RECALLED).slice(skipped)

    packed = history_rows(table).packed.to_pylist()

    assert packed == [pack_change(change_of(row)) for row in rows[skipped:]]


@given(
    names=st.lists(st.none() | DIGEST) | st.lists(st.none() | EVENT_ID) | st.lists(st.none() | TEXT | DIGEST)
)
def test_a_column_of_names_is_packed_as_each_of_them(names):
    column = to_table(Article, [replace(an_article("a"), copy_family=name) for name in names])["copy_family"]

    packed = packed_ids(column.combine_chunks())

    expected = [None if name is None else packed_id(name) for name in names]
    assert packed.to_pylist() == expected
    assert behind_length(packed).to_pylist() == [
        None if one is None else packed_bytes(one) for one in expected
    ]


def test_an_id_in_capitals_is_no_digest():
    names = to_table(Article, [replace(an_article("a"), copy_family="AB" * 16)])["copy_family"]

    assert packed_ids(names.combine_chunks()).to_pylist() == [b"s" + b"AB" * 16]


def test_what_is_recalled_is_counted_when_it_is_asked_for_and_not_before():
    desk = Desk()
    desk.take(the_strike())
    desk.take(the_fire())
    memory = from_history(desk)
    first = memory.nbytes

    assert memory.nbytes == first
    assert memory.frequencies.live_terms == desk.memory.frequencies.live_terms


def test_history_may_go_on_after_the_memory_was_asked_how_large_it_is():
    desk = Desk()
    for number in range(8):
        at = MORNING + number * 20 * HOUR
        for build in (the_strike, the_strike_elsewhere, the_fire):
            desk.take(build(f"{build.__name__}-{number}", received=at, published=at))
    table = to_table(Article, desk.history).select(RECALLED)
    memory = EventMemory("en")
    for begin in range(0, table.num_rows, 5):
        memory.recall(table.slice(begin, 5))
        assert memory.nbytes > 0

    assert len(memory) == len(desk.memory)
    assert memory.frequencies.live_terms == desk.memory.frequencies.live_terms
    assert list(memory.snapshot()) == list(from_history(desk).snapshot())
