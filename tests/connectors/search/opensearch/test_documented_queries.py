"""What docs/search.md says of the index on a cluster is so: its fields, and the queries in OpenSearch's own language."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.mapping import mapping
from tests.builders import an_article
from tests.builders_search import a_text
from tests.index_server import unique_names
from tests.two_indexes import PATIENCE_S, fill

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "search.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"^```\nPOST (\S+)/_search\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NOW = datetime.now(UTC)
SOON, AGO = NOW + timedelta(days=1), NOW - timedelta(hours=2)
ARTICLES = [
    a_text(
        "en",
        "Dock workers ended a strike.",
        language="en-GB",
        published=AGO,
        event_id="evt-1",
        origin_agency="rtr",
    ),
    a_text("en-2", "A strike of dock workers is over.", published=AGO, event_id="evt-1", copy_family="f"),
    a_text("en-3", "A strike of dock workers is over.", published=NOW, event_id="evt-1", copy_family="f"),
    a_text("de", "Die Streiks der Lotsen sind vorbei.", language="de", published=AGO),
    an_article("later", visible_from=SOON, published=AGO),
]
# By the order in which they stand on the page: the ids that each finds, or the values that it counts by.
FOUND = [
    {"en", "en-2", "en-3"},
    {"en", "en-2", "en-3"},
    {"de"},
    {"en", "en-2"},
    {"evt-1"},
    {"rtr"},
    {"later"},
]


@pytest.fixture(scope="module")
def index(index_server):
    names = unique_names()
    with IndexClient(index_server.cluster, patience_s=PATIENCE_S) as client:
        ensure_index(client, names)
        fill(client, names, ARTICLES)
        yield client, names
        client.ask("DELETE", f"/{names.pattern}")


def test_every_query_on_the_page_is_known_here():
    assert len(QUERIES) == len(FOUND) == PAGE.count("/_search")


# Names of tests are the same in every process that they are divided among, and sets have no order.
@pytest.mark.parametrize(
    ("query", "found"),
    list(zip(QUERIES, FOUND, strict=False)),
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value)[:30],
)
def test_a_query_on_the_page_finds_what_it_says(index, query, found):
    client, names = index
    alias, body = query

    answer = client.ask("POST", f"/{alias.replace('news', names.prefix, 1)}/_search", json.loads(body))

    assert told(answer) == found


def told(answer):
    """The ids of hits, or where none were asked for the innermost values that were counted by."""
    groups = answer.get("aggregations", {})
    if "events" in groups:
        (event,) = groups["events"]["buckets"]
        assert (event["sources"]["value"], event["families"]["value"]) == (1, 2)
        assert event["title"]["hits"]["hits"][0]["_source"] == {"headline": "Report"}
        return {event["key"]}
    if "days" in groups:
        return {agency["key"] for day in groups["days"]["buckets"] for agency in day["agencies"]["buckets"]}
    hits = answer["hits"]["hits"]
    if "families" in groups:
        assert groups["families"]["value"] == len(hits)
        return {hit["inner_hits"]["first"]["hits"]["hits"][0]["_id"] for hit in hits}
    return {hit["_id"] for hit in hits}


def test_the_table_of_fields_names_every_field_of_the_mapping():
    _, table = PAGE.split("### Its fields")
    table, _ = table.split("### What ranks")
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}

    assert named == set(fields(mapping({"en": "english"})["properties"]))


def fields(properties, within=""):
    """Dotted names as the table has them: those of records that are only kept by the record."""
    for name, field in properties.items():
        inner = field.get("properties")
        if inner is None:
            yield within + name
        elif name == "ranked":
            yield "ranked.*"
        elif all(part.get("index") is False for part in inner.values()):
            yield name
        else:
            yield from fields(inner, f"{within}{name}.")
