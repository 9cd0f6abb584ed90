"""Plain characters: what is dropped, what is folded, what stays."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.plain import count_words, plain_line, plain_lines

PLAIN = [
    ("a\u00a0b", "a b"),
    ("  a \t b\n", "a b"),
    ("a\u200bb\ufeff", "ab"),
    ("a\x00\x07b", "ab"),
    ("lone \ud800 surrogate", "lone surrogate"),
    ("Cafe\u0301", "Café"),
    ("\u0421orvane", "\u0421orvane"),
    ("می\u200cخواهد", "می\u200cخواهد"),
    ("wo\u200crd", "word"),
    ("👩\u200d🚒", "👩\u200d🚒"),
    ("", ""),
]
COUNTS = [
    ("", 0),
    ("…", 0),
    ("Dock strike ends", 3),
    ("the union's 9.5 % co-operative", 4),
    ("工会投票。", 4),
    ("「東京」で会議", 5),
    ("노동자들이 투표했다", 2),
    ("สวัสดี", 6),
    ("यूनियन ने मतदान किया", 4),
    ("Профсоюз проголосовал", 2),
    ("Corvane市 2026", 3),
]


@pytest.mark.parametrize(("text", "expected"), PLAIN)
def test_a_line_is_made_plain(text, expected):
    assert plain_line(text) == expected


@pytest.mark.parametrize(("text", "expected"), COUNTS)
def test_words_are_counted_in_every_script(text, expected):
    assert count_words(text) == expected


def test_every_kind_of_line_break_parts_lines():
    assert plain_lines("a\r\nb\rc\u2028d\x85e\n\nf") == ("a", "b", "c", "d", "e", "", "f")


@given(st.text(alphabet=st.characters(), max_size=80))
def test_plain_is_plain_already_and_never_longer(text):
    once = plain_line(text)

    assert plain_line(once) == once
    assert len(once) <= len(unicodedata.normalize("NFC", text))
    once.encode()


@given(st.text(alphabet="ab1_'’.,-–“ \né?я🚢\u0301", max_size=60))
def test_words_are_counted_alike_by_shape_and_by_rule(text: str) -> None:
    # A letter of a script without spaces makes the rule count.
    assert count_words(f"{text} 工") == count_words(text) + 1


@given(st.text(max_size=60))
def test_a_printable_line_is_made_plain_as_any_other(text: str) -> None:
    # A soft hyphen is dropped, and a text with one is not printable.
    assert plain_line(text) == plain_line(f"\u00ad{text}")
