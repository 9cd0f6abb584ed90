"""FollowStory: in whatever order messages arrive, a story ends in one state."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.identity import digest
from pipelines.core.readers import reader_row
from pipelines.core.story.change import pack_change, unpack_change
from pipelines.core.story.following import follow_story
from pipelines.core.story.memory import HORIZON, StoryMemory
from schemas.article_parts import ChangeType, ItemKind, PubStatus
from tests.builders import MORNING, an_article, an_origin
from tests.builders_story import (
    AGENCY,
    CORRECTION,
    HOLD,
    KILL,
    NEW,
    RELEASE,
    STORY,
    UPDATE,
    a_message,
    a_notice,
    without_text,
)

LATER = MORNING + timedelta(days=3)
LIFE = (NEW, UPDATE, CORRECTION, HOLD, RELEASE, KILL)


def follow(*articles, memory=None):
    memory = StoryMemory() if memory is None else memory
    rows = []
    for article in articles:
        outcome = follow_story(memory, article)
        for change in outcome.changes:
            memory.apply(change)
        rows.extend(outcome.articles)
    return rows


def again(article, offset):
    """The same message from another origin: a retransmission."""
    return replace(article, origin=an_origin(offset))


def end_state(rows):
    row = reader_row([row for row in rows if row.article_id == STORY], LATER)
    return None if row is None else (row.headline, row.body_text, row.pub_status, row.version)


def test_a_first_version_is_new_and_was_not_public():
    (row,) = follow(NEW)

    assert (row.change_type, row.superseded, row.was_public) == (ChangeType.NEW, False, False)
    assert (row.first_received, row.language_key, row.story_seq) == (NEW.received, "en", 0)


def test_an_update_knows_that_readers_had_the_article():
    _, row = follow(NEW, UPDATE)

    assert row.was_public
    assert row.first_received == NEW.received


def test_a_late_older_version_is_a_row_of_history_only():
    _, late = follow(UPDATE, NEW)

    assert late.superseded
    assert late.body_text == NEW.body_text


def test_a_version_that_arrives_after_the_kill_is_canceled_and_flagged():
    _, late = follow(KILL, NEW)

    assert late.superseded
    assert late.pub_status is PubStatus.CANCELED
    assert "usable_after_kill" in late.quality_flags


def test_a_version_that_arrives_after_a_later_hold_is_withheld():
    _, late = follow(HOLD, NEW)

    assert (late.superseded, late.pub_status) == (True, PubStatus.WITHHELD)
    assert late.language_key == "en"


def test_the_language_key_is_that_of_the_first_version_with_a_text():
    rows = follow(HOLD, NEW, replace(UPDATE, language="de"))

    assert [row.language_key for row in rows] == [None, "en", "en"]


def test_between_equal_order_keys_the_greater_content_hash_stands_in_either_order():
    low = replace(UPDATE, content_hash="1" * 64, origin=an_origin(10), body_text="low")
    high = replace(UPDATE, content_hash="f" * 64, origin=an_origin(11), body_text="high")

    assert [row.superseded for row in follow(low, high)] == [False, False]
    assert [row.superseded for row in follow(high, low)] == [False, True]


def test_the_same_version_from_another_origin_is_a_repeat_without_text():
    _, _, row = follow(NEW, UPDATE, again(NEW, 50))

    assert (row.change_type, row.superseded) == (ChangeType.REPEAT, True)
    assert (row.headline, row.body_text) == (None, None)


def test_a_known_row_goes_on_with_its_stored_decisions_and_changes_nothing():
    memory = StoryMemory()
    first = follow(NEW, UPDATE, KILL, memory=memory)
    outcome = [follow_story(memory, article) for article in (NEW, UPDATE, KILL)]
    again = [row for one in outcome for row in one.articles]

    assert [replace(row, overtaken=False) for row in again] == first
    assert all(one.changes == () for one in outcome)


def test_a_known_row_is_told_whether_its_story_has_gone_on_without_it():
    memory = StoryMemory()
    follow(NEW, UPDATE, memory=memory)
    before = [row.overtaken for row in follow(NEW, UPDATE, memory=memory)]
    follow(KILL, memory=memory)

    assert before == [True, False]
    assert [row.overtaken for row in follow(NEW, UPDATE, KILL, memory=memory)] == [True, True, False]


def test_other_bytes_from_a_known_origin_are_another_record():
    memory = StoryMemory()
    follow(NEW, memory=memory)
    outcome = follow_story(memory, replace(UPDATE, origin=NEW.origin, payload_sha256="0" * 64))

    assert outcome.changes
    assert outcome.articles[0].change_type is ChangeType.UPDATE


def test_an_embargoed_article_was_not_public_until_its_time_has_come():
    lifts = MORNING + timedelta(hours=2)
    embargoed = replace(NEW, embargoed_until=lifts, visible_from=lifts)
    early, late = UPDATE, a_message(3, ChangeType.UPDATE, received=lifts + timedelta(minutes=1))

    assert [row.was_public for row in follow(embargoed, early)] == [False, False]
    assert [row.was_public for row in follow(embargoed, late)] == [False, True]


def test_every_order_of_arrival_ends_in_one_state():
    for life in ((NEW, UPDATE, CORRECTION, HOLD), (NEW, UPDATE, HOLD, RELEASE), LIFE[:5]):
        states = {end_state(follow(*order)) for order in permutations(life)}

        assert len(states) == 1, life


def test_a_kill_wins_in_every_order_even_with_a_lower_version():
    assert {end_state(follow(*order)) for order in permutations(LIFE)} == {None}


def test_a_release_without_text_shows_the_last_text_before_it():
    for order in permutations((NEW, UPDATE, HOLD, RELEASE)):
        assert end_state(follow(*order)) == (
            UPDATE.headline,
            UPDATE.body_text,
            PubStatus.USABLE,
            RELEASE.version,
        )


@given(st.data())
def test_order_and_repetition_change_nothing_in_the_end(data):
    messages = data.draw(st.lists(st.sampled_from(LIFE), min_size=1, unique_by=id))
    resent = [again(one, 100 + place) for place, one in enumerate(messages)]
    arrivals = data.draw(st.permutations(messages + resent + messages))

    assert end_state(follow(*arrivals)) == end_state(follow(*sorted(messages, key=lambda one: one.order_key)))


@given(st.permutations(LIFE))
def test_the_present_always_arrives_as_a_row_that_stands(arrivals):
    rows = follow(*arrivals)
    present = max(rows, key=lambda row: row.order_key)

    assert not present.superseded
    assert present.pub_status is PubStatus.CANCELED


def test_a_kill_by_item_id_makes_two_rows_in_either_order():
    notice = a_notice("guid:urn:story")

    for arrivals in ((NEW, notice), (notice, NEW)):
        rows = follow(*arrivals)
        target = [row for row in rows if row.part == 1]

        assert [(row.article_id, row.change_type, row.origin) for row in target] == [
            (STORY, ChangeType.KILL, notice.origin)
        ]
        assert end_state(rows) is None


@pytest.mark.parametrize("target", ["number:157", "slug:strike-springfield"])
def test_a_kill_by_number_or_slug_finds_its_target_in_either_order(target):
    named = replace(NEW, message_number="157", slugline="Strike-Springfield")
    notice = a_notice(target)

    for arrivals in ((named, notice), (notice, named)):
        rows = follow(*arrivals)

        assert len(rows) == 3
        assert end_state(rows) is None


def test_a_notice_kills_every_item_that_it_names_in_every_order():
    numbers = [replace(numbered(f"n{n}", n, 40 + n), message_number=str(n), slugline=None) for n in (1, 2)]
    notice = a_notice(f"guid:urn:story\nnumber:1\nnumber:2\nitem:{digest('wire', AGENCY, 'urn:long')}")

    for arrivals in permutations((NEW, *numbers, notice)):
        memory = StoryMemory()
        rows = follow(*arrivals, memory=memory)

        assert killed_by(arrivals) == {STORY, "n1", "n2", digest("wire", AGENCY, "urn:long")}
        assert sorted(row.part for row in rows if row.change_type is ChangeType.KILL) == [1, 2, 3, 4]
        again = follow(notice, memory=memory)
        assert {row.article_id for row in again if row.part} == killed_by(arrivals)


def test_a_notice_says_when_one_of_its_targets_is_unknown():
    notice = a_notice("guid:urn:story\nnumber:157")
    rows = follow(NEW, notice, replace(UPDATE, article_id="late", message_number="157"))

    assert "kill_target_unknown" in rows[1].quality_flags
    assert [row.article_id for row in rows if row.part] == [STORY, "late"]


def test_a_kill_with_an_unknown_target_is_raised_at_once_and_kept():
    notice = a_notice("number:157")
    memory = StoryMemory()
    (row,) = follow(notice, memory=memory)

    assert "kill_target_unknown" in row.quality_flags
    assert row.item_kind is ItemKind.ADVISORY
    assert memory.live_orders == 1


def test_a_notice_that_comes_again_gives_its_two_rows_again():
    notice = a_notice("guid:urn:story")
    memory = StoryMemory()
    first = follow(NEW, notice, memory=memory)

    assert follow(notice, memory=memory) == first[1:]


def test_a_number_means_a_message_of_its_own_day():
    old = replace(NEW, message_number="157")
    notice = a_notice("number:157", minutes=60 * 24 * 2)

    rows = follow(old, notice)

    assert [row.part for row in rows] == [0, 0]
    assert end_state(rows) is not None


def numbered(guid, minutes, offset):
    """A story that bears the number 157 and a slug, stated so many minutes after the morning began."""
    at = MORNING + timedelta(minutes=minutes)
    return replace(
        NEW,
        article_id=guid,
        message_number="157",
        slugline="Strike",
        version_created=at,
        received=at,
        order_key=int(at.timestamp() * 1000),
        origin=an_origin(offset),
        content_hash=digest("text", guid),
    )


def killed_by(arrivals):
    return {row.article_id for row in follow(*arrivals) if row.change_type is ChangeType.KILL}


@pytest.mark.parametrize("target", ["number:157", "slug:strike"])
def test_an_order_by_name_kills_the_same_articles_in_every_order(target):
    before, today = numbered("yesterday", -60 * 23, 1), numbered("today", 0, 2)
    after = numbered("tomorrow", 60 * 19, 3)
    notice = a_notice(target)

    assert {frozenset(killed_by(order)) for order in permutations((before, today, after, notice))} == {
        frozenset({"today"})
    }


def test_an_order_kills_all_that_bore_its_name_in_the_hours_before_it():
    first, second = numbered("lead", 0, 1), numbered("add", 5, 2)
    notice = a_notice("slug:strike")

    for arrivals in permutations((first, second, notice)):
        rows = follow(*arrivals)

        assert killed_by(arrivals) == {"lead", "add"}
        assert sorted(row.part for row in rows) == [0, 0, 0, 1, 2]


def test_a_later_update_does_not_take_an_article_out_of_an_orders_hours():
    first = numbered("today", 0, 1)
    update = replace(numbered("today", 60 * 20, 2), content_hash="u", change_type=ChangeType.UPDATE)
    notice = a_notice("number:157")

    assert {frozenset(killed_by(order)) for order in permutations((first, update, notice))} == {
        frozenset({"today"})
    }


def test_nobody_kills_the_story_of_another_source():
    theirs = a_notice("number:157", source="other.example")
    mine = replace(NEW, message_number="157")

    assert end_state(follow(mine, theirs)) is not None
    assert end_state(follow(theirs, mine)) is not None


def a_fetch(text_hash, hours, offset, **fields):
    at = MORNING + timedelta(hours=hours)
    base = {
        "received": at,
        "fetched_at": at,
        "order_key": int(at.timestamp() * 1000),
        "content_hash": text_hash,
        "url_key": "news.example/a",
    }
    return an_article("page", offset=offset, **(base | fields))


def test_an_unchanged_page_fetched_again_is_a_repeat_without_text():
    _, row = follow(a_fetch("h1", 0, 0), a_fetch("h1", 5, 1))

    assert (row.change_type, row.superseded, row.body_text) == (ChangeType.REPEAT, True, None)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_page_that_went_back_to_its_first_text_shows_it_in_every_order(order):
    fetches = (
        a_fetch("h1", 0, 0, body_text="one"),
        a_fetch("h2", 1, 1, body_text="two"),
        a_fetch("h1", 2, 2, body_text="one"),
    )
    rows = follow(*(fetches[place] for place in order))

    assert reader_row(rows, LATER).body_text == "one"


def test_a_page_that_lost_its_canonical_link_is_the_same_article():
    first = a_fetch("h1", 0, 0, canonical_key="news.example/canonical")
    second = replace(a_fetch("h2", 1, 1), article_id="page-by-url")

    assert [row.article_id for row in follow(first, second)] == ["page", "page"]


def test_two_canonical_links_at_one_url_are_two_articles():
    first = a_fetch("h1", 0, 0, canonical_key="news.example/one")
    second = replace(a_fetch("h2", 1, 1, canonical_key="news.example/two"), article_id="other")

    assert [row.article_id for row in follow(first, second)] == ["page", "other"]


def a_sighting(code, hours, offset):
    return a_fetch(None, hours, offset, signals=(f"http:{code}",), headline=None, body_text=None)


def test_one_410_removes_and_one_404_does_not():
    _, missing = follow(a_fetch("h1", 0, 0), a_sighting(404, 1, 1))
    _, gone = follow(a_fetch("h1", 0, 0), a_sighting(410, 1, 1))

    assert (missing.change_type, missing.superseded) == (ChangeType.REPEAT, True)
    assert (gone.change_type, gone.superseded, gone.pub_status) == (
        ChangeType.REMOVED,
        True,
        PubStatus.USABLE,
    )


def test_two_404s_a_day_apart_remove_unless_the_page_was_there_between():
    page, first, second = a_fetch("h1", 0, 0), a_sighting(404, 1, 1), a_sighting(404, 26, 3)

    assert follow(page, first, second)[-1].change_type is ChangeType.REMOVED
    assert follow(page, first, a_fetch("h1", 2, 2), second)[-1].change_type is ChangeType.REPEAT


@pytest.mark.parametrize(
    "order", [order for order in permutations(range(4)) if order.index(2) < order.index(3)]
)
def test_a_404_from_before_the_page_was_last_seen_there_does_not_count(order):
    life = (
        a_fetch("h1", 0, 0),
        a_sighting(404, 1, 1),
        a_fetch("h1", 20, 2),
        a_sighting(404, 26, 3),
    )

    assert ChangeType.REMOVED not in {row.change_type for row in follow(*(life[place] for place in order))}


def test_a_gone_page_keeps_its_text_and_status():
    rows = follow(a_fetch("h1", 0, 0, body_text="kept"), a_sighting(410, 1, 1))

    assert reader_row(rows, LATER).body_text == "kept"


def test_a_step_changes_nothing_by_itself():
    memory = StoryMemory()
    follow(NEW, memory=memory)
    before = list(memory.snapshot())
    follow_story(memory, UPDATE)
    follow_story(memory, KILL)

    assert list(memory.snapshot()) == before


@given(st.permutations((*LIFE, a_notice("guid:urn:story"))), st.integers(0, 7))
def test_a_memory_rebuilt_from_its_journal_decides_alike(arrivals, cut):
    memory, rebuilt = StoryMemory(), StoryMemory()
    for article in arrivals[:cut]:
        for change in follow_story(memory, article).changes:
            memory.apply(change)
            rebuilt.apply(unpack_change(pack_change(change)))

    assert follow(*arrivals[cut:], memory=memory) == follow(*arrivals[cut:], memory=rebuilt)


def test_stories_expire_after_the_horizon_and_tombstones_do_not():
    memory = StoryMemory()
    killed = [replace(one, article_id=digest("wire", AGENCY, "urn:killed")) for one in (NEW, KILL)]
    follow(
        NEW, replace(killed[0], origin=an_origin(70)), replace(killed[1], origin=an_origin(71)), memory=memory
    )
    for day in range(1, HORIZON.days + 3):
        other = a_message(1, ChangeType.NEW, offset=1000 + day, received=MORNING + timedelta(days=day))
        follow(replace(other, article_id=f"other-{day}"), memory=memory)

    assert memory.story(STORY) is None
    assert memory.story(killed[0].article_id).pub_status is PubStatus.CANCELED
    assert memory.live_rows < HORIZON.days + 5


def test_one_wrong_clock_does_not_empty_the_memory():
    memory = StoryMemory()
    follow(NEW, memory=memory)
    follow(replace(an_article("future", offset=5), received=MORNING + timedelta(days=400)), memory=memory)

    assert memory.story(STORY) is not None


def test_a_message_without_text_and_language_still_acts():
    kill = a_message(9, ChangeType.KILL, **without_text({"received": None}))

    assert end_state(follow(NEW, kill)) is None
