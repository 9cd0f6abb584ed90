"""The verbs on one small output: tables for people, one JSON document for programs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

COPYDESK = Path(sys.executable).with_name("copydesk")
PARAGRAPH = (
    "<p>Dock workers in Springfield ended a nine-day strike on Sunday after the Harbour Union accepted a wage deal "
    "that adds 4.2 percent over two years and keeps the night shift at pier seven open.</p>"
    "<p>Cranes moved again at noon, harbour master Ilse Brandt said, and 31 ships were waiting in the bay.</p>"
)
PAGE = f"<html><head><title>{{title}}</title></head><body><article><h1>{{title}}</h1>{PARAGRAPH}</article></body></html>"


def copydesk(*arguments, data):
    return subprocess.run(
        [COPYDESK, *arguments, "--data", str(data)], capture_output=True, text=True, check=True, timeout=300
    )


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    envelopes = [
        {
            "url": f"https://{outlet}.example/strike",
            "fetched_at": f"2026-03-02T0{hour}:00:00Z",
            "content_type": "text/html",
            "html": PAGE.format(title=title),
        }
        for hour, outlet, title in ((8, "herald", "Dock strike ends"), (9, "courier", "Dock strike is over"))
    ]
    lines = [*map(json.dumps, envelopes), "not json"]
    (folder / "pages.ndjson").write_text("\n".join(lines))
    outcome = copydesk(
        "replay",
        str(folder / "pages.ndjson"),
        "--json",
        "--as-of",
        "2026-03-02T12:00:00Z",
        data=folder / "out",
    )
    return folder / "out", json.loads(outcome.stdout)


def test_replay_prints_one_object_that_says_what_it_did(replayed):
    _, summary = replayed

    assert {name: summary[name] for name in ("read", "articles", "repeats", "events", "dead_letters")} == {
        "read": 3,
        "articles": 2,
        "repeats": 1,
        "events": 1,
        "dead_letters": summary["dead_letters"],
    }
    assert sum(summary["dead_letters"].values()) == 1
    assert summary["seconds"] > 0


def test_sql_prints_a_list_of_row_objects(replayed):
    data, _ = replayed
    query = "select source, headline from articles order by published nulls last, source"
    outcome = copydesk("sql", query, "--json", data=data)

    assert json.loads(outcome.stdout) == [
        {"source": "courier.example", "headline": "Dock strike is over"},
        {"source": "herald.example", "headline": "Dock strike ends"},
    ]


def test_sql_prints_a_row_a_line_when_asked(replayed):
    data, _ = replayed
    outcome = copydesk("sql", "select count(*) as n from originals", "--jsonl", data=data)

    assert outcome.stdout == '{"n":1}\n'


def test_every_view_answers(replayed):
    data, _ = replayed
    counts = {
        view: json.loads(copydesk("sql", f"select count(*) n from {view}", "--json", data=data).stdout)[0][
            "n"
        ]
        for view in ("articles", "originals", "events", "history", "dead_letters")
    }

    assert counts == {"articles": 2, "originals": 1, "events": 1, "history": 2, "dead_letters": 1}


def test_search_shows_one_of_a_copy_family_and_how_many_more(replayed):
    data, _ = replayed
    page = json.loads(copydesk("search", "strike", "--json", data=data).stdout)
    every = json.loads(copydesk("search", "strike", "--copies", "--json", data=data).stdout)

    assert (page["total"], page["hits"][0]["copies"]) == (1, 1)
    assert every["total"] == 2
    assert "<b>" in page["hits"][0]["snippet"] or "<b>" in every["hits"][0]["snippet"]


def test_search_for_people_has_no_marks_left(replayed):
    data, _ = replayed
    told = copydesk("search", "strike", data=data).stdout

    assert "Dock strike" in told
    assert "\ue000" not in told
    assert "1 found" in told


def test_events_lists_and_one_event_explains_each_member(replayed):
    data, _ = replayed
    (event,) = json.loads(copydesk("events", "--json", data=data).stdout)
    told = json.loads(copydesk("events", event["event_id"], "--json", data=data).stdout)

    assert event["articles"] == 2
    assert [member["source"] for member in told["members"]] == ["herald.example", "courier.example"]
    assert any("founded the event" in member["why"] for member in told["members"])
    assert any("copy of" in member["why"] for member in told["members"])
    assert "founded the event" in copydesk("events", event["event_id"], data=data).stdout


def test_show_finds_an_article_by_url_and_tells_its_versions(replayed):
    data, _ = replayed
    told = json.loads(copydesk("show", "https://herald.example/strike", "--json", data=data).stdout)

    assert told["article"]["headline"] == "Dock strike ends"
    assert [version["change_type"] for version in told["versions"]] == ["new"]
    assert "Versions" in copydesk("show", told["article_id"], data=data).stdout


def test_publish_again_changes_nothing(replayed):
    data, _ = replayed
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*.parquet")}
    report = json.loads(copydesk("publish", "--json", "--as-of", "2026-03-02T12:00:00Z", data=data).stdout)

    assert (report["partitions_rewritten"], report["files_merged"], report["files_swept"]) == (0, 0, 0)
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*.parquet")} == before


def test_dead_letters_are_a_failure_only_when_asked(tmp_path):
    (tmp_path / "bad.ndjson").write_text('{"a": 1}\n{"b": 2}\n')
    arguments = [COPYDESK, "replay", str(tmp_path / "bad.ndjson"), "--data", str(tmp_path / "out")]
    run = subprocess.run([*arguments, "--fail-on-dead-letters"], capture_output=True, check=False)

    assert run.returncode == 1
