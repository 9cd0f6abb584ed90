"""Kills, holds, embargoes, corrections: what a message does to its story."""

import pytest

from pipelines.core.identity import digest
from schemas.article_parts import ChangeType, ItemKind, PubStatus
from tests.builders import MORNING
from tests.builders_wire import GUID, a_kill, composed, ninjs


@pytest.mark.parametrize("name", ["pubstatus", "pubStatus"])
@pytest.mark.parametrize("status", ["canceled", "cancelled", "Canceled", "stat:canceled", " CANCELED "])
def test_a_kill_needs_an_id_and_nothing_else(name, status):
    kill = composed({"uri": GUID, name: status})

    assert (kill.pub_status, kill.change_type) == (PubStatus.CANCELED, ChangeType.KILL)
    assert kill.article_id == composed(ninjs()).article_id


def test_a_kill_outranks_every_version_and_repeats_no_text():
    story, kill = (
        composed(ninjs(version="9")),
        composed(ninjs(pubstatus="canceled", version="3", ednote="libel")),
    )

    assert kill.order_key > story.order_key
    assert (kill.headline, kill.body_text, kill.abstract, kill.byline, kill.media) == (
        None,
        None,
        None,
        None,
        (),
    )
    assert [(line.line, line.reason) for line in kill.removed_lines] == [("libel", "editors_note")]


@pytest.mark.parametrize(
    "fields",
    [
        {"versioncreated": "not a time"},
        {"versioncreated": {"a": 1}},
        {"embargoed": "tomorrow", "expires": []},
        {"bodies": [{"contenttype": "text/html", "value": "<" * 10_000}]},
        {"headlines": {"value": []}},
        {"language": 7},
        {"uri": "u" * 5_000},
        {"type": "picture"},
        {"version": -1},
    ],
)
def test_nothing_broken_beside_it_loses_a_kill(fields):
    assert composed(a_kill(**fields)).change_type is ChangeType.KILL


@pytest.mark.parametrize("status", ["withheld", "WITHHELD"])
def test_a_hold_withholds_until_it_is_released(status):
    hold = composed(ninjs(pubstatus=status, version="2"))

    assert (hold.pub_status, hold.change_type, hold.visible_from) == (
        PubStatus.WITHHELD,
        ChangeType.HOLD,
        None,
    )


@pytest.mark.parametrize("status", ["killed?", 7, ["usable?"], {"a": "usable"}, True])
def test_an_unknown_status_withholds_and_says_so(status):
    article = composed(ninjs(pubstatus=status))

    assert article.pub_status is PubStatus.WITHHELD
    assert "status_unknown" in article.quality_flags


@pytest.mark.parametrize("status", [None, "", ...])
def test_no_status_is_usable(status):
    assert composed(ninjs(pubstatus=status)).pub_status is PubStatus.USABLE


@pytest.mark.parametrize("name", ["embargoed", "embargoedUntil"])
def test_an_embargo_with_a_date_opens_at_that_date(name):
    article = composed(ninjs(**{name: "2026-03-03T06:00:00+01:00"}))

    assert article.pub_status is PubStatus.USABLE
    assert article.visible_from == article.embargoed_until == MORNING.replace(day=3, hour=5)


def test_of_two_embargoes_the_later_counts():
    article = composed(ninjs(embargoed="2026-03-05T00:00:00Z", embargoedUntil="2026-03-04T00:00:00Z"))

    assert article.visible_from == MORNING.replace(day=5, hour=0)


@pytest.mark.parametrize("stated", ["", " "])
def test_an_embargo_without_a_date_lasts_until_released(stated):
    article = composed(ninjs(embargoed=stated))

    assert (article.pub_status, article.visible_from) == (PubStatus.WITHHELD, None)


@pytest.mark.parametrize("stated", ["tomorrow", True, 7, {"until": "2026"}, "YYYYMMDD000000-HHMM"])
def test_an_embargo_that_is_no_time_lasts_until_released(stated):
    article = composed(ninjs(embargoed=stated))

    assert (article.pub_status, article.visible_from) == (PubStatus.WITHHELD, None)
    assert "embargo_unreadable" in article.quality_flags


@pytest.mark.parametrize("stated", [None, False])
def test_null_is_no_embargo(stated):
    assert composed(ninjs(embargoed=stated)).pub_status is PubStatus.USABLE


def test_an_embargo_told_to_editors_only_still_holds():
    assert composed(ninjs(ednote="EMBARGOED until 10 GMT")).pub_status is PubStatus.WITHHELD
    assert composed(ninjs(ednote="Adds reaction to arms embargo")).pub_status is PubStatus.USABLE
    assert composed(ninjs(ednote="EMBARGO LIFTED")).change_type is ChangeType.RELEASE


def test_expiry_hides_nothing_unless_the_profile_says_so():
    article = composed(ninjs(expires="2026-03-03T00:00:00Z"))

    assert (article.expires, article.visible_until) == (MORNING.replace(day=3, hour=0), None)


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({}, ChangeType.NEW),
        ({"version": "2"}, ChangeType.UPDATE),
        ({"version": ...}, ChangeType.NEW),
        ({"version": ..., "versioncreated": "2026-03-02T07:45:00Z"}, ChangeType.UPDATE),
        ({"version": "2", "signals": ["sig:correction"]}, ChangeType.CORRECTION),
        ({"version": "2", "signal": [{"qcode": "edStat:C"}]}, ChangeType.CORRECTION),
        ({"headlines": [{"value": "CORRECTED-Ferries sail on Monday"}]}, ChangeType.CORRECTION),
        ({"headlines": [{"value": "Ferries sail on Monday (CORRECTION)"}]}, ChangeType.CORRECTION),
        ({"headlines": [{"value": "KORR - Fähren fahren"}]}, ChangeType.CORRECTION),
        ({"headlines": [{"value": "【訂正】フェリー再開"}]}, ChangeType.CORRECTION),
        ({"headlines": [{"value": "CORRECTION OFFICERS STRIKE"}]}, ChangeType.NEW),
        ({"headlines": [{"value": "Correction officers strike"}]}, ChangeType.NEW),
        ({"slugline": "FERRIES (UPDATE 1, PIX, CORRECTED)"}, ChangeType.CORRECTION),
        ({"ednote": "CORRECTS spelling in 2nd graf"}, ChangeType.CORRECTION),
        ({"headlines": [{"value": "REFILE-Ferries sail"}]}, ChangeType.REFILE),
        ({"signals": ["sig:release"]}, ChangeType.RELEASE),
        ({"headlines": [{"value": "RELEASE: Ferries sail"}]}, ChangeType.RELEASE),
        ({"headlines": [{"value": "PRESS RELEASE: Ferries sail"}]}, ChangeType.NEW),
        ({"ednote": "RELEASE AT 10 GMT"}, ChangeType.NEW),
        ({"ednote": "HOLD RELEASED"}, ChangeType.RELEASE),
        ({"pubstatus": "withheld", "signals": ["sig:correction"]}, ChangeType.HOLD),
    ],
)
def test_the_message_alone_says_what_it_does(fields, change):
    assert composed(ninjs(**fields)).change_type is change


def test_a_release_needs_no_text():
    release = composed(ninjs(headlines=[], bodies=[], version="3", signals=["sig:release"]))

    assert (release.change_type, release.pub_status) == (ChangeType.RELEASE, PubStatus.USABLE)


def test_a_published_correction_is_noted_and_an_editors_note_is_not():
    body = "<p>(Corrects day in first paragraph)</p><p>Ferries sail on Monday.</p>"
    public = composed(ninjs(bodies=[{"contenttype": "text/html", "value": body}]))
    private = composed(ninjs(ednote="CORRECTS name of the source, Ada Vale"))

    assert public.correction_note == "(Corrects day in first paragraph)"
    assert private.correction_note is None


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ({"ednote": "Please kill item meridian 0157"}, "number:157"),
        ({"headlines": [{"value": "KILL KILL KILL"}], "ednote": "kill number 88"}, "number:88"),
        ({"headlines": [{"value": "KILL item 157 - ferries"}]}, "number:157"),
        ({"headlines": [{"value": "KILL: ferries"}], "slugline": "bc-ferries"}, "slug:bc-ferries"),
        ({"ednote": 'Please kill the story slugged "FERRIES-GREY".'}, "slug:FERRIES-GREY"),
        (
            {"ednote": "Must kill urn:newsml:meridian.example:20260302:4700."},
            "guid:urn:newsml:meridian.example:20260302:4700",
        ),
        ({"links": [{"rel": "irel:kills", "href": "urn:m:9"}]}, "guid:urn:m:9"),
        ({"bodies": [{"value": "Editors: Please kill item 157, sent at 10:30."}]}, "number:157"),
    ],
)
def test_a_notice_names_what_it_kills(fields, target):
    notice = composed(ninjs(**fields))

    assert (notice.item_kind, notice.kill_target) == (ItemKind.ADVISORY, target)


@pytest.mark.parametrize(
    "fields",
    [
        {"headlines": [{"value": "KILL BILL returns to cinemas"}]},
        {"headlines": [{"value": "Frost may kill 12 vineyards, growers say"}]},
        {"bodies": [{"value": '"Please kill the engine," the pilot said.'}]},
        {"ednote": "Adds that storms kill 12"},
        {"links": [{"rel": "irel:previousVersion", "href": "urn:m:9"}]},
    ],
)
def test_a_story_about_killing_kills_no_story(fields):
    article = composed(ninjs(**fields))

    assert (article.item_kind, article.kill_target) == (ItemKind.ARTICLE, None)


def test_a_notice_that_names_nothing_is_for_editors_and_flagged():
    see_also = [{"name": "k", "rel": "irel:seeAlso", "uri": "urn:m:9"}]
    notice = composed(ninjs(headlines=[{"value": "KILL KILL KILL"}], associations=see_also))

    assert (notice.item_kind, notice.kill_target) == (ItemKind.ADVISORY, None)
    assert "kill_target_missing" in notice.quality_flags


def test_the_number_of_a_message_is_found_among_its_other_ids():
    assert composed(ninjs(altids=[{"role": "messageNumber", "value": "0157"}])).message_number == "157"
    assert composed(ninjs(altids={"itemnumber": "0157"})).message_number == "157"
    assert composed(ninjs(altids=[{"role": "etag", "value": "x"}])).message_number is None


def test_a_version_from_the_future_is_clamped_to_a_day_after_receipt():
    article = composed(ninjs(versioncreated="2031-01-01T00:00:00Z"), received=MORNING)

    assert article.version_created == MORNING.replace(day=3)
    assert "time_clamped" in article.quality_flags


def test_a_version_from_the_future_makes_no_later_one_stale():
    early = composed(ninjs(version="", versioncreated="2099-01-01T00:00:00Z"), received=MORNING)
    later = composed(
        ninjs(version="", versioncreated="2026-03-02T09:00:00Z"), received=MORNING.replace(hour=9)
    )

    assert early.order_key < later.order_key


def test_a_time_without_zone_is_utc_and_flagged():
    article = composed(ninjs(versioncreated="2026-03-02 07:45:00"))

    assert article.version_created == MORNING.replace(hour=7, minute=45)
    assert "time_assumed_utc" in article.quality_flags


def test_without_a_time_of_its_own_a_version_dates_from_its_receipt():
    assert composed(ninjs(versioncreated=..., firstcreated=...)).version_created == MORNING
    assert composed(ninjs(versioncreated=..., firstcreated=...), received=None).order_key == 1 << 42


def test_the_id_of_an_article_is_of_provider_and_guid():
    assert composed(ninjs()).article_id == digest("wire", "meridian.example", GUID)


def test_an_order_to_kill_may_stand_in_a_line_to_editors():
    body = "<p>Achtung Redaktionen: Bitte kill Meldung 117.</p><p>Ersatz folgt.</p>"
    notice = composed(
        ninjs(bodies=[{"role": "main", "contenttype": "text/html", "value": body}], language="de")
    )

    assert (notice.item_kind, notice.kill_target) == (ItemKind.ADVISORY, "number:117")
