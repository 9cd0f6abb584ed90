import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pipelines.core.language.model import Ranked, model_labels, ranked

TEXTS = [
    "The harbour of Springfield opened again on Monday after nine days.",
    "Der Hafen von Springfeld ist seit Montag wieder offen, neun Tage nach dem Beginn des Ausstands.",
    "Luka je ponovo otvorena u ponedeljak, devet dana posle početka štrajka lučkih radnika.",
    "Лука је поново отворена у понедељак, девет дана после почетка штрајка лучких радника.",
    "港湾労働者のストライキ開始から九日後の月曜日、港は再開した。",
    "أعيد فتح الميناء يوم الاثنين بعد تسعة أيام من بدء إضراب عمال الرصيف في المدينة.",
    "kg" * 700,
    "x",
    "",
    "0 0 0",
    "\ud800 half a pair",
    "Cafe\u0301",
]

WORDS = " ".join(TEXTS[:6]).split()


@pytest.fixture(scope="module")
def library() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def library_says(library: LanguageIdentifier, text: str) -> dict[str, float]:
    return dict(library.rank(text))


def as_stated(ranking: Ranked) -> dict[str, float]:
    return dict(ranking)


def test_every_probability_is_the_one_of_the_library(library: LanguageIdentifier) -> None:
    for text, ranking in zip(TEXTS, ranked(TEXTS, 1e-6), strict=True):
        expected = {label: share for label, share in library_says(library, text).items() if share > 2e-6}
        assert as_stated(ranking) | expected == pytest.approx(as_stated(ranking), abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS) | st.text(max_size=12), max_size=60))
def test_any_mix_of_words_has_the_probabilities_of_the_library(
    library: LanguageIdentifier, words: list[str]
) -> None:
    text = " ".join(words).lower()

    [ranking] = ranked([text], 0.001)

    expected = library_says(library, text)
    assert as_stated(ranking) == pytest.approx({label: expected[label] for label, _ in ranking}, abs=1e-3)


def test_a_text_is_judged_alike_whatever_it_is_asked_with() -> None:
    alone = [ranked([text], 0.01)[0] for text in TEXTS]

    together = ranked(TEXTS * 3, 0.01)

    for one, other in zip(alone * 3, together, strict=True):
        assert as_stated(other) == pytest.approx(as_stated(one), abs=1e-5)


def test_more_texts_than_a_narrow_key_can_number_are_told_apart() -> None:
    rankings = ranked(TEXTS[:2] * 1_500, 0.5)

    assert [ranking[0][0] for ranking in rankings] == ["en", "de"] * 1_500


def test_the_likeliest_language_stands_first_and_the_unlikely_are_left_out() -> None:
    for ranking in ranked(TEXTS, 0.01):
        probabilities = [probability for _, probability in ranking]

        assert probabilities == sorted(probabilities, reverse=True)
        assert all(probability >= 0.01 for probability in probabilities)


def test_no_texts_have_no_rankings() -> None:
    assert ranked([], 0.5) == []


def test_the_labels_are_those_of_the_library(library: LanguageIdentifier) -> None:
    assert model_labels() == frozenset(library.labels)
