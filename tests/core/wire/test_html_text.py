"""The text of an HTML body: block elements are borders, inline elements are not, and nothing breaks it."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.wire.html_text import markup_text


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ("<p>One <b>two</b>\nthree.</p><p>Four</p>", ("One two three.", "Four")),
        ("<p>One<br/>two</p>", ("One", "two")),
        ("bare <em>text</em>", ("bare text",)),
        ("<section><section><p>deep</p></section></section>", ("deep",)),
        ("<ul><li>a</li><li>b</li></ul>", ("a", "b")),
        ("<table><tr><td>a</td><td>b</td></tr></table>", ("a b",)),
        ("<p>caf&eacute; &lt;b&gt; &amp;amp;</p>", ("café <b> &amp;",)),
        ('<p><img alt="a > b" src=x> end</p>', ("end",)),
        ("<html><head><title>no</title></head><body><p>yes</p></body></html>", ("yes",)),
        ("<p>a</p><script>if (a < b) { c }</script><style>p {}</style><p>d</p>", ("a", "d")),
        ("<p>a<!-- no --> b</p>", ("a b",)),
        ("<xhtml:p>a</xhtml:p><xhtml:p>b</xhtml:p>", ("a", "b")),
        ('<?xml version="1.0" encoding="latin-1"?><p>é</p>', ("é",)),
        ("5 < 6 and 7 > 3", ("5 < 6 and 7 > 3",)),
        ("<p><b>unclosed<p>next", ("unclosed", "next")),
        ("", ()),
        ("<p> \u00a0 </p>", ()),
    ],
)
def test_blocks_break_paragraphs_and_inline_elements_do_not(markup, paragraphs):
    assert markup_text(markup).paragraphs == paragraphs


def test_sections_for_editors_are_kept_apart():
    read = markup_text(
        "<p>a</p><section class='x np-nonpublic'><p>secret</p>tail</section>after<div class=public>b</div>"
    )

    assert (read.paragraphs, read.non_public) == (("a", "after", "b"), ("secret", "tail"))


def test_a_body_deeper_than_the_parser_goes_keeps_its_text():
    read = markup_text("<div>" * 5_000 + "text" + "</div>" * 5_000)

    assert (read.paragraphs, read.is_broken) == (("text",), True)


@given(st.text(alphabet="<>/&;\"'=!-[] pbrscript\n", max_size=300) | st.text(max_size=200))
def test_no_text_breaks_it(markup):
    read = markup_text(markup)

    assert all(line and "\n" not in line for line in read.paragraphs)


@pytest.mark.parametrize(
    "markup",
    [
        "<p " + " ".join(f"a{n}=1" for n in range(120_000)) + ">x</p>",
        '<p "' * 200_000,
        "<" * 1_000_000,
        "<!--" * 250_000,
        "<div>" * 200_000,
        "<div>" * 250 + "<p>x</p>" * 100_000,
        "&" * 1_000_000,
    ],
    ids=["attributes", "quotes", "brackets", "comments", "deep", "deep and long", "ampersands"],
)
def test_hostile_markup_takes_bounded_time(markup):
    started = perf_counter()
    markup_text(markup)

    assert perf_counter() - started < 10  # measured: under 1 s each
