"""What topics are told of a row that one of them did not take: what it is now, and never what readers no longer see."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.article_topics import ArticleTopics, article_records
from pipelines.core.readers import reader_row
from pipelines.core.redelivery import present_of, records_now
from schemas.article_parts import ChangeType
from tests.builders import MORNING, an_origin
from tests.builders_history import NOON, a_life, a_version

TOPICS = ArticleTopics(readers="readers", editors="editors")
HOUR = timedelta(hours=1)


def nobody_hidden(_article_id: str) -> bool:
    return True


def told_to_readers(rows, as_of=NOON):
    """Headlines on the readers' topic."""
    records = records_now(TOPICS, present_of(rows), rows, as_of, nobody_hidden)
    return [orjson.loads(one.value).get("headline") for one in records if one.topic == TOPICS.readers]


def test_a_row_of_which_nothing_has_changed_is_the_record_that_it_was():
    row = a_version(1, ChangeType.NEW)

    assert records_now(TOPICS, row, [row], NOON, nobody_hidden) == article_records(TOPICS, row)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"visible_until": NOON + HOUR}, ["MARK1 Dock strike"]),
        ({"visible_until": NOON}, [None]),
        ({"visible_from": NOON}, ["MARK1 Dock strike"]),
        ({"visible_from": NOON + HOUR}, []),
        ({"restricted": True}, []),
    ],
)
def test_readers_are_told_what_they_may_see_now(limits, told):
    assert told_to_readers([a_version(1, ChangeType.NEW, **limits)]) == told


def test_of_rows_of_one_standing_the_later_is_the_present():
    early = a_version(1, ChangeType.NEW)
    late = replace(early, received=early.received + HOUR, origin=an_origin(9))

    assert present_of([late, early]) == present_of([early, late]) == late


def test_sightings_and_what_was_superseded_are_no_present():
    rows = [a_version(1, ChangeType.REPEAT), a_version(2, ChangeType.NEW, superseded=True)]

    assert present_of(rows) is None


@given(
    versions=st.sets(st.sampled_from(sorted(a_life())), min_size=1),
    start=st.none() | st.integers(-9, 9),
    end=st.none() | st.integers(-9, 9),
)
def test_readers_are_never_told_a_text_that_they_do_not_see(versions, start, end):
    times = {
        name: MORNING + hours * HOUR
        for name, hours in (("visible_from", start), ("visible_until", end))
        if hours is not None
    }
    rows = [replace(a_life()[name], **times) for name in versions]
    shown = reader_row(rows, NOON)

    assert set(told_to_readers(rows)) <= {None if shown is None else shown.headline}
