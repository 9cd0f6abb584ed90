from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.readers import reader_row, without_hidden
from schemas.article import Article
from schemas.article_parts import (
    ChangeType,
    Contribution,
    DupKind,
    EventReason,
    ItemKind,
    PubStatus,
    RemovedLine,
)
from schemas.generate import field_types
from schemas.spec import Index
from tests.builders import MORNING, an_article
from tests.builders_history import CANCELED, NOON, STRIKE, WITHOUT_TEXT, a_copy, a_life, a_version

LIFE = a_life()


def _shown(rows: Sequence[Article], as_of: datetime = NOON) -> Article:
    row = reader_row(rows, as_of)
    assert row is not None
    return row


@given(
    rows=st.permutations([*LIFE.values(), *LIFE.values()]).flatmap(
        lambda rows: st.integers(1, len(rows)).map(lambda size: rows[:size])
    )
)
def test_the_order_of_rows_decides_nothing(rows: list[Article]):
    ordered = sorted(rows, key=lambda row: row.order_key)

    assert reader_row(rows, NOON) == reader_row(ordered, NOON)


@given(rows=st.permutations([*LIFE.values()]))
def test_a_kill_withdraws_every_version_of_the_story(rows: list[Article]):
    assert reader_row(rows, NOON) is None


def test_no_later_version_brings_a_killed_story_back():
    later = a_version(9, ChangeType.UPDATE, order_key=CANCELED | 99 << 42)

    assert reader_row([LIFE["kill"], later], NOON) is None


def test_the_greatest_order_is_the_present():
    assert _shown([LIFE["update"], LIFE["correction"], LIFE["new"]]).headline == "MARK3 Dock strike"


def test_between_equal_orders_the_greater_text_wins():
    low, high = (a_version(1, ChangeType.NEW, content_hash=name, headline=name) for name in ("aa", "bb"))

    assert _shown([high, low]).headline == _shown([low, high]).headline == "bb"


def test_between_equal_orders_a_hold_outranks_a_usable_text():
    hold = a_version(1, ChangeType.HOLD, pub_status=PubStatus.WITHHELD, content_hash=None)

    assert reader_row([hold, LIFE["new"]], NOON) is None


def test_a_version_that_lost_when_it_came_is_not_the_present():
    late = a_version(9, ChangeType.UPDATE, superseded=True)

    assert _shown([LIFE["new"], late]).headline == "MARK1 Dock strike"


@pytest.mark.parametrize("change", [ChangeType.REPEAT, ChangeType.REMOVED])
def test_a_sighting_hides_and_replaces_nothing(change: ChangeType):
    sighting = a_version(9, change, **WITHOUT_TEXT)

    assert _shown([LIFE["update"], sighting]).headline == "MARK2 Dock strike"


@pytest.mark.parametrize("change", [ChangeType.REPEAT, ChangeType.REMOVED])
def test_sightings_alone_are_no_article(change: ChangeType):
    assert reader_row([a_version(9, change)], NOON) is None


@pytest.mark.parametrize(
    ("fields", "is_shown"),
    [
        ({}, True),
        ({"visible_from": NOON}, True),
        ({"visible_from": NOON + timedelta(seconds=1)}, False),
        ({"visible_until": NOON}, False),
        ({"visible_until": NOON + timedelta(seconds=1)}, True),
        ({"expires": MORNING}, True),
        ({"restricted": True}, False),
        ({"pub_status": PubStatus.WITHHELD}, False),
        ({"item_kind": ItemKind.ADVISORY}, False),
        ({"item_kind": ItemKind.FLASH, "body_text": None}, True),
    ],
)
def test_only_what_readers_may_see_at_that_time_is_shown(fields: dict[str, object], is_shown: bool):
    assert (reader_row([a_version(1, ChangeType.NEW, **fields)], NOON) is not None) is is_shown


def test_an_older_version_never_stands_in_for_a_hidden_present():
    embargoed = a_version(2, ChangeType.UPDATE, visible_from=NOON + timedelta(days=1))

    assert reader_row([LIFE["new"], embargoed], NOON) is None


def test_a_release_shows_the_greatest_text_below_it_under_its_own_order():
    row = _shown([LIFE["update"], LIFE["hold"], LIFE["release"], LIFE["new"]])

    assert (row.headline, row.body_text) == (LIFE["hold"].headline, LIFE["hold"].body_text)
    assert (row.order_key, row.change_type) == (LIFE["release"].order_key, ChangeType.RELEASE)
    assert (row.content_hash, row.copy_family, row.event_id) == ("hash4", "fam-strike", STRIKE)
    assert row.published == MORNING


def test_a_release_lifts_an_embargo():
    embargoed = a_version(1, ChangeType.NEW, visible_from=NOON + timedelta(days=1))

    assert _shown([embargoed, LIFE["release"]]).headline == "MARK1 Dock strike"


def test_a_textless_update_releases_no_embargoed_text():
    embargoed = a_version(1, ChangeType.NEW, visible_from=NOON + timedelta(days=1))
    update = a_version(2, ChangeType.UPDATE, **WITHOUT_TEXT)

    assert reader_row([embargoed, update], NOON) is None
    assert _shown([embargoed, update], NOON + timedelta(days=1)).headline == "MARK1 Dock strike"


def test_a_textless_update_keeps_the_text_whatever_status_a_late_row_was_stamped_with():
    stamped = replace(LIFE["new"], pub_status=PubStatus.WITHHELD, superseded=True)
    update = a_version(7, ChangeType.UPDATE, **WITHOUT_TEXT)

    assert _shown([stamped, update]).headline == "MARK1 Dock strike"


@pytest.mark.parametrize("field", ["restricted", "visible_until"])
def test_a_release_releases_no_text_that_is_hidden_for_another_reason(field: str):
    hidden = replace(LIFE["hold"], **{field: True if field == "restricted" else MORNING})

    assert _shown([LIFE["new"], hidden, LIFE["release"]]).headline == "MARK1 Dock strike"


def test_what_a_release_states_itself_stands():
    release = replace(LIFE["release"], slugline="stated", keywords=())
    hold = replace(LIFE["hold"], slugline="held", keywords=("port",))

    row = _shown([hold, release])

    assert (row.slugline, row.keywords) == ("stated", ("port",))


def test_a_version_that_came_without_an_event_has_the_event_of_the_others():
    update = replace(LIFE["update"], event_id=None)

    assert _shown([LIFE["new"], update]).event_id == STRIKE


def test_the_words_of_a_hidden_version_explain_nothing():
    reason = EventReason(nearest_article="x", shared_terms=("secret",), margin=0.5)
    embargoed = a_version(1, ChangeType.NEW, event_reason=reason, visible_from=NOON + timedelta(days=1))
    update = a_version(2, ChangeType.UPDATE, event_reason=reason)

    assert _shown([embargoed, update]).event_reason == EventReason(margin=0.5)
    assert _shown([embargoed, update], NOON + timedelta(days=1)).event_reason == reason


def test_first_received_is_the_earliest_of_all_rows():
    early = a_version(9, ChangeType.REPEAT, received=MORNING - timedelta(days=1))

    assert _shown([LIFE["new"], early]).first_received == MORNING - timedelta(days=1)


def test_a_row_with_nothing_to_add_is_handed_on_as_it_is():
    assert reader_row([LIFE["new"]], NOON) is LIFE["new"]


def _nobody(_: str) -> bool:
    return False


def _everybody(_: str) -> bool:
    return True


def test_a_row_names_no_hidden_article():
    row = without_hidden(a_copy(), _nobody)

    assert (row.dup_of, row.dup_kind, row.dup_similarity, row.dup_containment) == (None, None, None, None)
    assert row.event_reason == EventReason(
        margin=0.5, contributions=(Contribution(feature="cosine", value=0.5, weight=1.0),)
    )
    assert row.event_id == STRIKE


def test_a_row_may_name_what_readers_see():
    row = without_hidden(a_copy(), _everybody)

    assert (row.dup_of, row.dup_kind) == ("strike", DupKind.COPY)
    assert row.event_reason == a_copy().event_reason


def test_nothing_of_historys_own_is_left():
    full = an_article(
        was_public=True,
        superseded=True,
        removed_lines=(RemovedLine(line="for editors", reason="note"),),
        repeat_sketch=b"x",
        event_terms=b"x",
        language_key="en",
        story_seq=1,
        language_seq=1,
        message_number="1",
        kill_target="slug:x",
        url_key="x",
        canonical_key="x",
        story_state=b"x",
        replay_of="0" * 32,
    )

    row = without_hidden(full, _everybody)

    private = [field.name for field in field_types(Article) if field.spec.index is Index.HISTORY]
    assert len(private) == 14
    assert not any(getattr(row, name) for name in private)


def test_clearing_twice_clears_no_more():
    once = without_hidden(a_copy(), _nobody)

    assert without_hidden(once, _nobody) == once
