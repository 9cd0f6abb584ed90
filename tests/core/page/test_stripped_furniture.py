"""Lines about the text, its pictures and its site: they leave the body, and a date in them is no publication."""

import pytest

from pipelines.core.page.stripped import StrippedText, read_stripped_text

TITLE = "Marnow ferrymen walk off over unpaid winter shifts"
LEAD = "Crossings to the island stopped at dawn after the crews left the pier, a harbour spokeswoman told reporters."
SECOND = (
    "The owner offered a single payment in spring, and the union turned it down before noon without a vote."
)
BODY = (LEAD, SECOND)


def read(*below_title: str, foot: tuple[str, ...] = ()) -> StrippedText:
    return read_stripped_text("\n".join((TITLE, *below_title, "", LEAD, SECOND, "", *foot)), title=None)


@pytest.mark.parametrize(
    "line",
    [
        "PublishedMarch 2, 2026",
        "PublishedMar 2, 2026, 9:15 AM EST",
        "Published onMarch 2, 2026",
        "PostedMonday, March 2, 2026 9:15 AM EST",
        "PUBLISHEDMARCH 2, 2026",
        "By Ilse MarenPublished2 March 2026",
        "2 March 2026Published",
        "2 mars 2026 Publié",
    ],
)
def test_a_date_glued_to_its_label_is_the_publication(line: str):
    found = read(line)

    assert found.published is not None
    assert (found.published.instant.date().isoformat(), found.paragraphs) == ("2026-03-02", BODY)


@pytest.mark.parametrize(
    "line",
    [
        "Photo published 2 March 2026: Ilse Maren",
        "Foto veröffentlicht am 2. März 2026",
        "Published by Marnow Media Ltd since 2 March 2026",
        "File photo, March 2, 2026. Ilse Maren/Lantern",
        "Image caption: The pier on 2 March 2026",
        "[Photo taken on March 2, 2026. AFP]",
        "Updated2 March 2026",
    ],
)
def test_a_date_of_a_picture_or_an_imprint_is_no_publication(line: str):
    found = read(line)

    assert (found.headline, found.published, found.paragraphs) == (TITLE, None, BODY)


@pytest.mark.parametrize(
    "line",
    [
        "Marnow ferrymen walk off…",
        "Marnow ferrymen walk off over unpaid...",
        "Caption: The empty pier at noon",
        "The empty pier at noon. File photo: P. Marvel",
    ],
)
def test_a_line_about_title_or_picture_leaves_the_body(line: str):
    found = read(line)

    assert (found.headline, found.paragraphs) == (TITLE, BODY)


@pytest.mark.parametrize(
    "line",
    [
        "© 2026 Lantern24. We are not responsible for what other sites hold, and links to them are no advice of ours.",
        "If you value our work, please consider a gift today.",
        "All content © Marnow Lantern-Post 2026",
    ],
)
def test_what_the_site_says_of_itself_is_no_text_and_no_caption(line: str):
    found = read(foot=(line,))

    assert (found.paragraphs, found.media) == (BODY, ())


@pytest.mark.parametrize(
    "sentence",
    [
        "“If you value our work, pay us for it,” the union said in a letter to the owner on Sunday.",
        "The ferry pictures published on 2 March 2026 showed an empty pier and a crowd that waited at the gate in the rain.",
        "Walking off is no crime…",
    ],
)
def test_a_sentence_that_tells_of_such_things_stays(sentence: str):
    found = read_stripped_text(f"{TITLE}\n\n{LEAD}\n{sentence}\n{SECOND}", title=None)

    assert found.paragraphs == (LEAD, sentence, SECOND)
