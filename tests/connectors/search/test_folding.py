import sqlite3
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.search.folding import ZERO_WIDTH_SPACE, fold, searchable, storable, unfold


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("dock strike", "dock strike"),
        ("台风登陆", "|台||风||登||陆|"),
        ("2026年3月", "2026|年|3|月|"),
        ("２０２６年Ａ", "2026|年|A"),
        ("きょうアス", "|き||ょ||う||ア||ス|"),
        ("서울", "|서||울|"),
        ("ไทย", "|ไ||ท||ย|"),
        ("हिन्दी", "हिन्दी"),
        ("العربية", "العربية"),
    ],
)
def test_each_character_of_an_unspaced_script_stands_alone(text, tokens):
    assert fold(text).replace(ZERO_WIDTH_SPACE, "|") == tokens


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_shown_is_the_composed_text_without_zero_width_spaces(text):
    plain = text.replace(ZERO_WIDTH_SPACE, "")
    narrow = {ord(wide): unicodedata.normalize("NFKC", wide) for wide in plain if _is_wide_letter(wide)}

    assert unfold(fold(plain)) == unicodedata.normalize("NFC", plain).translate(narrow)


def _is_wide_letter(character: str) -> bool:
    return "\uff10" <= character <= "\uff5a" and unicodedata.category(character) in ("Nd", "Lu", "Ll")


@given(st.text())
def test_folding_twice_is_folding_once(text):
    once = searchable(text)

    assert searchable(once) == once


@given(st.text())
def test_any_folded_text_can_be_stored(text):
    stored = sqlite3.connect(":memory:").execute("select ?", (fold(text),)).fetchone()[0]

    assert stored == fold(text)


def test_a_lone_surrogate_becomes_a_replacement_character():
    assert storable("a\ud800") == "a\ufffd"
    assert storable(None) is None
