"""Which line of a stripped page is its headline, and what it is not."""

import pytest

from pipelines.core.page.stripped import StrippedText, read_stripped_text

TITLE = "Marnow ferrymen walk off over unpaid winter shifts"
LEAD = "Crossings to the island stopped at dawn after the crews left the pier, a harbour spokeswoman told reporters."
SECOND = (
    "The owner offered a single payment in spring, and the union turned it down before noon without a vote."
)


def read(
    *head: str, foot: tuple[str, ...] = ("Related stories", "© 2026 The Marnow Lantern")
) -> StrippedText:
    return read_stripped_text("\n".join((*head, "", LEAD, SECOND, "", *foot)), title=None)


HEADS = {
    "the site's name above": ("The Marnow Lantern", TITLE),
    "the site's name and a byline": ("The Marnow Lantern", TITLE, "By Ilse Maren"),
    "the site's name and a menu": ("The Marnow Lantern", "Home", "News", "Sport", TITLE),
    "doubled": ("Marnow Gazette", TITLE, TITLE, "Share"),
    "a labelled date below": ("marnow-observer", TITLE, "Published: 2 March 2026"),
    "a date of an open order below": ("marnow-observer", TITLE, TITLE, "11/02/2026 19:45"),
    "a caption below": ("Il Lume del Porto", "3°C", TITLE, "The pier, 2 March 2026. Photo: Ilse Maren"),
    "a caption in brackets below": (TITLE, "[Photo taken on March 2, 2026. AFP]"),
    "a cut title below": ("The Marnow Lantern", TITLE, "Marnow ferrymen walk off over..."),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_the_title_is_found_and_not_the_name_of_the_site(head: tuple[str, ...]):
    assert read(*head).headline == TITLE


@pytest.mark.parametrize(
    "title",
    [
        "Colère au port de Marnou : les passeurs à quai",
        "Sciopero al porto, due giorni senza traghetti",
        "Wer zahlt die Winterschichten von Marnow?",
    ],
)
def test_a_title_whose_words_the_text_has_not_is_found_above_the_text(title: str):
    assert read("Le Fanal", title).headline == title


@pytest.mark.parametrize(
    ("byline", "author"),
    [
        ("di Anna Lorris", "Anna Lorris"),
        ("por Inés Marvel", "Inés Marvel"),
        ("von Ilse Maren", "Ilse Maren"),
        ("par Anne Lorris", "Anne Lorris"),
        ("door Jan van Maren", "Jan van Maren"),
    ],
)
def test_a_byline_in_lower_case_is_no_second_half_of_the_title(byline: str, author: str):
    found = read("The Marnow Lantern", TITLE, byline)

    assert (found.headline, found.authors, found.paragraphs) == (TITLE, (author,), (LEAD, SECOND))


@pytest.mark.parametrize("half", ["di Marnow, che ieri ha chiuso il porto.", "par la mer et par la route."])
def test_the_second_half_of_a_broken_line_is_no_byline(half: str):
    broken = "Crossings to the island stopped at dawn after the crews left"
    found = read_stripped_text(f"{TITLE}\n\n{broken}\n{half}\n{SECOND}", title=None)

    assert f"{broken} {half}" in found.paragraphs


@pytest.mark.parametrize(
    "desk",
    [
        "By our Marnow correspondent",
        "By staff reporters",
        "Von unserer Redaktion",
        "Par notre correspondante à Marnow",
        "Por nuestra redacción",
        "Dal nostro inviato",
    ],
)
def test_a_correspondent_without_a_name_is_a_byline_and_no_headline(desk):
    text = (
        f"Bell falls from the tower of Marnow church\n{desk}\n\n"
        "The great bell of Marnow church fell from its tower on Monday and broke the roof of the nave, the parish said.\n\n"
        "Nobody was in the church. The bell of 1,200 kilos had hung in the tower since it was cast, the sexton said.\n"
    )
    read = read_stripped_text(text, title=None)

    assert (read.headline, read.byline, read.authors) == (
        "Bell falls from the tower of Marnow church",
        desk,
        (),
    )
