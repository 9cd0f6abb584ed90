"""An index made ready: what stands then, and what two releases make of each other's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from connectors.search.opensearch import mapping as mapping_module
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.index_figures import index_figures
from connectors.search.opensearch.languages import probe_analyzers
from connectors.search.opensearch.manage import check_server, ensure_index
from connectors.search.opensearch.months import Month, delete_month, ensure_month, months
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.reindex import reindex_month
from connectors.search.opensearch.templates import kept_meta
from connectors.search.opensearch.trouble import IndexRefused, IndexUnreachable
from connectors.search.opensearch.upsert import write_articles
from tests.broker import eventually
from tests.builders import MORNING, an_article
from tests.index_server import unique_names

PATIENCE_S = 60


@pytest.fixture
def names():
    return unique_names()


def state(client, names):
    """All that stands on the cluster of an installation, but for when it was made."""
    prefix = names.prefix
    return {
        path: client.ask("GET", path)
        for path in (
            f"/_component_template/{prefix}-*",
            f"/_index_template/{prefix}-*",
            f"/{prefix}-*/_mapping",
            f"/{prefix}-*/_settings",
            f"/{prefix}-*/_alias",
        )
    }


def release(monkeypatch, number, **fields):
    """Another release of ours: with fields of its own beside those of today's."""
    made = mapping_module.mapping

    def of_release(analyzers):
        today = made(analyzers)
        return {**today, "properties": {**today["properties"], **fields}}

    monkeypatch.setattr(mapping_module, "INDEX_VERSION", number)
    for module in ("manage", "templates"):
        monkeypatch.setattr(f"connectors.search.opensearch.{module}.mapping", of_release)


def properties(client, index):
    return client.ask("GET", f"/{index}/_mapping")[index]["mappings"]["properties"]


def test_a_start_once_more_changes_nothing(client, names):
    ensure_index(client, names)
    ensure_month(client, names, "2026.03")
    before = state(client, names)

    ensure_index(client, names)
    ensure_month(client, names, "2026.03")

    assert state(client, names) == before


def test_both_aliases_are_there_before_the_first_article(client, names):
    ensure_index(client, names)

    found = [client.ask("GET", f"/{alias}/_count")["count"] for alias in (names.readers, names.editors)]

    assert found == [0, 0]


def test_several_processes_may_start_at_once(index_server, names):
    def start(_):
        with IndexClient(index_server.cluster, patience_s=PATIENCE_S) as client:
            ensure_index(client, names)
            for month in ("2026.03", "2026.04"):
                ensure_month(client, names, month)
            return months(client, names)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(start, range(8)))

    assert found == {
        tuple(
            Month(month=month, number=1, index=names.generation(month, 1))
            for month in ("2026.03", "2026.04", "undated")
        )
    }


def test_a_month_is_made_once_however_many_need_it(index_server, client, names):
    ensure_index(client, names)

    def make(_):
        with IndexClient(index_server.cluster, patience_s=PATIENCE_S) as own:
            ensure_month(own, names, "2026.05")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(8)))

    assert list(client.ask("GET", f"/_alias/{names.month_alias('2026.05')}")) == [
        names.generation("2026.05", 1)
    ]


def test_a_month_that_a_reindex_has_moved_on_is_not_made_a_second_time(client, names):
    ensure_index(client, names)
    alias = {names.month_alias("2026.05"): {"is_write_index": True}}
    client.ask("PUT", f"/{names.generation('2026.05', 2)}", {"aliases": alias})

    with pytest.raises(IndexRefused, match="more than one write index"):
        client.ask("PUT", f"/{names.generation('2026.05', 1)}", {"aliases": alias})
    ensure_month(client, names, "2026.05")

    assert months(client, names)[0] == Month(month="2026.05", number=2, index=names.generation("2026.05", 2))


def test_an_installation_sees_and_matches_nothing_of_one_whose_name_begins_with_its_own(client, names):
    other = IndexNames(prefix=f"{names.prefix}-articles")
    for one in (names, other):
        ensure_index(client, one)
        ensure_month(client, one, "2026.03")

    assert [month.index for month in months(client, names)] == [
        names.generation("2026.03", 1),
        names.generation("undated", 1),
    ]
    assert sorted(client.ask("GET", f"/_alias/{other.editors}")) == [
        month.index for month in months(client, other)
    ]


def test_fields_of_a_newer_release_are_put_to_every_month(client, names, monkeypatch):
    ensure_index(client, names)
    ensure_month(client, names, "2026.03")
    release(monkeypatch, 2, mood={"type": "keyword"})

    ensure_index(client, names)
    ensure_month(client, names, "2026.04")

    assert [properties(client, month.index).get("mood") for month in months(client, names)] == [
        {"type": "keyword"}
    ] * 3


def test_an_older_release_takes_nothing_back(client, names, monkeypatch):
    with monkeypatch.context() as newer:
        release(newer, 2, mood={"type": "keyword"})
        ensure_index(client, names)
        ensure_month(client, names, "2026.03")
        before = state(client, names)

    ensure_index(client, names)

    assert state(client, names) == before


def test_a_month_that_cannot_be_brought_up_refuses_the_start_and_names_the_way_out(
    client, names, monkeypatch
):
    ensure_index(client, names)
    ensure_month(client, names, "2026.03")
    release(monkeypatch, 2, section={"type": "text"})

    with pytest.raises(IndexRefused) as refused:
        ensure_index(client, names)

    assert names.generation("2026.03", 1) in str(refused.value)
    assert "copydesk index reindex --month 2026.03" in str(refused.value)


def test_what_whoever_runs_the_cluster_has_set_stays_and_goes_before_ours(client, names, monkeypatch):
    ensure_index(client, names)
    custom = {"template": {"settings": {"index": {"number_of_shards": "2"}}}}
    client.ask("PUT", f"/_component_template/{names.custom_template}", custom)
    release(monkeypatch, 2)

    ensure_index(client, names)
    ensure_month(client, names, "2026.03")

    index = names.generation("2026.03", 1)
    assert client.ask("GET", f"/{index}/_settings")[index]["settings"]["index"]["number_of_shards"] == "2"


def test_a_month_keeps_what_it_ranks_by_when_the_cluster_gets_another_analyzer(client, names, monkeypatch):
    probed = probe_analyzers(client)
    monkeypatch.setattr(
        "connectors.search.opensearch.manage.probe_analyzers", lambda _: {**probed, "ja": "cjk"}
    )
    ensure_index(client, names)
    ensure_month(client, names, "2026.03")
    monkeypatch.undo()

    ensure_index(client, names)
    ensure_month(client, names, "2026.04")

    assert [
        properties(client, month.index)["ranked"]["properties"]["ja"]["analyzer"]
        for month in months(client, names)
    ] == ["cjk", probed["ja"], "cjk"]
    assert kept_meta(client, names)["analyzers"]["ja"] == probed["ja"]


def test_an_unknown_field_is_refused_and_no_index_grows_one(client, names):
    ensure_index(client, names)

    with pytest.raises(IndexRefused, match="strict_dynamic_mapping_exception"):
        client.ask("PUT", f"/{names.month_alias('undated')}/_doc/1", {"mood": "good"})


def test_a_write_to_a_month_that_is_not_there_makes_no_index(client, names):
    ensure_index(client, names)

    with pytest.raises(IndexRefused):
        client.ask("PUT", f"/{names.month_alias('2026.03')}/_doc/1", {}, params={"require_alias": "true"})

    assert [month.month for month in months(client, names)] == ["undated"]


def test_a_month_that_our_template_would_not_make_is_refused_and_not_made(client, names):
    ensure_index(client, names)
    above = {
        "index_patterns": [f"{names.prefix}-articles-2031*"],
        "priority": 900,
        "template": {"mappings": {"dynamic": True}},
    }
    client.ask("PUT", f"/_index_template/{names.prefix}-above", above)

    with pytest.raises(IndexRefused, match=f"would not be made by the index template {names.index_template}"):
        ensure_month(client, names, "2031.01")
    ensure_month(client, names, "2030.12")

    assert [month.month for month in months(client, names)] == ["2030.12", "undated"]


def test_an_article_from_a_year_that_cannot_be_harms_no_start_and_no_neighbour(client, names):
    ensure_index(client, names)
    far = an_article("far", first_received=datetime(3000, 1, 1, tzinfo=UTC))
    rows = [far, an_article("near", first_received=MORNING)]

    written = write_articles(client, names, rows).report.written
    ensure_index(client, names)

    assert written == 2
    assert [month.month for month in months(client, names)] == [f"{MORNING:%Y.%m}", "undated"]


def test_a_deleted_month_is_gone_whole_and_may_come_again(client, names):
    ensure_index(client, names)
    ensure_month(client, names, "2026.03")
    client.ask("PUT", f"/{names.generation('2026.03', 2)}")

    deleted = delete_month(client, names, "2026.03")

    assert deleted == (names.generation("2026.03", 1), names.generation("2026.03", 2))
    assert [month.month for month in months(client, names)] == ["undated"]
    ensure_month(client, names, "2026.03")
    assert [month.month for month in months(client, names)] == ["2026.03", "undated"]


def test_a_month_that_was_deleted_meanwhile_is_deleted(client, names, monkeypatch):
    ensure_index(client, names)
    ensure_month(client, names, "2026.03")
    index = names.generation("2026.03", 1)
    asked = []

    def with_its_answer_lost(method, path):
        """The first answer does not come; the client asks again."""
        if method == "DELETE":
            asked.append(path)
            ask(method, path)
        return ask(method, path)

    ask = client.ask
    monkeypatch.setattr(client, "ask", with_its_answer_lost)

    assert delete_month(client, names, "2026.03") == (index,)
    assert asked == [f"/{index}"]
    assert [month.month for month in months(client, names)] == ["undated"]


def hold_back(client, names):
    """As a reindex does at its last pass."""
    client.ask("PUT", f"/{names.generation('2026.03', 2)}")
    client.ask("PUT", f"/{names.generation('2026.03', 1)}/_block/write")


def test_a_reindex_that_was_broken_off_while_it_held_writers_back_is_told_at_the_start(
    index_server, client, names
):
    ensure_index(client, names)
    ensure_month(client, names, "2026.03")
    hold_back(client, names)

    with (
        IndexClient(index_server.cluster, patience_s=0.1) as hasty,
        pytest.raises(IndexUnreachable, match=r"run `copydesk index reindex --month 2026\.03`"),
    ):
        ensure_index(hasty, names)
    [month, _] = months(client, names)
    reindex_month(client, names, month, lambda copied: None)
    ensure_index(client, names)

    assert [month.number for month in months(client, names)] == [2, 1]


def test_a_start_waits_for_a_reindex_at_its_last_pass(index_server, client, names):
    ensure_index(client, names)
    ensure_month(client, names, "2026.03")
    hold_back(client, names)
    with ThreadPoolExecutor(1) as pool, IndexClient(index_server.cluster, patience_s=PATIENCE_S) as other:
        start = pool.submit(ensure_index, other, names)
        eventually(lambda: "the reindex of 2026.03" in (index_figures().waiting_for or ""))
        client.ask("PUT", f"/{names.generation('2026.03', 1)}/_settings", {"index.blocks.write": False})

        assert start.result().templates_written is False


def test_what_somebody_else_closed_to_writes_refuses_no_start(client, names):
    ensure_index(client, names)
    client.ask("PUT", f"/{names.generation('undated', 1)}/_block/write")

    assert ensure_index(client, names).brought_up == ()


def test_a_server_of_today_is_new_enough(client):
    assert int(check_server(client).split(".")[0]) >= 2


class Answers:
    """A cluster of which only the version is known."""

    def __init__(self, **version):
        self.version = version

    def ask(self, method, path):
        return {"version": self.version}


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ({"distribution": "opensearch", "number": "1.3.20"}, "opensearch 1.3.20"),
        ({"number": "8.15.0"}, "Elasticsearch 8.15.0"),
        ({}, "OpenSearch 2 or later is needed"),
    ],
)
def test_an_old_or_another_server_is_refused_by_name(version, told):
    with pytest.raises(IndexRefused, match=told):
        check_server(Answers(**version))
