"""A bulk load changes settings of months for its time only, however it ends."""

import subprocess
import sys

import pytest

from connectors.search.opensearch.bulk_load import bulk_load, loading
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.months import ensure_month, months
from connectors.search.opensearch.upsert import write_articles
from schemas.article_parts import PubStatus
from tests.broker import eventually
from tests.builders import MORNING, an_article
from tests.indexed import refresh


def settings(client, names):
    """Of each month how often it refreshes, and how many copies it keeps."""
    found = client.ask("GET", f"/{names.pattern}/_settings")
    kept = ("refresh_interval", "auto_expand_replicas", "number_of_replicas")
    return {
        month.month: tuple(found[month.index]["settings"]["index"].get(name) for name in kept)
        for month in months(client, names)
    }


def as_declared(client, names):
    return dict.fromkeys((month.month for month in months(client, names)), ("5s", "0-1", "0"))


LOADING = ("-1", "false", "0")


def test_while_it_goes_on_the_months_load_that_it_makes_and_no_others(client, names):
    before = settings(client, names)
    with bulk_load(client, names):
        ensure_month(client, names, "2026.04")
        found = settings(client, names)

    assert found == before | {"2026.04": LOADING}
    assert settings(client, names) == as_declared(client, names)


def test_a_kill_beside_a_load_reaches_readers_while_it_goes_on(client, names):
    shown = an_article("a1", first_received=MORNING, order_key=5)
    killed = an_article("a1", first_received=MORNING, order_key=1 << 62, pub_status=PubStatus.CANCELED)
    write_articles(client, names, [shown])
    refresh(client, names)

    def found():
        return client.ask("GET", f"/{names.readers}/_count")["count"]

    with bulk_load(client, names):
        before = found()
        write_articles(client, names, [killed])
        eventually(lambda: found() == 0)

    assert before == 1


def test_what_it_wrote_is_found_when_it_has_ended(client, names):
    with bulk_load(client, names):
        ensure_month(client, names, "2026.04")
        client.ask("PUT", f"/{names.month_alias('2026.04')}/_doc/a1", {"article_id": "a1"})
        before = client.ask("GET", f"/{names.editors}/_count")["count"]

    assert (before, client.ask("GET", f"/{names.editors}/_count")["count"]) == (0, 1)


def test_a_load_that_fails_ends_all_the_same(client, names):
    with pytest.raises(ZeroDivisionError), bulk_load(client, names):
        raise ZeroDivisionError

    assert settings(client, names) == as_declared(client, names)


def test_what_whoever_runs_the_cluster_has_set_is_what_comes_back(client, names):
    custom = {"template": {"settings": {"index": {"refresh_interval": "60s"}}}}
    client.ask("PUT", f"/_component_template/{names.custom_template}", custom)

    with bulk_load(client, names):
        ensure_month(client, names, "2026.04")

    assert settings(client, names)["2026.04"] == ("60s", "0-1", "0")


KILLED = """
import sys
from connectors.search.opensearch.bulk_load import bulk_load
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.cluster import IndexCluster
from connectors.search.opensearch.months import ensure_month
from connectors.search.opensearch.names import IndexNames

names = IndexNames(prefix=sys.argv[2])
with IndexClient(IndexCluster(hosts=(sys.argv[1],))) as client, bulk_load(client, names):
    ensure_month(client, names, "2026.04")
    print("loading", flush=True)
    sys.stdin.read()
"""


def test_a_load_that_was_killed_is_ended_by_the_next_start(index_server, client, names):
    [host] = index_server.cluster.hosts
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, host, names.prefix],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as killed:
        assert killed.stdout.readline() == "loading\n"
        killed.kill()
    found = [month.month for month in loading(client, names)]

    done = ensure_index(client, names)
    ensure_month(client, names, "2026.05")

    assert found == ["2026.04"]
    assert done.loads_ended == ("2026.04",)
    assert settings(client, names) == as_declared(client, names)
