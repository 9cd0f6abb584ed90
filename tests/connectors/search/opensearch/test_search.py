"""What an index on a cluster answers beyond what both do alike: ranking, snippets, audiences and their times."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.expression import Audience
from connectors.search.opensearch.index import OpenSearchIndex
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.trouble import IndexRefused
from connectors.search.query import Facet, Marks, Query, Sort
from schemas.article_parts import ItemKind, PubStatus
from tests.broker import eventually
from tests.builders import MORNING, an_article
from tests.builders_search import a_text, asked, found
from tests.index_server import unique_names
from tests.two_indexes import PATIENCE_S, fill

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


class Filled:
    """An index of a test's own; more articles may come, and any audience may ask."""

    def __init__(self, client, names):
        self.client, self.names = client, names

    def write(self, *articles):
        fill(self.client, self.names, articles)

    def seen_by(self, audience):
        return OpenSearchIndex(self.client, self.names, audience=audience)


@contextmanager
def a_cluster_index(server, *articles):
    names = unique_names()
    with IndexClient(server.cluster, patience_s=PATIENCE_S) as client:
        ensure_index(client, names)
        filled = Filled(client, names)
        filled.write(*articles)
        yield filled
        client.ask("DELETE", f"/{names.pattern}")


@pytest.fixture(scope="module")
def texts(index_server):
    rows = [
        a_text("long", "filler " * 200 + "the\nferry\n\nsank " + "filler " * 200),
        a_text("short", "A ferry\nsank.", headline="Quiet day"),
        a_text("head", "Nothing to see.", headline="Trawler sinks"),
        a_text("teaser", "Nothing to see.", abstract="A barge went down."),
        a_text("zh", "天" * 100 + "台风“海燕”在海滨市登陆。" + "地" * 100, language="zh"),
        a_text("marks", "Set <b>bold</b> [x] and \ue000 in the kayak & dinghy.", headline="<i>"),
        a_text("opening", "one two " * 40),
        a_text("zh-opening", "船只" * 100, language="zh"),
        a_text("stood", "Body.", abstract="Abstract.", headline="Canoe"),
    ]
    with a_cluster_index(index_server, *rows) as filled:
        yield filled.seen_by(Audience.READERS_AT)


def snippet(index, text, article_id, **fields):
    return next(
        hit.snippet for hit in asked(index, text, size=100, **fields).hits if hit.article_id == article_id
    )


def test_a_snippet_is_cut_around_the_words_and_is_one_line(texts):
    cut = snippet(texts, "ferry sank", "long")

    assert "the [ferry] [sank] filler" in cut
    assert cut.startswith("…filler")
    assert cut.endswith("filler…")
    assert len(cut.split()) == 28


def test_a_whole_text_has_no_ellipsis(texts):
    assert snippet(texts, "ferry", "short") == "A [ferry] sank."


def test_a_match_in_headline_or_abstract_alone_shows_that(texts):
    assert snippet(texts, "trawler", "head") == "[Trawler] sinks"
    assert snippet(texts, "barge", "teaser") == "A [barge] went down."


def test_a_snippet_of_an_unspaced_script_is_cut_by_characters(texts):
    cut = snippet(texts, "台风", "zh")

    assert "天[台风]“海燕”在" in cut
    assert len(cut.strip("…")) == 64 + len("[]")


def test_without_words_to_mark_a_snippet_is_the_beginning(texts):
    assert snippet(texts, "", "opening") == "one two " * 13 + "one two…"
    assert snippet(texts, "", "zh-opening") == "船只" * 32 + "…"
    assert snippet(texts, "-nobody", "stood") == "Abstract. Body."


@pytest.mark.parametrize(
    "marks",
    [
        Marks(before="", after="", ellipsis=""),
        Marks(before="[", after="]"),
        Marks(before="<b>", after="</b>"),
    ],
)
def test_marks_are_the_callers_and_text_is_not_escaped(texts, marks):
    expected = f"Set <b>bold</b> [x] and \ue000 in the {marks.before}kayak{marks.after} & dinghy."

    assert snippet(texts, "kayak", "marks", marks=marks) == expected


def test_a_beginning_and_a_phrase_are_marked(texts):
    assert snippet(texts, "kay*", "marks") == "Set <b>bold</b> [x] and \ue000 in the [kayak] & dinghy."
    assert snippet(texts, '"kayak din"*', "marks").endswith("the [kayak] & [dinghy].")


def test_an_unwanted_word_is_not_marked(texts):
    assert snippet(texts, "ferry -kayak", "short") == "A [ferry] sank."


def test_however_many_words_begin_alike_all_are_found(index_server):
    """A cluster takes 50 words by itself, and 1,024 clauses a query."""
    rows = [
        a_text(f"a{number:03}", " ".join(f"quay {letter}{number * 12 + of:05}" for of in range(12)))
        for number in range(200)
        for letter in ("w" if number % 2 else "x")
    ]
    with a_cluster_index(index_server, *rows) as filled:
        index = filled.seen_by(Audience.READERS_AT)
        texts = (
            "w*",
            '"quay w"*',
            " ".join(["w0*", '"quay w"*'] * 32),
            " OR ".join(["w*", '"quay w"*'] * 32),
        )

        assert [asked(index, text).total for text in texts] == [100] * 4
        assert [asked(index, text).total for text in ('"quay x"*', "quay x* -w*", "-x*", '-"quay x"*')] == [
            100
        ] * 4


@pytest.mark.parametrize(
    "text",
    [
        "dock " * 1_000,
        '"' + "台" * 2_000,
        "OR " * 600,
        "a* " * 600,
        "-x " * 600,
        '"' * 2_000,
        "-".join("x" * 990),
        "台风* " * 64,
    ],
    ids=lambda text: text[:6],
)
def test_a_long_text_can_be_asked(texts, text):
    assert asked(texts, text).total <= 9


def test_a_word_in_the_headline_counts_for_more_than_one_in_the_text(index_server):
    rows = [
        a_text("body", "The ferry was full of people who read the news."),
        a_text("head", "The ship was full of people who read the news.", headline="Ferry"),
        a_text("abstract", "The ship was full of people who read the news.", abstract="Ferry"),
        *[a_text(f"x{number}", "Other news.") for number in range(5)],
    ]
    with a_cluster_index(index_server, *rows) as filled:
        page = asked(filled.seen_by(Audience.READERS_AT), "ferry")

    assert [hit.article_id for hit in page.hits] == ["head", "abstract", "body"]
    assert page.hits[0].score > page.hits[1].score > page.hits[2].score > 0


def test_the_words_of_a_language_rank_in_whatever_form_they_stand(index_server):
    rows = [
        a_text("once", "Der Streik der Lotsen ging zu Ende. " + "Andere Worte hier. " * 5, language="de"),
        a_text(
            "often",
            "Der Streik der Lotsen ging zu Ende. Streiks, streikende Leute. " + "Worte hier. " * 5,
            language="de",
        ),
    ]
    with a_cluster_index(index_server, *rows) as filled:
        index = filled.seen_by(Audience.READERS_AT)

        assert found(index, "Streik") == ["often", "once"]


def test_without_a_required_word_scores_are_0_and_the_newest_comes_first(texts):
    page = asked(texts, "-ferry", size=100)

    assert {hit.score for hit in page.hits} == {0.0}
    assert [hit.article_id for hit in page.hits] == found(texts, "-ferry", size=100, sort=Sort.NEWEST)


@pytest.mark.parametrize("after", ["", "x", "!", "W10=", "e30=", "bnVsbA==", "WyJuZXdlc3QiLDEsMiwzXQ==", "é"])
def test_a_cursor_that_is_none_is_a_misuse(texts, after):
    with pytest.raises(ValueError, match=r"after is .*allowed is"):
        asked(texts, sort=Sort.NEWEST, after=after)


def test_a_cursor_of_another_sort_is_a_misuse(texts):
    newest = asked(texts, sort=Sort.NEWEST, size=1).next

    with pytest.raises(ValueError, match="sorted by relevance"):
        asked(texts, sort=Sort.RELEVANCE, after=newest)


def test_a_page_is_full_whatever_number_of_copies_stands_before_its_end(index_server):
    copies = [
        an_article(f"c{number:03}", copy_family="f", published=MORNING - number * SECOND)
        for number in range(40)
    ]
    others = [an_article(f"o{number:03}", published=MORNING - (60 + number) * SECOND) for number in range(5)]
    with a_cluster_index(index_server, *copies, *others) as filled:
        page = asked(filled.seen_by(Audience.READERS_AT), sort=Sort.NEWEST, size=3)

    assert [(hit.article_id, hit.copies) for hit in page.hits] == [("c039", 39), ("o000", 0), ("o001", 0)]
    assert page.total == 6


class Counting:
    """A client that counts what it is asked, and what that brings."""

    def __init__(self, client):
        self.client, self.requests, self.characters = client, 0, 0

    def ask(self, *args, **params):
        self.requests += 1
        answer = self.client.ask(*args, **params)
        self.characters += len(str(answer))
        return answer


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ferry sank", "A [ferry] [sank] here, they say."),
        ("fer* -kayak", "A [ferry] sank here"),
        ("report", "[Report]"),
        ("", "Words to nobody. Words"),
        ("dinghy", "Words to nobody. Words"),
    ],
)
def test_no_long_text_is_moved_for_a_snippet(long_texts, text, says):
    counting = Counting(long_texts.client)
    page = asked(OpenSearchIndex(counting, long_texts.names, audience=Audience.READERS_AT), text)

    assert page.total == 2
    assert all(says in hit.snippet for hit in page.hits), page.hits
    assert counting.characters < 20_000


@pytest.fixture(scope="module")
def long_texts(index_server):
    """Two texts with a word in their middle, and one at an end that is too far to be marked."""
    filler = "Words to nobody. " * 20_000
    rows = [
        a_text(name, f"{filler}A ferry sank here, they say. {filler}Dinghy.", word_count=120_000)
        for name in ("one", "two")
    ]
    with a_cluster_index(index_server, *rows) as filled:
        yield filled


def test_a_family_of_any_size_is_passed_in_a_few_requests(index_server):
    """Two families stand in turns before all others, and what stands for them comes last."""
    copies = [
        an_article(f"c{n:05}", copy_family=f"f{n % 2}", published=MORNING - n * SECOND) for n in range(3_000)
    ]
    others = [an_article(f"o{n:03}", published=MORNING - (4_000 + n) * SECOND) for n in range(20)]
    with a_cluster_index(index_server, *copies, *others) as filled:
        counting = Counting(filled.client)
        index = OpenSearchIndex(counting, filled.names, audience=Audience.READERS_AT)
        page = asked(index, "dock", sort=Sort.NEWEST, size=10)

    assert [(hit.article_id, hit.copies) for hit in page.hits[:3]] == [
        ("c02998", 1_499),
        ("c02999", 1_499),
        ("o000", 0),
    ]
    assert (page.total, len(page.hits)) == (22, 10)
    # The matches and those after the families; who stands, twice; the texts.
    assert counting.requests <= 5


def test_facets_count_families_though_most_articles_are_copies(index_server):
    """The ten values with the most articles are all copies of one text; those with the most families come after."""
    copies = [
        an_article(f"c{n:03}", copy_family="f", source=f"copier-{n % 12:02}.example") for n in range(240)
    ]
    own = [an_article(f"o{n:03}", source=f"own-{n % 5}.example") for n in range(25)]
    with a_cluster_index(index_server, *copies, *own) as filled:
        page = asked(filled.seen_by(Audience.READERS_AT), "dock", facets=(Facet.SOURCE,))

    told = [(count.value, count.count) for count in page.facets]
    assert told == [(f"own-{n}.example", 5) for n in range(5)] + [
        (f"copier-{n:02}.example", 1) for n in range(5)
    ]


@pytest.mark.parametrize("copies", [False, True])
def test_facets_add_up_what_is_frequent_in_no_month_alone(index_server, copies):
    """Of sixty sources a month, forty are frequent in it; what is so of all months together is never among them."""
    months = [MORNING - timedelta(days=31 * number) for number in range(4)]
    rows = [
        an_article(f"{place}-{source:02}-{n}", source=name, first_received=received, published=received)
        for place, received in enumerate(months)
        for source in range(60)
        for name, times in [
            (f"local-{place}-{source:02}.example", 3) if source < 40 else (f"all-{source}.example", 2)
        ]
        for n in range(times)
    ]
    with a_cluster_index(index_server, *rows) as filled:
        page = asked(filled.seen_by(Audience.READERS_AT), "dock", facets=(Facet.SOURCE,), copies=copies)

    assert [(count.value, count.count) for count in page.facets] == [
        (f"all-{number}.example", 8) for number in range(40, 50)
    ]


HIDDEN = {
    "embargoed": {"visible_from": MORNING + HOUR},
    "expired": {"visible_until": MORNING},
    "restricted": {"restricted": True},
    "advisory": {"item_kind": ItemKind.ADVISORY},
}
WITHDRAWN = {"killed": PubStatus.CANCELED, "held": PubStatus.WITHHELD}


def test_editors_find_what_readers_may_not_and_nobody_what_is_withdrawn(index_server):
    hidden = [an_article(name, **fields) for name, fields in HIDDEN.items()]
    withdrawn = [an_article(name, pub_status=status) for name, status in WITHDRAWN.items()]
    with a_cluster_index(index_server, an_article("open"), *hidden, *withdrawn) as filled:
        editors = filled.seen_by(Audience.EDITORS)
        for readers in (Audience.READERS_AT, Audience.READERS):
            index = filled.seen_by(readers)
            assert found(index, "dock", MORNING) == found(index, "", MORNING) == ["open"]
            assert [name for name in (*HIDDEN, *WITHDRAWN) if index.get(name, MORNING)] == []

        assert sorted(found(editors, "dock", size=100)) == sorted(["open", *HIDDEN])
        assert [name for name in ("open", *HIDDEN, *WITHDRAWN) if editors.get(name, MORNING)] == [
            "open",
            *HIDDEN,
        ]


def test_readers_at_a_time_find_what_they_may_see_then_to_the_microsecond(index_server):
    opens = MORNING + timedelta(microseconds=1_500)
    row = an_article("a1", visible_from=opens, visible_until=MORNING + HOUR)
    with a_cluster_index(index_server, row) as filled:
        index = filled.seen_by(Audience.READERS_AT)

        assert found(index, as_of=opens - timedelta(microseconds=1)) == []
        assert found(index, as_of=opens + timedelta(milliseconds=1)) == ["a1"]
        assert found(index, as_of=MORNING + HOUR - timedelta(milliseconds=1)) == ["a1"]
        assert found(index, as_of=MORNING + HOUR) == []


def test_an_embargoed_article_appears_to_readers_by_itself_and_not_before(index_server):
    earlier = an_article("a1", order_key=1, visible_from=datetime.now(UTC) + HOUR)
    with a_cluster_index(index_server, earlier) as filled:
        # Sooner, now that its month is made: on a loaded machine that takes longer than the embargo lasts.
        opens = datetime.now(UTC) + 3 * SECOND
        filled.write(an_article("a1", visible_from=opens))
        alias = f"/{filled.names.readers}/_search"
        readers, editors = filled.seen_by(Audience.READERS), filled.seen_by(Audience.EDITORS)
        first_found = [hit["_id"] for hit in filled.client.ask("POST", alias, {})["hits"]["hits"]]
        looked = datetime.now(UTC)

        assert looked < opens, "the machine was too slow to look before"
        assert first_found == found(readers, as_of=opens + HOUR) == []
        assert found(editors, as_of=looked) == ["a1"]

        def seen_in_alias():
            """What the alias shows, and whether the time had come when it was asked."""
            hits = filled.client.ask("POST", alias, {})["hits"]["hits"]
            return hits and datetime.now(UTC)

        appeared = eventually(seen_in_alias, within_s=20)

        assert appeared >= opens
        assert found(readers, as_of=datetime.now(UTC)) == ["a1"]


def test_an_index_that_was_never_made_is_refused(index_server):
    with IndexClient(index_server.cluster, patience_s=1) as client, pytest.raises(IndexRefused) as refused:
        OpenSearchIndex(client, unique_names()).search(Query(), MORNING)

    assert refused.value.status == 404


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (
            {"match": {"ranked.zh": "ሀ" * 1_500}},
            "query_shard_exception: failed to create query: maxClauseCount",
        ),
        ({"range": {"published": {"gte": "secret noon"}}}, "parse_exception: failed to parse date field […]"),
    ],
    ids=["clauses", "date"],
)
def test_why_all_shards_failed_is_told_without_what_was_asked(index_server, query, says):
    with a_cluster_index(index_server, an_article("a1")) as filled, pytest.raises(IndexRefused) as refused:
        filled.client.ask("POST", f"/{filled.names.readers}/_search", {"query": query})

    assert refused.value.kind == "search_phase_execution_exception"
    assert f"all shards failed ({says}" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "ሀ" not in str(refused.value)


def test_an_index_without_articles_answers(index_server):
    with a_cluster_index(index_server) as filled:
        for audience in Audience:
            page = asked(filled.seen_by(audience), "dock", facets=tuple(Facet))
            assert (page.total, page.hits, page.facets, page.next) == (0, (), (), None)
