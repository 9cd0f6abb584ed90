"""Numbers and happenings that reports write in different words."""

from datetime import UTC, datetime

import pytest

from pipelines.core.events.dates import day_name, mentioned_days
from pipelines.core.events.deed_words import deed_of
from pipelines.core.events.number_words import with_digits
from pipelines.core.events.words import read_words


@pytest.mark.parametrize(
    ("language", "text", "read"),
    [
        ("en", "Thirty-one hurt, ninety nine missing", "31 hurt, 99 missing"),
        ("en", "three hundred sheep", "300 sheep"),
        ("en", "six tenors", "six tenors"),
        (
            "fr",
            "dix-sept blessés, quatre-vingt-onze malades, deux cents lits",
            "17 blessés, 91 malades, 200 lits",
        ),
        ("fr", "dix pour cent", "10 pour cent"),
        ("it", "Ventuno feriti, dieci per cento", "21 feriti, 10 per cento"),
        ("es", "treinta y uno muertos y veintidós heridos", "31 muertos y 22 heridos"),
        ("de", "Siebenundzwanzig Verletzte, zweihundert Helfer", "27 Verletzte, 200 Helfer"),
        ("pt", "vinte e três feridos", "23 feridos"),
        ("nl", "drieëndertig gewonden", "33 gewonden"),
        ("pl", "trzydzieści jeden osób", "trzydzieści jeden osób"),
    ],
)
def test_numbers_of_ten_and_more_are_read_as_digits(language, text, read):
    assert with_digits(text, language) == read


def test_a_number_in_words_is_the_number_in_digits():
    spelled = read_words("", "Thirty-one people were treated; six died.", "en")
    digits = read_words("", "31 people were treated; 6 died.", "en")

    assert spelled.numbers == digits.numbers == ("31",)
    assert spelled.body == digits.body


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("blast", "explosion", "exploded")),
        ("en", ("killed", "dead", "deaths")),
        ("de", ("streik", "warnstreiks", "ausstand")),
        ("es", ("choque", "accidente", "descarrilamiento")),
        ("fr", ("incendie", "feu", "flammes")),
        ("it", ("valanga", "slavina", "valanghe")),
        ("nl", ("ontploffing", "explosie")),
        ("pt", ("incêndio", "fogo")),
    ],
)
def test_words_for_one_kind_of_happening_are_one_term(language, words):
    assert {deed_of(word, language) for word in words} == {deed_of(words[0], language)}
    assert deed_of(words[0], language) is not None


@pytest.mark.parametrize(
    ("language", "word"), [("en", "market"), ("en", "firearm"), ("it", "valore"), ("xx", "blast")]
)
def test_other_words_stay_what_they_are(language, word):
    assert deed_of(word, language) is None


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("tr", "5 NİSAN", ["2026-04-05"]),
        ("tr", "PAZARTESİ", ["Monday"]),
        ("tr", "SALI", ["Tuesday"]),
        ("en", "3 Aprıl", ["2026-04-03"]),
        ("en", "Wedneſday", ["Wednesday"]),
        ("ru", "3 апᲂеля", []),
        ("en", "3 APRIL 5", ["2026-04-03"]),
        ("en", "on 3rd of April, Friday's", ["2026-04-03", "Friday"]),
        ("en", "in 13 Aprils", []),
    ],
)
def test_a_day_is_read_in_whatever_letters_its_name_stands(language, text, days):
    mentions = mentioned_days(text, language, datetime(2026, 4, 4, tzinfo=UTC))

    assert [day_name(day) for day in mentions] == days
