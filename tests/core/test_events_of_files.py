"""One happening, one event ID: five reports as bare files, in every order, with others of the same week among them."""

from itertools import permutations

import pytest

from tests.builders_events import HAPPENINGS, Desk, Happening, a_happening


def shuffled_in(order: tuple, others: tuple, turn: int) -> list:
    """The reports in an order, each of the others at a place that differs from order to order."""
    mixed = list(order)
    for number, other in enumerate(others):
        mixed.insert((turn + number * 3) % (len(mixed) + 1), other)
    return mixed


def wrong_orders(told: Happening, others: tuple) -> list:
    wrong = []
    for turn, order in enumerate(permutations(told.reports)):
        event_ids = Desk(told.language).event_ids(shuffled_in(order, others, turn))
        event = {event_ids[report.article_id] for report in told.reports}
        strangers = [other.article_id for other in others if event_ids[other.article_id] in event]
        if len(event) != 1 or strangers:
            wrong.append(([report.article_id for report in order], len(event), strangers))
    return wrong


@pytest.mark.parametrize("file", HAPPENINGS)
def test_five_reports_have_one_event_in_every_order_and_other_acts_of_the_same_people_stay_out(file):
    told = a_happening(file)

    wrong = wrong_orders(told, told.neighbours)

    assert len(told.reports) == 5
    assert wrong == []


@pytest.mark.parametrize("file", HAPPENINGS)
def test_what_follows_the_next_day_is_another_event(file):
    told = a_happening(file)
    desk = Desk(told.language)

    reports = set(desk.event_ids(told.reports).values())
    next_day = set(desk.event_ids(told.next_day).values())

    assert len(reports) == 1
    assert reports.isdisjoint(next_day)


@pytest.mark.parametrize("file", HAPPENINGS)
def test_the_joins_of_files_say_that_deeds_decided(file):
    told = a_happening(file)
    desk = Desk(told.language)
    desk.take(told.reports[0])

    joined = desk.take(told.reports[1])

    assert joined.event_reason is not None
    assert {"likeness", "deeds"} <= {part.feature for part in joined.event_reason.contributions}
    assert joined.event_reason.nearest_article == told.reports[0].article_id


def test_different_happenings_do_not_meet():
    english = [a_happening(file) for file in HAPPENINGS if file.endswith(".en.txt")]
    desk = Desk("en")

    events = [set(desk.event_ids(told.reports).values()) for told in english]

    assert all(len(event) == 1 for event in events)
    assert len(set.union(*events)) == len(english)
