from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.events.summary import independent_reports, summarise_event
from schemas.article import Article
from schemas.article_parts import Zone
from tests.builders import MORNING, an_article

MEMBERS = [
    an_article("a", source="one.example", source_country="DE", language="de", copy_family="f1"),
    an_article("b", source="two.example", source_country="AT", published=MORNING + timedelta(hours=2)),
    an_article("c", source="two.example", published=MORNING - timedelta(hours=1), headline="First"),
    an_article("d", source="file", published=None, first_received=MORNING + timedelta(days=1)),
    an_article("e", copy_family="f1", published=None),
]


@given(members=st.permutations(MEMBERS))
def test_an_event_is_the_same_in_whatever_order_its_articles_come(members: list[Article]):
    event = summarise_event("evt-x", members)

    assert event == summarise_event("evt-x", MEMBERS)
    assert (event.title, event.representative) == ("First", "c")
    assert (event.first_seen, event.last_seen) == (MORNING - timedelta(hours=1), MORNING + timedelta(days=1))
    assert (event.articles, event.sources, event.independent_reports) == (5, 4, 4)
    assert (event.countries, event.languages) == (("AT", "DE"), ("de", "en"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"published": MORNING}, {"published": MORNING + timedelta(seconds=1)}),
        ({"published": MORNING}, {"published": None}),
        ({"published": MORNING}, {"published": MORNING}),
        ({"published": None}, {"published": None}),
        # A time whose zone is assumed may be off by half a day: its hour says nothing.
        ({"published": MORNING, "published_zone": Zone.ASSUMED}, {"published": MORNING - timedelta(hours=1)}),
        (
            {"published": MORNING, "published_zone": Zone.ASSUMED},
            {"published": MORNING - timedelta(hours=1), "published_zone": Zone.ASSUMED},
        ),
    ],
)
def test_the_earliest_published_stands_for_an_event(first: dict[str, Any], second: dict[str, Any]):
    members = [an_article("b", **second), an_article("a", **first)]

    assert summarise_event("evt-x", members).representative == "a"


@pytest.mark.parametrize(
    ("members", "reports"),
    [
        ([("f1", None), ("f1", None)], 1),
        ([("f1", None), ("f2", None)], 2),
        ([(None, None), (None, None)], 2),
        ([("f1", "agency"), ("f2", "agency")], 1),
        ([("f1", "agency"), ("f2", "other")], 2),
        ([("f1", "agency"), ("f1", "other"), ("f2", "other")], 1),
        ([("f1", None), ("f1", "agency"), ("f2", "agency"), (None, None)], 2),
        ([("agency", None), ("f2", "agency")], 2),
    ],
)
def test_copies_and_reports_of_one_agency_count_once(
    members: list[tuple[str | None, str | None]], reports: int
):
    articles = [
        an_article(f"a{number}", copy_family=family, origin_agency=agency)
        for number, (family, agency) in enumerate(members)
    ]

    assert independent_reports(articles) == reports


def test_an_undated_event_has_no_times():
    event = summarise_event("evt-x", [an_article("a", published=None)])

    assert (event.first_seen, event.last_seen) == (None, None)


def test_an_event_without_articles_does_not_exist():
    with pytest.raises(ValueError, match="evt-x"):
        summarise_event("evt-x", [])
