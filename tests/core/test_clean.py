"""CleanText: plain characters, furniture out, editors' lines out, counted and hashed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.clean import clean_text
from pipelines.core.limits import MAX_ENTRIES
from schemas.article_parts import Media, RemovedLine, SourceKind, Subject
from tests.builders import an_article

PROSE = "Dock workers in Springmouth ended a nine-day strike on Sunday, the union said."
MORE = "The deal raises wages by four percent a year and keeps the number of shifts."


def reasons(article):
    return [(removed.line, removed.reason) for removed in clean_text(article).removed_lines]


def test_every_text_field_is_made_plain():
    cleaned = clean_text(
        an_article(
            headline=" Dock\u00a0strike \n ends ",
            byline="By\u200b Ilse  Maren",
            authors=(" Ilse Maren ", "\u200b", "Ilse Maren"),
            abstract="One.\r\n\r\nTwo. ",
            keywords=("port\u00a0", "strike"),
            media=(Media(role="main", caption=" A  crane ", credit="Photo:\u00a0Pavo Lind"),),
            subjects=(Subject(name=" labour "),),
        )
    )

    assert cleaned.headline == "Dock strike ends"
    assert cleaned.byline == "By Ilse Maren"
    assert cleaned.authors == ("Ilse Maren",)
    assert cleaned.abstract == "One.\nTwo."
    assert cleaned.keywords == ("port", "strike")
    assert cleaned.media[0].caption == "A crane"
    assert cleaned.media[0].credit == "Photo: Pavo Lind"
    assert cleaned.subjects[0].name == "labour"


def test_a_body_is_paragraphs_without_blank_lines():
    cleaned = clean_text(an_article(body_text=f"{PROSE}\r\n \n\n{MORE}\u00a0"))

    assert cleaned.body_text == f"{PROSE}\n{MORE}"
    assert cleaned.word_count == 28


@pytest.mark.parametrize("empty", [None, "", " \n\u200b"])
def test_an_empty_text_is_no_text(empty):
    cleaned = clean_text(an_article(headline=empty, body_text=empty))

    assert (cleaned.headline, cleaned.body_text, cleaned.word_count, cleaned.content_hash) == (
        None,
        None,
        0,
        None,
    )


def test_furniture_leaves_a_page_and_is_kept_as_removed():
    page = an_article(body_text=f"{PROSE}\nAdvertisement\n{MORE}\nShare on Facebook\n{PROSE}")

    assert clean_text(page).body_text == f"{PROSE}\n{MORE}"
    assert reasons(page) == [("Advertisement", "phrase"), ("Share on Facebook", "phrase"), (PROSE, "repeat")]


@pytest.mark.parametrize("line", ["Live", "Home", "Yes.", "What the contract says", "2-1", "He advertised."])
def test_short_lines_that_may_be_text_stay_in_a_page_even_twice(line):
    page = an_article(body_text=f"{PROSE}\n{line}\n{MORE}\n{line}")

    assert reasons(page) == []


def test_furniture_words_stay_on_a_wire():
    wire = an_article(source_kind=SourceKind.WIRE, body_text=f"{PROSE}\nAdvertisement\n{PROSE}")

    assert reasons(wire) == []


NOTES = [
    "Eds: Updates with quotes. Will be updated.",
    "EDITORS' NOTE: Pictures follow.",
    "(NOT FOR PUBLICATION) call the desk",
    "Achtung Redaktionen: Die Meldung wird ergänzt.",
    "Note aux rédactions : une mise à jour suit.",
]
NO_NOTES = [
    "The editors of the paper went on strike.",
    "Editors say the law is bad for the press.",
    "The report was not for publication, the minister said.",
    "Editing by Jon Feld",
]


@pytest.mark.parametrize("line", NOTES)
def test_a_note_to_editors_never_stays_in_a_body(line):
    wire = an_article(source_kind=SourceKind.WIRE, body_text=f"{line}\n{PROSE}")

    assert clean_text(wire).body_text == PROSE
    assert reasons(wire) == [(line, "wire.editors_note")]


@pytest.mark.parametrize("line", NO_NOTES)
def test_a_sentence_about_editors_stays(line):
    assert reasons(an_article(source_kind=SourceKind.WIRE, body_text=f"{PROSE}\n{line}")) == []


@pytest.mark.parametrize(
    "line",
    [
        "Die folgenden Informationen sind nicht zur Veröffentlichung bestimmt",
        "* * * * Die folgenden Informationen sind nicht zur Veröffentlichung bestimmt",
        "The following information is not intended for publication",
        "NOT FOR PUBLICATION",
    ],
)
def test_what_follows_a_line_that_closes_the_public_part_is_not_public(line):
    wire = an_article(
        source_kind=SourceKind.WIRE, body_text=f"{PROSE}\n{line}\n## Contact\n- Jon Feld, +00 123"
    )

    assert clean_text(wire).body_text == PROSE
    assert [reason for _, reason in reasons(wire)] == ["wire.not_for_publication"] * 3


def test_lines_removed_before_stay_removed():
    before = RemovedLine(line="Home", reason="edge")

    assert clean_text(an_article(removed_lines=(before,))).removed_lines == (before,)


def test_what_is_too_long_is_cut_and_flagged():
    cleaned = clean_text(
        an_article(
            headline="x" * 3_000,
            body_text="word " * 500_000,
            keywords=tuple(f"k{n}" for n in range(400)),
            media=(Media(role="main", caption="c" * 5_000),),
        )
    )

    assert len(cleaned.headline or "") == 2_000
    assert len(cleaned.body_text or "") <= 2_000_000
    assert len(cleaned.keywords) == MAX_ENTRIES
    assert len(cleaned.media[0].caption or "") == 4_000
    assert cleaned.quality_flags == ("truncated",)


def test_nothing_is_flagged_when_nothing_is_cut():
    assert clean_text(an_article()).quality_flags == ()


def test_case_layout_and_punctuation_do_not_change_the_content_hash():
    one = clean_text(an_article(headline="Dock strike ends", body_text=f"{PROSE}\n{MORE}"))
    other = clean_text(
        an_article(headline="DOCK STRIKE ENDS!", body_text=f"{PROSE}\n\n{MORE.replace(',', '')}")
    )

    assert one.content_hash == other.content_hash


def test_a_lookalike_letter_stays_in_the_text_and_does_not_change_the_hash():
    plain = clean_text(an_article(headline="Corvane bridge falls"))
    lookalike = clean_text(an_article(headline="\u0421orvane bridge falls"))

    assert lookalike.headline == "\u0421orvane bridge falls"
    assert lookalike.content_hash == plain.content_hash


def test_furniture_does_not_change_the_hash():
    assert clean_text(an_article(body_text=f"{PROSE}\nAdvertisement")).content_hash == (
        clean_text(an_article(body_text=PROSE)).content_hash
    )


LINES = st.lists(
    st.one_of(
        st.text(alphabet=st.characters(), max_size=60),
        st.sampled_from([PROSE, MORE, "Advertisement", "Eds: note", "NOT FOR PUBLICATION", "Yes."]),
    ),
    max_size=12,
).map("\n".join)


@given(LINES, st.text(alphabet=st.characters(), max_size=60), st.sampled_from(list(SourceKind)))
def test_cleaning_twice_is_cleaning_once_and_never_longer(body, headline, kind):
    once = clean_text(an_article(source_kind=kind, body_text=body, headline=headline))

    assert clean_text(once) == once
    assert len(once.body_text or "") <= len(unicodedata.normalize("NFC", body))
    assert len(once.headline or "") <= len(unicodedata.normalize("NFC", headline))
    (once.headline or "").encode()
    (once.body_text or "").encode()
