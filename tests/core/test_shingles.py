from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.fold import folded
from pipelines.core.repeats.shingles import (
    MIN_SHINGLES,
    SKETCH_VERSION,
    containment,
    jaccard,
    pack,
    shingle_hashes,
    sketch_of,
    unpack,
)
from pipelines.core.repeats.words import Codes, folded_codes, word_codes
from tests.builders_repeats import a_text, edited, part_of


def true_jaccard(one: str, other: str) -> float:
    ours, theirs = (
        {tuple(words[n : n + 5]) for n in range(len(words) - 4)} for words in (one.split(), other.split())
    )
    return len(ours & theirs) / len(ours | theirs)


@pytest.mark.parametrize(
    "other",
    [a_text("ferry"), part_of(a_text("dock"), 0, 0.5), edited(a_text("dock"), 20), edited(a_text("dock"), 9)],
)
def test_the_estimate_is_near_the_true_jaccard_index(other: str) -> None:
    text = a_text("dock")

    estimate = jaccard(sketch_of(text).slots, sketch_of(other).slots)

    assert estimate == pytest.approx(true_jaccard(text, other), abs=0.12)


def test_the_estimate_errs_by_four_hundredths_on_the_whole() -> None:
    errors = []
    for number in range(200):
        text = a_text(f"s{number}x", 600)
        other = part_of(text, 0, 0.2 + 0.7 * number / 200)
        estimate = jaccard(sketch_of(text).slots, sketch_of(other).slots)
        errors.append(estimate - true_jaccard(text, other))

    assert np.sqrt(np.mean(np.square(errors))) < 0.045


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The “Dock” strike — is over", "the dock strike is OVER"),
        ("dock\u00a0strike\n\nended  on Sunday", "dock strike ended on sunday"),
        ("the sco\u043eter strike is over", "the scooter strike is over"),
        ("don’t stop the strike now", "don't stop the strike now"),
        ("don´t stop – the strike now…", "don't stop - the strike now"),
        ("港口abc罢工x结束", "港 口 abc 罢 工 x 结 束"),
        ("ท่าเรือ", " ".join("ท่าเรือ")),
        ("cafe\u0301 strike ended last night", "café strike ended last night"),
        ("snake_case words are two words", "snake case words are two words"),
    ],
)
def test_case_layout_punctuation_and_look_alikes_do_not_count(one: str, other: str) -> None:
    assert shingle_hashes(one).tolist() == shingle_hashes(other).tolist()


@pytest.mark.parametrize(
    ("text", "shingles"),
    [
        ("", 0),
        ("one two three four", 0),
        ("one two three four five", 1),
        ("one two three four five six", 2),
        ("港口罢工结束了", 3),  # seven characters, a word each
        ("日本語abcテスト", 3),  # three, one word, three
        ("ท่าเรือ", 3),  # marks count as characters: consistent, whatever they are
        ("부두 파업 끝", 1),
        ("बंदरगाह की हड़ताल खत्म हुई।", 1),
        ("الإضراب في الميناء انتهى أمس", 1),
    ],
)
def test_every_script_has_words(text: str, shingles: int) -> None:
    assert sketch_of(text).shingles == shingles


def test_a_repeated_passage_counts_once() -> None:
    once = a_text("dock", 100)

    assert sketch_of(f"{once} {once}").shingles == sketch_of(once).shingles + 4


def test_a_short_text_has_a_count_and_no_samples() -> None:
    short, long = (sketch_of(a_text("dock", MIN_SHINGLES + 4 - less)) for less in (1, 0))

    assert (short.shingles, short.is_comparable) == (MIN_SHINGLES - 1, False)
    assert (long.shingles, long.is_comparable) == (MIN_SHINGLES, True)


def test_a_packed_sketch_is_small_and_comes_back_whole() -> None:
    for text in ("", "a few words", a_text("dock"), a_text("dock", 3_000)):
        sketch = sketch_of(text)

        assert len(pack(sketch)) <= 200
        assert unpack(pack(sketch)) == sketch


@pytest.mark.parametrize(
    "blob", [b"", b"\x01", b"\xff" * 5, b"\x01" * 100, bytes((SKETCH_VERSION + 1,)) * 197]
)
def test_a_sketch_of_another_version_is_none(blob: bytes) -> None:
    assert unpack(blob) is None


@pytest.mark.parametrize(
    ("opening", "digest"), [("", "9229bb6c6535e422"), ("Über 港口罢工 ", "e32764b459419030")]
)
def test_the_recipe_stands(opening: str, digest: str) -> None:
    """Sketches lie in history: another recipe is another `SKETCH_VERSION`."""
    sketch = sketch_of(opening + " ".join(str(number) for number in range(40)))

    assert sha256(pack(sketch)).hexdigest()[:16] == digest


# What may stand beside anything, and what may not: accents apart, ligatures, signs, invisible characters, astral ones.
NEIGHBOURS = st.characters(max_codepoint=0x52F) | st.characters(min_codepoint=0x2000, max_codepoint=0x2044)
MET = st.sampled_from(
    "ab zßẞıİσςαвοcеµ÷×´’…“- \u0301\u0307\u00ad\u200d\ufe0fﬁ½²Ａ，ｶﾞか\u3099港口부두파업ٱءأ\u0651क़ท่😀\ud800"
)


@given(st.text(NEIGHBOURS | MET | MET | st.characters(), max_size=40))
def test_a_text_read_at_once_has_the_words_of_the_text_folded_whole(text: str) -> None:
    assert words_of(word_codes(text)) == words_of(folded_codes(text))


@pytest.mark.parametrize("first", range(0, 0x10000, 0x1000))
def test_every_character_of_the_basic_plane_is_read_as_it_is_folded(first: int) -> None:
    for code in range(first, first + 0x1000):
        text = f"a{chr(code)}b {chr(code)}"

        assert words_of(word_codes(text)) == words_of(folded_codes(text))


def words_of(codes: Codes) -> list[str]:
    return "".join(map(chr, codes.tolist())).replace("\0", " ").split()


def test_a_long_text_is_hashed_as_a_short_one() -> None:
    passage = a_text("dock", 60)
    long = f"{'filler ' * 4_000}{passage}"

    assert set(shingle_hashes(passage).tolist()) <= set(shingle_hashes(long).tolist())


@given(st.text(st.characters(exclude_characters="´") | st.sampled_from("abé–’… _"), max_size=60))
def test_the_words_are_those_of_the_folded_text(text: str) -> None:
    assert shingle_hashes(text).tolist() == shingle_hashes(folded(text)).tolist()


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_have_shares_from_nought_to_one(one: str, other: str) -> None:
    ours, theirs = sketch_of(one), sketch_of(other)
    index = jaccard(ours.slots, theirs.slots)

    assert 0 <= index <= 1
    assert (
        ours.shingles == 0
        or theirs.shingles == 0
        or 0 <= containment(index, ours.shingles, theirs.shingles) <= 1
    )
    assert unpack(pack(ours)) == ours


def test_a_million_characters_without_a_space_are_two_words_too_few() -> None:
    assert sketch_of("a" * 1_000_000).shingles == 0
    assert sketch_of("口" * 300_000).shingles == 1
