"""CleanText: plain characters, furniture out, editors' lines out, counted and hashed."""

import unicodedata
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.clean import clean_text
from pipelines.core.fold import folded
from pipelines.core.limits import MAX_ENTRIES
from pipelines.core.page.extraction import paragraphs_of
from pipelines.core.page.titles import folded as folded_title
from pipelines.core.plain import normal, plain_line
from schemas.article_parts import Media, RemovedLine, SourceKind, Subject
from tests.builders import an_article

PROSE = "Dock workers in Springmouth ended a nine-day strike on Sunday, the union said."
LAST = "The first ship was unloaded on Monday at noon, with a brass band on the quay."
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
    page = an_article(body_text=f"{PROSE}\n{line}\n{MORE}\n{line}\n{LAST}")

    assert reasons(page) == []


AT_THE_EDGE = [
    ("Home", "edge"),
    ("back", "edge"),
    ("Staff report", "edge"),
    ("| Home | Town | Sport |", "edge"),
    (r"| Home \| Town \| Sport |", "edge"),
    ("© 2026 Springmouth Mail", "copyright"),
    ("Copyright 2026 Springmouth Mail. All rights reserved.", "copyright"),
]
NOT_AT_THE_EDGE = [
    "2-1",
    "Yes.",
    "What the contract says",
    "Ada Example | Springmouth",
    "| Docks | 40 | 12 |",
    "(AP)",
    "© 2026 The Associated Press. All rights reserved.",
    "© dpa-infocom, dpa:260302-99-1/1",
]


@pytest.mark.parametrize(("line", "reason"), AT_THE_EDGE)
def test_menus_and_copyright_lines_leave_the_edges_of_a_page(line, reason):
    above = an_article(body_text=f"{line}\n{PROSE}\n{MORE}")
    below = an_article(body_text=f"{PROSE}\n{MORE}\n{line}")

    assert reasons(above) == reasons(below) == [(line, reason)]


@pytest.mark.parametrize("line", NOT_AT_THE_EDGE)
def test_short_lines_that_may_be_text_stay_at_the_edges_of_a_page(line):
    page = an_article(body_text=f"{PROSE}\n{MORE}\n{line}")

    assert reasons(page) == []


@pytest.mark.parametrize("line", ["47", "02.03.2026 17:59", "Published on Monday, 2 March 2026"])
def test_a_date_or_a_number_alone_above_the_text_leaves_a_page(line):
    assert clean_text(an_article(body_text=f"{line}\n{PROSE}\n{MORE}")).body_text == f"{PROSE}\n{MORE}"
    assert reasons(an_article(body_text=f"{PROSE}\n{MORE}\n{line}")) == []


@pytest.mark.parametrize("line", ["Home", "© 2026 Springmouth Mail", "| Home | Town | Sport |"])
def test_what_would_be_furniture_at_the_edge_stays_amid_the_text(line):
    assert reasons(an_article(body_text=f"{PROSE}\n{line}\n{MORE}")) == []


def test_the_rows_of_a_table_are_no_menu():
    page = an_article(body_text=f"{PROSE}\n| Home | Draw | Away |\n| Marnow | Tessel | Corvane |")

    assert reasons(page) == []


def test_a_block_of_links_below_the_text_leaves_with_its_head():
    page = an_article(body_text=f"{PROSE}\n{MORE}\nMost read\n- Old cranes sold\n- Gulls return to the pier")

    assert reasons(page) == [
        ("Most read", "closer"),
        ("- Old cranes sold", "tail"),
        ("- Gulls return to the pier", "tail"),
    ]


def test_a_head_of_links_with_text_below_takes_nothing_with_it():
    page = an_article(body_text=f"{PROSE}\nMost read\nOld cranes sold\n{MORE}")

    assert reasons(page) == [("Most read", "closer")]


@pytest.mark.parametrize(
    "line",
    ["We use cookies to make our site better for you, every day of the year.", "Read also: Old cranes sold"],
)
def test_notices_and_lines_of_links_leave_a_page_wherever_they_stand(line):
    assert clean_text(an_article(body_text=f"{PROSE}\n{line}\n{MORE}")).body_text == f"{PROSE}\n{MORE}"


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


SHORT = [
    "Home",
    "a | b | c",
    "© 2026 Springmouth Mail",
    "Copyright 2026 by the Springmouth Mail, all rights reserved.",
    "© 2026 AFP",
    "Most read",
    "Read also: Old cranes sold",
    "We use cookies on this site.",
    "Short it was.",
]
LINES = st.lists(
    st.one_of(
        st.text(alphabet=st.characters(), max_size=60),
        st.sampled_from([PROSE, MORE, "Advertisement", "Eds: note", "NOT FOR PUBLICATION", "Yes.", *SHORT]),
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


@pytest.mark.parametrize("reading", [plain_line, folded, folded_title, paragraphs_of])
@pytest.mark.parametrize(
    "marks", ["\u0301\u0316", "\uff9e\u0301", "\u0344\u0316", "\u0f73\u0301", "\u200b\u0301\u0316"]
)
def test_a_letter_under_a_million_marks_takes_no_time(reading, marks):
    begun = process_time()
    reading("a" + marks * 300_000)

    assert process_time() - begun < 3


@given(st.text("aé\u0301\u0316\u0344\u0f73\u0f81\uff9eカ", max_size=90), st.sampled_from(["NFC", "NFKC"]))
def test_normalising_twice_is_normalising_once_and_keeps_what_people_write(text, form):
    once = normal(text, form)

    assert normal(once, form) == once
    assert unicodedata.is_normalized(form, once)
    if len(text) <= 16:
        assert once == unicodedata.normalize(form, text)
