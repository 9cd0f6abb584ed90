"""`copydesk index` makes an index, says how it stands, makes months anew and deletes them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.months import ensure_month, months
from connectors.search.opensearch.upsert import write_articles
from schemas.article_parts import ChangeType, PubStatus
from tests.builders import MORNING, an_article
from tests.builders_history import NOON, a_version, arrive, publish_at
from tests.commands.copydesk import copydesk
from tests.index_server import unique_names


@pytest.fixture
def client(index_server):
    with IndexClient(index_server.cluster, patience_s=60) as client:
        yield client


@pytest.fixture
def names():
    return unique_names()


@pytest.fixture
def index(index_server, names):
    """`copydesk index VERB …` on an installation of the test's own."""
    [host] = index_server.cluster.hosts

    def run(verb, *arguments):
        return copydesk("index", verb, "--index", host, "--index-prefix", names.prefix, *arguments)

    return run


def there(client, names):
    return [month.month for month in months(client, names)]


def test_init_says_what_it_made_and_the_second_time_that_nothing_was_to_do(index, names):
    first, second = index("init", "--json"), index("init", "--json")
    told = index("init")

    assert (first.code, second.code, told.code) == (0, 0, 0)
    assert first.json["readers"] == names.readers
    assert [one.json["done"]["templates_written"] for one in (first, second)] == [True, False]
    assert b"Templates: as they were." in told.out
    assert b"ja " in told.out


def test_init_names_the_month_that_must_be_made_anew_and_leaves_with_3(index, client, names):
    index("init")
    client.ask("DELETE", f"/_index_template/{names.index_template}")
    alias = {names.month_alias("2026.03"): {"is_write_index": True}}
    body = {"mappings": {"properties": {"section": {"type": "text"}}}, "aliases": alias}
    client.ask("PUT", f"/{names.generation('2026.03', 1)}", body)

    refused = index("init")

    assert refused.code == 3
    assert "copydesk index reindex --month 2026.03" in refused.err


def test_check_finds_nothing_of_what_was_just_made_and_all_of_what_was_not(index):
    before = index("check")
    index("init")
    after, table = index("check", "--json"), index("check")

    assert (before.code, after.code, table.code) == (1, 0, 0)
    assert "copydesk index init" in before.err
    assert [month["month"] for month in after.json["state"]["months"]] == ["undated"]
    assert (after.json["state"]["troubles"], after.json["compared"]) == ([], None)
    assert b"undated" in table.out


def test_check_names_what_the_folder_has_and_the_index_lacks_and_fills_it(index, client, names, tmp_path):
    rows = [
        an_article(f"a{number}", offset=number, first_received=MORNING, order_key=number + 5)
        for number in range(4)
    ]
    arrive(tmp_path, *rows)
    publish_at(tmp_path)
    index("init")
    write_articles(client, names, rows[:1])

    lacking = index("check", "--data", tmp_path, "--json")
    told = index("check", "--data", tmp_path)
    filled = index("check", "--data", tmp_path, "--fill", "--json")
    again = index("check", "--data", tmp_path, "--json")

    assert (lacking.code, told.code, filled.code, again.code) == (1, 1, 0, 0)
    assert sorted(lacking.json["compared"]["lacking"]) == ["a1", "a2", "a3"]
    assert "it lacks " in told.err
    assert filled.json["compared"] == {
        "articles": 4,
        "left_out": 0,
        "removed": [],
        "lacking": lacking.json["compared"]["lacking"],
        "filled": 3,
        "still_lacking": [],
        "refused": [],
    }
    assert again.json["compared"]["lacking"] == []


def test_what_was_deleted_on_purpose_is_not_lacking_and_not_filled(
    index, client, names, tmp_path, index_server
):
    rows = [
        an_article("new", offset=1, first_received=MORNING, order_key=5),
        an_article("old", offset=2, first_received=MORNING - timedelta(days=400), order_key=5),
    ]
    arrive(tmp_path, *rows)
    where = (
        "--index",
        index_server.url,
        "--index-prefix",
        names.prefix,
        "--as-of",
        f"{NOON:%Y-%m-%dT%H:%M:%SZ}",
    )
    published = copydesk("publish", "--data", tmp_path, *where)
    index("retain", "--before", f"{MORNING:%Y.%m}")

    filled = index("check", "--data", tmp_path, "--fill", "--json")
    told = index("check", "--data", tmp_path)

    assert (published.code, filled.code, told.code) == (0, 0, 0)
    compared = filled.json["compared"]
    assert (compared["articles"], compared["left_out"], compared["filled"]) == (1, 1, 0)
    assert there(client, names) == [f"{MORNING:%Y.%m}", "undated"]
    assert "1 articles of months that were deleted (" in told.err


def test_what_was_offered_and_not_taken_is_not_filled_and_still_lacking(index, client, names, tmp_path):
    row = an_article("a1", offset=1, first_received=MORNING, order_key=5)
    arrive(tmp_path, row)
    publish_at(tmp_path)
    index("init")
    write_articles(
        client, names, [replace(row, pub_status=PubStatus.WITHHELD, headline=None, body_text=None)]
    )

    filled = index("check", "--data", tmp_path, "--fill", "--json")
    told = index("check", "--data", tmp_path, "--fill")

    assert (filled.code, told.code) == (1, 1)
    assert (filled.json["compared"]["filled"], filled.json["compared"]["still_lacking"]) == (0, ["a1"])
    assert "it still lacks a1" in told.err


def test_what_was_withdrawn_in_the_index_is_not_lacking(index, client, names, tmp_path):
    version = a_version(1, ChangeType.NEW)
    arrive(tmp_path, version)
    publish_at(tmp_path)
    index("init")
    write_articles(client, names, [version, a_version(2, ChangeType.KILL, pub_status=PubStatus.CANCELED)])

    assert index("check", "--data", tmp_path).code == 0


def test_reindex_makes_every_month_anew_or_one(index, client, names):
    ensure_index(client, names)
    write_articles(client, names, [an_article("a1", first_received=MORNING)])

    every = index("reindex", "--json")
    one = index("reindex", "--month", "2026.03")

    assert (every.code, one.code) == (0, 0)
    assert every.json["reindexed"][0] == {
        "month": "2026.03",
        "before": names.generation("2026.03", 1),
        "after": names.generation("2026.03", 2),
        "documents": 1,
        "resumed": False,
    }
    assert [month.number for month in months(client, names)] == [3, 2]
    assert names.generation("2026.03", 3).encode() in one.out


def test_reindex_of_a_month_that_is_not_there_names_those_that_are(index):
    index("init")

    refused = index("reindex", "--month", "2020.01")

    assert (refused.code, "there are: undated" in refused.err) == (2, True)


def test_retain_deletes_the_months_before_and_says_which(index, client, names):
    ensure_index(client, names)
    for month in ("2025.12", "2026.01", "2026.02"):
        ensure_month(client, names, month)

    dry = index("retain", "--before", "2026.02", "--dry-run", "--json")
    kept = there(client, names)
    done = index("retain", "--before", "2026.02", "--json")

    assert kept == ["2025.12", "2026.01", "2026.02", "undated"]
    assert [month["month"] for month in dry.json["deleted"]] == ["2025.12", "2026.01"]
    assert done.json["deleted"] == dry.json["deleted"]
    assert [month["month"] for month in done.json["kept"]] == ["2026.02", "undated"]
    assert there(client, names) == ["2026.02", "undated"]
    assert b"Nothing is older than 2026.02" in index("retain", "--before", "2026.02").out


def test_retain_keeps_as_many_months_as_it_is_told_this_one_among_them(index, client, names):
    ensure_index(client, names)
    this = datetime.now(UTC).replace(day=1)
    last = this - timedelta(days=1)
    for day in (this, last):
        ensure_month(client, names, f"{day:%Y.%m}")

    done = index("retain", "--months", 1)

    assert done.code == 0
    assert names.generation(f"{last:%Y.%m}", 1).encode() in done.out
    assert there(client, names) == [f"{this:%Y.%m}", "undated"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("retain",), "give one of the two"),
        (("retain", "--months", "1", "--before", "2026.01"), "give one of the two"),
        (("retain", "--before", "2026"), "--before 2026: is no month"),
        (("check", "--fill"), "--fill is given: needs --data"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_connects(arguments, told):
    refused = copydesk("index", *arguments, "--index", "http://127.0.0.1:1")

    assert refused.code == 2
    assert told in refused.err


@pytest.mark.parametrize("verb", ["init", "check", "reindex"])
def test_without_a_cluster_the_option_is_named(verb):
    refused = copydesk("index", verb)

    assert (refused.code, "--index is missing" in refused.err) == (2, True)
