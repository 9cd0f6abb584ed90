"""The saved objects of Dashboards fit together and ask for what the index holds. No Dashboards has read them here."""

import json
from pathlib import Path

import pytest

import deploy.opensearch
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.mapping import mapping
from connectors.search.opensearch.names import IndexNames
from tests.index_server import unique_names

LINES = (
    (Path(deploy.opensearch.__file__).parent / "dashboards.ndjson").read_text(encoding="utf-8").splitlines()
)
OBJECTS = [json.loads(line) for line in LINES]
BY_NAME = {(saved["type"], saved["id"]): saved for saved in OBJECTS}
CHARTS = [saved for saved in OBJECTS if saved["type"] == "visualization"]
FIELDS = mapping({"en": "english"})["properties"]
# What `terms` and the like can count by.
COUNTED = ("keyword", "date", "long", "boolean")


def state_of(chart):
    return json.loads(chart["attributes"]["visState"])


def test_every_object_stands_once_and_its_references_are_there():
    assert len(BY_NAME) == len(OBJECTS)
    assert all((one["type"], one["id"]) in BY_NAME for saved in OBJECTS for one in saved["references"])


def test_every_panel_and_data_view_is_named_by_a_reference():
    for saved in OBJECTS:
        names = {one["name"] for one in saved["references"]}
        attributes = saved["attributes"]
        source = json.loads(attributes.get("kibanaSavedObjectMeta", {}).get("searchSourceJSON", "{}"))
        panels = json.loads(attributes.get("panelsJSON", "[]"))
        used = {panel["panelRefName"] for panel in panels} | (
            {source["indexRefName"]} if "indexRefName" in source else set()
        )
        assert used == names


def test_the_data_views_are_the_alias_of_readers_and_every_month():
    views = [saved["attributes"]["title"] for saved in OBJECTS if saved["type"] == "index-pattern"]

    assert views == [IndexNames().readers, IndexNames().pattern]


def test_every_field_is_one_of_the_mapping_and_can_be_counted_by():
    for chart in CHARTS:
        for name in (one["params"]["field"] for one in state_of(chart)["aggs"] if "field" in one["params"]):
            assert FIELDS[name]["type"] in COUNTED
            assert FIELDS[name].get("doc_values", True)
    views = [saved["attributes"] for saved in OBJECTS if saved["type"] == "index-pattern"]
    (newest,) = (saved["attributes"] for saved in OBJECTS if saved["type"] == "search")
    assert {view["timeFieldName"] for view in views} | set(newest["columns"]) <= set(FIELDS)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart["id"])
def test_the_index_can_be_asked_what_a_chart_shows(index_server, chart):
    aggregations = {}
    for one in reversed([one for one in state_of(chart)["aggs"] if one["schema"] != "metric"]):
        params = {name: one["params"][name] for name in ("field", "size") if name in one["params"]}
        if one["type"] == "date_histogram":
            params["calendar_interval"] = "day"
        aggregations = {one["id"]: {one["type"]: params} | ({"aggs": aggregations} if aggregations else {})}
    for one in state_of(chart)["aggs"]:
        if one["schema"] == "metric" and one["type"] != "count":
            aggregations[one["id"]] = {one["type"]: {"field": one["params"]["field"]}}
    names = unique_names()
    with IndexClient(index_server.cluster, patience_s=60) as client:
        ensure_index(client, names)
        answer = client.ask("POST", f"/{names.readers}/_search", {"size": 0, "aggs": aggregations})
        client.ask("DELETE", f"/{names.pattern}")

    assert set(answer["aggregations"]) == set(aggregations)
