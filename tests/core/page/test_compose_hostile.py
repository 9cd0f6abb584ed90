"""Whatever a page is made of, it costs at most one rejection and a bounded time."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.page.compose import compose_page
from pipelines.core.page.html import read_html
from schemas.rejection import Rejected
from tests.builders import a_page

PARAGRAPH = (
    "<p>Crews of the Saltmarsh ferries ended their nine-day strike on Sunday night, their union said.</p>"
)
# `research/text.md` §7: every case ends in under 5 s; twice that on a loaded machine.
MOST_SECONDS = 10

TAGS = "html head body p div h1 a table tr td ul li time meta link script style article figure figcaption img title svg"
names = st.sampled_from(TAGS.split())
attributes = st.sampled_from(
    [
        "",
        ' class="byline"',
        ' datetime="2026-03-01"',
        ' itemprop="datePublished"',
        ' rel="canonical" href="http://["',
        ' property="og:title" content="A&#0;title"',
        ' name="date" content="9999999999999"',
        ' property="og:image" content="//[::1"',
        ' type="application/ld+json"',
        ' href="http://xn--"',
        " colspan=9007199254740991",
        " =",
        ' "',
    ]
)
texts = st.text(max_size=40) | st.sampled_from(
    [
        PARAGRAPH,
        '{"@type":"NewsArticle","author":[[1]],"image":{"url":[]},"datePublished":{}}',
        "&#xD800;",
        "<!--",
        "]]>",
        "\x00",
    ]
)


@st.composite
def tags(draw: st.DrawFn) -> str:
    return f"<{draw(st.sampled_from(['', '/', '!', '?']))}{draw(names)}{draw(attributes)}>"


markup = st.lists(tags() | texts, max_size=40).map("".join)


def survives(body: bytes | str, **fields: Any) -> None:
    """Nothing but an article or a rejection comes out."""
    try:
        article = compose_page(a_page(body, **fields))
    except Rejected:
        return
    (article.body_text or "").encode()
    (article.headline or "").encode()


@given(
    body=st.binary(max_size=600),
    is_text=st.booleans(),
    charset=st.sampled_from([None, "utf-16", "gb18030", "x"]),
)
@settings(deadline=None)
def test_random_bytes_are_an_article_or_rejected(body: bytes, is_text: bool, charset: str | None) -> None:
    survives(body, is_text=is_text, charset=charset)


@given(body=markup, url=st.sampled_from([None, "https://post.example/a/b"]))
@settings(deadline=None, max_examples=150)
def test_random_markup_is_an_article_or_rejected(body: str, url: str | None) -> None:
    survives(body.encode("utf-8", "replace"), url=url)


@given(
    title=st.none() | st.text(max_size=20),
    published=st.none() | st.text(max_size=20),
    headers=st.lists(
        st.tuples(st.sampled_from(["content-type", "x-robots-tag", "tdm-reservation"]), st.text(max_size=20))
    ),
    status=st.integers(-5, 999),
    url=st.text(max_size=20),
)
@settings(deadline=None)
def test_a_random_envelope_is_an_article_or_rejected(
    title: str | None, published: str | None, headers: list[tuple[str, str]], status: int, url: str
) -> None:
    survives(
        PARAGRAPH,
        title=title,
        published=published,
        headers=tuple(headers),
        http_status=status,
        url=f"https://post.example/{url}",
    )
    survives(PARAGRAPH, url=url)


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 60_000 + PARAGRAPH,
        "<html><body>" + "<div>" * 240 + PARAGRAPH * 15_000,
        "<html><body>" + "<table><tr><td>" * 600 + PARAGRAPH * 300,
        "<html><body>" + "<ul><li>words " * 900 + PARAGRAPH * 100,
        "<p " + " ".join(f"a{number}=1" for number in range(50_000)) + ">" + PARAGRAPH,
        "<html><body><p>" + "word " * 800_000,
        '<html><body><p data-x="' + "a b " * 1_000_000 + '">' + PARAGRAPH,
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"'
        + "a" * 3_900_000
        + '"}</script>'
        + PARAGRAPH,
        '<script type="application/ld+json">' + "[" * 900_000 + "</script>" + PARAGRAPH,
        '<meta name="date" content="' + "1" * 3_900_000 + '">' + PARAGRAPH,
        "[" * 100_000,
        "<" * 39_000 + PARAGRAPH,
        "<html><body>" + "<br>" * 39_000 + PARAGRAPH,
        "<html><body><p>a" + " " * 3_900_000 + "b</p>" + PARAGRAPH,
        "<html" + " " * 3_900_000,
        "<title>" + " - " * 1_300_000,
        "<!--" * 9_000 + PARAGRAPH,
        b"\xff" * 1_000_000,
        b"\x1f\x8b\x08" + b"\x00" * 1_000_000,
    ],
    ids=lambda body: repr(body[:40]),
)
def test_hostile_pages_end_in_bounded_time(body: bytes | str) -> None:
    start = time.process_time()
    survives(body)

    assert time.process_time() - start < MOST_SECONDS


@pytest.mark.parametrize("paragraph", [PARAGRAPH, PARAGRAPH * 4])
def test_a_page_deeper_than_any_real_one_keeps_its_text_without_the_rescue(paragraph: str) -> None:
    read = read_html("<div>" * 1_900 + paragraph + "</div>" * 1_900, url=None, latest=None)

    assert read.text.extractor != "trafilatura-rescue"
    assert len("".join(read.text.paragraphs)) >= len(PARAGRAPH) - len("<p></p>")
