import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.search.query import MAX_QUERY_CHARS, MAX_QUERY_TERMS, Query, parse_query
from tests.builders import MORNING


def shown(text: str) -> str:
    """A tree on one line: groups, `a|b` alternatives, `*` beginnings, `-` exclusions."""
    tree = parse_query(text)
    groups = ["|".join(term.words + "*" * term.is_prefix for term in group) for group in tree.required]
    return " & ".join(groups + [f"-{term.words}{'*' * term.is_prefix}" for term in tree.excluded])


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", ""),
        ("dock", "dock"),
        ("dock strike", "dock & strike"),
        ('"dock strike"', "dock strike"),
        ('"dock strike', "dock strike"),
        ("“dock strike”", "dock strike"),
        ("„Streik im Hafen“ Ende", "Streik im Hafen & Ende"),
        ("dock OR quay", "dock|quay"),
        ("dock OR quay OR pier", "dock|quay|pier"),
        ("storm dock OR quay", "storm & dock|quay"),
        ("-football", "-football"),
        ('dock -"own goal"', "dock & -own goal"),
        ("dock -foot*", "dock & -foot*"),
        ("harbo*", "harbo*"),
        ('"dock stri"*', "dock stri*"),
        ("covid-19", "covid 19"),
        ("don't", "don t"),
        ("état", "état"),
        ("e\u0301tat", "état"),
        ("２０２６", "2026"),
        # Operators are in capitals and between two terms; everything else is a word.
        ("OR", ""),
        ("OR dock", "dock"),
        ("dock OR", "dock"),
        ("dock OR OR quay", "dock|quay"),
        ("dock OR -quay", "dock & -quay"),
        ("-dock OR quay", "quay & -dock"),
        ("dock or quay", "dock & or & quay"),
        ("dock AND quay", "dock & quay"),
        ("dock OR AND quay", "dock & quay"),
        ("dock and quay", "dock & and & quay"),
        ("NOT dock", "NOT & dock"),
        ('"OR"', "OR"),
        # What FTS5 would take for its own.
        ("headline:dock", "headline dock"),
        ("^dock", "dock"),
        ("dock + quay", "dock & quay"),
        ("NEAR(dock quay, 5)", "NEAR dock & quay & 5"),
        ("{headline body}:dock", "headline & body dock"),
        ('dock"quay', "dock quay"),
        ("dock\x00quay", "dock quay"),
        ("*", ""),
        ("- - --", ""),
        ('""', ""),
        ("😀 dock", "dock"),
    ],
)
def test_a_text_asks_for_groups_of_alternatives_and_exclusions(text, tree):
    assert shown(text) == tree


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("台风", "台 风"),
        ("東京タワー", "東 京 タ ワ ー"),
        ("서울시", "서 울 시"),
        ("iPhone15发售", "iPhone15 发 售"),
        ("ไทย", "ไ ท ย"),
    ],
)
def test_a_run_of_unspaced_script_is_a_phrase_of_its_characters(text, words):
    assert parse_query(text).required[0][0].words.replace("\u200b", "") == words


@pytest.mark.parametrize("text", ["!!!", "😀", "…", "-", '"—"', "***"])
def test_a_text_without_letter_or_digit_finds_nothing(text):
    assert parse_query(text).finds_nothing


@pytest.mark.parametrize("text", ["", "  ", "\u3000\n"])
def test_a_blank_text_constrains_nothing(text):
    tree = parse_query(text)

    assert not tree.finds_nothing
    assert not tree.required
    assert not tree.excluded


@given(st.text())
def test_every_text_parses_into_words_of_letters_numbers_and_marks(text):
    tree = parse_query(text)

    for term in [*tree.excluded, *(term for group in tree.required for term in group)]:
        assert term.words
        assert not set(term.words) & set("\"'()*:^+-{}\0,")


def test_a_pasted_page_asks_for_its_first_words_only():
    assert len(parse_query("dock quay " * 100_000).required) == MAX_QUERY_TERMS
    assert len(parse_query('"' + "dock " * 100_000).required[0][0].words) <= MAX_QUERY_CHARS


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"size": 0}, "size is 0"),
        ({"size": 1_001}, "size is 1001"),
        ({"since": MORNING.replace(tzinfo=None)}, "since is 2026-03-02"),
        ({"until": MORNING.replace(tzinfo=None)}, "until is 2026-03-02"),
    ],
)
def test_a_misuse_names_the_field_and_what_is_allowed(fields, told):
    with pytest.raises(ValueError, match=f"{told}.*allowed is"):
        Query(**fields)
