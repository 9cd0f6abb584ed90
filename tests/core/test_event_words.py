"""Numbers and happenings that reports write in different words."""

import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.events.dates import day_name, mentioned_days
from pipelines.core.events.deed_words import deed_of
from pipelines.core.events.number_words import with_digits
from pipelines.core.events.pieces import fold_word
from pipelines.core.events.stop_words import stop_words
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
    passages = read_words("", text, language).day_passages
    mentions = mentioned_days(passages, language, datetime(2026, 4, 4, tzinfo=UTC))

    assert [day_name(day) for day in mentions] == days


PARTS = st.sampled_from(
    [
        " ",
        "\n",
        "\xa0",
        "-",
        "–",
        "“",
        "’",
        "'",
        ".",
        ", ",
        "_",
        "the",
        "of",
        "Dock",
        "strikes",
        "O'Brien’s",
        "21",
        "twenty",
        "One hundred",
        "Port Alder",
    ]
)
FOREIGN_PARTS = st.sampled_from(["İzmir", "e\u0301", "工会", "x" * 45])


@given(st.lists(PARTS | FOREIGN_PARTS, max_size=30).map("".join))
def test_words_are_those_of_the_text_read_as_a_whole(body):
    words = read_words("", body, "en")

    found = re.findall(r"[^\W_][\w\u0301]*(?:['’][\w\u0301]+)*", with_digits(body, "en"))
    short = [word for word in found if len(word) <= 40 or word[0] == "工"]
    expected = [term for word in short for term in fold_word(word, "en") if term not in stop_words("en")]
    assert words.body == Counter(expected)
    assert list(words.body) == list(dict.fromkeys(expected))


@given(st.lists(PARTS | FOREIGN_PARTS, max_size=30).map("".join))
def test_a_text_reads_the_same_whenever_it_is_read(body):
    first = read_words("Dock strike", body, "en")
    read_words(body, "Port Alder. " + body, "en")

    assert read_words("Dock strike", body, "en") == first


def test_a_text_reads_the_same_after_more_words_than_are_remembered():
    text = "Dock strikes at “Port Alder”, on 3 March: 31 hurt."
    first = read_words(text, text, "nl")
    for start in range(0, 90_000, 200):
        read_words("", " ".join(f"q{number}," for number in range(start, start + 200)), "nl")

    assert read_words(text, text, "nl") == first


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("They met Ada Example of Port Alder.", ["ada example of port alder"]),
        ("They met Ada  Example.", ["ada", "example"]),
        ("They met Ada\nExample.", ["ada"]),
        ("They met Ada-Example's man", ["ada example"]),
        ("They met Ada, Example", ["ada", "example"]),
        ("They left the Bank of the Port", ["bank", "port"]),
        ("They left “Port Alder” of “Old”", ["port alder"]),
        ("The Port was shut.", []),
        ("Alder was shut. They left Alder.", ["alder"]),
        ("Alder was shut.", []),
    ],
)
def test_a_name_is_a_run_of_capitals_one_space_or_connector_apart(text, names):
    assert list(read_words("", text, "en").names) == names
