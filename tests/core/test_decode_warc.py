"""DecodeRecord: a WARC record is the page that a server answered, and nothing that it pretends to be."""

import gzip
import zlib
from contextlib import suppress

import brotli
import orjson
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.compose import compose_article
from pipelines.core.decode.decoding import decode_record
from pipelines.core.decode.http_message import unchunked
from schemas.page import RawPage
from schemas.record import Feed
from schemas.rejection import ReasonCode, Rejected
from tests.builders import MORNING, a_record
from tests.builders_warc import HTML, PARAGRAPH, URL, a_request, a_warc_record, a_warcinfo, an_answer
from tests.builders_wire import a_kill, ninjs


def page_of(value: bytes, **fields) -> RawPage:
    page = decode_record(a_record(value, **fields))
    assert isinstance(page, RawPage)
    return page


def reason_of(value: bytes, **fields) -> ReasonCode:
    with pytest.raises(Rejected) as caught:
        decode_record(a_record(value, **fields))
    return caught.value.reason


def chunked(body: bytes, size: int = 100) -> bytes:
    parts = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def bare_deflate(body: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(body) + deflate.flush()


PACKINGS = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("GZIP", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", bare_deflate),
    ("br", brotli.compress),
    ("zstd", zstandard.compress),
]


def test_a_response_is_the_page_of_its_address_at_its_time():
    page = page_of(a_warc_record())

    assert (page.body, page.url, page.charset, page.http_status) == (HTML, URL, "utf-8", 200)
    assert (page.is_text, page.is_bare) == (False, False)
    assert page.fetched_at is not None
    assert page.fetched_at.isoformat() == "2026-03-02T07:59:00+00:00"
    assert page.headers == (("content-type", "text/html; charset=utf-8"),)


def test_the_page_in_a_warc_becomes_an_article():
    (article,) = compose_article(page_of(a_warc_record()))

    assert (article.url, article.source) == (URL, "coastal.example")
    assert PARAGRAPH in article.body_text


@pytest.mark.parametrize("feed", [Feed.ANY, Feed.PAGES])
def test_a_warc_record_is_a_page_on_a_topic_of_pages_too(feed):
    assert page_of(a_warc_record(), feed=feed).url == URL


@pytest.mark.parametrize("feed", [Feed.WIRE, Feed.LINES])
def test_a_warc_record_on_a_feed_of_others_is_rejected(feed):
    expected = {
        Feed.WIRE: ReasonCode.WIRE_HEADER_UNRECOGNISED,
        Feed.LINES: ReasonCode.JSON_NOT_OBJECT,
    }

    assert reason_of(a_warc_record(), feed=feed) in (expected[feed], ReasonCode.JSON_MALFORMED)


@pytest.mark.parametrize("body", [a_kill(), ninjs()])
def test_what_a_server_sent_is_never_a_wire_message(body):
    answer = an_answer(orjson.dumps(body), content_type="application/json")

    assert reason_of(a_warc_record(answer)) is ReasonCode.HTTP_NOT_HTML


def test_what_a_server_sent_is_never_a_record_of_another_address():
    inner = a_warc_record(WARC_Target_URI="https://victim.example/")

    assert reason_of(a_warc_record(an_answer(inner))) is ReasonCode.HTTP_NOT_HTML


def test_no_header_of_a_server_chooses_the_address_or_the_status():
    answer = an_answer(final_url="https://victim.example/", http_status="404", url="https://victim.example/")
    page = page_of(a_warc_record(answer))

    assert (page.url, page.final_url, page.http_status) == (URL, None, 200)


@pytest.mark.parametrize(("coding", "pack"), PACKINGS)
@pytest.mark.parametrize("is_chunked", [False, True])
def test_codings_and_chunks_are_undone(coding, pack, is_chunked):
    body = chunked(pack(HTML)) if is_chunked else pack(HTML)
    answer = an_answer(body, content_encoding=coding, transfer_encoding="chunked" if is_chunked else "")

    assert page_of(a_warc_record(answer)).body == HTML


def test_two_codings_are_undone_in_their_order():
    answer = an_answer(gzip.compress(brotli.compress(HTML)), content_encoding="br, gzip")

    assert page_of(a_warc_record(answer)).body == HTML


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "identity", "unheard-of", ""])
def test_a_body_that_was_unpacked_already_is_taken_as_it_is(coding):
    answer = an_answer(content_encoding=coding, transfer_encoding="chunked")

    assert page_of(a_warc_record(answer)).body == HTML


BOMB = b"\0" * (16 << 20)


@pytest.mark.parametrize(("coding", "pack"), [PACKINGS[place] for place in (0, 3, 4, 5, 6)])
def test_a_packed_bomb_is_rejected(coding, pack):
    answer = an_answer(pack(BOMB), content_encoding=coding)

    assert reason_of(a_warc_record(answer)) is ReasonCode.SIZE_DECOMPRESSED


@pytest.mark.parametrize(("coding", "pack"), PACKINGS[3:])
def test_a_packed_body_that_is_cut_off_is_rejected(coding, pack):
    packed = pack(HTML * 20)
    answer = an_answer(packed[: len(packed) // 2], content_encoding=coding)

    assert reason_of(a_warc_record(answer)) is ReasonCode.FILE_TRUNCATED


def test_a_body_of_a_million_chunks_is_rejected():
    answer = an_answer(b"1\r\nx\r\n" * 1_000_000, transfer_encoding="chunked")

    assert reason_of(a_warc_record(answer)) is ReasonCode.SIZE_PAYLOAD


@given(st.binary(max_size=300), st.integers(1, 40))
def test_chunks_of_any_size_give_the_body_back(body, size):
    assert unchunked(chunked(body, size)) == body


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reading_of_chunks(body):
    assert len(unchunked(body)) <= len(body)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", 404),
        (b"HTTP/1.0 410\r\nContent-Type: text/html\r\n\r\n", 410),
        (b"HTTP/2 200\r\ncontent-type: text/html\r\n\r\n<p>a</p>", 200),
        (b"http/1.1 200 ok\ncontent-type: text/html\n\n<p>a</p>", 200),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n<p>a</p>", 200),
        (b"HTTP/1.1 200 OK\r\nno colon\r\nX-Long: a\r\n b\r\n\r\n<p>a</p>", 200),
        (b"HTTP/1.1 404 Not Found\r\nServer: x", 404),
        (b"HTTP/1.1 410 Gone\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08broken", 410),
    ],
)
def test_a_head_of_http_is_read_leniently(head, status):
    assert page_of(a_warc_record(head)).http_status == status


def test_doubled_headers_are_joined_as_http_joins_them_but_for_the_content_type():
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Robots-Tag: noai\r\nX-Robots-Tag: noindex\r\n"
        b"Content-Type: image/png\r\n\r\n<p>a</p>"
    )

    assert page_of(a_warc_record(answer)).headers == (
        ("content-type", "text/html"),
        ("x-robots-tag", "noai, noindex"),
    )


def test_a_resource_is_a_page_and_a_conversion_its_text():
    resource = page_of(a_warc_record(HTML, "resource", Content_Type="text/html; charset=iso-8859-1"))
    text = page_of(a_warc_record(PARAGRAPH.encode(), "conversion", Content_Type="text/plain"))

    assert (resource.body, resource.charset, resource.is_text) == (HTML, "iso-8859-1", False)
    assert (text.body, text.charset, text.is_text) == (PARAGRAPH.encode(), "utf-8", True)


@pytest.mark.parametrize("version", ["WARC/0.18", "WARC/1.0", "warc/1.1"])
def test_every_version_is_read(version):
    assert page_of(a_warc_record(version=version)).url == URL


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (a_warcinfo(), ReasonCode.SCHEMA_UNKNOWN),
        (a_request(), ReasonCode.SCHEMA_UNKNOWN),
        (a_warc_record() + a_warc_record(), ReasonCode.SCHEMA_UNKNOWN),
        (a_warc_record(b"<p>no head</p>"), ReasonCode.SCHEMA_UNKNOWN),
        (a_warc_record(b"HTTP/1.1 OK\r\n\r\n"), ReasonCode.SCHEMA_UNKNOWN),
        (a_warc_record()[:-60], ReasonCode.FILE_TRUNCATED),
        (a_warc_record()[:60], ReasonCode.FILE_TRUNCATED),
        (a_warc_record(Content_Length="many"), ReasonCode.FIELD_MISSING),
        (a_warc_record(WARC_Target_URI=None), ReasonCode.FIELD_MISSING),
        (a_warc_record(WARC_Target_URI="ftp://coastal.example/"), ReasonCode.URL_INVALID),
        (a_warc_record(WARC_Date="yesterday"), ReasonCode.FIELD_TYPE),
        (a_warc_record(WARC_Date="2027-03-02T08:00:00Z"), ReasonCode.TIME_FUTURE),
        (a_warc_record(an_answer(b"  ")), ReasonCode.TEXT_EMPTY),
        (a_warc_record(an_answer(b"\x89PNG\r\n\x1a\n", content_type="image/png")), ReasonCode.HTTP_NOT_HTML),
        (a_warc_record(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000), ReasonCode.SCHEMA_UNKNOWN),
    ],
)
def test_what_is_no_page_is_rejected_for_its_reason(value, reason):
    assert reason_of(value) is reason


def test_the_address_may_stand_in_angle_brackets():
    assert page_of(a_warc_record(WARC_Target_URI=f"<{URL}>")).url == URL


@given(st.binary(max_size=60), st.integers(0, 900), st.integers(0, 60))
def test_no_damage_to_a_record_is_more_than_a_rejection(noise, place, gone):
    value = a_warc_record()
    damaged = value[:place] + noise + value[place + gone :]

    with suppress(Rejected):
        decode_record(a_record(damaged, received=MORNING))
