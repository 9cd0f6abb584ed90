"""Embargoes: wherever and however one is stated, it holds, and of two readings the later counts."""

from datetime import UTC, datetime

import pytest

from pipelines.core.wire.item import WireItem
from pipelines.core.wire.life import life_of
from pipelines.core.wire.profile import Profile
from schemas.article_parts import PubStatus
from tests.builders import MORNING
from tests.builders_wire import GUID, composed, ninjs


@pytest.mark.parametrize(
    "note",
    [
        "EMBARGOED until 10 GMT",
        "Embargoed until 15:00",
        "embargoed until 15:00",
        "Embargoed: 15:00",
        "Embargo: 15:00",
        "Embargo until 3 March",
        "Embargo 15:00 GMT",
        "Embargo",
        "Embargo lifts at 15:00",
        "Strictly embargoed until Monday",
        "STRICTLY EMBARGOED UNTIL 0001",
        "Under embargo until noon",
        "Eds: Embargoed until 15:00",
        "Eds: please note: embargoed until 15:00",
        "Note: Embargo until 15:00",
        "Editors: strictly embargoed until 15:00",
        "Note to editors - hold for release at noon",
        "<p>Embargoed until 15:00</p>",
        "<p>Adds quote.</p><p><b>EMBARGO</b>: 15:00</p>",
        "Adds quote. Embargoed until 15:00",
        "Adds quote\nEMBARGO: 15:00",
        "Sperrfrist: 15.00 Uhr",
        "SPERRFRIST 15.00 Uhr",
        "Achtung Redaktionen: Sperrfrist Montag, 15.00 Uhr",
        "Bitte Sperrfrist beachten: 15.00 Uhr",
        "Gesperrt bis 15.00 Uhr",
        "Hold for release Monday",
        "HOLD FOR RELEASE",
        "NOT FOR RELEASE BEFORE 15:00",
        "Not for release until Monday",
        "Not for publication before 15:00",
        "Not to be released before 15:00",
        "Do not publish before 15:00",
        "This story is embargoed until 15:00",
        "Embargo : jusqu'à 15h00",
    ],
)
def test_an_embargo_told_to_editors_holds(note):
    article = composed(ninjs(ednote=note))

    assert (article.pub_status, article.visible_from) == (PubStatus.WITHHELD, None)
    assert "embargo_in_note" in article.quality_flags


@pytest.mark.parametrize("name", ["ednote", "ed_notes", "ednotes", "edNotes"])
def test_a_note_is_read_under_each_of_its_names(name):
    assert composed(ninjs(**{name: "Embargoed until 15:00"})).pub_status is PubStatus.WITHHELD


@pytest.mark.parametrize(
    "note",
    [
        "EMBARGO LIFTED",
        "Embargo lifted",
        "Embargo has been lifted",
        "Embargo is over",
        "Embargo no longer applies",
        "Embargo expired",
        "Sperrfrist aufgehoben",
        "Die Sperrfrist ist abgelaufen",
        "No embargo",
        "Not embargoed",
        "Keine Sperrfrist",
        "Adds reaction to arms embargo",
        "Embargo on oil exports: adds quote",
        "Adds minister on embargo until 2027",
        "Held for release of the prisoners: adds quote",
    ],
)
def test_news_of_embargoes_and_their_end_hold_nothing(note):
    assert composed(ninjs(ednote=note)).pub_status is PubStatus.USABLE


def test_a_body_about_an_embargo_holds_nothing():
    bodies = [{"contenttype": "text/plain", "value": "Embargo: the oil trade stops.\nEmbargoed until 2027."}]

    assert composed(ninjs(bodies=bodies)).pub_status is PubStatus.USABLE


@pytest.mark.parametrize(
    "name",
    ["embargo", "embargoed", "embargoUntil", "embargoDate", "embargo_until", "EMBARGOED", "embargoTime"],
)
def test_an_embargo_counts_under_any_name_that_begins_so(name):
    assert composed(ninjs(**{name: "2026-03-05T00:00:00Z"})).visible_from == MORNING.replace(day=5, hour=0)
    assert composed(ninjs(**{name: "soon"})).pub_status is PubStatus.WITHHELD


@pytest.mark.parametrize("late", ["embargoed", "embargoUntil", "EMBARGOED"])
def test_null_and_an_earlier_time_override_no_embargo(late):
    names = ["embargoed", "embargoUntil", "EMBARGOED", "embargo_until"]
    for other in (None, "2026-03-04T00:00:00Z"):
        fields = {name: other for name in names if name != late}
        for stated in ({late: "2026-03-05T00:00:00Z", **fields}, {**fields, late: "2026-03-05T00:00:00Z"}):
            assert composed(ninjs(**stated)).visible_from == MORNING.replace(day=5, hour=0)


@pytest.mark.parametrize(
    ("stated", "zone", "lifts"),
    [
        ("2026-03-03", "Europe/Berlin", datetime(2026, 3, 3, 23, tzinfo=UTC)),
        ("2026-03-29", "Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC)),  # the day summer time begins
        ("2026-03-03", None, datetime(2026, 3, 4, 12, tzinfo=UTC)),
        ("2026-03-03T09:00:00", "Europe/Berlin", datetime(2026, 3, 3, 8, tzinfo=UTC)),
        ("2026-03-03T09:00:00", None, datetime(2026, 3, 3, 21, tzinfo=UTC)),
        ("2026-03-03T09:00:00Z", None, datetime(2026, 3, 3, 9, tzinfo=UTC)),
        ("9999-12-31", "Europe/Berlin", None),
        ("9999-12-31T23:00:00", None, None),
    ],
)
def test_a_day_lifts_at_its_end_and_a_time_without_zone_at_the_last_place_that_has_it(stated, zone, lifts):
    life = life_of(WireItem(guid=GUID, embargoes=(stated,)), Profile(id="demo", zone=zone))

    assert life.embargoed_until == lifts
    assert life.pub_status is (PubStatus.WITHHELD if lifts is None else PubStatus.USABLE)


def test_an_embargo_whose_zone_is_assumed_is_flagged():
    assert "time_assumed_utc" in composed(ninjs(embargoed="2026-03-03T09:00:00")).quality_flags
    assert "time_assumed_utc" not in composed(ninjs(embargoed="2026-03-03T09:00:00Z")).quality_flags


def test_a_note_full_of_lead_ins_takes_bounded_time():
    assert composed(ninjs(ednote="Note: " * 100_000 + "x")).pub_status is PubStatus.USABLE
