"""What an article leaves behind for AssignEventIds, and how its words, names, numbers and days are read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.events.dates import day_name, days_of, mentioned_days
from pipelines.core.events.frequencies import MAX_IDF, TermFrequencies, TermPrior, prior_of, term_hash
from pipelines.core.events.terms import MAX_BYTES, counted_terms, pack_terms, vectors_of
from pipelines.core.events.weighed import (
    DEEDS,
    NAMES,
    TITLE_WORDS,
    TOP_WORDS,
    WORDS,
    WeighedRows,
    weighed,
)
from pipelines.core.events.words import read_words

TUESDAY = datetime(2026, 3, 3, 15, tzinfo=UTC)
NONE_KNOWN = TermPrior("test", 1_000, {})


def packed(title: str, body: str, language: str = "en", told_at: datetime | None = None) -> bytes:
    frequencies = TermFrequencies(NONE_KNOWN)
    words = read_words(title, body, language)
    days = mentioned_days(words.day_passages, language, told_at)
    return pack_terms(words, days, frequencies)


def days_in(text: str, language: str, told_at: datetime | None) -> tuple[int, ...]:
    return mentioned_days(read_words("", text, language).day_passages, language, told_at)


@given(
    title=st.text(max_size=300),
    body=st.text(max_size=3_000),
    language=st.sampled_from(["en", "de", "zh", "xx"]),
)
def test_any_text_leaves_at_most_600_bytes_that_can_be_read(title, body, language):
    terms = packed(title, body, language)
    vectors = vectors_of(terms)

    assert len(terms) <= MAX_BYTES
    for vector in (vectors.words, vectors.title, vectors.names, vectors.lede, vectors.deeds):
        assert not vector or sum(w * w for w in vector.values()) == pytest.approx(1.0)


@given(
    title=st.text(max_size=200), body=st.text(max_size=2_000), language=st.sampled_from(["en", "de", "zh"])
)
def test_a_text_as_arrays_weighs_what_its_vectors_weigh(title, body, language):
    terms = packed(title, body, language)
    vectors, text = vectors_of(terms), weighed(terms)

    kinds = (vectors.words, vectors.title, vectors.names, vectors.lede, vectors.deeds)
    for kind, vector in zip((WORDS, TITLE_WORDS, NAMES, TOP_WORDS, DEEDS), kinds, strict=True):
        weights = dict(zip(text.hashes.tolist(), text.weights[:, kind].tolist(), strict=True))
        assert {term: weight for term, weight in weights.items() if weight} == pytest.approx(
            dict(vector), rel=1e-6
        )
    assert (text.numbers, days_of(text.mentions)) == (vectors.numbers, vectors.days)


def test_a_row_is_read_once_while_others_come_and_go():
    asked: list[int] = []

    def terms_of(row: int) -> bytes:
        asked.append(row)
        return packed(f"lantern {row % 7}", "")

    rows = WeighedRows(terms_of)
    for row in range(1, 5_000):
        assert rows[0] is rows[0]
        assert rows[row].hashes.tolist() == weighed(packed(f"lantern {row % 7}", "")).hashes.tolist()

    assert asked.count(0) == 1
    assert len(rows) <= 2_048


def test_bytes_of_another_version_are_refused():
    terms = packed("a title", "and a body")

    with pytest.raises(ValueError, match="version 9"):
        vectors_of(b"\x09" + terms[1:])


def test_the_headline_weighs_more_than_the_lede_and_the_lede_more_than_the_rest():
    filler = " ".join(f"filler{number}" for number in range(70))
    vectors = vectors_of(packed("lantern", f"{filler} harvest {' '.join(f'w{n}' for n in range(15))} gravel"))

    weight = {word: vectors.words.get(term_hash(word), 0.0) for word in ("lantern", "harvest", "gravel")}
    assert weight["lantern"] > weight["harvest"] > weight["gravel"]


def test_deeds_are_what_is_left_without_names():
    vectors = vectors_of(packed("", "The blockade of Sorn ended, and in Sorn ships sailed."))

    assert term_hash("sorn") in vectors.words
    assert term_hash("sorn") not in vectors.deeds
    assert term_hash("blockade") in vectors.deeds


@pytest.mark.parametrize(
    ("text", "language", "names"),
    [
        ("Police met Mara Voss in Port Alder.", "en", {"mara voss", "port alder"}),
        ("The Bank of Alder said so.", "en", {"bank of alder"}),
        ("Rain fell. Rain stopped.", "en", set()),
        ("Voss left. Then police asked Voss.", "en", {"voss"}),
        ("They asked Mara Voss's lawyer.", "en", {"mara voss"}),
        ("Gestern trafen Petra Lind und Georg Amt die Presse.", "de", {"petra lind", "georg amt", "presse"}),
        ("Вчера выступил мэр Иван Петров.", "ru", {"иван петров"}),
        ("青岚大桥坍塌", "zh", set()),
    ],
)
def test_names_are_capitalised_sequences(text, language, names):
    assert set(read_words("", text, language).names) == names


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,450 workers and 31 ships", ("1450", "31")),
        ("6.2 percent", ("62",)),
        ("1.450 und 1\u00a0450", ("1450",)),
        ("in 2026 and 1999", ()),
        ("seven, 7, and 7", ()),
        ("9" * 400, ()),
        ("B52 flew", ()),
    ],
)
def test_numbers_are_digits_without_separators_and_years_are_none(text, numbers):
    assert read_words("", text, "en").numbers == numbers


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Strikes, strike's and parties", "en", {"strike", "party"}),
        ("L'acqua dell'isola", "it", {"acqua", "isola"}),
        ("O'Brien spoke", "en", {"obrien", "spoke"}),
        ("大桥坍塌", "zh", {"大桥", "桥坍", "坍塌"}),
        ("the of and", "en", set()),
        ("der Tarifvertrag", "de", {"tarif"}),
        ("हिन्दी समाचार", "hi", {"हिन्दी", "समाचार"}),
    ],
)
def test_words_are_folded(text, language, words):
    assert set(read_words("", text, language).body) == words


@pytest.mark.parametrize(
    ("text", "language", "told_at", "days"),
    [
        ("on Tuesday", "en", TUESDAY, ["Tuesday"]),
        ("today", "en", TUESDAY, ["2026-03-03"]),
        ("yesterday", "en", TUESDAY, ["2026-03-02"]),
        ("today", "en", None, []),
        ("on March 5", "en", TUESDAY, ["2026-03-05"]),
        ("on 5 March", "en", None, ["--03-05"]),
        ("it may 10 people", "en", TUESDAY, []),
        ("born on July 4", "en", TUESDAY, []),
        ("on Feb. 30", "en", TUESDAY, []),
        ("am 5. März", "de", TUESDAY, ["2026-03-05"]),
        ("el 5 de marzo", "es", TUESDAY, ["2026-03-05"]),
        ("3月5日", "ja", TUESDAY, ["2026-03-05"]),
        ("99月99日", "ja", TUESDAY, []),
        ("on December 30", "en", datetime(2026, 1, 2, tzinfo=UTC), ["2025-12-30"]),
        ("on Tuesday", "xx", TUESDAY, []),
    ],
)
def test_mentioned_days(text, language, told_at, days):
    assert [day_name(day) for day in days_in(text, language, told_at)] == days


@pytest.mark.parametrize(
    ("mine", "theirs", "shared", "conflict"),
    [
        ("on Tuesday", "today", True, False),
        ("on Wednesday", "today", False, True),
        ("on March 3", "today", True, False),
        ("no day", "today", False, False),
        ("on Tuesday and Friday", "on Friday", True, False),
    ],
)
def test_days_of_two_texts_are_compared_whichever_is_dated(mine, theirs, shared, conflict):
    undated = days_of(days_in(mine, "en", None))
    dated = days_of(days_in(theirs, "en", TUESDAY))

    assert (bool(undated.shared(dated)), undated.conflict(dated)) == (shared, conflict)
    assert (bool(dated.shared(undated)), dated.conflict(undated)) == (shared, conflict)


def test_a_term_loses_weight_as_it_becomes_common_and_gains_it_back():
    frequencies = TermFrequencies(TermPrior("test", 100, {}))
    terms = counted_terms(packed("quake", "hits the coast"))
    rare = frequencies.idf(terms[0])
    for _ in range(50):
        frequencies.add(terms)
    common = frequencies.idf(terms[0])
    for _ in range(50):
        frequencies.take_back(terms)

    assert common < rare
    assert frequencies.idf(terms[0]) == rare


def test_the_shipped_prior_knows_common_words_and_a_language_without_one_starts_cold():
    english, other = TermFrequencies(prior_of("en")), prior_of("xx")

    assert english.idf(term_hash("government")) < 3 < english.idf(term_hash("zamboni")) <= MAX_IDF
    assert (other.version, other.counts) == ("cold", {})
