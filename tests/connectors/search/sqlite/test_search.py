"""What a query finds, in which order, and how it is shown. All sentences were written for these tests."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.search.query import Facet, Marks, Query, Sort
from connectors.search.sqlite.index import SqliteIndex
from schemas.article import Article
from schemas.article_parts import PubStatus, Subject, Zone
from tests.builders import MORNING, an_article
from tests.builders_search import a_text, an_index, asked, found

HOUR = timedelta(hours=1)

LANGUAGES = [
    a_text("en", "Dock workers in Springfield ended a nine-day strike on Sunday.", language="en"),
    a_text("de", "Der Hafenarbeiterstreik in Überlingen ist nach neun Tagen zu Ende.", language="de"),
    a_text("fr", "La grève des dockers s'achève après neuf jours d'arrêt à Mer-les-Bains.", language="fr"),
    a_text("ru", "Докеры прекратили забастовку в порту Северогорска.", language="ru"),
    a_text("ar", "أنهى عمال الميناء إضرابهم بعد تسعة أيام.", language="ar"),
    a_text("hi", "बंदरगाह के मज़दूरों ने नौ दिन की हड़ताल ख़त्म की।", language="hi"),
    a_text("zh", "周日清晨，台风“海燕”在海滨市登陆，码头工人停止作业。", language="zh-Hans"),
    a_text("ja", "港の作業員は２０２６年３月１日、九日間のストライキを終えた。", language="ja"),
    a_text("ko", "부두 노동자들은 일요일 아흐레 만에 파업을 끝냈다.", language="ko"),
    a_text("th", "คนงานท่าเรือยุติการนัดหยุดงานเมื่อวันอาทิตย์", language="th"),
    a_text("vi", "Công nhân bến cảng kết thúc chín ngày đình công.", language="vi"),
]


@pytest.fixture(scope="module")
def languages(tmp_path_factory):
    with an_index(tmp_path_factory.mktemp("languages"), *LANGUAGES) as index:
        yield index


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("dock strike", ["en"]),
        ("DOCK", ["en"]),
        ("strike dock", ["en"]),
        ('"dock strike"', []),
        ('"nine-day strike"', ["en"]),
        ("nine-day", ["en"]),
        ('"nine day"', ["en"]),
        ("Hafenarbeiterstreik", ["de"]),
        ("hafenarbeiter*", ["de"]),
        ("Streik", []),
        ("überlingen", ["de"]),
        ("uberlingen", ["de"]),
        ("greve", ["fr"]),
        ("GRÈVE arrêt", ["fr"]),
        ("gre\u0300ve", ["fr"]),
        ("d'arrêt", ["fr"]),
        ("забастовку", ["ru"]),
        ("ЗАБАСТОВКУ порту", ["ru"]),
        ("забастовк*", ["ru"]),
        ("الميناء", ["ar"]),
        ("إضرابهم بعد", ["ar"]),
        ("हड़ताल", ["hi"]),
        ("हड", []),
        ("台风", ["zh"]),
        ("登陆", ["zh"]),
        ("风台", []),
        ("台风 码头", ["zh"]),
        ("台风登陆", []),
        ("海滨*", ["zh"]),
        ("ストライキ", ["ja"]),
        ("2026年3月", ["ja"]),
        ("２０２６年", ["ja"]),
        ("노동자", ["ko"]),
        ("파업", ["ko"]),
        ("ท่าเรือ", ["th"]),
        ("đình công", ["vi"]),
        ("strike OR забастовку", ["en", "ru"]),
        ("strike OR 파업 -dock", ["ko"]),
        ("dock -strike", []),
        ("Report -dock", ["ar", "de", "fr", "hi", "ja", "ko", "ru", "th", "vi", "zh"]),
        ("-Report", []),
        ("-dock -report", []),
        ("-dock", ["ar", "de", "fr", "hi", "ja", "ko", "ru", "th", "vi", "zh"]),
        ("!!!", []),
    ],
)
def test_a_text_finds_what_has_its_words(languages, text, ids):
    assert sorted(found(languages, text, size=20)) == ids


@pytest.mark.parametrize(
    ("text", "snippet"),
    [
        ("strike", "Dock workers in Springfield ended a nine-day [strike] on Sunday."),
        ('"nine-day strike"', "Dock workers in Springfield ended a [nine-day strike] on Sunday."),
        ("台风", "周日清晨，[台风]“海燕”在海滨市登陆，码头工人停止作业。"),
        ("ストライキ", "港の作業員は2026年3月1日、九日間の[ストライキ]を終えた。"),
        ("파업", "부두 노동자들은 일요일 아흐레 만에 [파업]을 끝냈다."),
        ("hafenarbeiter*", "Der [Hafenarbeiterstreik] in Überlingen ist nach neun Tagen zu Ende."),
    ],
)
def test_a_snippet_marks_the_words_in_the_text_as_printed(languages, text, snippet):
    assert asked(languages, text).hits[0].snippet == snippet


def test_marks_are_the_callers(languages):
    marks = Marks(before="<em>", after="</em>", ellipsis="...")

    assert "nine-day <em>strike</em> on" in asked(languages, "strike", marks=marks).hits[0].snippet


def test_a_snippet_is_cut_around_the_words_and_is_one_line(tmp_path):
    index = an_index(tmp_path, a_text("a1", "filler " * 200 + "the\nferry\n\nsank " + "filler " * 200))

    snippet = asked(index, "ferry sank").hits[0].snippet

    assert "the [ferry sank] filler" in snippet or "the [ferry] [sank] filler" in snippet
    assert snippet.startswith("…")
    assert snippet.endswith("…")
    assert len(snippet) < 250


def test_a_match_in_the_headline_alone_shows_the_headline(tmp_path):
    index = an_index(tmp_path, a_text("a1", "Nothing to see.", headline="Ferry sinks"))

    assert asked(index, "ferry").hits[0].snippet == "[Ferry] sinks"


def test_without_words_to_mark_a_snippet_is_the_beginning(tmp_path):
    index = an_index(
        tmp_path,
        a_text("a1", "one two " * 40, published=MORNING),
        a_text("a2", "台风" * 100, published=MORNING - HOUR),
        a_text("a3", "Body.", abstract="Abstract.", published=MORNING - 2 * HOUR),
    )

    snippets = [hit.snippet for hit in asked(index).hits]

    assert snippets == ["one two " * 13 + "one two…", "台风" * 32 + "…", "Abstract. Body."]


def test_a_word_in_the_headline_counts_for_more_than_one_in_the_text(tmp_path):
    index = an_index(
        tmp_path,
        a_text("body", "The ferry was full of people who read the news."),
        a_text("head", "The ship was full of people who read the news.", headline="Ferry"),
        *[a_text(f"x{number}", "Other news.") for number in range(5)],
    )

    assert found(index, "ferry") == ["head", "body"]
    first, second = asked(index, "ferry").hits
    assert first.score > second.score > 0


def test_a_hit_tells_what_a_reader_needs(tmp_path):
    row = an_article(event_id="evt-1", url="https://news.example/a", source_name="The Example")
    (hit,) = asked(an_index(tmp_path, row), "dock").hits

    assert (hit.article_id, hit.headline, hit.source, hit.source_name) == (
        "a1",
        "Dock strike ends in Springfield",
        "news.example",
        "The Example",
    )
    assert (hit.published, hit.url, hit.event_id, hit.language, hit.copies) == (
        MORNING,
        "https://news.example/a",
        "evt-1",
        "en",
        0,
    )


FILTERED = [
    an_article("a1", source="one.example", language="zh-Hant", event_id="evt-1", published=MORNING),
    an_article("a2", source="two.example", language="zh", event_id="evt-2", published=MORNING - HOUR),
    an_article("a3", source="one.example", language="zha", published=None, first_received=MORNING - 2 * HOUR),
    an_article(
        "a4", language="en", subjects=(Subject(uri="medtop:1", name="Labour"),), published=MORNING - 3 * HOUR
    ),
    an_article("a5", language="en", published=None),
]


@pytest.mark.parametrize("text", ["dock", ""])
@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({"source": "one.example"}, ["a1", "a3"]),
        ({"source": "ONE.example"}, []),
        ({"language": "zh"}, ["a1", "a2"]),
        ({"language": "zh-Hant"}, ["a1"]),
        ({"language": "%"}, []),
        ({"event": "evt-2"}, ["a2"]),
        ({"subject": "medtop:1"}, ["a4"]),
        ({"subject": "Labour"}, ["a4"]),
        ({"subject": "Lab"}, []),
        ({"since": MORNING - HOUR}, ["a1", "a2"]),
        ({"until": MORNING - HOUR}, ["a3", "a4"]),
        ({"since": MORNING - 2 * HOUR, "until": MORNING}, ["a2", "a3"]),
        ({"status": PubStatus.USABLE}, ["a1", "a2", "a3", "a4", "a5"]),
        ({"status": PubStatus.WITHHELD}, []),
        ({"source": "one.example", "language": "zh"}, ["a1"]),
        ({"source": "\ud800"}, []),
    ],
)
def test_everything_that_is_given_must_hold(tmp_path, text, fields, ids):
    assert sorted(found(an_index(tmp_path, *FILTERED), text, **fields)) == ids


def test_newest_first_and_the_undated_last_by_arrival_then_id(tmp_path):
    late = an_article("a0", language="en", published=None)

    assert found(an_index(tmp_path, *FILTERED, late), sort=Sort.NEWEST) == [
        "a1",
        "a2",
        "a4",
        "a3",
        "a0",
        "a5",
    ]
    assert found(an_index(tmp_path, late), "dock", sort=Sort.NEWEST)[0] == "a1"


def a_family() -> list[Article]:
    return [
        an_article("late", copy_family="f", published=MORNING + HOUR, source="one.example", event_id="evt-1"),
        an_article("early", copy_family="f", published=MORNING, source="two.example", event_id="evt-1"),
        an_article("undated", copy_family="f", published=None, source="two.example", language="de"),
        an_article("alone", published=MORNING - HOUR, source="one.example"),
        an_article("other", published=MORNING, headline="Ferry", body_text="Sails", source="one.example"),
    ]


def test_the_earliest_published_stands_for_its_copies(tmp_path):
    page = asked(an_index(tmp_path, *a_family()), "dock")

    assert sorted((hit.article_id, hit.copies) for hit in page.hits) == [("alone", 0), ("early", 2)]
    assert page.total == 2


def test_a_time_with_an_assumed_zone_counts_as_its_day(tmp_path):
    stated = an_article("stated", copy_family="f", published=MORNING)
    assumed = an_article("assumed", copy_family="f", published=MORNING + HOUR, published_zone=Zone.ASSUMED)

    assert found(an_index(tmp_path, stated, assumed)) == ["assumed"]


def test_of_copies_published_at_once_the_least_id_stands(tmp_path):
    assert found(an_index(tmp_path, *(an_article(name, copy_family="f") for name in "cab"))) == ["a"]


def test_a_copy_stands_for_its_family_where_the_earliest_does_not_match(tmp_path):
    page = asked(an_index(tmp_path, *a_family()), source="one.example")

    assert sorted((hit.article_id, hit.copies) for hit in page.hits) == [
        ("alone", 0),
        ("late", 2),
        ("other", 0),
    ]


def test_copies_are_hits_when_asked_for(tmp_path):
    page = asked(an_index(tmp_path, *a_family()), "dock", copies=True)

    assert sorted(hit.article_id for hit in page.hits) == ["alone", "early", "late", "undated"]
    assert page.total == 4


def test_copies_that_readers_may_not_see_are_not_counted(tmp_path):
    killed = an_article("late", order_key=1 << 62, pub_status=PubStatus.CANCELED)
    index = an_index(tmp_path, *a_family())
    index.upsert([killed], MORNING)

    assert [hit.copies for hit in asked(index, "dock", event="evt-1").hits] == [1]
    assert index.get("early", MORNING).copies == 1


@pytest.mark.parametrize("copies", [False, True])
def test_a_facet_counts_what_narrowing_to_its_value_would_find(tmp_path, copies):
    index = an_index(tmp_path, *a_family())
    narrowed = {Facet.SOURCE: "source", Facet.LANGUAGE: "language", Facet.EVENT: "event"}

    page = asked(index, "dock", facets=tuple(Facet), copies=copies)

    assert {count.facet for count in page.facets} == set(Facet)
    for count in page.facets:
        fields = {narrowed[count.facet]: count.value}
        assert asked(index, "dock", copies=copies, **fields).total == count.count


def test_facets_stand_greatest_first(tmp_path):
    page = asked(an_index(tmp_path, *a_family()), facets=(Facet.SOURCE,))

    assert [(count.value, count.count) for count in page.facets] == [("one.example", 3), ("two.example", 1)]


@settings(max_examples=25, deadline=None)
@given(
    ages=st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=1, max_size=25),
    families=st.integers(1, 8),
    size=st.integers(1, 9),
    sort=st.sampled_from(Sort),
    text=st.sampled_from(["", "dock", "dock OR report"]),
)
def test_the_pages_of_a_query_are_its_hits_once_each_in_order(ages, families, size, sort, text):
    rows = [
        an_article(
            f"a{number}",
            published=None if age is None else MORNING - age * HOUR,
            body_text="dock " * (number % 4 + 1),
            copy_family=f"f{number % families}" if number % 2 else None,
        )
        for number, age in enumerate(ages)
    ]
    with TemporaryDirectory() as folder, an_index(Path(folder), *rows) as index:
        whole = asked(index, text, sort=sort, size=100)
        paged, after = [], None
        while True:
            page = asked(index, text, sort=sort, size=size, after=after)
            assert page.total == whole.total == len(whole.hits)
            paged += page.hits
            if page.next is None:
                break
            after = page.next

        assert tuple(paged) == whole.hits


@settings(max_examples=50, deadline=None)
@given(
    families=st.lists(st.sampled_from([None, "a0", "a1", "a5", "f"]), min_size=1, max_size=12),
    text=st.sampled_from(["", "dock", "do*", "-dock"]),
    sort=st.sampled_from(Sort),
)
def test_of_each_family_the_first_that_matches_is_a_hit_though_it_has_the_name_of_an_article(
    families, text, sort
):
    rows = [
        a_text(
            f"a{number}",
            "dock" if number % 3 else "quay",
            published=MORNING - (number * 5 % 7) * HOUR,
            source=f"s{number % 2}.example",
            copy_family=family,
        )
        for number, family in enumerate(families)
    ]
    matching = [row for row in rows if not text or (row.body_text == "dock") is not text.startswith("-")]
    first: dict[str, Article] = {}
    for row in sorted(matching, key=lambda row: (row.published, row.article_id)):
        first.setdefault(row.copy_family or row.article_id, row)
    with TemporaryDirectory() as folder, an_index(Path(folder), *rows) as index:
        page = asked(index, text, sort=sort, size=20, facets=(Facet.SOURCE,))

    assert {hit.article_id for hit in page.hits} == {row.article_id for row in first.values()}
    assert page.total == len(first)
    assert {count.value: count.count for count in page.facets} == {
        source: len({row.copy_family or row.article_id for row in matching if row.source == source})
        for source in {row.source for row in matching}
    }


def test_a_page_goes_past_any_number_of_copies(tmp_path):
    copies = [
        a_text(f"c{age:03}", "dock", published=MORNING - age * HOUR, copy_family="f") for age in range(100)
    ]
    index = an_index(tmp_path, *copies, a_text("last", "dock", published=MORNING - 200 * HOUR))
    first = asked(index, "dock", sort=Sort.NEWEST, size=1)

    assert [hit.article_id for hit in first.hits] == ["c099"]
    assert (first.total, first.hits[0].copies) == (2, 99)
    assert found(index, "dock", sort=Sort.NEWEST, size=1, after=first.next) == ["last"]


def test_a_hit_has_the_same_score_in_every_order(tmp_path):
    index = an_index(tmp_path, *(a_text(f"a{number}", "dock " * number + "quay") for number in range(9)))
    scores = [{hit.article_id: hit.score for hit in asked(index, "do*", sort=sort).hits} for sort in Sort]

    assert scores[0] == scores[1]
    assert len(set(scores[0].values())) == len(scores[0]) == 8


def test_a_page_goes_on_where_the_last_ended_though_newer_articles_came(tmp_path):
    index = an_index(tmp_path, *(an_article(f"a{age}", published=MORNING - age * HOUR) for age in range(6)))
    first = asked(index, sort=Sort.NEWEST, size=3)
    index.upsert([an_article("new", published=MORNING + HOUR)], MORNING)

    assert found(index, sort=Sort.NEWEST, size=3, after=first.next) == ["a3", "a4", "a5"]


@pytest.mark.parametrize("after", ["", "x", "!", "W10=", "e30=", "bnVsbA==", "WyJuZXdlc3QiLDEsMiwzXQ==", "é"])
def test_a_cursor_that_is_none_is_a_misuse(tmp_path, after):
    with pytest.raises(ValueError, match=r"after is .*allowed is"):
        asked(an_index(tmp_path), sort=Sort.NEWEST, after=after)


def test_a_cursor_of_another_sort_is_a_misuse(tmp_path):
    index = an_index(tmp_path, an_article("a1"), an_article("a2"))
    newest = asked(index, sort=Sort.NEWEST, size=1).next

    with pytest.raises(ValueError, match="sorted by relevance"):
        asked(index, sort=Sort.RELEVANCE, after=newest)


def test_an_article_is_got_by_its_id_or_an_address(tmp_path):
    row = an_article(
        url="https://news.example/a?x=1",
        canonical_url="https://news.example/a",
        abstract="Short.",
        event_id="evt-1",
    )
    index = an_index(tmp_path, row, an_article("b1"))

    document = index.get("a1", MORNING)

    assert (document.headline, document.abstract, document.body_text) == (
        row.headline,
        "Short.",
        row.body_text,
    )
    assert (document.order_key, document.published, document.event_id) == (row.order_key, MORNING, "evt-1")
    assert index.get("https://news.example/a?x=1", MORNING) == document
    assert index.get("https://news.example/a", MORNING) == document
    assert index.get("https://news.example/b", MORNING) is None
    assert index.get("\ud800", MORNING) is None


def test_the_got_text_is_the_text_as_it_came(tmp_path):
    zh = next(row for row in LANGUAGES if row.article_id == "zh")

    assert an_index(tmp_path, zh).get("zh", MORNING).body_text == zh.body_text


@settings(max_examples=300, deadline=None)
@given(text=st.text(), sort=st.sampled_from(Sort), copies=st.booleans())
def test_any_text_can_be_asked(languages, text, sort, copies):
    page = languages.search(Query(text=text, sort=sort, copies=copies, facets=tuple(Facet)), MORNING)

    assert 0 <= page.total <= len(LANGUAGES)


# What FTS5's own grammar is made of, so that chance finds its errors.
SYNTAX = st.lists(
    st.sampled_from(
        ['"', "'", "*", "(", ")", "-", "^", ":", "{", "}", "+", ",", "OR", "AND", "NOT", "NEAR(", " ", "dock"]
    )
    | st.text(max_size=2)
).map("".join)


@settings(max_examples=300, deadline=None)
@given(text=SYNTAX)
def test_nothing_in_a_text_is_taken_for_syntax(languages, text):
    assert asked(languages, text).total <= len(LANGUAGES)


@pytest.mark.parametrize(
    "text", ["dock " * 1_000, '"' + "台" * 2_000, "OR " * 600, "a* " * 600, "-x " * 600, '"' * 2_000]
)
def test_a_long_text_can_be_asked(languages, text):
    assert asked(languages, text).total <= len(LANGUAGES)


def test_an_empty_index_answers(tmp_path):
    page = asked(an_index(tmp_path), "dock", facets=tuple(Facet))

    assert (page.total, page.hits, page.facets, page.next) == (0, (), (), None)
    assert SqliteIndex.open_to_read(str(tmp_path / "search.sqlite")).get("a1", MORNING) is None
