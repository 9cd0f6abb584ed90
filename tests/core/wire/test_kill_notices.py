"""Notices that kill: whatever else their message says, each item that they name is named, and no other."""

import pytest

from pipelines.core.identity import digest
from schemas.article_parts import ChangeType, ItemKind, PubStatus
from schemas.rejection import ReasonCode, Rejected
from tests.builders_wire import GUID, composed, ninjs

OTHER = "urn:newsml:meridian.example:20260302:4700"
THIRD = "urn:newsml:meridian.example:20260302:4701"


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ({"ednote": "Please kill item 157"}, "number:157"),
        ({"links": [{"rel": "irel:kills", "href": OTHER}]}, f"guid:{OTHER}"),
        ({"headlines": [{"value": "KILL KILL KILL"}], "ednote": "kill number 88"}, "number:88"),
    ],
)
def test_a_canceled_notice_still_gives_its_order(fields, target):
    notice = composed(ninjs(pubstatus="canceled", **fields))

    assert (notice.pub_status, notice.kill_target) == (PubStatus.CANCELED, target)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"slugline": "bc-ferries", "headlines": [{"value": "KILL: ferries"}]},
        {"links": [{"rel": "irel:kills", "href": GUID}]},
        {"slugline": "ferries", "ednote": "Please kill this story slugged Ferries"},
        {"altids": {"itemnumber": "0157"}, "ednote": "Please kill item 157"},
    ],
)
def test_a_canceled_item_that_names_no_other_gives_no_order(fields):
    assert composed(ninjs(pubstatus="canceled", **fields)).kill_target is None


@pytest.mark.parametrize(
    ("note", "target"),
    [
        ("Please kill item 157. Help: https://agency.example/desk", "number:157"),
        ("Please kill the story below. Help: https://agency.example/desk", None),
        ("Please kill the story, see https://meridian.example/20260302/4700", None),
        (f"Please kill item {OTHER}", f"guid:{OTHER}"),
        ("Please kill item tag:meridian.example,2026:7", "guid:tag:meridian.example,2026:7"),
        (f"Please kill items {OTHER} and {THIRD}.", f"guid:{OTHER}\nguid:{THIRD}"),
        ("Please kill items 157 and 158", "number:157\nnumber:158"),
        ("Please kill items 157, 0158 & 159 at once", "number:157\nnumber:158\nnumber:159"),
        ("Please kill items 157-159", "number:157\nnumber:158\nnumber:159"),
        ("Please kill items 157 to 158", "number:157\nnumber:158"),
        ("KILL item 157 - 160 hurt", "number:157"),
        ("Please kill items 157-99999", "number:157"),
        ("Please kill item 157 and item 158", "number:157\nnumber:158"),
        ("Please kill item 157 and use item 161 instead", "number:157"),
        ("Please kill item 157, sent at 10:30.", "number:157"),
    ],
)
def test_a_note_names_items_by_number_or_id_and_help_pages_are_none(note, target):
    assert composed(ninjs(ednote=note)).kill_target == target


@pytest.mark.parametrize(
    "fields",
    [
        {"ednote": "Please kill item 157"},
        {"headlines": [{"value": "EDITORS: Please kill item 157"}]},
        {"body_ednotes": "Please kill item 157"},
        {"bodies": [{"role": "note", "value": "Please kill item 157"}]},
    ],
)
def test_an_order_needs_no_text_for_readers(fields):
    notice = composed(ninjs(**({"headlines": [], "bodies": []} | fields)))

    assert (notice.item_kind, notice.kill_target) == (ItemKind.ADVISORY, "number:157")


def test_an_address_of_the_same_authority_is_an_id():
    uri = "https://meridian.example/items/4711"
    notice = composed(ninjs(uri=uri, ednote="Please kill https://meridian.example/items/4700"))

    assert notice.kill_target == "guid:https://meridian.example/items/4700"


def test_only_links_that_kill_name_targets():
    links = [{"rel": "irel:seeAlso", "uri": THIRD}]

    assert composed(ninjs(links=links, ednote="kill item 157")).kill_target == "number:157"


def test_every_item_that_a_notice_links_to_as_killed_is_named():
    links = [{"rel": "irel:kills", "uri": OTHER}, {"rel": "irel:kills", "uri": THIRD}]

    assert composed(ninjs(links=links)).kill_target == f"guid:{OTHER}\nguid:{THIRD}"


@pytest.mark.parametrize("kind", ["picture", "video", "composite"])
def test_an_order_is_an_order_whatever_type_its_message_has(kind):
    notice = composed(ninjs(type=kind, ednote="Please kill item 157"))

    assert (notice.item_kind, notice.kill_target) == (ItemKind.ADVISORY, "number:157")


@pytest.mark.parametrize(
    "fields",
    [
        {"pubstatus": "canceled", "pubStatus": "usable"},
        {"pubStatus": "usable", "pubstatus": "canceled"},
        {"pubstatus": "http://cv.iptc.org/newscodes/pubstatusg2/canceled"},
        {"pubstatus": "http://cv.iptc.org/newscodes/pubstatusg2/canceled/"},
        {"pubstatus": {"qcode": "stat:canceled"}},
        {"pubstatus": {"uri": "http://cv.iptc.org/newscodes/pubstatusg2/canceled"}},
        {"pubstatus": ["usable", "stat:canceled"]},
        {"pubstatus": [{"name": "Stopped", "qcode": "stat:canceled"}]},
        {"pubstatus": "nonsense", "pubStatus": "canceled"},
    ],
)
def test_of_several_statuses_the_strictest_counts_in_any_spelling(fields):
    kill = composed(ninjs(**fields))

    assert (kill.pub_status, kill.change_type) == (PubStatus.CANCELED, ChangeType.KILL)


def test_of_a_hold_and_a_usable_status_the_hold_counts():
    assert composed(ninjs(pubstatus="withheld", pubStatus="usable")).pub_status is PubStatus.WITHHELD


def test_an_association_that_is_null_loses_no_kill():
    kills = {"rel": "irel:kills", "uri": OTHER}

    assert composed(ninjs(associations={"a": kills, "x": None})).kill_target == f"guid:{OTHER}"
    assert composed(ninjs(associations={"kills": {"uri": OTHER}, "x": None})).kill_target == f"guid:{OTHER}"


@pytest.mark.parametrize("name", ["links", "associations"])
def test_no_number_of_links_hides_one_that_kills(name):
    links = [{"rel": "irel:seeAlso", "name": f"a{n}", "uri": f"urn:x:{n}"} for n in range(300)]

    assert composed(ninjs(**{name: [*links, {"rel": "irel:kills", "uri": OTHER}]})).kill_target == (
        f"guid:{OTHER}"
    )


def test_a_long_id_counts_whole_and_is_found_by_its_kill():
    long = f"urn:newsml:meridian.example:{'7' * 5_000}"
    stories = [composed(ninjs(uri=long + end)) for end in "ab"]
    notice = composed(ninjs(links=[{"rel": "irel:kills", "uri": long + end} for end in "ab"]))

    assert stories[0].article_id == digest("wire", "meridian.example", long + "a")
    assert stories[0].guid is None
    assert notice.kill_target == "\n".join(f"item:{story.article_id}" for story in stories)


def test_many_targets_stand_as_the_articles_that_they_are():
    links = [{"rel": "irel:kills", "uri": f"{OTHER}-{n}-{'7' * 100}"} for n in range(10)]

    assert composed(ninjs(links=links)).kill_target.count("item:") == 10


def test_an_id_beyond_every_limit_is_rejected():
    with pytest.raises(Rejected) as caught:
        composed(ninjs(uri="u" * 8_193))

    assert caught.value.reason is ReasonCode.FIELD_TOO_LONG


def test_more_targets_than_a_row_holds_are_rejected_and_not_cut():
    links = [{"rel": "irel:kills", "uri": f"urn:x:{n}:{'7' * 600}"} for n in range(2_000)]
    with pytest.raises(Rejected) as caught:
        composed(ninjs(links=links))

    assert caught.value.reason is ReasonCode.FIELD_TOO_LONG
