"""Clocks of senders: a record whose timestamp lies decades ahead changes nothing that others sent."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.broker import new_topic, produce, unique
from tests.streamed import ask, stream_to_the_end
from tests.test_stream_inputs import HARBOUR, MUSEUM, page, served, wire

FAR = datetime(2099, 1, 1, tzinfo=UTC)
FERRY = "urn:newsml:estuary.example:20260302:ferry"
TRAM = "urn:newsml:estuary.example:20260302:tram"
SECRET = "urn:newsml:estuary.example:20260302:secret"
COPY = "urn:newsml:basalt.example:20260302:copy"
URL = "https://gazette.example/museum"
# Of a topic that keeps senders' times, and any time at all.
KEEPS_ANY_TIME = {"message_timestamp_type": "CreateTime", "message_timestamp_after_max_ms": (1 << 63) - 1}


def untimed(text: str, guid: str = TRAM) -> bytes:
    """A version that says nothing of its place among the others."""
    return wire(guid, None, text, versioncreated=None)


def runs(embargoed: str) -> list[list[tuple[str, bytes, bool]]]:
    """What each of three runs finds new: to which topic, the record, and whether the clock of its sender is wrong."""
    again = wire(FERRY, 1, HARBOUR)
    return [
        [
            ("wire", untimed(f"First. {MUSEUM}"), True),
            ("wire", untimed(f"Second. {MUSEUM}"), False),
            ("wire", again, False),
            ("wire", wire(SECRET, 1, f"Secret. {MUSEUM} {HARBOUR}", embargoed=embargoed), False),
            ("pages", page(f"Early. {MUSEUM}"), True),
            ("pages", page(f"Late. {MUSEUM}"), False),
        ],
        [("wire", wire(f"{FERRY}{number}", 1, f"{number} {HARBOUR}"), True) for number in range(8)],
        [
            ("wire", again, False),
            ("wire", wire(FERRY, 2, f"More. {HARBOUR}"), False),
            ("wire", wire(COPY, 1, HARBOUR), False),
            ("wire", untimed(f"Third. {MUSEUM}"), False),
            ("wire", untimed(f"Fourth. {MUSEUM}"), True),
            ("wire", untimed(f"Fifth. {MUSEUM}"), False),
            ("pages", page(f"Last. {MUSEUM}"), False),
        ],
    ]


def streamed(broker, data: Path, *, is_disturbed: bool) -> Path:
    """The output of three runs that follow each other, each with the memories that history gives it."""
    topics = {stem: new_topic(broker, stem, **KEEPS_ANY_TIME) for stem in ("wire", "pages")}
    group = unique("group")
    embargoed = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for records in runs(embargoed):
        for stem, value, is_wrong in records:
            timestamp = FAR if is_wrong and is_disturbed else None
            headers = served(URL) if stem == "pages" else ()
            produce(broker, topics[stem], [value], headers=headers, timestamp=timestamp)
        stream_to_the_end(broker.cluster, tuple(topics.values()), data, group_id=group)
    return data


@pytest.fixture(scope="module")
def disturbed(broker, tmp_path_factory) -> Path:
    return streamed(broker, tmp_path_factory.mktemp("disturbed"), is_disturbed=True)


def decisions(data: Path) -> list[tuple]:
    """What was decided of each record, in the order of its topic."""
    return ask(
        data,
        "select source_kind, origin.offset, article_id, change_type, pub_status, dup_of, dup_kind, copy_family, right(event_id, 13)"
        " from history order by all",
    )


def present(data: Path) -> list[tuple]:
    return ask(
        data, "select article_id, body_text, version, dup_of, right(event_id, 13) from articles order by all"
    )


def test_what_is_remembered_decided_and_shown_is_what_true_clocks_give(broker, disturbed, tmp_path):
    expected = streamed(broker, tmp_path, is_disturbed=False)

    assert decisions(disturbed) == decisions(expected)
    assert present(disturbed) == present(expected)


def test_later_true_versions_win(disturbed):
    texts = dict(ask(disturbed, "select coalesce(guid, url), body_text from articles"))

    assert texts[TRAM].startswith("Fifth")
    assert texts[URL].startswith("Last")
    assert texts[FERRY].startswith("More")


def test_no_embargo_lifts_early(disturbed):
    assert ask(disturbed, f"select count(*) from articles where guid = '{SECRET}'") == [(0,)]
    assert ask(disturbed, f"select count(*) from history where guid = '{SECRET}'") == [(1,)]


def test_no_row_arrives_after_today(disturbed):
    days = {folder.name.removeprefix("arrived=") for folder in disturbed.glob("*/arrived=*")}

    assert max(days) <= datetime.now(UTC).date().isoformat()
