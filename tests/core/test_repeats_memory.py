from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.identity import row_key
from pipelines.core.repeats.days import ROW_DAYS, SKETCH_DAYS
from pipelines.core.repeats.linking import link_repeats
from pipelines.core.repeats.memory import RepeatMemory
from pipelines.core.repeats.sketches import family_of
from schemas.article import Article
from schemas.article_parts import ChangeType, ItemKind, PubStatus
from schemas.visibility import readable
from tests.builders import MORNING
from tests.builders_repeats import (
    DAY,
    DOCK,
    LIVES,
    Life,
    a_notice,
    a_report,
    a_text,
    answers,
    edited,
    linked,
    lived,
    passed,
)


@settings(max_examples=60)
@given(LIVES)
def test_rows_that_come_again_are_the_same_rows_and_change_nothing(
    life: Life,
) -> None:
    memory, rows, changes = passed(lived(life))
    before = answers(memory)
    for article, row in zip(lived(life), rows, strict=True):
        if memory.row(row_key(article)) is not None:  # else a month has passed
            assert link_repeats(memory, article).articles == (row,)
            assert link_repeats(memory, article).changes == ()
    for change in changes:
        if memory.row(change.row_key) is not None:
            memory.apply(change)

    assert answers(memory) == before


@settings(max_examples=80)
@given(LIVES)
def test_no_row_names_what_readers_may_not_see_at_its_time(life: Life) -> None:
    articles = lived(life)
    _, rows, _ = passed(articles)
    present: dict[str, Article] = {}
    killed: set[str] = set()
    for row in rows:
        if row.dup_of is not None:
            assert row.dup_of not in killed | {row.article_id}
            named = present[row.dup_of]
            assert row.received is None or readable(named, row.received)
            assert row.received is not None or (named.visible_from, named.visible_until) == (None, None)
        assert (row.dup_of is None) == (row.dup_kind is None) == (row.dup_similarity is None)
        if row.pub_status is PubStatus.CANCELED:
            killed.add(row.article_id)
        if not row.superseded or row.article_id not in present:
            present[row.article_id] = row


@given(
    st.sampled_from(PubStatus),
    st.booleans(),
    st.sampled_from(ItemKind),
    st.sampled_from((None, -1, 0, 1)),
    st.sampled_from((None, -1, 0, 1)),
)
def test_who_may_be_named_is_who_readers_may_see(
    status: PubStatus, restricted: bool, kind: ItemKind, start: int | None, end: int | None
) -> None:
    tick = timedelta(microseconds=1)
    article = a_report(
        "a1",
        DOCK,
        pub_status=status,
        restricted=restricted,
        item_kind=kind,
        visible_from=None if start is None else MORNING + start * tick,
        visible_until=None if end is None else MORNING + end * tick,
    )
    memory = RepeatMemory()
    linked(memory, article)
    state = memory.article("a1")

    assert state is not None
    assert state.is_readable(MORNING) == readable(article, MORNING)


@pytest.mark.parametrize(("days", "is_found"), [(1, True), (SKETCH_DAYS, True), (SKETCH_DAYS + 1, False)])
def test_a_text_is_compared_with_for_seven_days(days: int, is_found: bool) -> None:
    memory = RepeatMemory()
    linked(memory, a_report("a1", DOCK))
    pass_days(memory, days)
    [row] = linked(memory, a_report("a2", edited(DOCK, 12), offset=1))

    assert (row.dup_of == "a1") is is_found


@pytest.mark.parametrize(("days", "is_known"), [(1, True), (ROW_DAYS, True), (ROW_DAYS + 1, False)])
def test_rows_and_equal_texts_are_known_for_thirty_days(days: int, is_known: bool) -> None:
    memory = RepeatMemory()
    report = a_report("a1", DOCK, headline="The very same")
    linked(memory, report)
    pass_days(memory, days)

    step = link_repeats(memory, a_report("a2", DOCK, headline="The very same", offset=1))

    assert (memory.row(row_key(report)) is not None) is is_known
    assert (step.articles[0].copy_family == family_of("a1")) is is_known


def pass_days(memory: RepeatMemory, days: int) -> None:
    for day in range(1, days + 1):
        linked(
            memory, a_report(f"day{day}", a_text(f"d{day}x"), offset=100 + day, received=MORNING + day * DAY)
        )


@pytest.mark.parametrize(
    "received",
    [MORNING + 10_000 * DAY, datetime.max.replace(tzinfo=MORNING.tzinfo), MORNING - 10_000 * DAY, None],
)
def test_one_wrong_clock_empties_no_memory(received: datetime | None) -> None:
    memory = RepeatMemory()
    linked(memory, a_report("a1", DOCK), a_report("a2", a_text("ferry"), offset=1, received=received))
    [row] = linked(memory, a_report("a3", DOCK, offset=2))

    assert row.dup_of == "a1"


def test_rows_without_a_time_belong_to_the_present_day() -> None:
    memory = RepeatMemory()
    linked(memory, a_report("a0", a_text("ferry"), received=None))
    pass_days(memory, 10)
    linked(memory, a_report("a1", DOCK, offset=1, received=None))
    [copy, old] = linked(
        memory, a_report("a2", DOCK, offset=2), a_report("a3", f"{a_text('ferry')} end", offset=3)
    )

    assert (copy.dup_of, old.dup_of) == ("a1", None)


def test_time_goes_on_after_a_wrong_clock() -> None:
    memory = RepeatMemory()
    linked(
        memory, a_report("a1", DOCK), a_report("a2", a_text("f"), offset=1, received=MORNING + 9_999 * DAY)
    )
    pass_days(memory, SKETCH_DAYS + 1)
    [row] = linked(memory, a_report("a3", edited(DOCK, 12), offset=2))

    assert row.dup_of is None


def test_a_killed_article_stays_killed_whatever_comes_after() -> None:
    memory = RepeatMemory()
    linked(
        memory,
        a_report("a1", DOCK),
        a_report("a2", DOCK, offset=1),
        a_notice("a1", PubStatus.CANCELED, offset=2),
        a_report("a1", DOCK, offset=3, change_type=ChangeType.UPDATE),
    )
    new, version = linked(memory, a_report("a3", DOCK, offset=4), a_report("a2", DOCK, offset=5))

    assert (new.dup_of, version.dup_of) == ("a2", None)


def test_a_live_text_takes_less_than_600_bytes() -> None:
    memory = RepeatMemory()
    count = 3_000
    for number in range(count):
        article_id = f"{number:032x}"
        linked(memory, a_report(article_id, a_text(f"s{number}x", 60), offset=number, source="one.example"))

    assert memory.live_sketches == count
    assert memory.nbytes / count < 600


@pytest.mark.parametrize(
    "name", [str, lambda n: f"{n:032x}", lambda n: "é" * n, lambda n: "\U0001f600" * (62 + n)]
)
def test_ids_of_any_form_come_back_whole(name: Callable[[int], str]) -> None:
    rows = linked(RepeatMemory(), a_report(name(1), DOCK), a_report(name(2), DOCK, offset=1))

    assert rows[1].dup_of == name(1)


def test_hostile_boilerplate_costs_bounded_time_and_hides_no_copy() -> None:
    memory = RepeatMemory()
    chrome = a_text("menu", 60)
    for number in range(400):
        linked(memory, a_report(f"a{number}", f"{chrome} {a_text(f's{number}x', 60)}", offset=number))
    [row] = linked(memory, a_report("copy", f"{chrome} {a_text('s399x', 60)} end", offset=400))

    assert row.dup_of in {f"a{number}" for number in range(400)}
    assert row.dup_kind is not None
