"""One query finds the same in both indexes: ids, totals, facets, copies, and the order by time, on the real server."""

import os
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.parquet.views import connect
from connectors.search.cursor import write_cursor
from connectors.search.folding import fold, searchable, unfold
from connectors.search.query import Facet, Query, Sort
from schemas.article import Article
from schemas.article_parts import PubStatus
from schemas.codec import from_row
from tests.builders import MORNING
from tests.multilingual import made_up, multilingual, texts
from tests.test_morning import NOON, replay_morning
from tests.two_indexes import two_indexes

ALL = 1_000
FULL = bool(os.environ.get("COPYDESK_FULL"))
A_FEW, EXAMPLES = (8, 1_000) if FULL else (2, 90)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def multilingual_both(tmp_path_factory, index_server):
    folder = tmp_path_factory.mktemp("multilingual")
    with two_indexes(folder, index_server.cluster, multilingual(), MORNING) as both:
        yield both


@pytest.fixture(scope="module")
def morning_articles(tmp_path_factory) -> list[Article]:
    """Every row of history of the bundled morning, as the pipeline made them."""
    replayed = replay_morning(tmp_path_factory.mktemp("morning"))
    with connect(str(replayed.data), NOON) as database:
        answer = database.execute("select * from history")
        columns = [column[0] for column in answer.description]
        return [from_row(Article, dict(zip(columns, row, strict=True))) for row in answer.fetchall()]


@pytest.fixture(scope="module")
def morning_both(tmp_path_factory, index_server, morning_articles):
    folder = tmp_path_factory.mktemp("morning-index")
    with two_indexes(folder, index_server.cluster, morning_articles, NOON) as both:
        yield both


@pytest.fixture(params=["multilingual", "morning"])
def both(request):
    return request.getfixturevalue(f"{request.param}_both")


def words(text: str) -> list[str]:
    return searchable(text).split()


def asked_of(text: str, chance: Random) -> list[str]:
    """Queries made of one text: a few words in any case, beginnings, phrases, what stands apart or joined."""
    found = words(text)[:60]
    some = chance.sample(found, min(len(found), A_FEW))
    pairs = chance.sample(list(pairwise(found)), min(max(len(found) - 1, 0), A_FEW - 1))
    return [
        *some,
        *(word.upper() for word in some[1:]),
        *(f"{word[: 1 + place]}*" for place, word in enumerate(some)),
        *(f'"{first} {second}"' for first, second in pairs),
        *(f'"{first} {second[:1]}"*' for first, second in pairs),
        *(f"{second}{first}" for first, second in pairs),
        *chance.sample(text.split(), min(len(text.split()), A_FEW - 1)),
        " OR ".join(some),
        f"{some[0]} -{some[-1]}" if some else "",
    ]


@pytest.mark.parametrize("article", multilingual(), ids=lambda article: article.article_id)
def test_what_is_made_of_a_text_finds_the_same(multilingual_both, article):
    chance = Random(article.article_id)
    queries = [
        query
        for text in (article.headline, article.abstract, article.body_text)
        for query in asked_of(text or "", chance)
    ]

    hits = [multilingual_both.same(Query(text=text, copies=True, size=ALL)).total for text in queries]

    assert any(hits)


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ('"Springfield Cranes"', False),  # headline | abstract
        ('"again Workers"', False),  # abstract | text
        ('"port side"', False),
        ('"the town"', False),
        ('"side of the"', True),
        ("first flight", False),  # a ligature is a letter of its own
        ("ﬁrst", True),
        ("cafe Zoe naive", True),
        ("CAFÉ", True),
        ("angstrom", True),
        ("strasse", True),
        ("straße", True),
        ("Hafenarbeiter*", True),
        ("hafenarb", False),
        ("donaudampfschifffahrt*", True),
        ("istanbul", True),
        ("ıstanbul", False),
        ("ışık", True),
        ("isik", True),
        ("đình công", True),
        ("Đà Nẵng", True),
        ("da nang", False),
        ("Hồ Chí", True),
        ("lodz", False),
        ("ŻÓŁĆ", True),
        ("λιμένας", True),
        ("ΔΡΟΜΟΣ", True),
        ("δρόμος", True),
        ("ёлка", True),
        ("елка", True),
        ("ВСЕ", False),
        ("إضرابهم", True),
        ("اضرابهم", False),
        ("إضراب", False),
        ("الميناء", True),
        ("المـــيـــناء", True),
        ("مغلق", False),
        ("٢٠٢٦", True),
        ("2026", True),
        ("می‌روند", True),
        ("شלום", False),
        ("שלום", False),
        ("שָׁלוֹם", True),
        ("हड़ताल", True),
        ("हड", False),
        ("क्ष", True),
        ("ধর্মঘট", True),
        ("ท่าเรือ", True),
        ("เรือ", True),
        ("ທ່າເຮືອ", True),
        ("កំពង់ផែ", True),
        ("သပိတ်", True),
        ("台风", True),
        ("台风登陆", False),
        ("颱風", True),
        ("2026年3月1日", True),
        ("ABC電台", True),
        ("𠮷野", True),
        ("ｽﾄﾗｲｷ", True),
        ("がが", True),
        ("人々", True),
        ("東京", True),
        ("京タ", True),
        ("ストライキ", True),
        ("파업", True),
        ("한국", True),
        ("漢字", True),
        ("罢工strike", True),
        ("strike罢工strike", True),
        ("パ", False),
        ("🚢", False),
        ("👩‍👩‍👧", False),
        ("ship 🚢 and", True),
        ("H₂O", True),
        ("x₂", True),
        ("½", True),
        ("№5", True),
        ("under_score", True),
        ("C++", True),
        ("a.b@news.example", True),
        ("O’Brien", True),
        ("O'Brien", True),
        ("ofﬁce", True),
        ("reopened", False),
        ("re\u00adopened", True),
        ('"re opened"', True),
        ("a\u200bb", True),
        ("a\u0301b", True),
        ("\u0301", True),
        ("\u0301*", True),
        ("\ue000", True),
        ("Ⅷ", True),
        ("ſ", True),
        ("K", True),
        ("x" * 600, True),
        ("y" * 40_000, False),
        ("y*", True),
        ("after", True),
        ("word " * 40, True),
        ("-strike", True),
        ("-strike -word", True),
        ("*", False),
        ("!!!", False),
        ("", True),
        ('"台风" OR 颱風 -海燕', False),
        ("t* -st*", True),
        ('"ends with"* OR "the to"*', True),
    ],
)
def test_the_grammar_means_the_same(multilingual_both, text, finds):
    page = multilingual_both.same(Query(text=text, copies=True, size=ALL))

    assert (page.total > 0) == finds


@pytest.mark.parametrize(
    "text",
    [
        *("a1" * 900, "aʼb" * 600, "x₂" * 900, "١a" * 900),
        *(character * 1_900 for character in "ሀꀀᦀᬅﷺ"),
        *(" ".join([piece] * 12) for piece in ("x₂" * 15, "ሀ" * 30, "ﷺ" * 30, "١a" * 15)),
    ],
    ids=lambda text: f"{text[:3]}-{len(text)}",
)
def test_no_text_is_an_error_however_many_pieces_an_analyzer_makes_of_it(multilingual_both, text):
    for asked in (text, f'"{text}" OR strike', f"strike -{text}", f"{text}*"):
        multilingual_both.same(Query(text=asked, facets=tuple(Facet), size=ALL))


@pytest.mark.parametrize(
    ("sort", "place"),
    [
        (Sort.NEWEST, [(1 << 60) + 1, 0, "a"]),
        (Sort.NEWEST, [0, -(1 << 60) - 1, "a"]),
        (Sort.NEWEST, [1 << 63, 0, "a"]),
        (Sort.NEWEST, [-(1 << 63), 0, "a"]),
        (Sort.RELEVANCE, [0.0, 1 << 63, 0, "a"]),
        (Sort.RELEVANCE, [1e300, 0, 0, "a"]),
    ],
    ids=str,
)
def test_a_cursor_that_no_page_can_have_told_is_a_misuse(multilingual_both, sort, place):
    query = Query(sort=sort, after=write_cursor(sort, place))

    for index in (multilingual_both.sqlite, multilingual_both.cluster):
        with pytest.raises(ValueError, match=r"after is .*allowed is"):
            index.search(query, multilingual_both.as_of)


@pytest.mark.parametrize("number", [-(1 << 60), -1, 0, 1, 1 << 60])
def test_a_cursor_of_any_time_can_be_asked_for(multilingual_both, number):
    for place in ([number, 0, "a"], [0, number, "a"]):
        multilingual_both.same(Query(sort=Sort.NEWEST, after=write_cursor(Sort.NEWEST, place)))


FIELDS = [
    {"source": "harbour.example"},
    {"source": "bote.example"},
    {"source": "\ud800"},
    {"language": "zh"},
    {"language": "zh-Hant"},
    {"language": "en"},
    {"language": "%"},
    {"language": ""},
    {"event": "evt-20260302-1"},
    {"event": "evt"},
    {"subject": "medtop:1"},
    {"subject": "Labour"},
    {"subject": "labour"},
    {"since": MORNING - 5 * MINUTE},
    {"since": MORNING - 5 * MINUTE + timedelta(microseconds=1)},
    {"until": MORNING - 5 * MINUTE},
    {"since": MORNING - timedelta(days=100), "until": MORNING - timedelta(hours=1)},
    {"until": MORNING - timedelta(days=20)},
    {"until": MORNING - timedelta(days=20) + timedelta(microseconds=999)},
    {"status": PubStatus.USABLE},
    {"status": PubStatus.CANCELED},
    {"source": "tidings.example", "language": "ar", "since": MORNING - timedelta(days=1)},
]


@pytest.mark.parametrize("text", ["", "strike OR 파업 OR a*", "-strike"])
@pytest.mark.parametrize("fields", FIELDS, ids=str)
def test_filters_keep_the_same(multilingual_both, text, fields):
    for copies in (False, True):
        multilingual_both.same(Query(text=text, copies=copies, size=ALL, facets=tuple(Facet), **fields))


MORNING_TEXTS = [
    "",
    "ferry",
    "ferry harbour",
    '"harbour wall"',
    "ferry OR Straßenbahn",
    "-ferry",
    "f*",
    "the",
    "zz*",
]


@pytest.mark.parametrize("text", MORNING_TEXTS)
@pytest.mark.parametrize("copies", [False, True])
def test_totals_facets_copies_and_pages_of_a_morning_are_the_same(morning_both, text, copies):
    for sort in Sort:
        query = Query(text=text, sort=sort, copies=copies, facets=tuple(Facet))
        morning_both.same(replace(query, size=ALL))
        for size in (1, 7) if FULL else (7,):
            morning_both.same_pages(replace(query, size=size, facets=()))


def test_words_of_a_morning_find_the_same(morning_both, morning_articles):
    chance = Random(7)
    written = [text for article in morning_articles for text in (article.headline, article.body_text) if text]

    queries = [query for text in chance.sample(written, 30) for query in asked_of(text, chance)]

    assert any(morning_both.same(Query(text=text, size=ALL)).total for text in queries)


def test_what_is_made_of_pieces_that_indexes_cut_differently_finds_the_same(tmp_path, index_server):
    chance = Random(23)
    articles = made_up(2_000 if FULL else 120, chance)
    with two_indexes(tmp_path, index_server.cluster, articles, MORNING) as both:
        for article in chance.sample(articles, 400 if FULL else 20):
            for text in asked_of(str(article.body_text), chance):
                both.same(Query(text=text, copies=True, size=ALL))


def test_an_article_is_got_alike(both):
    ids = [hit.article_id for hit in both.same(Query(sort=Sort.NEWEST, copies=True, size=ALL)).hits]

    for article_id in ids:
        embedded, cluster = (index.get(article_id, both.as_of) for index in (both.sqlite, both.cluster))
        assert narrow(embedded) == narrow(cluster)
        if embedded.url is not None:
            by_url = [index.get(embedded.url, both.as_of) for index in (both.sqlite, both.cluster)]
            assert by_url[0].article_id == by_url[1].article_id
    assert both.cluster.get("nobody", both.as_of) is None
    assert both.cluster.get("\ud800", both.as_of) is None


def narrow(document):
    """The document with its texts as the embedded index has them."""
    texts = ("headline", "abstract", "body_text")
    return replace(document, **{name: unfold(fold(getattr(document, name) or "")) for name in texts})


GRAMMAR = [
    '"',
    "*",
    "-",
    " OR ",
    " AND ",
    " ",
    " ",
    " ",
    "(",
    ")",
    ":",
    "\\",
    "/",
    "~",
    "^",
    "”",
    "\u0301",
    "\u00ad",
]
WORDS = sorted({word for text in texts() for word in words(text)[:60]})
QUERY_TEXTS = st.lists(
    st.sampled_from(WORDS) | st.sampled_from(GRAMMAR) | st.text(max_size=2), max_size=9
).map("".join)


@settings(max_examples=EXAMPLES)
@given(text=QUERY_TEXTS, copies=st.booleans())
def test_any_text_finds_the_same(multilingual_both, text, copies):
    multilingual_both.same(Query(text=text, copies=copies, size=ALL))


@settings(max_examples=EXAMPLES // 3)
@given(
    text=QUERY_TEXTS,
    fields=st.sampled_from([{}, *FIELDS]),
    sort=st.sampled_from(Sort),
    size=st.integers(1, 12),
    copies=st.booleans(),
)
def test_the_pages_of_any_query_are_the_same(multilingual_both, text, fields, sort, size, copies):
    query = Query(text=text, sort=sort, size=size, copies=copies, **fields)

    assert len(multilingual_both.same_pages(query)) == multilingual_both.same(query).total
