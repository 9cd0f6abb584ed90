"""What a dead letter says of the bytes that were rejected, and to whom they may be shown."""

from codecs import BOM_UTF8
from datetime import timedelta

import pytest

from pipelines.core.dead_letters import dead_letter, looks_like_wire, undelivered_letter, unindexed_letter
from schemas.article_parts import ItemKind, PubStatus, SourceKind
from schemas.dead_letter import DeadLetterKind
from schemas.record import Feed
from schemas.rejection import ReasonCode, Rejected
from schemas.topic_record import TopicRecord
from schemas.wire import RawWire, WireFormat
from tests.builders import MORNING, a_page, a_record, an_article
from tests.builders_warc import a_warc_record, an_answer

REJECTED = Rejected(ReasonCode.SIZE_PAYLOAD, "too large")


@pytest.mark.parametrize(
    ("value", "feed", "is_wire"),
    [
        (b'{"uri": "urn:a", "pubstatus": "usable"', Feed.LINES, True),
        (b'{"url": "https://a.example/", "html": "<p>9 o', Feed.LINES, False),
        (b'{"url": "nowhere", "text": "x \\"uri\\": y"}', Feed.LINES, False),
        (b'{"url": "nowhere", "body_base64": "%"}', Feed.ANY, False),
        (b'{"url": "https://a.example/", "text": "x", "guid": "urn:a"}', Feed.LINES, True),
        (b'{"a": 1}', Feed.LINES, True),
        (b'garbage\n{"guid": "urn:a", "type": "text"}', Feed.ANY, True),
        (b"<nitf>", Feed.ANY, True),
        (b"no news", Feed.ANY, False),
        (a_warc_record(an_answer(b'<script>\n{"uri": "urn:a"}\n</script>')), Feed.ANY, False),
        (a_warc_record(an_answer(b'{"uri": "urn:a"}')), Feed.ANY, True),
        (b'{"uri": "urn:a"}', Feed.PAGES, False),
        (b"no news", Feed.WIRE, True),
        (BOM_UTF8 + b'{"guid": "urn:a", "headline": "cut o', Feed.ANY, True),
        (BOM_UTF8 + b"<newsMessage><cut", Feed.ANY, True),
        (BOM_UTF8 + b'\n{"url": "https://a.example/", "html": "<p>9 o', Feed.LINES, False),
        (b"\n" + BOM_UTF8 + b'{"guid": "urn:a"', Feed.ANY, True),
        ("\ufeff<newsMessage><cut".encode("utf-16-le"), Feed.ANY, True),
        ("\ufeff<newsMessage><cut".encode("utf-16-be"), Feed.ANY, True),
        ('{"guid": "urn:a", "headline": "cut o'.encode("utf-16-le"), Feed.ANY, True),
        ('garbage\n{"guid": "urn:a"'.encode("utf-16"), Feed.ANY, True),
        ("no news".encode("utf-16"), Feed.ANY, False),
        (BOM_UTF8 + b"no news", Feed.ANY, False),
    ],
)
def test_what_may_be_wire_copy_is_for_editors_and_a_page_is_not(value, feed, is_wire):
    record = a_record(value, feed=feed)

    assert looks_like_wire(record, record) is is_wire


@pytest.mark.parametrize("value", [b"no news", b"Kill", b""])
def test_what_was_rejected_as_a_wire_message_is_wire_copy_however_it_opens(value):
    wire = RawWire(
        record=a_record(value), body=value, wire_format=WireFormat.IPTC_7901, payload_sha256="ab" * 32
    )

    assert looks_like_wire(wire.record, wire)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_kill_is_suspected_in_every_character_set(charset):
    value = '{"guid": "urn:a", "pubstatus": "canceled"'.encode(charset)

    assert dead_letter(a_record(value), "S", REJECTED, is_wire=True).is_kill_suspect


def test_what_was_rejected_as_a_page_is_no_wire_copy():
    assert not looks_like_wire(a_record(b'{"a": 1}'), a_page("x"))


def test_two_records_too_large_to_keep_are_two_dead_letters():
    letters = [
        dead_letter(
            a_record(b"", oversize_bytes=size, oversize_sha256=f"{size:064x}"), "S", REJECTED, is_wire=False
        )
        for size in (33, 34)
    ]

    assert len({letter.dead_letter_id for letter in letters}) == 2
    assert [letter.payload_size for letter in letters] == [33, 34]


def test_a_row_that_its_topic_does_not_take_is_a_dead_letter_of_its_own_kind():
    row = an_article(offset=4)
    record = TopicRecord(topic="t", key=b"a1", value=b"{}", headers=(("ce_id", b"1"),))

    letter = undelivered_letter(row, record, "too large", for_readers=True)

    assert (letter.kind, letter.reason_code) == (DeadLetterKind.DELIVERY, ReasonCode.SINK_REJECTED)
    assert (letter.origin, letter.payload, letter.detail) == (row.origin, b"{}", "t: too large")
    assert not letter.editors_only


@pytest.mark.parametrize(
    ("kind", "for_readers", "editors_only"),
    [(SourceKind.WEB, True, False), (SourceKind.WEB, False, True), (SourceKind.WIRE, True, True)],
)
def test_what_readers_may_not_have_is_a_dead_letter_for_editors(kind, for_readers, editors_only):
    record = TopicRecord(topic="t", key=b"a1", value=b"{}")

    letter = undelivered_letter(an_article(source_kind=kind), record, "x", for_readers=for_readers)

    assert letter.editors_only is editors_only


def test_a_document_that_an_index_does_not_take_is_a_dead_letter_of_its_row():
    row = an_article("a1", offset=7)

    letter = unindexed_letter(row, "news-articles-2026.03", b'{"order_key":1}', "failed to parse field")

    assert (letter.kind, letter.stage) == (DeadLetterKind.DELIVERY, "WriteSearchIndex")
    assert letter.reason_code is ReasonCode.SINK_REJECTED
    assert (letter.origin, letter.key, letter.payload) == (row.origin, b"a1", b'{"order_key":1}')
    assert letter.detail == "news-articles-2026.03: failed to parse field"
    assert letter != unindexed_letter(
        row, "news-articles-2026.03", b'{"order_key":2}', "failed to parse field"
    )


@pytest.mark.parametrize(
    ("fields", "editors_only", "is_kill_suspect"),
    [
        ({}, False, False),
        ({"source_kind": SourceKind.WIRE}, True, False),
        ({"restricted": True}, True, False),
        ({"item_kind": ItemKind.ADVISORY}, True, False),
        ({"visible_from": MORNING + timedelta(hours=1)}, True, False),
        ({"pub_status": PubStatus.WITHHELD}, True, True),
    ],
)
def test_a_document_that_readers_may_not_see_is_a_dead_letter_for_editors(
    fields, editors_only, is_kill_suspect
):
    letter = unindexed_letter(an_article(**fields), "news-articles-2026.03", b"{}", "x")

    assert (letter.editors_only, letter.is_kill_suspect) == (editors_only, is_kill_suspect)
