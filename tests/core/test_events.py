"""AssignEventIds: the rules of one step."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from pipelines.core.events.assigning import assign_event_id, event_time
from pipelines.core.events.memory import EventMemory
from schemas.article_parts import ChangeType, DupKind, ItemKind, PublishedSource, PubStatus
from tests.builders import MORNING, an_article
from tests.builders_events import Desk, the_fire, the_strike, the_strike_elsewhere

HOUR = timedelta(hours=1)


def without_text(article, **fields):
    return replace(article, headline=None, body_text=None, **fields)


def a_kill(article, **fields):
    return without_text(article, pub_status=PubStatus.CANCELED, change_type=ChangeType.KILL, **fields)


def a_hold(article, **fields):
    return without_text(article, pub_status=PubStatus.WITHHELD, change_type=ChangeType.HOLD, **fields)


# who joins whom


def test_the_first_report_founds_an_event_named_after_its_day():
    founder = Desk().take(the_strike())

    assert re.fullmatch(r"evt-20260302-[a-z2-7]{13}", founder.event_id or "")
    assert founder.event_is_new
    assert founder.event_confidence == 1.0
    assert founder.event_reason is None
    assert founder.event_model == "lr10-3+news-3"


def test_a_second_report_joins_and_says_why():
    desk = Desk()
    founder = desk.take(the_strike())

    joined = desk.take(the_strike_elsewhere(published=MORNING + HOUR))

    reason = joined.event_reason
    assert joined.event_id == founder.event_id
    assert not joined.event_is_new
    assert joined.event_confidence is not None
    assert 0.5 <= joined.event_confidence <= 1.0
    assert reason is not None
    assert reason.nearest_article == "strike-1"
    assert reason.gap_hours == 1.0
    assert {"union", "alder"} <= {term.lower() for term in reason.shared_terms}
    assert set(reason.shared_entities) >= {"Port Alder", "Mara Voss"}
    assert "1450" in reason.shared_numbers
    assert reason.shared_dates == ("Monday", "Sunday")
    assert len(reason.shared_terms) <= 8
    assert reason.margin == pytest.approx(joined.event_confidence, abs=1e-3)
    assert {"words", "time_gap"} <= {part.feature for part in reason.contributions}


def test_another_happening_founds_its_own_event():
    desk = Desk()

    event_ids = desk.event_ids([the_strike(), the_fire()])

    assert len(set(event_ids.values())) == 2


def test_the_same_words_a_fortnight_later_are_another_happening():
    desk = Desk()
    first = desk.take(the_strike())

    later = MORNING + timedelta(days=14)
    again = desk.take(the_strike("strike-9", published=later, received=later))

    assert again.event_id != first.event_id


def test_a_late_report_counts_by_its_distance_whichever_side():
    early, late = Desk(), Desk()
    late.take(the_strike())
    early.take(the_strike(published=MORNING + 5 * HOUR))

    after = late.take(the_strike_elsewhere(published=MORNING + 5 * HOUR))
    before = early.take(the_strike_elsewhere(published=MORNING))

    assert before.event_confidence == after.event_confidence


def test_an_event_without_any_time_says_so_in_its_id():
    founder = Desk().take(the_strike(published=None, received=None))

    assert (founder.event_id or "").startswith("evt-00000000-")


def test_copies_of_the_founder_would_found_the_same_event():
    first = Desk().take(the_strike("at-one", copy_family="f1"))
    other = Desk().take(the_strike("at-two", copy_family="f1"))

    assert first.event_id == other.event_id


# what is remembered and when


@pytest.mark.parametrize(
    ("fields", "told_at"),
    [
        ({}, MORNING),
        ({"published": None, "first_received": MORNING + HOUR}, MORNING + HOUR),
        ({"published": None}, None),
        ({"published": MORNING + timedelta(hours=25), "first_received": MORNING}, MORNING),
        ({"published": MORNING - timedelta(days=400)}, MORNING - timedelta(days=400)),
        ({"published": MORNING + HOUR, "published_source": PublishedSource.GUESS}, MORNING + HOUR),
        (
            {
                "published": MORNING - timedelta(days=3),
                "published_source": PublishedSource.GUESS,
                "first_received": MORNING,
            },
            MORNING,
        ),
        ({"published": MORNING, "published_source": PublishedSource.GUESS, "received": None}, None),
        ({"published": MORNING, "received": None}, MORNING),
    ],
)
def test_the_time_of_an_article_is_its_publication_if_that_is_credible_else_its_arrival(fields, told_at):
    assert event_time(an_article(**fields)) == told_at


def test_a_known_row_goes_on_with_its_stored_decision_and_changes_nothing():
    desk = Desk()
    desk.take(the_strike())
    row = replace(the_strike_elsewhere(), origin=replace(the_strike().origin, offset=77))
    joined = desk.again(row)

    step = assign_event_id(desk.memory, row)

    assert step.changes == ()
    assert step.articles == (joined,)


def test_a_new_version_keeps_its_event_whatever_it_says_now():
    desk = Desk()
    first = desk.take(the_strike())
    desk.take(the_fire())

    changed = desk.take(replace(the_fire(), article_id="strike-1"))

    assert changed.event_id == first.event_id
    assert changed.event_is_new


def test_the_newer_text_takes_the_place_of_the_older():
    desk = Desk()
    first = desk.take(the_strike())
    desk.take(replace(the_fire(), article_id="strike-1"))

    assert desk.take(the_fire("fire-2")).event_id == first.event_id
    assert desk.take(the_strike_elsewhere()).event_id != first.event_id


def test_a_superseded_text_leaves_the_newer_one_where_it_is():
    desk = Desk()
    first = desk.take(the_strike())

    older = desk.take(replace(the_fire(), article_id="strike-1"), superseded=True)

    assert older.event_id == first.event_id
    assert older.event_terms is None
    assert desk.take(the_fire("fire-2")).event_id != first.event_id


def test_a_superseded_row_of_an_article_without_event_is_assigned_like_a_first_one():
    desk = Desk()
    desk.take(a_hold(the_strike("strike-9")))

    late = desk.take(the_strike("strike-9"), superseded=True)
    joined = desk.take(the_strike_elsewhere())

    assert late.event_id is not None
    assert joined.event_id == late.event_id
    assert joined.event_reason is not None
    assert joined.event_reason.nearest_article is None


@pytest.mark.parametrize("row", [a_kill, a_hold, without_text])
def test_a_row_without_text_carries_the_event_of_its_article_and_no_words(row):
    desk = Desk()
    desk.take(the_strike())
    joined = desk.take(the_strike_elsewhere())

    out = desk.take(row(the_strike_elsewhere()))

    assert out.event_id == joined.event_id
    assert out.event_reason is None
    assert out.event_terms is None


@pytest.mark.parametrize("row", [a_kill, a_hold])
def test_a_row_without_text_of_an_unknown_article_has_no_event(row):
    assert Desk().take(row(the_strike())).event_id is None


@pytest.mark.parametrize(
    "fields",
    [
        {"item_kind": ItemKind.ADVISORY},
        {"item_kind": ItemKind.DAYBOOK},
        {"item_kind": ItemKind.PICTURE, "body_text": None},
        {"headline": None, "body_text": None},
    ],
)
def test_what_is_no_report_has_no_event(fields):
    desk = Desk()

    out = desk.take(an_article(**fields))

    assert out.event_id is None
    assert len(desk.memory) == 0


# who may be named


def test_a_kill_takes_the_article_out_of_its_event():
    desk = Desk()
    first = desk.take(the_strike())
    desk.take(a_kill(the_strike()))

    assert desk.take(the_strike_elsewhere()).event_id != first.event_id


def test_a_kill_leaves_the_other_reports_in_the_event():
    desk = Desk()
    first = desk.take(the_strike())
    desk.take(the_strike_elsewhere())
    desk.take(a_kill(the_strike()))

    third = desk.take(the_strike("strike-3"))

    assert third.event_id == first.event_id
    assert third.event_reason is not None
    assert third.event_reason.nearest_article == "strike-2"


def test_an_older_text_after_the_kill_enters_no_event():
    desk = Desk()
    desk.take(a_kill(the_strike()))

    late = desk.take(the_strike(), superseded=True)

    assert late.event_id is None
    assert len(desk.memory) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"pub_status": PubStatus.WITHHELD},
        {"visible_from": MORNING + HOUR},
        {"visible_until": MORNING - HOUR},
        {"restricted": True},
    ],
)
def test_a_report_that_readers_may_not_see_is_joined_and_not_named(fields):
    desk = Desk()
    hidden = desk.take(the_strike(**fields))

    joined = desk.take(the_strike_elsewhere())

    reason = joined.event_reason
    assert joined.event_id == hidden.event_id
    assert reason is not None
    assert reason.nearest_article is None
    assert (reason.shared_terms, reason.shared_entities, reason.shared_numbers, reason.shared_dates) == (
        (),
        (),
        (),
        (),
    )


def test_the_nearest_that_readers_may_see_is_named_instead():
    desk = Desk()
    desk.take(the_strike(visible_from=MORNING + HOUR))
    desk.take(the_strike_elsewhere())

    joined = desk.take(the_strike("strike-3"))

    assert joined.event_reason is not None
    assert joined.event_reason.nearest_article == "strike-2"


def test_an_embargo_that_has_passed_hides_nothing():
    desk = Desk()
    desk.take(the_strike(visible_from=MORNING + HOUR))

    later = MORNING + 2 * HOUR
    joined = desk.take(the_strike_elsewhere(received=later, published=MORNING))

    assert joined.event_reason is not None
    assert joined.event_reason.nearest_article == "strike-1"


def test_a_hold_keeps_its_place_and_its_name_until_released():
    desk = Desk()
    first = desk.take(the_strike())
    desk.take(a_hold(the_strike()))
    held = desk.take(the_strike_elsewhere())
    desk.take(without_text(the_strike(), change_type=ChangeType.RELEASE))

    released = desk.take(the_strike("strike-3"))

    assert held.event_id == released.event_id == first.event_id
    assert held.event_reason is not None
    assert held.event_reason.nearest_article is None
    assert released.event_reason is not None
    assert released.event_reason.nearest_article == "strike-1"


def test_without_arrival_only_what_has_no_embargo_at_all_is_named():
    desk = Desk()
    desk.take(the_strike(visible_from=MORNING - timedelta(days=9)))

    joined = desk.take(the_strike_elsewhere(received=None, first_received=MORNING))

    assert joined.event_reason is not None
    assert joined.event_reason.nearest_article is None


# copies


def test_a_copy_takes_the_event_of_its_original():
    desk = Desk()
    first = desk.take(the_strike())
    other = the_fire("copy", dup_of="strike-1", dup_kind=DupKind.COPY, dup_similarity=0.97)

    copy = desk.take(other)

    assert copy.event_id == first.event_id
    assert copy.event_confidence == 1.0
    assert not copy.event_is_new
    assert copy.event_reason is not None
    assert copy.event_reason.nearest_article == "strike-1"


def test_an_excerpt_is_judged_by_what_it_says():
    desk = Desk()
    first = desk.take(the_strike())

    excerpt = desk.take(the_fire(dup_of="strike-1", dup_kind=DupKind.EXCERPT))

    assert excerpt.event_id != first.event_id


def test_a_copy_whose_original_is_hidden_finds_the_event_by_its_family_and_names_nobody():
    desk = Desk()
    first = desk.take(the_strike(copy_family="f1", pub_status=PubStatus.WITHHELD))

    copy = desk.take(the_fire("copy", copy_family="f1"))

    assert copy.event_id == first.event_id
    assert copy.event_reason is not None
    assert copy.event_reason.nearest_article is None


def test_a_copy_keeps_the_event_of_an_original_that_was_killed():
    desk = Desk()
    first = desk.take(the_strike())
    desk.take(a_kill(the_strike()))

    copy = desk.take(the_strike("copy", dup_of="strike-1", dup_kind=DupKind.COPY))
    report = desk.take(the_strike_elsewhere())

    assert copy.event_id == first.event_id
    assert copy.event_reason is not None
    assert copy.event_reason.nearest_article is None
    assert report.event_id == first.event_id


# orders and languages


def test_two_languages_give_two_ids():
    english = assign_event_id(EventMemory("en"), the_strike()).articles[0]
    german = assign_event_id(EventMemory("de"), the_strike()).articles[0]

    assert english.event_id != german.event_id


def test_ties_go_to_the_older_event():
    desk = Desk()
    older = desk.take(the_strike("a", published=None, first_received=None, received=None))
    desk.take(replace(the_fire(), article_id="b"))

    joined = desk.take(the_strike("c"))

    assert joined.event_id == older.event_id


@pytest.mark.parametrize(
    ("language", "one", "other", "third"),
    [
        (
            "zh",
            "青岚大桥今日凌晨发生部分坍塌，三辆货车坠入江中，消防部门救起五人。市长林海洋说大桥将封闭检修。",
            "青岚大桥凌晨部分坍塌，三辆货车坠江，消防救起五人，市长林海洋宣布大桥封闭检修。",
            "青岚市本周末举办风筝节，来自各地的选手将在海滨公园比赛，预计吸引两万名观众。",
        ),
        (
            "ru",
            "Паром «Заря» столкнулся с баржей у пристани Северной гавани, пострадали 14 пассажиров, сообщила береговая охрана.",
            "14 пассажиров пострадали при столкновении парома «Заря» с баржей у Северной гавани, заявили в береговой охране.",
            "Городской совет Озёрска утвердил бюджет на ремонт школ и детских садов на следующий год.",
        ),
        (
            "th",
            "เกิดเหตุไฟไหม้ตลาดน้ำบางสวนเช้าวันนี้ ร้านค้าเสียหาย 42 ร้าน ไม่มีผู้เสียชีวิต นักดับเพลิงควบคุมเพลิงได้",
            "ไฟไหม้ตลาดน้ำบางสวน ร้านค้าเสียหาย 42 ร้าน นักดับเพลิงควบคุมเพลิงได้แล้ว ไม่มีผู้เสียชีวิต",
            "ทีมฟุตบอลโรงเรียนวัดทุ่งชนะเลิศการแข่งขันระดับจังหวัดเมื่อคืนนี้",
        ),
    ],
)
def test_every_script_is_read_by_the_same_code(language, one, other, third):
    desk = Desk(language)

    event_ids = [
        desk.take(an_article(f"a{number}", headline=None, body_text=text)).event_id
        for number, text in enumerate((one, other, third))
    ]

    assert event_ids[0] == event_ids[1]
    assert event_ids[2] != event_ids[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "a" * 200_000,
        "A. " * 50_000,
        "9," * 50_000,
        "'" * 50_000,
        "\ud800 lone",
        "ก" * 50_000,
        "[{(" * 50_000,
    ],
)
def test_any_text_is_assigned_in_bounded_time(text):
    out = Desk().take(an_article(headline="x", body_text=text))

    assert out.event_id is not None
    assert len(out.event_terms or b"") <= 600


def test_a_rebuilt_memory_decides_the_same():
    desk = Desk()
    for number in range(6):
        desk.take(the_strike(f"s{number}", received=MORNING + number * HOUR))
        desk.take(the_fire(f"f{number}", received=MORNING + number * HOUR))
    desk.take(a_kill(the_strike("s1")))
    rebuilt = Desk()
    for blob in desk.journal:
        rebuilt.memory.apply(_change(blob))

    late = the_strike_elsewhere(received=datetime(2026, 3, 3, tzinfo=UTC))

    assert assign_event_id(rebuilt.memory, late) == assign_event_id(desk.memory, late)
    assert all(a != b for a, b in pairwise(desk.journal))


def _change(blob):
    from pipelines.core.events.change_codec import unpack_change

    return unpack_change(blob)
