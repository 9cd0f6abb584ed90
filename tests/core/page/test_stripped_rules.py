"""The rules that strike lines out of a stripped page, one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.page.stripped import read_stripped_text
from pipelines.core.page.stripped.furniture import is_furniture
from pipelines.core.page.stripped.lines import read_lines

FIRST = "The council of Marnow voted on Tuesday for a tram line between the station and the university."
SECOND = "The line will cost about ninety million, half of which the state will pay over the next six years."
THIRD = "Work begins in autumn at the station square, where the old bus terminal has to be taken down first."

FURNITURE = [
    "Share on Facebook",
    "Share on Facebook, WhatsApp and Email",
    "12 Comments",
    "5 min read",
    "Leave a Reply",
    "ADVERTISEMENT",
    "Story continues below",
    "Follow us on X and Instagram!",
    "Das könnte Sie auch interessieren",
    "Auf Facebook teilen",
    "À lire aussi",
    "Passer la publicité",
    "Te puede interesar",
    "Leia também",
    "Leggi anche",
    "Lees ook",
    "Läs mer",
    "Les også",
    "Læs også",
    "Lue myös",
    "Czytaj także",
    "Čtěte také",
    "Читайте также",
    "Читайте також",
    "İlgili haberler",
    "Baca juga",
    "Xem thêm",
    "اقرأ أيضا",
    "ये भी पढ़ें",
    "関連記事",
    "相关新闻",
    "관련기사",
]
NOT_FURNITURE = [
    "",
    "Shares fell on Facebook results",
    "He was asked to leave a reply on the table",
    "Comments by the mayor caused anger",
    "What the contract says",
    "Read more books, doctors say",
    "Advertisement taxes rise",
    "Home",
    "Follow the money",
]


@pytest.mark.parametrize("line", FURNITURE)
def test_a_phrase_of_furniture_is_known_in_many_languages(line):
    assert is_furniture(line)


@pytest.mark.parametrize("line", NOT_FURNITURE)
def test_a_line_that_only_contains_a_phrase_is_no_furniture(line):
    assert not is_furniture(line)


def reasons(text: str) -> dict[str, str]:
    return {removed.line: removed.reason for removed in read_stripped_text(text, title=None).removed}


STRUCK = [
    ("repeat", f"Tram line agreed by council\n{FIRST}\n{SECOND}\n{FIRST}", FIRST),
    (
        "repeat.title",
        f"Tram line agreed by council\nTram line agreed by council\n{FIRST}",
        "Tram line agreed by council",
    ),
    ("teaser", f"{FIRST[:60]} […]\n{FIRST}\n{SECOND}", f"{FIRST[:60]} […]"),
    ("teaser", f"{FIRST[:60]}... Read more\n{FIRST}\n{SECOND}", f"{FIRST[:60]}... Read more"),
    (
        "caption",
        f"{FIRST}\nA tram in Marnow. (Photo: Pavo Lind)\n{SECOND}",
        "A tram in Marnow. (Photo: Pavo Lind)",
    ),
    ("caption", f"{FIRST}\nPHOTO: A tram in Marnow\n{SECOND}", "PHOTO: A tram in Marnow"),
    (
        "caption",
        f"{FIRST}\nEin Tram in Marnow. Foto: Pavo Lind\n{SECOND}",
        "Ein Tram in Marnow. Foto: Pavo Lind",
    ),
    (
        "caption",
        f"{FIRST}\nA tram in Marnow. Pavo Lind/Getty Images\n{SECOND}",
        "A tram in Marnow. Pavo Lind/Getty Images",
    ),
    (
        "caption",
        f"File photo taken in 2025 shows the depot in Marnow\n{FIRST}\n{SECOND}",
        "File photo taken in 2025 shows the depot in Marnow",
    ),
    (
        "caption",
        f"{FIRST}\nThe depot in Marnow. (Pavo Lind/Northpress)\n{SECOND}",
        "The depot in Marnow. (Pavo Lind/Northpress)",
    ),
    ("credit", f"{FIRST}\n\nCredit: Pavo Lind\n\n{SECOND}", "Credit: Pavo Lind"),
    ("copyright", f"{FIRST}\n{SECOND}\n© 2026 The Marnow Mail", "© 2026 The Marnow Mail"),
    ("widget.weather", f"Marnow\n+12 °C\n{FIRST}\n{SECOND}", "+12 °C"),
    ("widget.place", f"Marnow\n+12 °C\n{FIRST}\n{SECOND}", "Marnow"),
    ("opener", f"{FIRST}\nRead also: Old trams sold\n{SECOND}", "Read also: Old trams sold"),
    ("tail", f"{FIRST}\n{SECOND}\nRelated stories\nOld trams sold to museum", "Old trams sold to museum"),
    ("link", f"{FIRST}\nhttps://mail.example/tram\n{SECOND}", "https://mail.example/tram"),
    ("byline", f"Tram line agreed by council\nBy Ilse Maren\n{FIRST}", "By Ilse Maren"),
]


@pytest.mark.parametrize(
    ("reason", "text", "line"), STRUCK, ids=[f"{case[0]}-{case[2][:20]}" for case in STRUCK]
)
def test_a_struck_line_is_kept_with_the_rule_that_struck_it(reason, text, line):
    assert reasons(text)[line] == reason


STANDS = [
    ("a score that stands twice", f"{FIRST}\n2-1\n{SECOND}\n2-1\n{THIRD}"),
    (
        "a cut line that nothing repeats",
        f"And then the lights went out all over the old town […]\n{FIRST}\n{SECOND}",
    ),
    ("a closer with prose below", f"{FIRST}\nComment\n{SECOND}\nOne thing is sure\n{THIRD}"),
    (
        "a standfirst below the headline",
        f"Tram line agreed by council\nMarnow gets a tram after forty years of debate\n{FIRST}\n{SECOND}",
    ),
    ("a short sentence amid prose", f"{FIRST}\nHe did not answer the question.\n{SECOND}"),
    (
        "what somebody reported",
        f"{FIRST}\nSeven people were hurt, the Marnow Mail reported on its website on Tuesday evening.\n{SECOND}",
    ),
    ("a temperature in the text", f"{FIRST}\n{SECOND}\n+12 °C\n{THIRD}"),
    ("a credit of the text", f"{FIRST}\n{SECOND}\n(Reporting by Jon Feld; editing by Ilse Maren)"),
]


@pytest.mark.parametrize(("label", "text"), STANDS, ids=[case[0] for case in STANDS])
def test_what_only_looks_like_furniture_stands(label, text):
    closers = {line for line in ("Comment",) if line in text}

    assert set(reasons(text)) <= closers


def test_a_photo_credit_goes_with_its_caption_to_the_media():
    text = f"Tram line agreed by council\nA tram in Marnow. (Photo: Pavo Lind)\n{FIRST}\n{SECOND}"

    media = read_stripped_text(text, title=None).media
    assert [(one.role, one.caption, one.credit) for one in media] == [
        ("main", "A tram in Marnow.", "Photo: Pavo Lind")
    ]


def test_a_page_that_begins_with_its_lead_has_no_headline():
    assert read_stripped_text(f"{FIRST}\n{SECOND}", title=None).headline is None


def test_an_empty_page_is_read_as_nothing():
    found = read_stripped_text(" \n\u00a0\n", title=None)

    assert (found.headline, found.paragraphs, found.removed, found.published) == (None, (), (), None)


def test_a_soft_line_break_is_mended_and_a_list_is_not():
    lines = read_lines(
        ["A long first half of a sentence that goes", "on in the next line.", "• one", "• two"]
    )

    assert [line.text for line in lines] == [
        "A long first half of a sentence that goes on in the next line.",
        "• one",
        "• two",
    ]


WORDS = st.sampled_from(
    [
        "Published",
        "2 March 2026",
        "09:15",
        "By",
        "Ilse",
        "tram",
        "council",
        "Photo:",
        "Share",
        "…",
        "[…]",
        ".",
        "©",
        "12 °C",
        "\n",
        "\n\n",
        "•",
    ]
)


@given(
    st.one_of(st.text(max_size=400), st.lists(WORDS, max_size=60).map(" ".join)),
    st.none() | st.text(max_size=40),
)
def test_no_text_makes_reading_fail_or_loses_a_line(text, title):
    found = read_stripped_text(text, title=title)

    kept = " ".join([found.headline or "", *found.paragraphs, *(line.line for line in found.removed)])
    for line in read_lines(text.splitlines()):
        assert line.text in kept or line.key == ""


@given(st.lists(WORDS, min_size=1, max_size=60).map(" ".join))
def test_prose_falls_only_to_a_phrase_a_repeat_or_a_credit(text):
    found = read_stripped_text(text, title=None)
    prose = {line.text for line in read_lines(text.splitlines()) if line.is_prose}

    allowed = {
        "phrase",
        "closer",
        "repeat",
        "repeat.title",
        "caption",
        "credit",
        "date.published",
        "date.other",
        "symbols",
        "teaser",
    }
    assert {removed.reason for removed in found.removed if removed.line in prose} <= allowed
