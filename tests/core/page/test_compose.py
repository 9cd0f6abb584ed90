from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from pipelines.core.identity import digest, order_key
from pipelines.core.page.compose import compose_page
from schemas.article_parts import Precision, PublishedSource, SourceKind, Tdm, Zone
from schemas.page import RawPage
from schemas.rejection import ReasonCode, Rejected
from tests.builders import MORNING, a_page, a_record

CORPUS = Path(__file__).parents[2] / "corpus" / "pages"
STRIKE_URL = "https://www.courier.example/2026/03/02/ferry-strike-ends?utm_source=feed"
SENTENCE = "Crews of the Saltmarsh ferries ended their nine-day strike on Sunday night."
HTML = f"<html><head><title>Ferry strike ends</title></head><body><p>{SENTENCE}</p></body></html>"
TEXT = f"Ferry strike ends\n\n{SENTENCE}\nThe first boat is to leave Heron Quay at six on Monday morning, the company said."


def corpus_page(name: str, url: str | None = "https://post.example/news/story-1") -> RawPage:
    return a_page((CORPUS / f"{name}.html").read_bytes(), url=url)


def a_bare_page(body: str | bytes, *, is_text: bool = False) -> RawPage:
    raw = body.encode() if isinstance(body, str) else body
    return a_page(
        raw, url=None, is_text=is_text, is_bare=True, fetched_at=None, record=a_record(raw, received=None)
    )


def reason_of(page: RawPage) -> ReasonCode:
    with pytest.raises(Rejected) as refused:
        compose_page(page)
    return refused.value.reason


def test_a_news_page_fills_every_field_from_its_own_statements() -> None:
    article = compose_page(corpus_page("strike", STRIKE_URL))

    assert article.headline == "Ferry strike ends after nine days"
    assert (article.byline, article.authors) == ("By Ina Marlow", ("Ina Marlow",))
    assert article.abstract == "Crews return on Monday with a pay rise of 4.5 per cent."
    assert article.section == "Transport"
    assert article.keywords == ("ferries", "strikes", "Saltmarsh")
    assert (article.source_kind, article.source) == (SourceKind.WEB, "courier.example")
    assert (article.source_name, article.source_country) == ("The Saltmarsh Courier", "ZA")
    assert article.published == datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
    assert article.published_source is PublishedSource.JSON_LD
    assert (article.published_precision, article.published_zone) == (Precision.SECOND, Zone.STATED)
    assert article.modified == datetime(2026, 3, 2, 5, 15, tzinfo=UTC)
    assert article.tdm is Tdm.RESERVED
    assert [(one.role, one.url, one.credit) for one in article.media] == [
        ("main", "https://www.courier.example/pictures/ferry.jpg", "Tobi Renner")
    ]
    assert article.quality_flags == ()


def test_the_body_is_the_article_s_paragraphs_and_nothing_else() -> None:
    body = compose_page(corpus_page("strike", STRIKE_URL)).body_text or ""
    paragraphs = body.split("\n")

    assert paragraphs[0].startswith("Crews of the Saltmarsh ferries")
    assert paragraphs[-1].endswith("an hour to the journey into Port Ellery.")
    assert all(paragraph and paragraph == paragraph.strip() for paragraph in paragraphs)
    assert not any(
        word in body for word in ("Comments", "First!", "older story", "Copyright", "Ferry strike ends")
    )


def test_a_page_is_identified_by_its_own_canonical_link() -> None:
    article = compose_page(corpus_page("strike", STRIKE_URL))

    assert article.canonical_url == "https://www.courier.example/2026/03/02/ferry-strike-ends"
    assert article.article_id == digest("web", "courier.example/2026/03/02/ferry-strike-ends")
    assert article.url == STRIKE_URL


@pytest.mark.parametrize("url", ["https://m.courier.example/amp/x?amp=1", "https://courier.example/p?id=7"])
def test_two_addresses_with_one_canonical_link_are_one_article(url: str) -> None:
    head = '<link rel="canonical" href="https://www.courier.example/ferry-strike-ends">'
    first = compose_page(a_page(HTML.replace("<title>", head + "<title>"), url=url))
    second = compose_page(a_page(HTML, url="https://courier.example/ferry-strike-ends"))

    assert first.article_id == second.article_id


def test_a_page_cannot_take_the_place_of_another_publisher_s_article() -> None:
    head = '<link rel="canonical" href="https://post.example/world/ferry-7">'
    article = compose_page(
        a_page(HTML.replace("<title>", head + "<title>"), url="https://courier.example/ferry-7")
    )

    assert article.article_id == digest("web", "courier.example/ferry-7")
    assert article.canonical_url is None
    assert article.syndicated_from == "https://post.example/world/ferry-7"
    assert (article.url_key, article.canonical_key) == (
        "courier.example/ferry-7",
        "post.example/world/ferry-7",
    )


def test_the_final_address_is_the_page_s() -> None:
    page = a_page(HTML, url="https://t.example/x1", final_url="https://courier.example/ferry")
    article = compose_page(page)

    assert (article.url, article.source) == ("https://courier.example/ferry", "courier.example")


def test_a_bare_file_stands_at_its_canonical_link() -> None:
    article = compose_page(
        a_bare_page(
            HTML.replace(
                "<title>", '<link rel="canonical" href="https://post.example/ferry-strike-ends"><title>'
            )
        )
    )

    assert (article.url, article.source) == ("https://post.example/ferry-strike-ends", "post.example")
    assert article.article_id == digest("web", "post.example/ferry-strike-ends")


@pytest.mark.parametrize(("body", "is_text"), [(HTML, False), (TEXT, True)])
def test_a_bare_file_without_link_is_identified_by_its_bytes_alone(body: str, is_text: bool) -> None:
    page = a_bare_page(body, is_text=is_text)
    elsewhere = replace(
        page, record=replace(page.record, origin=replace(page.record.origin, source="file:b", offset=9))
    )
    article, other = compose_page(page), compose_page(elsewhere)

    assert article.article_id == digest("file", sha256(body.encode()).hexdigest())
    assert article.source == "file"
    assert (article.url, article.url_key, article.received, article.fetched_at) == (None, None, None, None)
    assert other == replace(article, origin=other.origin)


def test_times_of_the_fetch_order_the_versions() -> None:
    article = compose_page(a_page(HTML, fetched_at=MORNING + timedelta(hours=1)))

    assert article.order_key == order_key(canceled=False, version=0, created=MORNING + timedelta(hours=1))
    assert article.version_created == article.fetched_at
    assert article.received == MORNING


def test_a_crawler_s_clock_is_trusted_no_more_than_a_day() -> None:
    article = compose_page(a_page(HTML, fetched_at=MORNING + timedelta(days=900)))

    assert article.version_created == MORNING + timedelta(days=1)
    assert article.order_key == order_key(canceled=False, version=0, created=MORNING)


def test_without_fetch_time_the_record_s_time_orders() -> None:
    article = compose_page(a_page(HTML, fetched_at=None))

    assert article.order_key == order_key(canceled=False, version=0, created=MORNING)
    assert article.version_created is None


def test_the_feed_speaks_only_where_the_page_is_silent() -> None:
    title, published = "  A feed's\ntitle ", "Sun, 01 Mar 2026 09:00:00 GMT"
    silent = compose_page(
        a_page(f"<html><body><p>{SENTENCE}</p></body></html>", title=title, published=published)
    )
    telling = compose_page(replace(corpus_page("strike", STRIKE_URL), title=title, published=published))

    assert (silent.headline, silent.published_source) == ("A feed's title", PublishedSource.FEED)
    assert silent.published == datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    assert telling.headline == "Ferry strike ends after nine days"
    assert telling.published_source is PublishedSource.JSON_LD


def test_a_day_in_the_address_outweighs_a_guess_and_is_no_more_than_a_day() -> None:
    body = HTML.replace("</p>", " Posted 14 February 2026.</p>")
    article = compose_page(a_page(body, url="https://post.example/2026/03/01/ferry"))

    assert article.published == datetime(2026, 3, 1, tzinfo=UTC)
    assert (article.published_source, article.published_precision) == (PublishedSource.URL, Precision.DAY)
    assert "date_guessed" not in article.quality_flags


def test_a_guess_is_flagged() -> None:
    body = HTML.replace("<p>", '<div class="post-date">14 February 2026</div><p>')
    article = compose_page(a_page(body))

    assert article.published == datetime(2026, 2, 14, tzinfo=UTC)
    assert article.published_source is PublishedSource.GUESS
    assert article.quality_flags == ("date_guessed",)


def test_a_stripped_page_is_never_guessed_at() -> None:
    text = (
        TEXT
        + "\nThe ferry Bittern was built in 2019 and overhauled on 14 February 2026 at the yard in Port Ellery."
    )
    article = compose_page(a_page(text, is_text=True))

    assert article.published is None
    assert article.quality_flags == ()


def test_a_labelled_date_after_the_fetch_is_refused() -> None:
    article = compose_page(a_page(TEXT + "\nPublished: 9 March 2027", is_text=True))

    assert article.published is None


def test_a_stripped_page_keeps_what_was_cut() -> None:
    article = compose_page(a_page(TEXT + "\nPublished: 2 March 2026\nShare this article", is_text=True))

    assert article.headline == "Ferry strike ends"
    assert article.extractor == "lines"
    assert article.published_source is PublishedSource.TEXT
    assert (article.body_text or "").startswith(SENTENCE)
    assert "Share this article" in [one.line for one in article.removed_lines]


def test_a_page_without_any_markup_is_read_as_text() -> None:
    assert compose_page(a_page(TEXT)).extractor == "lines"


def test_a_paywalled_page_is_flagged_and_kept() -> None:
    article = compose_page(corpus_page("paywall"))

    assert article.quality_flags[:1] == ("paywall",)
    assert "shorter_than_declared" in article.quality_flags
    assert (article.body_text or "").startswith("Die Hafenbahn in Seefelden")
    assert article.authors == ("Lene Uhrig", "Jo Brandl")
    assert article.published == datetime(2026, 3, 1, 16, 40, tzinfo=UTC)
    assert article.source_country == "AT"


def test_microdata_is_read_and_keeps_its_unknown_zone() -> None:
    article = compose_page(corpus_page("microdata"))

    assert (article.headline, article.authors) == ("Mill fire put out", ("Odd Lassen",))
    assert article.published == datetime(2026, 3, 2, 5, 10, tzinfo=UTC)
    assert (article.published_source, article.published_zone) == (PublishedSource.TIME, Zone.ASSUMED)


def test_a_wrong_charset_is_mended_and_flagged() -> None:
    body = HTML.replace("<title>", '<meta charset="utf-8"><title>').replace("Crews", "Während Crews")
    article = compose_page(a_page(body.encode("cp1252")))

    assert "Während Crews" in (article.body_text or "")
    assert article.quality_flags == ("encoding_repaired",)


def test_the_text_is_composed_unicode() -> None:
    article = compose_page(a_page(HTML.replace("Crews", "Ma\u0308nner")))

    assert "Männer" in (article.body_text or "")


@pytest.mark.parametrize(
    "body",
    [
        f"<p>{SENTENCE}</p>",
        f"<h1>Ferry strike ends</h1><p>{SENTENCE}</p>",
        f"<b>Ferry strike ends</b><br>{SENTENCE}",
        f"<html><body><div>{SENTENCE}</div></body></html>",
        "<html><body><article><h1>罢工结束</h1><p>港口工人星期日结束了罢工。</p></article></body></html>",
    ],
)
def test_a_headline_and_one_sentence_are_an_article(body: str) -> None:
    assert compose_page(a_page(body)).body_text


@pytest.mark.parametrize("levels", [256, 700, 1_900])
def test_deeply_nested_pages_keep_their_text(levels: int) -> None:
    body = "<html><body>" + "<div>" * levels + f"<p>{SENTENCE}</p>" * 3 + "</div>" * levels
    lists = "<html><body>" + "<ul><li>" * (levels // 2) + f"<p>{SENTENCE}</p>" * 3

    for markup in (body, lists):
        assert SENTENCE in (compose_page(a_page(markup)).body_text or "")


@pytest.mark.parametrize("status", [404, 410])
def test_a_gone_page_is_a_sighting_without_text(status: int) -> None:
    page = a_page(
        "<html><body><p>Page not found</p></body></html>",
        url="https://courier.example/ferry",
        http_status=status,
    )
    article = compose_page(replace(page, final_url="https://courier.example/404"))

    assert article.signals == (f"http:{status}",)
    assert (article.headline, article.body_text, article.published) == (None, None, None)
    assert article.article_id == digest("web", "courier.example/ferry")
    assert article.url_key == "courier.example/ferry"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (a_page(HTML, http_status=500), ReasonCode.HTTP_STATUS),
        (a_page(HTML, http_status=301), ReasonCode.HTTP_STATUS),
        (a_page(HTML, url="ftp://courier.example/a"), ReasonCode.URL_INVALID),
        (a_page(HTML, url="nonsense"), ReasonCode.URL_INVALID),
        (a_page(b"%PDF-1.7 " + b"x" * 100), ReasonCode.HTTP_NOT_HTML),
        (a_page("<rss><channel><title>x</title></channel></rss>"), ReasonCode.HTTP_NOT_HTML),
        (
            a_page('{"error": "blocked"}', headers=(("content-type", "application/json"),)),
            ReasonCode.HTTP_NOT_HTML,
        ),
        (a_page(b"\x00\x01\x02\x03" * 50), ReasonCode.ENCODING_UNDECODABLE),
        (a_page(b"a" * 7_400_000), ReasonCode.SIZE_PAYLOAD),
        (a_page("<html><body></body></html>"), ReasonCode.TEXT_EMPTY),
        (a_page(""), ReasonCode.TEXT_EMPTY),
        (a_page("", is_text=True), ReasonCode.TEXT_EMPTY),
        (a_page("<html><body><p>Subscribe</p></body></html>"), ReasonCode.TEXT_TOO_SHORT),
        (a_page("<div>" * 60_000 + SENTENCE), ReasonCode.HTML_TOO_DEEP),
        (a_page("<html><body>" + "<ul><li>words " * 900), ReasonCode.HTML_UNPARSABLE),
    ],
)
def test_what_is_no_article_is_rejected_with_its_reason(page: RawPage, reason: ReasonCode) -> None:
    assert reason_of(page) is reason


def test_a_line_that_only_dates_the_page_is_no_byline_whatever_it_is_marked_as() -> None:
    marked = (
        '<p class="byline">Published on Monday, 2 March 2026, 9:15</p><p class="author">By Ina Marlow</p>'
    )
    article = compose_page(a_page(HTML.replace("<body>", "<body>" + marked)))

    assert article.byline == "By Ina Marlow"
