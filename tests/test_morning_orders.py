"""Five texts about one happening share one event, whatever the order they arrive in and wherever they lay."""

from collections.abc import Iterable
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest

from pipelines.core.clean import clean_text
from pipelines.core.compose import compose_article
from pipelines.core.credit.crediting import credit_agencies
from pipelines.core.decode.decoding import decode_record
from pipelines.core.language.tagging import tag_language
from pipelines.transforms.stages import ASSIGN_EVENT_IDS, FOLLOW_STORY, LINK_REPEATS
from schemas.article import Article
from schemas.record import Origin, Record

TEXTS = Path(__file__).resolve().parents[1] / "examples" / "morning" / "texts"
FERRY = ("1-gazette", "2-herald", "3-widget", "4-undated", "5-undated")
NEIGHBOUR = "6-neighbour"


@cache
def article_of(name: str, folder: str) -> Article:
    """A text as the stages without memory leave it."""
    origin = Origin(source=f"file:{folder}{name}.txt")
    record = Record(origin=origin, value=(TEXTS / f"ferry-{name}.txt").read_bytes())
    (article,) = compose_article(decode_record(record))
    return credit_agencies(tag_language(clean_text(article)))


def events_of(names: Iterable[str], folder: str = "texts/") -> dict[str, str | None]:
    """The event of each text, when they arrive in this order."""
    stages = [
        (stage, stage.new_memory("en" if stage is ASSIGN_EVENT_IDS else 0))
        for stage in (FOLLOW_STORY, LINK_REPEATS, ASSIGN_EVENT_IDS)
    ]
    found = {}
    for name in names:
        article = article_of(name, folder)
        for stage, memory in stages:
            outcome = stage.step(memory, article)
            for change in outcome.changes:
                memory.apply(change)
            (article,) = outcome.articles
        found[name] = article.event_id
    return found


@pytest.mark.parametrize("place", [0, 2, 5])
def test_five_texts_about_one_happening_share_one_event_in_each_of_their_orders(place):
    for order in permutations(FERRY):
        events = events_of([*order[:place], NEIGHBOUR, *order[place:]])

        assert len({events[name] for name in FERRY}) == 1, order
        assert events[NEIGHBOUR] not in {events[name] for name in FERRY}, order
        assert None not in events.values()


def test_the_folder_of_a_text_enters_no_event():
    assert events_of(FERRY, "here/") == events_of(FERRY, "and/far/away/")


@pytest.mark.parametrize("name", ["3-widget", "4-undated", "5-undated"])
def test_no_date_of_a_widget_or_a_caption_becomes_a_publication(name):
    assert article_of(name, "texts/").published is None
