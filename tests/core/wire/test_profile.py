"""Rules of providers: who an item is from, what its id and version mean, which zone its times stand in."""

from datetime import UTC, datetime

import pytest

from pipelines.core.wire.article import article_of
from pipelines.core.wire.ninjs import read_ninjs
from pipelines.core.wire.profile import (
    EmbargoEmpty,
    Profile,
    VersionPolicy,
    provider_in,
    provider_of,
    read_profile,
    table_of,
)
from schemas.article import Article
from schemas.article_parts import ChangeType, ItemKind, PubStatus, Zone
from schemas.rejection import ReasonCode, Rejected
from tests.builders import MORNING
from tests.builders_wire import a_kill, a_wire, ninjs


def under(profile: Profile, item) -> Article:
    wire = a_wire(item)
    return article_of(read_ninjs(wire), profile, wire)


@pytest.mark.parametrize(
    ("guid", "feed", "provider"),
    [
        ("http://API.Meridian.example:8080/item/7", None, "api.meridian.example"),
        ("tag:coastal.example,2026:7", None, "coastal.example"),
        ("urn:newsml:Coastal.example:20260302:7", None, "coastal.example"),
        ("urn:newsml:dpa.com:20090101:260302-99-157", None, "dpa"),
        ("http://api.ap.org/media/v/content/abc?et=1", None, "ap"),
        ("urn:uuid:8d19cf88", "Coastal-Feed ", "coastal-feed"),
        ("8d19cf88", None, "unknown"),
        ("http://", None, "unknown"),
        ("http://dpa/7", None, "unknown"),
        ("urn:uuid:7", "dpa", "dpa"),
    ],
)
def test_the_provider_is_read_from_the_id_and_the_feed_and_nothing_else(guid, feed, provider):
    assert provider_of(guid, feed).id == provider


def test_a_kill_finds_its_story_whatever_else_the_story_said():
    story = ninjs(uri="urn:uuid:7", infosources=[{"name": "Meridian"}], copyrightholder="Meridian")

    kill = under(provider_of("urn:uuid:7", "m"), a_kill(uri="urn:uuid:7"))

    assert kill.article_id == under(provider_of("urn:uuid:7", "m"), story).article_id


def test_a_tail_that_changes_with_the_version_is_no_part_of_the_id():
    profile = Profile(id="coastal", guid_tail=r"-v(\d+)$")

    first, second = (under(profile, ninjs(uri=f"urn:c:7-v{n}", version=...)) for n in (1, 2))

    assert first.article_id == second.article_id
    assert (first.guid, second.guid, second.version) == ("urn:c:7", "urn:c:7", "2")
    assert second.order_key > first.order_key


def test_opaque_version_numbers_order_nothing():
    profile = Profile(id="coastal", version_policy=VersionPolicy.TIMESTAMP)

    early = under(profile, ninjs(version="978556838"))
    late = under(profile, ninjs(version="263512345", versioncreated="2026-03-02T07:40:00Z"))

    assert late.order_key > early.order_key


def test_where_neither_number_nor_time_says_anything_receipt_orders():
    profile = Profile(id="coastal", version_policy=VersionPolicy.RECEIVED)

    assert under(profile, ninjs(version="9")).order_key == int(MORNING.timestamp() * 1000)


def test_versions_may_start_at_nought():
    profile = Profile(id="coastal", first_version=0)

    assert under(profile, ninjs(version="0")).change_type is ChangeType.NEW
    assert under(profile, ninjs(version="1")).change_type is ChangeType.UPDATE


def test_a_time_without_zone_stands_in_the_zone_of_its_provider():
    article = under(Profile(id="coastal", zone="Asia/Tokyo"), ninjs(firstcreated="2026-03-02T09:00:00"))

    assert article.published == datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
    assert article.published_zone is Zone.SOURCE
    assert "time_assumed_utc" not in article.quality_flags


def test_an_empty_embargo_may_mean_none():
    article = under(Profile(id="coastal", embargo_empty=EmbargoEmpty.NONE), ninjs(embargoed=""))

    assert article.pub_status is PubStatus.USABLE


def test_a_profile_may_hide_restrict_and_speak_a_language():
    profile = Profile(id="coastal", expiry_hides=True, restricted=True, language="pt")

    article = under(profile, ninjs(expires="2026-03-04T00:00:00Z", language=...))

    assert article.visible_until == datetime(2026, 3, 4, tzinfo=UTC)
    assert (article.restricted, article.language) == (True, "pt")


def test_a_profile_adds_marks_of_its_own():
    profile = Profile(id="coastal", tokens={"correction": ("OPRAVA",), "advisory": ("redakcím",)})

    assert (
        under(profile, ninjs(headlines=[{"value": "OPRAVA: Trajekt"}])).change_type is ChangeType.CORRECTION
    )
    assert under(profile, ninjs(genres=["Redakcím"])).item_kind is ItemKind.ADVISORY


def test_a_profile_finds_the_number_of_a_message():
    profile = Profile(id="coastal", number_pattern=r"-(\d+)$")

    assert under(profile, ninjs(uri="urn:newsml:coastal.example:20260302:99-0157")).message_number == "157"


def test_a_provider_bound_to_its_feed_is_refused_on_another():
    coastal = Profile(id="coastal", feeds=("coastal-1",), guid_prefixes=("urn:newsml:coastal.example:",))
    table = table_of([coastal, Profile(id="meridian", feeds=("m-1",))])
    guid = "urn:newsml:coastal.example:7"

    assert provider_in(table, guid, "coastal-1").id == "coastal"
    assert provider_in(table, guid, None).id == "coastal"
    assert provider_in(table, guid, "m-1").id == "meridian"
    with pytest.raises(Rejected) as caught:
        provider_in(table, guid, "someone-else")
    assert caught.value.reason is ReasonCode.WIRE_UNKNOWN_PROVIDER


@pytest.mark.parametrize(
    "document",
    [
        {"id": "x", "zonee": "UTC"},
        {"id": "x", "version_policy": "odd"},
        {"id": "x", "embargo_empty": "maybe"},
    ],
)
def test_a_profile_with_a_mistake_does_not_load(document):
    with pytest.raises(ValueError, match=r"zonee|odd|maybe"):
        read_profile(document)


def test_every_profile_that_is_shipped_loads():
    from importlib.resources import files

    import orjson

    folder = files("pipelines.core.wire").joinpath("profiles")
    names = [entry.name for entry in folder.iterdir() if entry.name.endswith(".json")]

    for name in names:
        assert read_profile(orjson.loads(folder.joinpath(name).read_bytes())).id == name.removesuffix(".json")
