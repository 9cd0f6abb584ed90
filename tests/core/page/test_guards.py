import gzip
from contextlib import suppress
from time import process_time

import pytest

from pipelines.core.page.guards import (
    MAX_TEXT_CHARS,
    refuse_feeds,
    refuse_hostile_markup,
    refuse_other_kinds,
    refuse_oversize,
    unpacked,
)
from pipelines.core.page.markup import parse_markup
from schemas.rejection import ReasonCode, Rejected

PARAGRAPH = "<p>Crews of the Saltmarsh ferries ended their nine-day strike on Sunday night.</p>"
ATTRIBUTES = " ".join(f'a{number}="x"' for number in range(1_100))


def reason_of(work: object, *arguments: object) -> ReasonCode:
    with pytest.raises(Rejected) as refused:
        work(*arguments)  # type: ignore[operator]
    return refused.value.reason


def test_a_gzip_body_is_unpacked_whatever_its_members() -> None:
    assert unpacked(gzip.compress(b"<p>one") + gzip.compress(b" two</p>") + b"\0\0") == b"<p>one two</p>"
    assert unpacked(b"<p>plain</p>") == b"<p>plain</p>"


def test_a_gzip_bomb_is_refused() -> None:
    assert reason_of(unpacked, gzip.compress(b"a" * 20_000_000)) is ReasonCode.SIZE_DECOMPRESSED


@pytest.mark.parametrize(
    "raw", [gzip.compress(PARAGRAPH.encode() * 9)[:-20], b"\x1f\x8b\x08 not really"], ids=["cut", "no gzip"]
)
def test_a_damaged_gzip_body_is_refused(raw: bytes) -> None:
    assert reason_of(unpacked, raw) is ReasonCode.FILE_TRUNCATED


def test_a_page_beyond_the_cap_is_refused() -> None:
    refuse_oversize(MAX_TEXT_CHARS)

    assert reason_of(refuse_oversize, MAX_TEXT_CHARS + 1) is ReasonCode.SIZE_PAYLOAD


@pytest.mark.parametrize(
    "raw", [b"%PDF-1.7 x", b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"PK\x03\x04"]
)
def test_other_kinds_are_known_by_their_first_bytes(raw: bytes) -> None:
    assert reason_of(refuse_other_kinds, raw) is ReasonCode.HTTP_NOT_HTML


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ('<?xml version="1.0"?>\n<rss version="2.0"><channel>', "text/html"),
        ('<feed xmlns="http://www.w3.org/2005/Atom">', None),
        ("<!-- made by hand --><urlset>", None),
        ('{"status": "ok"}', None),
        ('[{"id": 1}]', "application/json"),
        ("no markup", "image/jpeg"),
        ("no markup", "application/pdf"),
    ],
)
def test_feeds_data_and_pictures_are_no_pages(text: str, content_type: str | None) -> None:
    assert reason_of(refuse_feeds, text, content_type) is ReasonCode.HTTP_NOT_HTML


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ('<?xml version="1.0"?><html><body><p>x</p></body></html>', "application/xhtml+xml"),
        ("<html><p>x</p>", "application/pdf"),
        ("[Update] The ferry sails again.", None),
        ("The ferry sails again.", "text/html"),
    ],
)
def test_a_page_is_a_page_whatever_it_is_called(text: str, content_type: str | None) -> None:
    refuse_feeds(text, content_type)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<div>" * 60_000, ReasonCode.HTML_TOO_DEEP),
        ("<div>" * 60_000 + "</div>" * 60_000, ReasonCode.HTML_TOO_DEEP),
        (PARAGRAPH * 30_000, ReasonCode.HTML_TOO_MANY_TAGS),
        ("<br>" * 60_000, ReasonCode.HTML_TOO_MANY_TAGS),
        (f"<p {ATTRIBUTES}>x</p>", ReasonCode.HTML_TOO_MANY_TAGS),
        (f"<p a=\"<\" b='>' {ATTRIBUTES}>x</p>", ReasonCode.HTML_TOO_MANY_TAGS),
        ("<p " + "a " * 50_000, ReasonCode.HTML_TOO_MANY_TAGS),
        ("<table><tr><td>" * 31, ReasonCode.HTML_TOO_DEEP),
        ("<script>tables()</script><TABLE\n><tBody/>" * 600, ReasonCode.HTML_TOO_DEEP),
    ],
)
def test_hostile_markup_is_refused_before_any_parser(text: str, reason: ReasonCode) -> None:
    assert reason_of(refuse_hostile_markup, text) is reason


def test_a_script_full_of_comparisons_is_no_crowded_tag() -> None:
    refuse_hostile_markup(f"<script>if (i <a {ATTRIBUTES}) run()</script>{PARAGRAPH}")

    with pytest.raises(Rejected):
        refuse_hostile_markup(f"<script>if (i <a {ATTRIBUTES}) run()</script><a {ATTRIBUTES}>x</a>")


@pytest.mark.parametrize(
    "text",
    [
        "<table><tr><td>" * 30 + PARAGRAPH,
        "<table><tr><td>x</td></tr></table>" * 900,
        "</table>" * 40 + "<table>" * 30,
        "<script>" + "write('<table>');" * 60 + "</script>" + PARAGRAPH,
        "<tablet>" * 60 + PARAGRAPH,
    ],
)
def test_tables_beside_one_another_or_few_within_one_another_are_no_attack(text: str) -> None:
    refuse_hostile_markup(text)


@pytest.mark.parametrize("levels", [10, 255, 256, 400, 1_900])
def test_deep_pages_keep_their_text(levels: int) -> None:
    tree = parse_markup("<html><body>" + "<div>" * levels + PARAGRAPH * 50 + "</div>" * levels)

    assert "".join(map(str, tree.itertext())).count("nine-day strike") == 50


@pytest.mark.parametrize(
    "markup",
    [
        "<html><body>" + "<div>" * 2_500 + PARAGRAPH,
        "<html><body>" + "<div>" * 1_900 + PARAGRAPH * 15_000,
        "<html><body>" + "<p><object>" * 900 + "word " * 600_000,
    ],
)
def test_depth_beyond_bounded_work_is_refused(markup: str) -> None:
    assert reason_of(parse_markup, markup) is ReasonCode.HTML_TOO_DEEP


@pytest.mark.parametrize(
    "markup",
    [
        PARAGRAPH,
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x/y.dtd"><html/><body>' + PARAGRAPH,
        '<?xml version="1.0" encoding="iso-8859-1"?><html><body>' + PARAGRAPH,
        '<html lang="en" /><body>' + PARAGRAPH,
        "<html><body><p>Crews of the <b>Saltmarsh ferries ended <i>their</b> nine-day strike",
    ],
)
def test_faulty_markup_keeps_its_text(markup: str) -> None:
    assert "nine-day strike" in "".join(map(str, parse_markup(markup).itertext()))


def test_nothing_is_no_page() -> None:
    assert reason_of(parse_markup, " \n") is ReasonCode.TEXT_EMPTY


@pytest.mark.parametrize(
    "piece",
    [
        "<a" + "b" * 98,
        '<a b="',
        "<a b='<a b=\"",
        "<a b c ",
        "<a " * 20 + '" b="',
        '<a" b="',
        "<a b=" + "c" * 50,
        "<script><a" + " b" * 50,
        "<!-- <a ",
        "<table></table>",
        "<table",
    ],
)
def test_looking_for_hostile_markup_takes_linear_time(piece: str) -> None:
    def seconds(times: int) -> float:
        text = "<html><body><p>x</p>" + piece * times
        fastest = 60.0
        for _ in range(3):
            begun = process_time()
            with suppress(Rejected):
                refuse_hostile_markup(text)
            fastest = min(fastest, process_time() - begun)
        return fastest

    small = 19_000 // piece.count("<")

    assert seconds(2 * small) < 3 * seconds(small) + 0.1
