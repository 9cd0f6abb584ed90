from collections import Counter
from importlib.resources import files

import orjson
import pytest

from pipelines.core.language.detector import guess_language
from pipelines.core.language.telling_words import told_language, told_throughout

TOLD = [
    ("en", "The harbour of the town was closed, and the ships that had come from the north were sent back."),
    ("de", "Der Hafen ist seit Montag offen, und die Schiffe sind nach neun Tagen wieder im Dienst."),
    (
        "fr",
        "Le port est ouvert depuis lundi et les navires ont repris leur route dans la nuit, avec du retard.",
    ),
    ("es", "Los barcos y las grúas han vuelto al puerto, pero el paro fue largo y también caro."),
    ("pt", "Os navios não foram descarregados, mas a greve foi curta e os portos já estão abertos."),
    ("sv", "Hamnen är öppen och fartygen från norr ska inte vänta, men det är brist på folk för att lasta."),
]
UNTOLD = [
    "",
    "The strike ended.",  # too few words
    "The the the the the the.",  # one word, however often
    "He said that the song of the year is Nicht mit mir und auch nicht mit dir.",  # two languages
    "Pelabuhan dibuka kembali pada hari Senin, sembilan hari setelah para pekerja mogok.",
]


@pytest.mark.parametrize(("language", "text"), TOLD, ids=[language for language, _ in TOLD])
def test_small_words_tell_a_paragraph_of_news_as_the_model_does(language: str, text: str) -> None:
    assert told_language(text) == language
    assert guess_language(text).tag == language


@pytest.mark.parametrize("text", UNTOLD)
def test_few_or_mixed_small_words_tell_nothing(text: str) -> None:
    assert told_language(text) is None


def test_a_text_is_told_throughout_where_each_quarter_is() -> None:
    english, german = TOLD[0][1], TOLD[1][1]

    assert told_throughout(english * 6) == "en"
    assert told_throughout(english * 4 + german * 2) is None
    assert told_throughout(german + english * 6) is None


def test_a_short_text_is_never_told_throughout() -> None:
    assert told_throughout(TOLD[0][1] * 3) is None


def test_a_text_told_throughout_is_as_sure_as_the_model_is() -> None:
    told = guess_language(TOLD[0][1] * 8)
    # In capitals no small word is found, and the model lowers them.
    asked = guess_language((TOLD[0][1] * 8).upper())

    assert told == asked
    assert told.confidence == 1.0


def test_no_word_tells_two_languages() -> None:
    document = orjson.loads(files("pipelines.core.language").joinpath("telling_words.json").read_bytes())

    counts = Counter(word for words in document.values() for word in words.split())

    assert [word for word, count in counts.items() if count > 1] == []
