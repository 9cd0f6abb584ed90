"""Which version of an article stands in an index on a cluster, in which month, and what is held of one that is withdrawn."""

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.index import OpenSearchIndex
from connectors.search.opensearch.index_figures import index_figures
from connectors.search.opensearch.languages import ranked_field
from connectors.search.opensearch.names import UNDATED
from connectors.search.opensearch.standing import look_up, texts_of
from connectors.search.opensearch.upsert import write_articles
from connectors.search.opensearch.withdraw import withdraw_articles
from connectors.search.query import Query
from connectors.search.versions import UpsertReport
from schemas.article_parts import AgencyCredit, AgencyRole, ChangeType, DupKind, ItemKind, PubStatus, Subject
from tests.broker import eventually
from tests.builders import MORNING, an_article
from tests.builders_versions import CANCELED, HOUR, a_hold, a_kill, a_version
from tests.indexed import PATIENCE_S, an_installation, held, refresh

FEBRUARY, JANUARY = MORNING - timedelta(days=20), MORNING - timedelta(days=60)
IS_FULL = os.environ.get("COPYDESK_FULL") == "1"


_NUMBERS = count()


@pytest.fixture(scope="module")
def installation(index_server):
    with an_installation(index_server.cluster) as made:
        yield made


@pytest.fixture
def index(installation):
    return Index(*installation)


class Index:
    """An index on a cluster, to write to and to look into; each has articles of its own in the same months."""

    def __init__(self, client, names):
        self.client, self.names = client, names
        self._number = next(_NUMBERS)

    def own(self, article):
        source = f"{self._number}.example" if article.source == "news.example" else article.source
        return replace(article, article_id=self.id(article.article_id), source=source)

    def id(self, article_id):
        return f"{self._number}-{article_id}"

    def upsert(self, *articles, as_of=MORNING):
        outcome = write_articles(self.client, self.names, map(self.own, articles), as_of=as_of)
        assert not outcome.refused
        return outcome.report

    def withdraw(self, *versions):
        own = ((self.id(article_id), key) for article_id, key in versions)
        return withdraw_articles(self.client, self.names, own, MORNING)

    def held(self, *, written=False):
        """Every document, by the id that the test gave it."""
        found = held(self.client, self.names, beginning=self.id(""), written=written)
        return {one["_id"].removeprefix(self.id("")): one for one in found}

    def document(self, article_id="a1"):
        return self.held()[article_id]["_source"]

    def months(self):
        """The months that articles are in; a document says so too."""
        found = held(self.client, self.names, beginning=self.id(""))
        assert all(one["_source"]["month"] == self.names.month_in(one["_index"]) for one in found)
        return [(one["_id"].removeprefix(self.id("")), one["_source"]["month"]) for one in found]

    def get(self, article_id="a1", as_of=MORNING):
        refresh(self.client, self.names)
        name = article_id if "/" in article_id else self.id(article_id)
        return OpenSearchIndex(self.client, self.names).get(name, as_of)

    def found(self, text="", as_of=MORNING):
        refresh(self.client, self.names)
        query = Query(text=text, source=f"{self._number}.example")
        hits = OpenSearchIndex(self.client, self.names).search(query, as_of).hits
        return [hit.article_id.removeprefix(self.id("")) for hit in hits]


def test_a_newer_version_replaces_an_older_one(index):
    index.upsert(a_version(1))

    assert index.upsert(a_version(2)) == UpsertReport(written=1)
    assert index.get().headline == "Version 2 of a1"


def test_an_older_version_never_replaces_a_newer_one(index):
    index.upsert(a_version(2))

    assert index.upsert(a_version(1)) == UpsertReport(stale=1)
    assert index.get().headline == "Version 2 of a1"


def test_only_the_greatest_version_of_a_batch_is_written(index):
    assert index.upsert(a_version(1), a_version(3), a_version(2)) == UpsertReport(written=1)
    assert index.held()["a1"]["_version"] == 3


def test_of_two_texts_with_one_key_the_greater_hash_stands_in_both_orders(index):
    for article_id, names in (("a1", ("left", "right")), ("a2", ("right", "left"))):
        for name in names:
            index.upsert(a_version(1, article_id, headline=name, content_hash=name))

    assert [index.get(article_id).headline for article_id in ("a1", "a2")] == ["right", "right"]


def test_a_hold_outranks_the_text_of_the_same_key_in_both_orders(index):
    for number, order in enumerate(permutations([a_version(1), a_hold(1)])):
        for version in order:
            index.upsert(replace(version, article_id=f"a{number}"))

    assert index.get("a0") is index.get() is None


def test_the_same_rows_again_write_nothing(index):
    rows = [a_version(1), a_kill("a2"), a_version(4, "a3", visible_from=MORNING + HOUR)]
    index.upsert(*rows)
    before = index.held(written=True)

    assert index.upsert(*rows) == UpsertReport(unchanged=3)
    assert index.held(written=True) == before


def test_a_row_that_is_read_again_behind_another_gap_is_the_same_document(index):
    row = a_version(1)
    index.upsert(row)

    assert index.upsert(replace(row, origin=replace(row.origin, follows=0))) == UpsertReport(unchanged=1)


def test_the_last_word_stands_when_a_version_is_made_again(index):
    index.upsert(a_version(1, event_id="evt-1"))

    assert index.upsert(a_version(1, event_id="evt-2")) == UpsertReport(written=1)
    assert index.get().event_id == "evt-2"


def test_what_is_known_of_a_version_stays_known_when_a_row_comes_that_does_not_say_it(index):
    copy = {"dup_kind": DupKind.COPY, "dup_similarity": 0.9, "dup_containment": 1.0, "copy_family": "f"}
    told = a_version(1, event_id="evt-1", event_confidence=0.7, first_received=FEBRUARY, **copy)
    bare = a_version(1, first_received=MORNING, copy_family="f")
    index.upsert(told)

    assert (
        index.upsert(bare)
        == index.upsert(told, bare)
        == index.upsert(bare, told)
        == UpsertReport(unchanged=1)
    )


def test_a_relation_is_not_kept_within_another_family(index):
    index.upsert(a_version(1, dup_kind=DupKind.COPY, copy_family="f"))

    assert index.upsert(a_version(1, copy_family="g")) == UpsertReport(written=1)
    assert "dup_kind" not in index.document()


@pytest.mark.parametrize(
    "fields",
    [
        {"superseded": True},
        {"change_type": ChangeType.REPEAT},
        {"change_type": ChangeType.REMOVED, "headline": None, "body_text": None},
        {"change_type": ChangeType.RELEASE, "headline": None, "body_text": None},
        {"headline": "", "body_text": ""},
    ],
)
def test_rows_that_bring_readers_nothing_are_not_written(index, fields):
    index.upsert(a_version(1))

    assert index.upsert(a_version(2, **fields)) == UpsertReport()
    assert index.get().headline == "Version 1 of a1"


HIDDEN = [
    {"visible_from": MORNING + HOUR},
    {"visible_until": MORNING},
    {"restricted": True},
    {"item_kind": ItemKind.ADVISORY},
    {"item_kind": ItemKind.DAYBOOK},
]


@pytest.mark.parametrize("fields", HIDDEN)
def test_what_is_for_editors_only_keeps_its_text_and_readers_do_not_find_it(index, fields):
    index.upsert(a_version(1), a_version(2, **fields))

    assert index.found() == index.found("version") == []
    assert index.get() is None
    assert index.document()["headline"] == "Version 2 of a1"


@pytest.mark.parametrize("fields", HIDDEN)
def test_a_row_without_text_that_readers_may_not_see_takes_the_text_away(index, fields):
    index.upsert(a_version(1))

    assert index.upsert(a_version(2, headline=None, body_text=None, **fields)) == UpsertReport(withdrawn=1)
    assert index.document()["is_tombstone"]


@pytest.mark.parametrize("status", [PubStatus.CANCELED, PubStatus.WITHHELD])
def test_of_what_is_withdrawn_ids_version_status_embargo_and_month_are_held(index, status):
    secret = {
        "url": "https://news.example/secret",
        "event_id": "evt-1",
        "copy_family": "f",
        "first_received": FEBRUARY,
        "visible_from": MORNING + HOUR,
    }
    index.upsert(a_version(1, **secret))

    assert index.upsert(a_version(2, pub_status=status, **secret)) == UpsertReport(withdrawn=1)

    place = {"order_key", "pub_status", "visible_from", "content_hash"}
    assert index.document().keys() == {"article_id", "month", "is_tombstone", "digest", *place}
    assert index.months() == [("a1", "2026.02")]
    assert index.get("https://news.example/secret") is None


def test_a_kill_may_come_before_its_article(index):
    index.upsert(a_kill())

    assert index.upsert(a_version(7)) == UpsertReport(stale=1)
    assert index.found() == []


def test_a_release_brings_the_text_back(index):
    index.upsert(a_version(1), a_hold(2))

    assert index.upsert(a_version(3)) == UpsertReport(written=1)
    assert index.found("version") == ["a1"]


def test_a_release_without_text_takes_the_place_of_a_hold_and_never_that_of_a_text(index):
    release = a_version(3, headline=None, body_text=None)
    index.upsert(
        a_version(1), a_version(1, "a2"), a_hold(2, "a2"), a_hold(2, "a3"), replace(release, article_id="a3")
    )
    index.upsert(release, replace(release, article_id="a2"))

    assert {name: one["_version"] for name, one in index.held().items()} == {"a1": 1, "a2": 3, "a3": 3}
    assert index.found() == ["a1"]


def test_an_embargo_ends_by_itself_and_not_a_moment_before(index):
    lifts = MORNING + timedelta(microseconds=1_500)
    index.upsert(a_version(1, visible_from=lifts))

    assert index.found("version", lifts) == []
    assert index.found("version", MORNING + timedelta(milliseconds=2)) == ["a1"]


def test_of_two_texts_with_one_key_the_longer_embargo_stands_in_both_orders(index):
    hour, minute = MORNING + HOUR, MORNING + HOUR / 60
    ways = [
        a_version(1, content_hash="zz"),
        a_version(1, content_hash="mm", visible_from=minute, headline="A minute"),
        a_version(1, content_hash="aa", visible_from=hour, headline="An hour"),
    ]
    orders = list(permutations(ways))
    for number, order in enumerate(orders):
        for version in order:
            index.upsert(replace(version, article_id=f"a{number}"))

    assert index.found(as_of=minute) == []
    assert [index.get(f"a{number}", hour).headline for number in range(len(orders))] == ["An hour"] * 6
    assert index.upsert(*(replace(ways[2], article_id=f"a{number}") for number in range(6))).unchanged == 6


@pytest.mark.parametrize("withdrawn", [False, True])
def test_two_embargoes_within_one_millisecond_are_equal_and_the_greater_hash_stands(index, withdrawn):
    moments = [MORNING + timedelta(microseconds=us) for us in (1, 999)]
    earlier, later = (
        a_version(1, visible_from=moment, content_hash=name, headline=name)
        for moment, name in zip(moments, ("zz", "aa"), strict=True)
    )
    index.upsert(earlier, as_of=MORNING - HOUR)
    if withdrawn:
        withdraw_articles(index.client, index.names, [(index.id("a1"), 1)], MORNING + HOUR)
    assert index.document()["is_tombstone"] is withdrawn

    assert index.upsert(later) == UpsertReport(stale=1)
    assert index.document()["content_hash"] == "zz"


def test_an_article_lives_in_the_month_of_its_first_arrival(index):
    index.upsert(a_version(1, first_received=FEBRUARY), a_version(1, "a2"))

    assert index.months() == [("a1", "2026.02"), ("a2", UNDATED)]


def test_a_late_update_finds_its_document_in_another_month(index):
    index.upsert(a_version(1, first_received=JANUARY))

    assert index.upsert(a_version(2, first_received=MORNING)) == UpsertReport(written=1)
    assert index.months() == [("a1", "2026.01")]
    assert index.get().headline == "Version 2 of a1"


@pytest.mark.parametrize("later", [a_version(5, first_received=MORNING), a_version(5), a_kill()])
def test_a_row_of_an_earlier_month_takes_what_stands_with_it(index, later):
    index.upsert(later)

    assert index.upsert(a_version(1, first_received=JANUARY)) == UpsertReport(stale=1)
    assert index.months() == [("a1", "2026.01")]
    assert index.document().get("headline") == (None if later.order_key == CANCELED else "Version 5 of a1")
    assert index.upsert(a_version(1, first_received=JANUARY), later) == UpsertReport(unchanged=1)


def test_a_later_version_of_an_earlier_month_leaves_nothing_in_the_other(index):
    index.upsert(a_version(1, first_received=MORNING))
    index.upsert(a_version(2, first_received=JANUARY))

    assert index.months() == [("a1", "2026.01")]
    assert index.get().headline == "Version 2 of a1"


@pytest.mark.parametrize("offered", [1, 3, 4])
def test_an_article_that_stands_in_two_months_is_made_one_again(index, offered):
    index.upsert(a_version(2, first_received=JANUARY), a_version(3, "a2", first_received=MORNING))
    other = index.document("a2") | {"article_id": index.id("a1")}
    path = f"/{index.names.month_alias('2026.03')}/_doc/{index.id('a1')}"
    index.client.ask("PUT", path, other, params={"version": "3", "version_type": "external"})

    index.upsert(a_version(offered, first_received=MORNING))

    assert [place for place in index.months() if place[0] == "a1"] == [("a1", "2026.01")]
    assert index.get().order_key == max(3, offered)


def test_a_month_that_was_taken_away_is_made_again(index):
    index.upsert(a_version(1, first_received=JANUARY))
    index.client.ask("DELETE", f"/{index.names.generation('2026.01', 1)}")

    index.upsert(a_version(1, first_received=JANUARY))

    assert index.months() == [("a1", "2026.01")]


def test_a_month_that_cannot_be_read_is_waited_for_and_not_taken_for_empty(index, index_server):
    index.upsert(a_version(2, first_received=JANUARY))
    month = index.names.generation("2026.01", 1)
    index.client.ask("POST", f"/{month}/_close")
    reports = []
    writing = threading.Thread(
        target=lambda: reports.append(index.upsert(a_version(1, first_received=MORNING)))
    )
    writing.start()
    eventually(lambda: "index_closed_exception" in (index_figures().waiting_for or ""))
    with IndexClient(index_server.cluster, patience_s=PATIENCE_S) as other:
        other.ask("POST", f"/{month}/_open")
    writing.join()

    assert reports == [UpsertReport(stale=1)]
    assert index.months() == [("a1", "2026.01")]


def test_what_publish_finds_hidden_is_withdrawn_unless_a_newer_version_stands(index):
    index.upsert(a_version(5), a_kill("a2"), a_version(5, "a4", restricted=True))

    assert index.withdraw(("a1", 4), ("a2", CANCELED), ("a3", 4), ("a4", 5)) == 0
    assert index.found() == ["a1"]
    assert index.withdraw(("a1", 5)) == 1
    assert index.found() == []
    assert index.withdraw(("a1", 5)) == 0
    assert index.upsert(a_version(6)) == UpsertReport(written=1)
    assert index.document("a4")["headline"] == "Version 5 of a4"


SURPRISING = {
    "times": {
        "published": datetime(1, 1, 1, tzinfo=UTC),
        "visible_from": datetime(1, 1, 1, 0, 0, 0, 1, UTC),
        "expires": datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC),
        "first_received": datetime(1969, 12, 31, tzinfo=UTC),
    },
    "the end of time": {"visible_from": datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)},
    "a word without end": {
        "body_text": "x" * 300_000,
        "abstract": "\u4e00" * 40_000,
        "headline": "é" * 40_000,
    },
    "names without end": {
        "source": "s" * 40_000,
        "url": "https://news.example/" + "\u4e00" * 40_000,
        "byline": "b" * 40_000,
        "language": "l" * 40_000,
        "copy_family": "f" * 600,
        "keywords": ("k" * 40_000,) * 10,
        "subjects": (Subject(uri="u" * 40_000, name="n" * 40_000),) * 3,
    },
    "no number": {"language_confidence": math.nan, "event_confidence": math.inf},
    "half a character": {
        "headline": "\ud800",
        "agencies": (AgencyCredit(agency="\udfff", role=AgencyRole.CITED, evidence="\ud800"),),
        "keywords": ("\ud800", "\0"),
    },
}


@pytest.mark.parametrize("fields", SURPRISING.values(), ids=SURPRISING)
def test_no_value_makes_a_document_fail(index, fields):
    assert index.upsert(a_version(1, **fields)) == UpsertReport(written=1)


def test_a_row_without_an_id_is_refused_and_costs_no_other_row(index):
    nameless = a_version(1, "")
    rows = [nameless, index.own(a_version(1))]

    outcome = write_articles(index.client, index.names, rows, as_of=MORNING)

    assert outcome.report == UpsertReport(written=1)
    assert [(article, failure.status) for article, failure in outcome.refused] == [(nameless, 400)]
    assert withdraw_articles(index.client, index.names, [("", 1)], MORNING) == 0


@settings(max_examples=200 if IS_FULL else 8)
@given(rows=st.lists(st.tuples(*[st.text()] * 7), min_size=20, max_size=40))
def test_any_text_can_be_indexed(installation, rows):
    index = Index(*installation)
    articles = [
        a_version(
            1,
            f"any{number}",
            headline=headline or "x",
            abstract=abstract,
            body_text=body,
            url=url,
            source=source,
            language=language,
            slugline=slugline,
        )
        for number, (headline, abstract, body, url, source, language, slugline) in enumerate(rows)
    ]

    index.upsert(*articles)
    index.upsert(*(replace(article, order_key=2) for article in articles))


def test_what_stands_is_read_back_as_the_article_that_was_written(index):
    row = index.own(
        an_article(headline="Cafe\u0301", first_received=MORNING, copy_family="f", authors=("Ann",))
    )
    write_articles(index.client, index.names, [row])
    [standing] = look_up(index.client, index.names, ["2026.03"], [row.article_id])[row.article_id]

    assert texts_of(index.client, index.names, [standing]) == {standing: replace(row, headline="Café")}


def test_what_ranks_is_the_opening_in_the_language_of_the_article(index):
    body = "Wort " * 1_000
    index.upsert(a_version(1, language="de-AT", headline="Titel", abstract="Vorspann", body_text=body))

    assert ranked_field("de-AT") == "ranked.de"
    assert index.document()["ranked"] == {"de": f"Titel\nVorspann\n{body[:1_000]}"}


def _write(cluster, names, beginning, writer):
    with IndexClient(cluster, patience_s=PATIENCE_S) as client:
        for start in range(0, 60, 20):
            numbers = range(start, start + 20)
            own = [
                a_version(1, f"{beginning}w{writer}-{number}", first_received=MORNING) for number in numbers
            ]
            month = (FEBRUARY, MORNING)[writer % 2]
            shared = [
                a_version(10 * writer + number % 10, f"{beginning}s{number}", first_received=month)
                for number in numbers
            ]
            write_articles(client, names, [*own, *shared])


def test_four_write_at_once_and_every_row_is_there(index, index_server):
    with ThreadPoolExecutor() as threads:
        list(threads.map(partial(_write, index_server.cluster, index.names, index.id("")), range(4)))
    # Two that find nothing at the same moment may write to two months; the next write makes it one.
    shared = [f"s{number}" for number in range(60)]
    index.upsert(*(a_version(1, name, first_received=FEBRUARY) for name in shared))

    documents = index.held()
    assert len(documents) == len(index.months()) == 300
    assert {documents[name]["_version"] // 10 for name in shared} == {3}
    assert {documents[name]["_source"]["month"] for name in shared} == {"2026.02"}
