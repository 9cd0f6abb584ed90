"""`search`, `show` and `events` of an index on a cluster say what they say of a folder with the same articles."""

import time
from itertools import pairwise

import pytest

from connectors.parquet.views import connect
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.manage import ensure_index
from schemas.article import Article
from schemas.article_parts import ItemKind
from schemas.codec import from_row
from tests.builders import MORNING, an_article
from tests.commands.copydesk import copydesk
from tests.index_server import unique_names
from tests.indexed import an_installation
from tests.scripted_index import Answer, refusal, scripted
from tests.test_morning import NOON, replay_morning
from tests.two_indexes import PATIENCE_S, fill

LATER = NOON.replace(year=2126)
AT_NOON = ("--as-of", NOON.isoformat())
# Reasons name other articles, so no index has them; neither has it the day of a partition.
NOT_IN_AN_INDEX = {"date", "dup_of", "event_reason"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return replay_morning(tmp_path_factory.mktemp("morning")).data


def articles_of(data, view):
    with connect(str(data), NOON) as database:
        answer = database.execute(f"select * from {view}")
        columns = [column[0] for column in answer.description]
        return [from_row(Article, dict(zip(columns, row, strict=True))) for row in answer.fetchall()]


@pytest.fixture(scope="module")
def index(index_server, data):
    """The options of an index with every row of that folder's history, and one for editors only."""
    names = unique_names()
    # As `publish` leaves it: a release that names its story gets its text from history.
    rows = [row for view in ("history", "articles") for row in articles_of(data, view)]
    rows.append(an_article("later", visible_from=LATER, headline="Quokka embargo", published=MORNING))
    rows.append(
        an_article(
            "note",
            item_kind=ItemKind.ADVISORY,
            headline="Quokka call",
            event_id="evt-note",
            published=MORNING,
        )
    )
    with IndexClient(index_server.cluster, patience_s=PATIENCE_S) as client:
        ensure_index(client, names)
        fill(client, names, rows)
        yield ("--index", index_server.url, "--index-prefix", names.prefix)
        client.ask("DELETE", f"/{names.pattern}")


@pytest.mark.parametrize(
    "asked",
    [
        ("search", "", "--sort", "newest", "--size", "50", "--facet", "source", "--facet", "event"),
        ("search", "ferry", "--sort", "newest", "--copies", "--lang", "en"),
        ("search", "zzzz"),
        ("events",),
        ("events", "--limit", "3"),
    ],
    ids=" ".join,
)
def test_an_answer_is_that_of_the_folder(data, index, asked):
    of_folder, of_index = (
        copydesk(*asked, *AT_NOON, "--json", *where).json for where in (("--data", data), index)
    )

    assert without_snippets(of_index) == without_snippets(of_folder)


def without_snippets(answer):
    """What is said but for the words that are shown around a match, and for scores."""
    if isinstance(answer, list):
        return answer
    hits = [{name: hit[name] for name in hit if name not in ("snippet", "score")} for hit in answer["hits"]]
    return answer | {"hits": hits}


def test_an_event_has_the_same_articles_and_as_much_of_the_reasons_as_an_index_holds(data, index):
    event_id = copydesk("events", "--json", *AT_NOON, "--data", data).json[0]["event_id"]
    asked = ("events", event_id, *AT_NOON, "--json")

    of_folder, of_index = (copydesk(*asked, *where).json for where in (("--data", data), index))

    told = [[member.pop("why") for member in answer["members"]] for answer in (of_folder, of_index)]
    assert of_index == of_folder
    assert told[1][0] == told[0][0] == "the first report: it founded the event"
    assert {"a copy of another report; probability 1.00", "probability 1.00"} <= set(told[1])


def test_an_article_is_shown_as_the_index_holds_it_and_its_versions_where_a_folder_is_named(data, index):
    (hit,) = copydesk("search", "ferry", *AT_NOON, "--json", "--size", "1", *index).json["hits"]
    asked = ("show", hit["article_id"], *AT_NOON, "--json")

    of_folder, of_index, of_both = (
        copydesk(*asked, *where).json for where in (("--data", data), index, (*index, "--data", data))
    )

    assert set(of_folder["article"]) - set(of_index["article"]) == NOT_IN_AN_INDEX
    assert all(of_folder["article"][name] == value for name, value in of_index["article"].items())
    assert of_index["versions"] == []
    assert of_both == of_index | {"versions": of_folder["versions"]}
    assert copydesk("show", hit["url"] or hit["article_id"], *AT_NOON, "--json", *index).json == of_index


def test_what_only_history_knows_is_told_without_its_text(data, index):
    with connect(str(data), NOON) as database:
        (killed,) = database.execute(
            "select article_id from history where pub_status = 'canceled' limit 1"
        ).fetchone()

    told = copydesk("show", killed, *AT_NOON, "--json", *index, "--data", data).json
    unknown = copydesk("show", killed, *AT_NOON, *index)

    assert told["article"] is None
    assert told["versions"]
    assert (unknown.code, "no such article" in unknown.err) == (2, True)


def test_what_the_folder_has_and_the_index_lacks_is_not_told_to_be_withheld(index_server, data):
    (hit,) = copydesk("search", "ferry", *AT_NOON, "--json", "--size", "1", "--data", data).json["hits"]
    with an_installation(index_server.cluster) as (_, names):
        where = ("--index", index_server.url, "--index-prefix", names.prefix, "--data", data)
        told = copydesk("show", hit["article_id"], *AT_NOON, *where).out.decode()

    assert "Not in this index" in told
    assert "withheld" not in told
    assert "Versions" in told


def test_people_read_the_same_tables(index):
    found = copydesk("search", "ferry", *AT_NOON, *index).out.decode()
    shown = copydesk("show", "note", "--editors", *index).out.decode()

    assert " found" in found
    assert "\ue000" not in found
    assert "Quokka call" in shown
    assert "Versions" not in shown
    assert "For editors only" in shown


def test_people_are_warned_of_what_is_for_editors_only(index):
    told = {
        name: copydesk("show", name, "--editors", *AT_NOON, *index).out.decode() for name in ("note", "later")
    }

    assert all("For editors only" in one for one in told.values())
    assert f"{LATER:%Y-%m-%d %H:%M}" in told["later"]
    (hit,) = copydesk("search", "ferry", *AT_NOON, "--json", "--size", "1", *index).json["hits"]
    assert "For editors only" not in copydesk("show", hit["article_id"], *AT_NOON, *index).out.decode()


def test_editors_find_what_is_for_them_only(index):
    readers = copydesk("search", "quokka", "--json", *index).json
    editors = copydesk("search", "quokka", "--json", "--editors", *index).json

    assert readers["total"] == 0
    assert {hit["article_id"]: hit["for_editors"] for hit in editors["hits"]} == {
        "note": True,
        "later": True,
    }
    assert copydesk("show", "note", *index).code == 2
    assert (
        copydesk("show", "note", "--editors", "--json", *index).json["article"]["headline"] == "Quokka call"
    )
    assert copydesk("events", "evt-note", *index).code == 2
    assert copydesk("events", "evt-note", "--editors", "--json", *index).json["articles"] == 1


def test_editors_can_tell_what_readers_do_not_see(index):
    asked = ("search", "quokka OR ferry", "--copies", "--size", "100", *AT_NOON)
    hits = copydesk(*asked, "--editors", "--json", *index).json["hits"]
    readers = copydesk(*asked, "--json", *index).json["hits"]
    lines = copydesk(*asked, "--editors", *index).out.decode().splitlines()

    theirs = {hit["article_id"] for hit in hits if hit["for_editors"]}
    assert {"note", "later"} <= theirs
    assert {hit["article_id"] for hit in hits} - theirs == {hit["article_id"] for hit in readers} != set()
    assert not any(hit["for_editors"] for hit in readers)
    assert list(hits[0])[-2:] == ["copies", "for_editors"]
    warned = [after for before, after in pairwise(lines) if before.startswith("For editors only")]
    assert {"Quokka call", "Quokka embargo"} <= set(warned)
    assert len(warned) == len(theirs)


def test_an_index_without_articles_says_so_and_what_fills_it(index_server):
    with an_installation(index_server.cluster) as (_, names):
        where = ("--index", index_server.url, "--index-prefix", names.prefix)
        told = [copydesk(*verb, *where) for verb in (("search", "ferry"), ("search", ""), ("events",))]

    assert [one.code for one in told] == [0, 0, 0]
    assert all("`copydesk run`" in one.out.decode() for one in told)


def test_where_nothing_is_found_no_advice_is_given_that_cannot_help(index, data):
    for where in (index, ("--data", data)):
        told = copydesk("search", "zzzz", *AT_NOON, *where).out.decode()

        assert told.startswith("Nothing found for 'zzzz'")
        assert "--copies" not in told


VERBS = [("search", "x"), ("show", "x"), ("events",), ("events", "x")]


def test_an_index_that_does_not_answer_is_said_in_a_sentence_with_exit_code_3_after_some_seconds():
    begun = time.monotonic()
    told = copydesk("search", "x", "--index", "http://127.0.0.1:1")

    assert (told.code, told.out) == (3, b"")
    assert "127.0.0.1:1" in told.err
    assert time.monotonic() - begun < 30


def test_another_server_is_not_told_to_lack_the_index():
    with scripted(Answer(404, b"<html>no such page</html>", kind="text/html")) as server:
        told = copydesk("search", "x", "--index", server.cluster.hosts[0])

    assert told.code == 2
    assert "no answer of OpenSearch" in told.err
    assert "index init" not in told.err


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_an_index_that_was_never_made_is_a_misuse_that_says_how_to_make_one(index_server, verb):
    prefix = unique_names().prefix
    told = copydesk(*verb, "--index", index_server.url, "--index-prefix", prefix)

    assert (told.code, told.out) == (2, b"")
    assert prefix in told.err
    assert "copydesk index init" in told.err


@pytest.mark.parametrize(
    ("status", "says"),
    [(403, "without --as-of and --editors"), (401, "password"), (400, "all shards failed")],
)
def test_what_the_index_refuses_is_said_in_a_sentence_with_exit_code_2(status, says):
    with scripted(refusal(status, "some_exception", "all shards failed")) as server:
        told = copydesk("search", "x", "--index", server.cluster.hosts[0])

    assert (told.code, told.out) == (2, b"")
    assert says in told.err
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    "asked", [("search", "ferry", "--json"), ("events", "--json"), ("show", "note", "--json")], ids=" ".join
)
def test_a_folder_of_the_command_line_goes_before_an_index_of_the_environment(data, index, asked):
    _, url, _, prefix = index
    environment = {"COPYDESK_INDEX": url, "COPYDESK_INDEX_PREFIX": prefix}
    where = (*AT_NOON, "--data", data)

    told = copydesk(*asked, *where, environment=environment)

    assert (told.code, told.out, told.err) == attributes(copydesk(*asked, *where))
    assert copydesk(*asked, environment=environment).out == copydesk(*asked, *index).out


def attributes(outcome):
    return outcome.code, outcome.out, outcome.err


@pytest.mark.parametrize("verb", [("search", "x"), ("events",), ("events", "x")], ids=" ".join)
def test_one_place_is_asked_at_a_time(data, index, verb):
    told = copydesk(*verb, *index, "--data", data)

    assert (told.code, told.out) == (2, b"")
    assert f"--data {data}" in told.err
    assert "--index" in told.err


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_editors_need_an_index(data, verb):
    told = copydesk(*verb, "--editors", "--data", data)

    assert told.code == 2
    assert "--index" in told.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("search", "x", "--after", "y"), "--after y"),
        (("events", "--limit", "1001"), "--limit 1001"),
        (("search", "x", "--as-of", "noon"), "--as-of"),
    ],
)
def test_what_cannot_be_asked_is_a_misuse(index, arguments, says):
    told = copydesk(*arguments, *index)

    assert told.code == 2
    assert says in told.err
