"""FollowStory's memory: small, and the same again from its journal, its snapshot and its own rows of history."""

import tracemalloc
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.identity import digest, row_key
from pipelines.core.step import SNAPSHOT_BLOCK_BYTES
from pipelines.core.story.change import pack_change, unpack_change
from pipelines.core.story.following import follow_story
from pipelines.core.story.memory import HORIZON, RECALLED, StoryMemory
from pipelines.core.story.record import decision_of
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus
from schemas.codec import UnknownCodecVersion, to_table
from tests.builders import MORNING, an_article, an_origin
from tests.builders_story import (
    AGENCY,
    KILL,
    NEW,
    STORY,
    UPDATE,
    a_message,
    a_month,
    a_notice,
    a_stream,
    acts,
    followed,
    rows_of,
)

# A stream is followed three times over in each example.
thorough = settings(max_examples=80, deadline=None)


def journalled(steps):
    memory = StoryMemory()
    for record in [pack_change(change) for step in steps for change in step.changes]:
        memory.apply(unpack_change(record))
    return memory


def restored(memory):
    other = StoryMemory()
    other.restore(list(memory.snapshot()))
    return other


def recalled(*parts):
    memory = StoryMemory()
    for rows in parts:
        memory.recall(to_table(Article, rows).select(RECALLED))
    return memory


def new_rows(steps):
    """Rows as history has them: what was known and went on again is one row."""
    return rows_of(step for step in steps if step.changes)


def same(memory, other):
    return list(memory.snapshot()) == list(other.snapshot()) and memory.clock == other.clock


def cut_in_two(data, arrivals):
    at = data.draw(st.integers(0, len(arrivals)))
    return arrivals[:at], arrivals[at:]


@thorough
@given(st.data(), acts())
def test_a_memory_from_its_journal_decides_the_rest_alike(data, drawn):
    before, rest = cut_in_two(data, a_stream(drawn))
    memory = StoryMemory()
    rebuilt = journalled(followed(memory, before))

    assert same(rebuilt, memory)
    assert followed(rebuilt, rest) == followed(memory, rest)


@thorough
@given(st.data(), acts())
def test_a_memory_from_its_snapshot_decides_the_rest_alike(data, drawn):
    before, rest = cut_in_two(data, a_stream(drawn))
    memory = StoryMemory()
    followed(memory, before)
    rebuilt = restored(memory)

    assert same(rebuilt, memory)
    assert followed(rebuilt, rest) == followed(memory, rest)
    assert same(rebuilt, memory)


@thorough
@given(st.data(), acts())
def test_a_memory_from_its_rows_of_history_decides_the_rest_alike(data, drawn):
    before, rest = cut_in_two(data, a_stream(drawn))
    memory = StoryMemory()
    rows = new_rows(followed(memory, before))
    rebuilt = recalled(*cut_in_two(data, rows))

    assert same(rebuilt, memory)
    assert followed(rebuilt, rest) == followed(memory, rest)


def within_horizon(rows, clock):
    """Rows of days that the horizon reaches, and rows without a time; what came late is in the days before."""
    oldest = clock - HORIZON - timedelta(days=4)
    return [row for row in rows if row.received is None or row.received >= oldest]


@thorough
@given(st.data(), acts())
def test_of_days_beyond_the_horizon_kills_and_notices_are_enough(data, drawn):
    before, rest = cut_in_two(data, a_stream(drawn))
    memory = StoryMemory()
    rows = new_rows(followed(memory, before))
    inside = rows if memory.clock is None else within_horizon(rows, memory.clock)
    beyond = [
        row
        for row in rows
        if row not in inside and (row.pub_status is PubStatus.CANCELED or row.kill_target is not None)
    ]
    rebuilt = recalled(beyond, inside)

    assert same(rebuilt, memory)
    assert followed(rebuilt, rest) == followed(memory, rest)


@thorough
@given(acts())
def test_a_known_row_goes_on_with_the_record_that_it_had(drawn):
    memory = StoryMemory()
    arrivals = a_stream(drawn)[-20:]
    first = followed(memory, arrivals)
    latest = dict(zip(map(row_key, arrivals), first, strict=True))
    again = followed(memory, arrivals)

    assert all(step.changes == () for step in again)
    for article, step in zip(arrivals, again, strict=True):
        assert replace(step.articles[0], overtaken=False) == latest[row_key(article)].articles[0]


def test_every_row_carries_its_record():
    rows = rows_of(followed(StoryMemory(), (NEW, UPDATE, a_notice("guid:urn:story"))))

    assert [decision_of(row.story_state).story_seq for row in rows] == [0, 1, 2, 3]


def test_a_row_is_stamped_the_same_whatever_came_since():
    memory = StoryMemory()
    (first,) = rows_of(followed(memory, [NEW]))
    followed(memory, (UPDATE, KILL))

    assert follow_story(memory, NEW).articles == (replace(first, overtaken=True),)


def many(count, day=0, **fields):
    """So many articles of as many pages."""
    received = MORNING + timedelta(days=day)
    return [
        an_article(
            digest("web", f"{day}/{n}"),
            offset=n,
            origin=an_origin(day * 1_000_000 + n),
            payload_sha256=digest(f"{day}", f"{n}") * 2,
            content_hash=digest("text", f"{day}/{n}") * 2,
            url_key=f"news.example/{day}/{n}",
            canonical_key=f"news.example/{day}/{n}.html",
            **({"received": received} | fields),
        )
        for n in range(count)
    ]


def test_an_article_of_one_version_takes_at_most_450_bytes():
    changes = [
        change
        for step in map(follow_story, [StoryMemory()] * 20_000, many(20_000))
        for change in step.changes
    ]
    records = map(bytes, map(bytearray, map(pack_change, changes)))
    tracemalloc.start()
    memory = StoryMemory()
    for record in records:
        memory.apply(unpack_change(record))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert memory.live_rows == 20_000
    assert memory.nbytes <= 450 * 20_000
    assert taken <= 450 * 20_000
    assert memory.nbytes <= taken <= 1.2 * memory.nbytes


def test_a_record_of_an_ordinary_page_takes_at_most_300_bytes():
    (change,) = follow_story(StoryMemory(), many(1)[0]).changes

    assert len(pack_change(change)) <= 300


def test_what_is_forgotten_takes_no_place():
    memory, sizes = StoryMemory(), []
    for day in range(80):
        followed(memory, many(100, day))
        sizes.append(memory.nbytes)

    assert memory.live_rows == 100 * (HORIZON.days + 1)
    assert max(sizes[40:]) <= 1.05 * min(sizes[40:])
    assert sum(map(len, memory.snapshot())) < memory.nbytes


def test_a_large_snapshot_is_many_blocks():
    memory = StoryMemory()
    followed(memory, many(25_000))
    blocks = list(memory.snapshot())
    rebuilt = StoryMemory()
    rebuilt.restore(iter(blocks))

    assert len(blocks) == 2
    assert max(map(len, blocks)) <= SNAPSHOT_BLOCK_BYTES
    assert same(rebuilt, memory)


def test_an_empty_memory_comes_back_empty():
    memory = StoryMemory()

    assert same(restored(memory), memory)
    assert same(recalled([]), memory)


def test_rows_without_a_record_are_passed_over():
    rows = rows_of(followed(StoryMemory(), (NEW, UPDATE)))
    memory = recalled([replace(rows[0], story_state=None), rows[1]])

    assert (memory.live_rows, memory.next_seq) == (1, 2)


def test_what_a_later_release_has_written_is_refused():
    memory = StoryMemory()
    (step,) = followed(memory, [NEW])
    record = b"\x02" + pack_change(step.changes[0])[1:]
    row = replace(step.articles[0], story_state=record)

    with pytest.raises(UnknownCodecVersion):
        unpack_change(record)
    with pytest.raises(UnknownCodecVersion):
        recalled([step.articles[0], row])
    with pytest.raises(UnknownCodecVersion):
        StoryMemory().restore([b"\x02" + block[1:] for block in memory.snapshot()])


def test_a_notice_strikes_all_that_bear_its_slug_however_many():
    bearers = [
        replace(NEW, article_id=digest("wire", AGENCY, f"{n}"), slugline="Strike", origin=an_origin(n))
        for n in range(700)
    ]
    memory = StoryMemory()
    rows = new_rows(followed(memory, bearers))
    for each in (memory, recalled(rows[:300], rows[300:]), restored(memory)):
        step = follow_story(each, a_notice("slug:strike"))

        assert [row.article_id for row in step.articles[1:]] == [one.article_id for one in bearers]


@pytest.mark.parametrize("beyond", [False, True])
def test_a_killed_story_stays_killed_under_ids_made_to_hide_it(beyond):
    """Ids that agree in the bits by which they are looked up, so many that the killed one is out of sight."""
    ids = [f"aabbccdd{n:024x}" for n in range(500)]
    killed, *others = (replace(NEW, article_id=one, origin=an_origin(n)) for n, one in enumerate(ids))
    memory = StoryMemory()
    followed(memory, [killed, replace(KILL, article_id=ids[0]), *others])
    if beyond:
        followed(memory, a_month(MORNING, 5_000))
    (row,) = follow_story(memory, replace(UPDATE, article_id=ids[0], origin=an_origin(9_000))).articles

    assert (row.pub_status, row.superseded) == (PubStatus.CANCELED, True)


def test_an_order_stands_beyond_the_horizon_and_counts_on():
    notice, first = a_notice("number:157"), a_message(1, ChangeType.NEW, message_number="157")
    memory = StoryMemory()
    rows = new_rows(followed(memory, [notice, first, *a_month(MORNING, 5_000)]))
    kept = [row for row in rows if row.pub_status is PubStatus.CANCELED or row.kill_target is not None]
    late = replace(first, article_id=digest("late"), origin=an_origin(9_000))
    for each in (memory, restored(memory), recalled(kept, rows[3:])):
        assert each.live_orders == 1
        assert [(row.article_id, row.part) for row in follow_story(each, late).articles] == [
            (digest("late"), 0),
            (digest("late"), 2),
        ]


def test_rows_from_before_there_was_a_time_are_of_the_first_day():
    memory = StoryMemory()
    followed(memory, [replace(NEW, received=None), an_article("dated", offset=77)])

    assert memory.story(STORY) is not None
    assert memory.live_rows == 2


def test_a_name_that_a_notice_repeats_is_looked_up_once():
    bearers = [
        replace(NEW, article_id=digest("wire", AGENCY, f"{n}"), slugline="Strike", origin=an_origin(n))
        for n in range(300)
    ]
    memory = StoryMemory()
    followed(memory, bearers)
    asked = []

    class Watched(StoryMemory):
        def bearers(self, name):
            asked.append(name)
            return super().bearers(name)

    watched = Watched()
    watched.restore(memory.snapshot())
    step = follow_story(watched, a_notice("\n".join(("slug:Strike", "slug:STRIKE", "number:1") * 2_000)))

    assert len(asked) == 2
    assert len(step.articles) == 301
    assert "kill_target_unknown" in step.articles[0].quality_flags
