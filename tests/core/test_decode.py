"""What a record may hold, by the feed it came on."""

import orjson
import pytest

from pipelines.core.compose import compose_article
from pipelines.core.decode.decoding import decode_record
from schemas.page import RawPage
from schemas.record import Feed, Origin
from schemas.rejection import ReasonCode, Rejected
from schemas.wire import RawWire, WireFormat
from tests.builders import MORNING, a_record
from tests.builders_wire import GUID, a_kill, a_line, ninjs

HTML = b"<!doctype html><html><body><p>Ferries sail again.</p></body></html>"
URL = "https://coastal.example/ferries"
ENVELOPE = {"url": URL, "fetched_at": "2026-03-02T08:00:00Z", "html": HTML.decode()}
PAGE_HEADERS = (
    ("ce_specversion", b"1.0"),
    ("ce_type", b"news.page.fetched"),
    ("ce_source", b"crawler-7"),
    ("ce_id", b"f-1"),
    ("ce_time", b"2026-03-02T07:59:00Z"),
    ("ce_subject", URL.encode()),
    ("content-type", b"text/html; charset=iso-8859-1"),
    ("content-encoding", b"gzip"),
)
KILL = orjson.dumps(a_kill())
G2 = b'<?xml version="1.0"?><ns0:newsItem xmlns:ns0="http://iptc.org/std/nar/2006-10-01/" guid="x"/>'


def reason_of(record) -> ReasonCode:
    with pytest.raises(Rejected) as caught:
        decode_record(record)
    return caught.value.reason


def test_a_page_as_served_has_its_address_and_time_in_its_headers():
    page = decode_record(a_record(HTML, headers=PAGE_HEADERS, feed=Feed.PAGES))

    assert isinstance(page, RawPage)
    assert (page.body, page.url, page.charset, page.is_text) == (HTML, URL, "iso-8859-1", False)
    assert page.fetched_at.isoformat() == "2026-03-02T07:59:00+00:00"
    assert page.headers == (("content-type", "text/html; charset=iso-8859-1"), ("content-encoding", "gzip"))
    assert page.source_id == "crawler-7"


def test_plain_header_names_are_read_like_those_of_cloud_events():
    headers = (("URL", URL.encode()), ("Fetched-At", b"2026-03-02T07:59:00Z"), ("source", b"crawler-7"))

    page = decode_record(a_record(HTML, headers=headers, feed=Feed.PAGES))

    assert (page.url, page.source_id, page.fetched_at.minute) == (URL, "crawler-7", 59)


def test_a_page_in_an_envelope_keeps_what_its_feed_said():
    fields = {"title": "Ferries", "published": "Mon, 2 Mar", "source_id": "s", "headers": {"ETag": "x"}}

    page = decode_record(a_record(orjson.dumps(ENVELOPE | fields), feed=Feed.PAGES))

    assert (page.title, page.published, page.source_id) == ("Ferries", "Mon, 2 Mar", "s")
    assert (page.headers, page.charset, page.http_status) == ((("etag", "x"),), "utf-8", 200)


def test_the_body_of_an_envelope_may_be_stripped_text():
    text = {"url": URL, "fetched_at": "2026-03-02T08:00:00Z", "text": "Menu\nFerries sail again.\nFollow us"}

    page = decode_record(a_record(orjson.dumps(text)))

    assert page.is_text
    assert page.body.startswith(b"Menu")


@pytest.mark.parametrize(
    ("envelope", "reason"),
    [
        ({"html": ...}, ReasonCode.FIELD_MISSING),
        ({"text": "twice"}, ReasonCode.FIELD_MISSING),
        ({"fetched_at": ...}, ReasonCode.FIELD_MISSING),
        ({"url": " "}, ReasonCode.FIELD_MISSING),
        ({"fetched_at": "2026-03-02T08:00:00"}, ReasonCode.FIELD_TYPE),
        ({"fetched_at": "yesterday"}, ReasonCode.FIELD_TYPE),
        ({"fetched_at": 1772438400}, ReasonCode.FIELD_TYPE),
        ({"html": 7}, ReasonCode.FIELD_TYPE),
        ({"html": ..., "body_base64": "%%%"}, ReasonCode.FIELD_TYPE),
        ({"http_status": "200"}, ReasonCode.FIELD_TYPE),
        ({"http_status": 99}, ReasonCode.FIELD_TYPE),
        ({"headers": ["a"]}, ReasonCode.FIELD_TYPE),
        ({"headers": {"a": {"b": 1}}}, ReasonCode.FIELD_TYPE),
        ({"title": 5}, ReasonCode.FIELD_TYPE),
        ({"title": "x" * 10_001}, ReasonCode.FIELD_TOO_LONG),
        ({"url": "https://coastal.example/" + "x" * 9_000}, ReasonCode.FIELD_TOO_LONG),
        ({"url": "javascript:alert(1)"}, ReasonCode.URL_INVALID),
        ({"url": "ferries"}, ReasonCode.URL_INVALID),
        ({"final_url": "file:///etc/passwd"}, ReasonCode.URL_INVALID),
        ({"fetched_at": "2026-03-03T08:00:01Z"}, ReasonCode.TIME_FUTURE),
        ({"html": ..., "body_base64": "JVBERi0xLjcK"}, ReasonCode.HTTP_NOT_HTML),
    ],
)
def test_an_envelope_is_checked_field_by_field(envelope, reason):
    fields = {name: value for name, value in (ENVELOPE | envelope).items() if value is not ...}

    assert reason_of(a_record(orjson.dumps(fields), feed=Feed.PAGES, received=MORNING)) is reason


def test_a_page_that_is_gone_needs_no_body():
    gone = {"url": URL, "fetched_at": "2026-03-02T08:00:00Z", "http_status": 410}

    assert decode_record(a_record(orjson.dumps(gone))).http_status == 410


def test_a_structured_cloud_event_is_a_page_or_a_wire_message():
    event = {"specversion": "1.0", "id": "1", "source": "meridian-feed", "type": "news.page.fetched"}
    page = event | {"subject": URL, "time": "2026-03-02T08:00:00Z", "data": HTML.decode()}
    wire = event | {"type": "news.wire.item", "data": ninjs()}

    assert decode_record(a_record(orjson.dumps(page))).url == URL
    message = decode_record(a_record(orjson.dumps(wire), feed=Feed.WIRE))

    assert isinstance(message, RawWire)
    assert (message.wire_feed, message.wire_format) == ("meridian-feed", WireFormat.NINJS_2)


def test_a_later_major_of_cloud_events_is_refused():
    event = {"specversion": "2.0", "id": "1", "source": "s", "type": "t", "data": "x"}

    assert reason_of(a_record(orjson.dumps(event))) is ReasonCode.SCHEMA_MAJOR_UNSUPPORTED


def test_a_bare_file_is_a_page_without_address():
    page = decode_record(a_record(HTML, received=None))
    text = decode_record(
        a_record(b"Ferries sail again\n\nAfter nine days the ferries sail again.", received=None)
    )

    assert (page.is_bare, page.is_text, page.url, page.fetched_at) == (True, False, None, None)
    assert text.is_text


@pytest.mark.parametrize(
    ("value", "wire_format"),
    [
        (orjson.dumps(ninjs()), WireFormat.NINJS_2),
        (orjson.dumps({"uri": "u", "type": "text", "headline": "x"}), WireFormat.NINJS_1),
        (orjson.dumps({"uri": "u", "pubStatus": "usable"}), WireFormat.NINJS_3),
        (orjson.dumps({"guid": "u", "pubstatus": "canceled"}), WireFormat.NINJS_1),
        (orjson.dumps({"format": "digitalwires@1.0", "urn": "u"}), WireFormat.DPA_JSON),
        (orjson.dumps({"api_version": "1", "data": {"item": {}}}), WireFormat.AP_JSON),
        (G2, WireFormat.NEWSML_G2),
        (b"<?xml version='1.0'?><!DOCTYPE NewsML SYSTEM 'x.dtd'><NewsML/>", WireFormat.NEWSML_1),
        (b"<!-- c --><nitf><head/></nitf>", WireFormat.NITF),
        ("<nitf><head/></nitf>".encode("utf-16"), WireFormat.NITF),
        (b"<rss version='2.0'/>", WireFormat.RSS),
        (b"\x01mer0157 4 pl 55  Strike\r\n\x02text\x03", WireFormat.IPTC_7901),
        (b"\x16\x16\x01a0001\x1f..", WireFormat.ANPA_1312),
    ],
)
def test_content_alone_tells_a_wire_format(value, wire_format):
    for feed in (Feed.ANY, Feed.WIRE):
        assert decode_record(a_record(value, feed=feed)).wire_format is wire_format


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (KILL, (), ReasonCode.SCHEMA_UNKNOWN),
        (KILL, PAGE_HEADERS, ReasonCode.HTTP_NOT_HTML),
        (orjson.dumps(ENVELOPE | {"url": "https://other.example/"}), PAGE_HEADERS, ReasonCode.HTTP_NOT_HTML),
        (G2, (), ReasonCode.HTTP_NOT_HTML),
        (G2, PAGE_HEADERS, ReasonCode.HTTP_NOT_HTML),
        (b"\x01mer0157 4 pl 55  KILL\r\n\x02KILL\x03", (), ReasonCode.HTTP_NOT_HTML),
    ],
)
def test_a_page_never_speaks_for_an_agency_or_another_site(value, headers, reason):
    assert reason_of(a_record(value, headers=headers, feed=Feed.PAGES)) is reason


@pytest.mark.parametrize("value", [HTML, b"Ferries sail again.", b"", b"<feedback/>"])
def test_a_wire_feed_carries_no_pages(value):
    assert reason_of(a_record(value, feed=Feed.WIRE)) is ReasonCode.WIRE_HEADER_UNRECOGNISED
    assert reason_of(a_record(orjson.dumps(ENVELOPE), feed=Feed.WIRE)) is ReasonCode.SCHEMA_UNKNOWN


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b'{"url": "https://coastal.exa', ReasonCode.JSON_MALFORMED),
        (b"{broken}", ReasonCode.JSON_MALFORMED),
        (b"[]", ReasonCode.JSON_NOT_OBJECT),
        (b'[{"uri": "u"}]', ReasonCode.JSON_NOT_OBJECT),
        (b"17", ReasonCode.JSON_NOT_OBJECT),
        (b'"text"', ReasonCode.JSON_NOT_OBJECT),
        (b"null", ReasonCode.JSON_NOT_OBJECT),
        (b'{"a": 1}', ReasonCode.SCHEMA_UNKNOWN),
        (b"[" * 100_000, ReasonCode.JSON_TOO_DEEP),
        (b'{"a":' * 100_000, ReasonCode.JSON_TOO_DEEP),
        (b"\x00\x00\x00\x00\x07{}", ReasonCode.SCHEMA_UNKNOWN),
        (b"\x89PNG\r\n\x1a\n\x00\x00", ReasonCode.HTTP_NOT_HTML),
        (b"%PDF-1.7\n", ReasonCode.HTTP_NOT_HTML),
        (bytes(range(256)) * 20, ReasonCode.ENCODING_UNDECODABLE),
        (b"\0" * 100, ReasonCode.ENCODING_UNDECODABLE),
        (b" \r\n\t", ReasonCode.TEXT_EMPTY),
        (
            b'<?xml version="1.0"?><conceptItem xmlns="http://iptc.org/std/nar/2006-10-01/"/>',
            ReasonCode.WIRE_NOT_NEWS,
        ),
        (b"<?xml version='1.0'?><inventory/>", ReasonCode.WIRE_HEADER_UNRECOGNISED),
    ],
)
def test_what_no_contract_knows_is_rejected_with_its_reason(value, reason):
    assert reason_of(a_record(value)) is reason


def test_a_text_that_opens_with_a_bracket_is_a_text():
    assert decode_record(a_record(b"[Update] Ferries sail again, the port says.")).is_text


def test_a_wire_message_has_a_size_limit_that_no_parser_sees():
    huge = orjson.dumps(ninjs(note="x" * 7_400_000))

    assert reason_of(a_record(huge, feed=Feed.WIRE)) is ReasonCode.SIZE_PAYLOAD
    assert reason_of(a_record(huge)) is ReasonCode.SIZE_PAYLOAD
    assert reason_of(a_record(b"", oversize_bytes=99_000_000)) is ReasonCode.SIZE_PAYLOAD
    assert reason_of(a_record(b'{"a":"' + b"x" * 17_000_000)) is ReasonCode.SIZE_PAYLOAD


@pytest.mark.parametrize(
    "line",
    [
        orjson.dumps(ninjs()),
        orjson.dumps(ninjs())[:-40],
        b'  {"GUID" : "urn:a", "headline": "x"}',
        orjson.dumps(ENVELOPE),
        orjson.dumps({"api_version": "1", "data": {"item": {}}}),
        orjson.dumps({"format": "digitalwires@1.0", "urn": "u"}),
        orjson.dumps({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": "x"}),
    ],
)
def test_a_text_among_whose_lines_are_records_is_no_page(line):
    text = b"Connection reset\nReading again\n" + line + b"\n"

    for body in (text, text.decode().encode("utf-16")):
        assert reason_of(a_record(body)) is ReasonCode.SCHEMA_UNKNOWN


def test_markup_before_wire_copy_does_not_make_it_a_page():
    body = b"<html><body>502 Bad gateway</body></html>\n" + orjson.dumps(ninjs())

    assert reason_of(a_record(body)) is ReasonCode.SCHEMA_UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        b'<html><body><p>x</p><script>\n{"uri": "urn:a", "type": "text"}\n</script><p>y</p></body></html>',
        b'<html><head><style>\n{ "guid": 1 }</style><script>\n{"guid": "x"}',
        b'Ferries sail again\n\nThe port answered {"uri": "x"} and\n{"status": "ok"}\nto the captain.',
    ],
)
def test_objects_in_scripts_and_in_the_run_of_a_text_are_part_of_the_page(body):
    body = body.replace(b'{ "guid": 1 }', b"p { x: 1 }")

    assert decode_record(a_record(body)).is_bare


def test_a_record_cut_off_by_the_end_of_its_file_is_rejected():
    assert reason_of(a_record(HTML, damage="cut off")) is ReasonCode.FILE_TRUNCATED


def test_the_hash_of_a_payload_is_that_of_the_inner_record():
    bare = decode_record(a_line(ninjs(), feed=Feed.WIRE))
    capture = {"topic": "news.wire.raw", "offset": 5, "value_base64": _base64(orjson.dumps(ninjs()))}

    captured = decode_record(a_line(capture))

    assert captured.payload_sha256 == bare.payload_sha256
    assert captured.record.origin.offset == 5


def test_a_character_that_json_cannot_hold_loses_no_kill():
    lone = (
        b'{"uri": "'
        + GUID.encode()
        + rb'", "pubstatus": "canceled", "ednote": "\ud83d gone \\ud800 \ud83d\ude00"}'
    )
    windows = b'{"uri": "' + GUID.encode() + b'", "pubstatus": "canceled", "ednote": "\x93quoted\x94"}'

    assert isinstance(decode_record(a_record(lone, feed=Feed.WIRE)), RawWire)
    assert isinstance(decode_record(a_record(windows, feed=Feed.WIRE)), RawWire)


def _base64(value: bytes) -> str:
    import base64

    return base64.b64encode(value).decode()


def test_records_that_retention_took_are_one_rejection_that_names_their_offsets():
    lost = a_record(
        b"",
        origin=Origin(source="news.wire.raw", partition=3, offset=799, follows=99),
        lost_records=700,
        feed=Feed.WIRE,
    )

    with pytest.raises(Rejected, match="100 to 799") as caught:
        decode_record(lost)
    assert caught.value.reason is ReasonCode.SOURCE_LOST


@pytest.mark.parametrize("feed", [Feed.PAGES, Feed.WIRE])
def test_a_record_of_six_megabytes_passes(feed):
    paragraph = "The harbour board of Marrowby met to hear how the ferry struck the quay. "
    wire = orjson.dumps(ninjs(bodies=[{"contentType": "text/plain", "value": paragraph * 85_000}]))
    page = f"<html><body><p>{paragraph * 20}</p><script>{'x' * 6_000_000}</script></body></html>".encode()
    record = a_record(page, headers=PAGE_HEADERS[:-1], feed=feed)
    if feed is Feed.WIRE:
        record = a_record(wire, feed=feed)

    (article,) = compose_article(decode_record(record))

    assert len(record.value) > 6_000_000
    assert article.body_text.startswith("The harbour board of Marrowby")
