"""What is not as it should be of an index is told, with the way out; what is as it should be is not."""

from connectors.search.opensearch.bulk_load import bulk_load
from connectors.search.opensearch.checking import MonthState, index_state
from connectors.search.opensearch.languages import probe_analyzers
from connectors.search.opensearch.mapping import mapping
from connectors.search.opensearch.months import ensure_month
from tests.index_server import unique_names


def troubles(client, names):
    return index_state(client, names).troubles


def test_what_was_just_made_is_as_it_should_be(client, names):
    client.ask(
        "PUT", f"/{names.month_alias('2026.03')}/_doc/a1", {"article_id": "a1"}, params={"refresh": "true"}
    )

    state = index_state(client, names)

    assert (state.troubles, state.notes) == ((), ())
    assert [(month.month, month.documents, month.health) for month in state.months] == [
        ("2026.03", 1, "green"),
        ("undated", 0, "green"),
    ]
    assert state.months[0] == MonthState(
        month="2026.03",
        index=names.generation("2026.03", 1),
        documents=1,
        size_bytes=state.months[0].size_bytes,
        health="green",
    )
    assert state.months[0].size_bytes > 0


def test_where_nothing_was_made_the_way_to_make_it_is_told(client):
    assert troubles(client, unique_names()) == (
        "its templates are missing; `copydesk index init` makes them",
    )


def test_templates_of_an_older_release_are_told(client, names, monkeypatch):
    monkeypatch.setattr("connectors.search.opensearch.mapping.INDEX_VERSION", 2)

    [told] = troubles(client, names)

    assert told == "its templates are of an older release; `copydesk index init` brings them up"


def test_templates_of_a_newer_release_are_no_trouble(client, names, monkeypatch):
    monkeypatch.setattr("connectors.search.opensearch.mapping.INDEX_VERSION", 0)

    assert troubles(client, names) == ()


def test_a_month_that_lacks_fields_or_has_other_forms_of_them_is_told(client, names):
    fields = mapping(probe_analyzers(client))["properties"]
    client.ask("DELETE", f"/_index_template/{names.index_template}")
    analysis = client.ask("GET", f"/{names.generation('2026.03', 1)}/_settings")
    analysis = analysis[names.generation("2026.03", 1)]["settings"]["index"]["analysis"]
    properties = {name: field for name, field in fields.items() if name not in ("digest", "family")}
    client.ask(
        "PUT",
        f"/{names.generation('2026.04', 1)}",
        {
            "settings": {"index": {"analysis": analysis}},
            "mappings": {"dynamic": "strict", "properties": properties | {"section": {"type": "text"}}},
            "aliases": {names.month_alias("2026.04"): {}},
        },
    )

    index = names.generation("2026.04", 1)
    assert troubles(client, names) == (
        f"{index} lacks family, digest; `copydesk index init` adds what is missing",
        f"{index} has another form of section; `copydesk index reindex --month 2026.04` makes it anew",
    )


def test_a_month_that_cuts_words_otherwise_and_takes_any_field_is_told(client, names):
    client.ask("DELETE", f"/_index_template/{names.index_template}")
    alias = {names.month_alias("2026.04"): {}}
    client.ask("PUT", f"/{names.generation('2026.04', 1)}", {"aliases": alias})

    told = troubles(client, names)

    assert any("takes fields that nobody declared" in one for one in told)
    assert any("cuts words as another release does" in one for one in told)


def test_a_month_that_takes_no_writes_is_told(client, names):
    client.ask("PUT", f"/{names.generation('2026.03', 1)}/_block/write")

    [told] = troubles(client, names)

    assert "takes no writes (index.blocks: write)" in told


def test_a_reindex_that_was_broken_off_is_told(client, names):
    client.ask("PUT", f"/{names.generation('2026.03', 2)}")

    assert troubles(client, names) == (
        "a reindex of 2026.03 goes on or was broken off; `copydesk index reindex --month 2026.03` ends it",
    )


def test_an_index_whose_alias_is_gone_is_told(client, names):
    index, alias = names.generation("2026.03", 1), names.month_alias("2026.03")
    client.ask("DELETE", f"/{index}/_alias/{alias}")

    assert troubles(client, names) == (
        f"{index} is not behind {alias}: give it that alias again, or delete it",
    )


def test_a_bulk_load_is_told_while_it_goes_on(client, names):
    with bulk_load(client, names):
        ensure_month(client, names, "2026.04")
        told = troubles(client, names)

    assert told == ("2026.04 is still loading in bulk, or was when killed; `copydesk index init` ends it",)


def test_a_better_analyzer_is_a_note_and_no_trouble(client, names, monkeypatch):
    probed = {**probe_analyzers(client), "en": "stop"}
    monkeypatch.setattr("connectors.search.opensearch.checking.probe_analyzers", lambda _: probed)

    state = index_state(client, names)

    assert state.troubles == ()
    assert (
        state.notes[0]
        == f"{names.generation('2026.03', 1)} ranks en by english; a reindex would make it stop"
    )
