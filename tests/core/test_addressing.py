"""A record of a file goes where its content belongs, under the key that keeps its versions together, and stays what it was."""

import time
from dataclasses import replace
from hashlib import sha256

import orjson
import pytest

from pipelines.core.addressing import MAX_KEY_BYTES, address_of
from pipelines.core.decode.decoding import decode_record
from pipelines.core.wire.compose import compose_wire
from schemas.record import Feed, Origin, Record
from schemas.rejection import Rejected
from tests.builders_wire import GUID, a_kill, ninjs

URL = "https://coastal.example/harbour/a"
PAGE = {"url": URL, "fetched_at": "2026-03-02T08:00:00Z", "html": "<p>x</p><p>y</p><p>z</p>"}
HTML = b"<!doctype html><html><body><p>Ferries sail again.</p></body></html>"
WARC = (
    b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: " + URL.encode() + b"\r\n"
    b"WARC-Date: 2026-03-02T08:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
    b"Content-Length: %d\r\n\r\n"
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + HTML
EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "crawler-7",
    "type": "news.page.fetched",
    "subject": URL,
    "time": "2026-03-02T08:00:00Z",
    "datacontenttype": "text/html",
    "data": HTML.decode(),
}


def a_file(value, feed=Feed.ANY):
    return Record(origin=Origin(source="file:a"), value=value, feed=feed)


def a_line(item):
    return a_file(item if isinstance(item, bytes) else orjson.dumps(item), Feed.LINES)


def on_topic(record):
    """The record as the stream reads it from the topic that it was sent to."""
    address = address_of(record)
    return replace(record, feed=address.feed, key=address.key, headers=address.headers)


def understood(record):
    """What DecodeRecord makes of it, apart from where it stood."""
    try:
        raw = decode_record(record)
    except Rejected as rejected:
        return rejected.reason
    return replace(raw, record=None)


PAGES = [
    a_file(HTML),
    a_line(PAGE),
    a_file(orjson.dumps(PAGE)),
    a_file(WARC % len(ANSWER) + ANSWER),
    a_line(EVENT),
]
WIRES = [
    a_line(ninjs()),
    a_file(orjson.dumps(ninjs())),
    a_line(a_kill()),
    a_file(b'<?xml version="1.0"?><nitf><body/></nitf>'),
    a_file(b"\x01HND0123 4 VM 118 HND 0123\r\n\r\nWetter\r\n\r\n\x02Sturm.\x03\r\n"),
]
NEITHER = [
    a_file(b"%PDF-1.7 \xff\xfe"),
    a_file(b" \n "),
    a_line(b"a line of a log that is long enough to pass for the text of a page, if it were read as one"),
    a_line(b'{"cut": '),
    a_line({"a": 1}),
    a_line({"url": URL, "html": "<p>no time</p>"}),
    a_line({"url": URL, "fetched_at": "2026-03-02T08:00:00Z"}),
]


@pytest.mark.parametrize("record", PAGES)
def test_a_page_goes_to_the_pages(record):
    assert address_of(record).feed is Feed.PAGES


@pytest.mark.parametrize("record", WIRES)
def test_wire_copy_goes_to_the_wire(record):
    assert address_of(record).feed is Feed.WIRE


@pytest.mark.parametrize("record", PAGES + WIRES + NEITHER)
def test_what_is_read_from_the_topic_is_what_was_read_from_the_file(record):
    assert understood(on_topic(record)) == understood(record)


@pytest.mark.parametrize("record", NEITHER)
def test_what_is_neither_becomes_a_dead_letter_there(record):
    with pytest.raises(Rejected):
        decode_record(on_topic(record))


def test_what_may_be_wire_copy_goes_where_dead_letters_are_for_editors():
    assert address_of(a_line(b'{"uri": "urn:x", "headline": "cut o')).feed is Feed.WIRE
    assert address_of(a_file(b"\x01\x02")).feed is Feed.WIRE
    assert address_of(a_file(b'\xef\xbb\xbf{"uri": "urn:x", "headline": "cut o')).feed is Feed.WIRE


def test_all_versions_of_a_page_have_one_key():
    seen = {
        **PAGE,
        "url": "https://m.coastal.example/harbour/a?utm_source=x",
        "fetched_at": "2026-03-03T08:00:00Z",
    }

    assert address_of(a_line(PAGE)).key == address_of(a_line(seen)).key == b"coastal.example/harbour/a"


def test_a_page_goes_by_where_it_was_found_in_the_end():
    moved = {**PAGE, "final_url": "https://coastal.example/b"}

    assert address_of(a_line(moved)).key == b"coastal.example/b"


def test_a_kill_has_the_key_of_its_story():
    story, correction, kill = ninjs(), ninjs(version="2"), a_kill()

    keys = {address_of(a_line(item)).key for item in (story, correction, kill)}

    assert len(keys) == 1
    assert GUID.encode() in keys.pop()


G2 = (
    "<?xml version='1.0' encoding='{charset}'?>\n<!-- harbour -->\n"
    "<newsMessage xmlns='http://iptc.org/std/nar/2006-10-01/'><header/><itemSet>"
    "<newsItem standard='NewsML-G2' xml:lang = 'en'\n  guid = \"urn:newsml:agency.example:7&amp;8\" version='{version}'>"
    "<itemMeta/></newsItem><newsItem guid='urn:newsml:agency.example:other' version='1'/></itemSet></newsMessage>"
)


def a_g2(version=1, charset="utf-8"):
    return a_file(G2.format(version=version, charset=charset).encode(charset))


def test_a_correction_in_newsml_g2_has_the_key_of_its_story_in_whatever_character_set():
    keys = {address_of(one).key for one in (a_g2(), a_g2(version=2), a_g2(version=3, charset="utf-16"))}

    assert keys == {b"agency.example urn:newsml:agency.example:7&8"}


@pytest.mark.parametrize(
    "item",
    [
        b"<newsItem x:guid='urn:newsml:agency.example:7'/>",
        b"<newsItem alt='guid=7'/>",
        b"<newsItem guid=''/>",
        b"<newsItem guid='urn:newsml:agency.example:7",
        b"<newsItem " + b"a='b' " * 20_000 + b"guid='urn:newsml:agency.example:7'/>",
    ],
)
def test_newsml_g2_without_an_id_in_its_head_goes_by_its_bytes(item):
    record = a_file(b"<?xml version='1.0'?><newsMessage>" + item)

    assert address_of(record).key == sha256(record.value).hexdigest()[:32].encode()


@pytest.mark.parametrize(
    "head", ["<newsItem a='b' ", "<", "<newsItem" + " " * 50, "<newsItem guid ", "<a:", "<newsItem a='"]
)
def test_the_id_of_newsml_g2_is_looked_for_in_linear_time(head):
    record = a_file(b"<?xml version='1.0'?><newsMessage>" + (head * 65_536)[:65_500].encode())
    begun = time.process_time()

    address_of(record)

    assert time.process_time() - begun < 0.5


def test_another_wire_format_goes_by_its_bytes():
    first, second = (a_file(b"<nitf><docdata><doc-id id-string='7'/></docdata><body>%d" % n) for n in (1, 2))

    assert address_of(first).key != address_of(second).key


@pytest.mark.parametrize("item", [ninjs(), ninjs(uri="http://api.agency.example/item/7"), a_kill()])
def test_the_key_of_wire_copy_is_what_its_article_is_identified_by(item):
    [article] = compose_wire(decode_record(a_line(item)))

    assert address_of(a_line(item)).key == f"{article.source} {article.guid}".encode()


def test_what_has_no_identity_goes_by_its_bytes():
    first, again, other = (address_of(a_file(text)) for text in (HTML, HTML, HTML + b" "))

    assert first == again
    assert first.key != other.key


def test_a_long_key_is_a_hash():
    long = {**PAGE, "url": URL + "/" + "x" * 4_000}

    assert len(address_of(a_line(long)).key) <= MAX_KEY_BYTES
