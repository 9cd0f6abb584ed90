"""Whatever way a memory of events comes back, it decides the rest of the stream as the lost one would have."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.events.assigning import assign_event_id
from pipelines.core.events.memory import EventMemory
from pipelines.core.events.snapshots import UnknownSnapshotVersion
from pipelines.core.events.terms import counted_terms
from pipelines.core.step import SNAPSHOT_BLOCK_BYTES
from schemas.article import Article
from schemas.article_parts import DupKind, Precision, PubStatus
from tests.builders import MORNING
from tests.builders_events import (
    HAPPENINGS,
    Desk,
    a_happening,
    from_history,
    from_journal,
    from_snapshot,
    the_fire,
    the_strike,
    the_strike_elsewhere,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Way = Callable[[Desk], EventMemory]
WAYS: tuple[Way, ...] = (from_journal, from_snapshot, from_history)


@st.composite
def a_row(draw: st.DrawFn) -> tuple[Article, int | None]:
    """An article without its arrival, and after how many hours it comes; `None`: nobody knows."""
    build = draw(st.sampled_from((the_strike, the_strike_elsewhere, the_fire)))
    hours = draw(st.sampled_from((0, 0, 1, 1, 5, 20, 50, 100, 400, None)))
    told = draw(st.sampled_from((MORNING, MORNING + 30 * HOUR, None)))
    article = build(
        draw(st.sampled_from("abcdef")),
        published=told,
        published_precision=draw(st.sampled_from((Precision.SECOND, Precision.DAY))),
        first_received=None,
        copy_family=draw(st.sampled_from((None, None, "f1", "f2"))),
        order_key=draw(st.integers(0, 2)),
        superseded=draw(st.sampled_from((False, False, True))),
        visible_from=draw(st.sampled_from((None, None, MORNING + 9 * HOUR))),
    )
    kind = draw(st.sampled_from(("text", "text", "text", "text", "copy", "kill", "hold", "note")))
    if kind == "copy":
        return replace(article, dup_of="a", dup_kind=DupKind.COPY, dup_similarity=0.9123), hours
    if kind == "text":
        return article, hours
    status = {"kill": PubStatus.CANCELED, "hold": PubStatus.WITHHELD, "note": PubStatus.USABLE}[kind]
    return replace(article, headline=None, body_text=None, pub_status=status), hours


def coming(rows: list[tuple[Article, int | None]]) -> list[Article]:
    """The articles, each as many hours after the one before."""
    clock = MORNING
    articles = []
    for number, (article, hours) in enumerate(rows):
        clock += (hours or 0) * HOUR
        received = None if hours is None else clock
        origin = replace(article.origin, offset=number)
        articles.append(replace(article, received=received, first_received=received, origin=origin))
    return articles


def decisions(memory: EventMemory, articles: list[Article]) -> list[Article]:
    decided = []
    for article in articles:
        step = assign_event_id(memory, article)
        for change in step.changes:
            memory.apply(change)
        decided += step.articles
    return decided


@pytest.mark.parametrize("way", WAYS)
@settings(deadline=None, max_examples=60)
@given(before=st.lists(a_row(), max_size=25), behind=st.lists(a_row(), max_size=12))
def test_a_memory_that_comes_back_decides_the_rest_alike(way, before, behind):
    articles = coming(before + behind)
    desk = Desk()
    for article in articles[: len(before)]:
        desk.again(article)
    rest = (
        articles[len(before) :] + articles[:1]
    )  # the first once more: a known row, or one that is forgotten
    memory = way(desk)
    size, terms = len(memory), memory.frequencies.live_terms

    assert (size, terms) == (len(desk.memory), desk.memory.frequencies.live_terms)
    assert decisions(memory, rest) == decisions(desk.memory, rest)


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(a_row(), max_size=40), parts=st.integers(2, 7), behind=st.lists(a_row(), max_size=6))
def test_history_may_be_recalled_in_parts(rows, parts, behind):
    articles = coming(rows + behind)
    desk = Desk()
    for article in articles[: len(rows)]:
        desk.again(article)
    memory = from_history(desk, parts)

    assert decisions(memory, articles[len(rows) :]) == decisions(desk.memory, articles[len(rows) :])


def a_week() -> list[Article]:
    """All reports of all English happenings, mixed, half an hour apart, with updates and a kill among them."""
    told = [a_happening(file) for file in HAPPENINGS if file.endswith(".en.txt")]
    reports = [report for one in zip(*(one.reports for one in told), strict=True) for report in one]
    reports += [neighbour for one in told for neighbour in one.neighbours]
    updates = [replace(report, order_key=report.order_key + 1) for report in reports[::3]]
    kill = replace(reports[4], headline=None, body_text=None, pub_status=PubStatus.CANCELED)
    rows = [*reports[:30], kill, *updates, *reports[30:]]
    return [
        replace(row, origin=replace(row.origin, offset=number), **_arrived(MORNING + number * HOUR / 2))
        for number, row in enumerate(rows)
    ]


def _arrived(at: datetime) -> dict[str, datetime]:
    return {"received": at, "first_received": at}


@pytest.mark.parametrize("way", WAYS)
def test_happenings_go_on_alike_at_every_cut(way):
    articles = a_week()
    desk = Desk()
    decided = [desk.again(article) for article in articles]

    for cut in range(0, len(articles), 7):
        lost = Desk()
        for article in articles[:cut]:
            lost.again(article)
        assert decisions(way(lost), articles[cut:]) == decided[cut:]


def test_a_snapshot_is_cut_into_blocks_that_a_state_can_hold():
    desk = Desk()
    for number in range(3):
        desk.take(the_strike(f"s{number}"))
    blocks = list(desk.memory.snapshot())

    assert all(block[0] == 1 and len(block) <= SNAPSHOT_BLOCK_BYTES for block in blocks)
    with pytest.raises(UnknownSnapshotVersion, match="version 9"):
        EventMemory("en").restore([b"\x09" + blocks[0][1:]])


def test_a_snapshot_holds_no_more_than_what_is_alive():
    desk = Desk()
    for day in range(40):
        desk.take(the_fire(f"f{day}", received=MORNING + day * DAY, published=MORNING + day * DAY))

    assert sum(map(len, desk.memory.snapshot())) < 16 * 1_000


def test_a_memory_of_a_snapshot_has_a_snapshot_alike():
    desk = Desk()
    for article in a_week():
        desk.again(article)
    again = EventMemory("en")
    again.restore(list(desk.memory.snapshot()))

    assert list(again.snapshot()) == list(desk.memory.snapshot())


def test_an_empty_memory_comes_back_empty():
    desk = Desk()

    assert [len(way(desk)) for way in WAYS] == [0, 0, 0]


def test_a_row_of_history_counts_once_however_often_it_is_read():
    desk = Desk()
    desk.take(the_strike())
    desk.history += desk.history

    assert len(from_history(desk)) == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_corrected_lone_report_is_found_by_as_many_terms_however_the_memory_came(way: Way):
    text = " ".join(f"Kelmar{number} told the clerk of Ostven{number}." for number in range(20))
    desk = Desk()
    desk.take(replace(the_strike(), body_text=text))
    desk.take(replace(the_strike(), body_text=text, order_key=the_strike().order_key + 1))
    sought = dict.fromkeys(counted_terms(desk.memory._log.terms(1)), 1.0)

    found = [memory for memory in (desk.memory, way(desk)) if memory.candidates(sought, MORNING)]

    (rows, likeness), (others, other_likeness) = (memory._index.candidates(sought) for memory in found)
    assert (rows.tolist(), likeness.tolist()) == (others.tolist(), other_likeness.tolist())
