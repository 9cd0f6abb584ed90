"""Snippets of texts that are longer than a passage."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.search.query import Marks
from connectors.search.snippets import one_line
from connectors.search.sqlite.passages import PASSAGE_CHARS, cut_passage, passages
from tests.builders_search import a_text, an_index, asked

FILLER = "The port was quiet. "
LONG = FILLER * (PASSAGE_CHARS // len(FILLER) * 3)


def snippet(folder, text, body, **fields):
    (hit,) = asked(an_index(folder, a_text("a1", body, **fields)), text).hits
    return hit.snippet


@pytest.mark.parametrize("text", ["ferry", "ferry sank", '"ferry sank"', "FER* -storm", "quayside OR sank"])
def test_a_long_text_shows_its_words_wherever_they_are(tmp_path, text):
    shown = snippet(tmp_path, text, f"{LONG}Then a ferry sank off the pier. {LONG}")

    assert "[ferry" in shown or "sank]" in shown or "[sank]" in shown
    assert "off the pier. The port was quiet." in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 250


def test_a_long_text_shows_the_passage_that_has_most_of_the_words(tmp_path):
    shown = snippet(tmp_path, "ferry sank", f"A ferry. {LONG} It sank. {LONG} The ferry sank at noon. {LONG}")

    assert "The [ferry] [sank] at noon." in shown or "The [ferry sank] at noon." in shown


def test_the_beginning_and_the_end_of_a_long_text_have_no_ellipsis_beyond_them(tmp_path):
    body = f"Ferry sails. {LONG}At last the harbour."

    assert snippet(tmp_path, "sails", body).startswith("Ferry [sails]. The port")
    assert snippet(tmp_path, "sails", body).endswith("…")
    assert snippet(tmp_path, "harbour", body).startswith("…")
    assert snippet(tmp_path, "harbour", body).endswith("At last the [harbour].")


@pytest.mark.parametrize("column", ["headline", "abstract"])
def test_a_match_beside_a_long_text_is_shown(tmp_path, column):
    assert snippet(tmp_path, "ferry", LONG, **{column: "Ferry sinks"}) == "[Ferry] sinks"


def test_a_long_text_without_spaces_shows_its_words(tmp_path):
    shown = snippet(
        tmp_path, "台风", "港口很安静。" * 2_000 + "台风登陆。" + "港口很安静。" * 2_000, language="zh"
    )

    assert "。[台风]登陆。港口" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")


@settings(max_examples=60, deadline=None)
@given(
    before=st.integers(0, 3 * PASSAGE_CHARS),
    between=st.sampled_from([" ", "\n\n", " – ", ", " * 100]),
    filler=st.sampled_from(["x ", "quiet water, ", "港"]),
)
def test_words_side_by_side_are_found_across_the_ends_of_passages(before, between, filler):
    front = (filler * before)[:before]
    body = f"{front} ferry{between}sank {filler * PASSAGE_CHARS}"
    with TemporaryDirectory() as folder:
        shown = snippet(Path(folder), '"ferry sank"', body)

    assert f"[ferry{one_line(between.join('..'))[1:-1]}sank]" in shown
    piece = shown.replace("[", "").replace("]", "").strip("…")
    assert piece in one_line(body)


def test_no_end_of_a_passage_makes_a_word(tmp_path):
    body = "harbourmaster " * (PASSAGE_CHARS // 2) + "master harbour"

    shown = snippet(tmp_path, "master OR harbour", body)

    assert shown.endswith(("harbourmaster [master] [harbour]", "[master harbour]"))


def test_a_long_text_that_is_one_word_is_shown(tmp_path):
    shown = snippet(tmp_path, "y*", "y" * (3 * PASSAGE_CHARS))

    assert shown.startswith("[yyy")


def test_marks_of_a_long_text_are_the_callers(tmp_path):
    index = an_index(tmp_path, a_text("a1", f"{LONG}ferry {LONG}"))

    shown = asked(index, "ferry", marks=Marks(before="<em>", after="</em>", ellipsis="")).hits[0].snippet

    assert "quiet. <em>ferry</em> The" in shown
    assert "…" not in shown


def test_what_has_none_of_the_words_has_no_passage():
    with passages() as connection:
        assert cut_passage(connection, ("", LONG), '("ferry")', tokens=28, ellipsis="…") is None
