"""What is the same once folded, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.fold import content_hash, folded, folded_words

SAME = [
    ("Straße", "STRASSE"),
    ("“Quoted” – text…", "'Quoted' - text..."),
    ("a\u00a0b\u200b", "A B"),
    ("ﬁnal", "final"),
    ("Ｆｕｌｌ", "full"),
    ("\u0421orvane", "Corvane"),
    ("Sc\u043eo\u0442er", "Scooter"),
    ("c\u0442\u0440\u0430\u043d\u044b", "\u0441\u0442\u0440\u0430\u043d\u044b"),
    ("Cafe\u0301", "Café"),
    ("İSTANBUL ılık", "istanbul ilik"),
    ("soft\u00adhyphen", "softhyphen"),
]
DIFFERENT = [
    ("\u0441\u0442\u0430\u043d", "ctah"),
    ("resume", "résumé"),
    ("Corvane", "Corvan"),
    ("गाना", "गान"),
    ("1,5", "15"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_reads_the_same_folds_the_same(one, other):
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_reads_differently_stays_apart(one, other):
    assert folded_words(one) != folded_words(other)


@given(st.text(alphabet=st.characters(), max_size=80))
def test_folding_twice_is_folding_once(text):
    assert folded(folded(text)) == folded(text)


@given(st.text(alphabet=st.characters(), max_size=80))
def test_folded_text_can_always_be_encoded(text):
    folded(text).encode()


def test_a_text_without_words_has_no_hash():
    assert content_hash("—", " \u200b\n") is None
    assert content_hash(None, None) is None


def test_headline_and_body_are_kept_apart_in_the_hash():
    assert content_hash("a b", "c") != content_hash("a", "b c")
    assert content_hash("a", None) != content_hash(None, "a")


# What stands in Windows-1252 is folded byte by byte, all else by the rules; one letter beyond makes a text "all else".
WESTERN = bytes(code for code in range(256) if code not in b"\x81\x8d\x8f\x90\x9d").decode("cp1252")


@given(st.text(alphabet=WESTERN, max_size=80))
def test_text_of_western_europe_folds_alike_by_table_and_by_rule(text):
    assert f"{folded_words(text)} ж".strip() == folded_words(f"{text} ж")
