"""What the whole dataflow leaves for readers: the folders and the index, brought up to date by `publish`."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.parquet.views import connect
from connectors.search.query import Query
from connectors.search.sqlite.index import SqliteIndex
from pipelines.commands.publish import publish_folder
from pipelines.ingest import run
from pipelines.options import ingest_config, parse_as_of
from schemas.article_parts import ChangeType
from tests.builders_history import a_version, arrive
from tests.builders_search import content

NOON = "2026-03-02T12:00:00Z"
BODY = (
    "The harbour bridge in Port Lowry was closed on Monday after an inspector found a crack of 40 centimetres in the "
    "main cable. The ferry company doubled its crossings, and schools on the east side opened two hours late. {}"
)
CANONICAL = '<link rel="canonical" href="https://lowry.example/bridge">'


def message(version: int, text: str | None = None, **fields: Any) -> dict[str, Any]:
    """One ninjs 2 message of a story."""
    item = {
        "uri": "urn:newsml:pressring.example:20260302:harbour",
        "type": "text",
        "version": str(version),
        "versioncreated": f"2026-03-02T07:0{version}:00Z",
        "pubstatus": "usable",
    }
    if text is not None:
        item |= {
            "language": "en",
            "headlines": [{"role": "main", "value": f"Harbour bridge closed, version {version}"}],
            "bodies": [{"role": "main", "contenttype": "text/plain", "value": BODY.format(text)}],
        }
    return item | fields


def replay(folder: Path, files: dict[str, Any], as_of: str = NOON) -> Path:
    """The output of a folder of files; a mapping is a JSON file."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    for name, given in files.items():
        text = given if isinstance(given, str) else json.dumps(given)
        (folder / "in" / name).write_text(text)
    data = folder / "out"
    config = ingest_config([folder / "in"], data=data, as_of=as_of, received=None, runner="direct")
    run(config)
    publish_folder(data, config.as_of)
    return data


def ask(data: Path, query: str, as_of: str = NOON) -> list[tuple[Any, ...]]:
    with connect(str(data), parse_as_of(as_of)) as database:
        return database.execute(query).fetchall()


def test_a_hold_that_comes_twice_in_two_files_holds(tmp_path: Path):
    hold = message(2, pubstatus="withheld")

    data = replay(tmp_path, {"1.json": message(1, "Cracked."), "2.json": hold, "3.json": hold})

    assert ask(data, "select count(*) from history") == [(3,)]
    assert ask(data, "select * from articles") == []


def test_a_page_that_comes_twice_in_two_files_is_one_article(tmp_path: Path):
    page = f"<html><head>{CANONICAL}</head><body><h1>Bridge shut</h1><p>{BODY}</p></body></html>"

    data = replay(tmp_path, {"a.html": page, "b.html": page})

    assert ask(data, "select count(*) from history") == [(2,)]
    assert ask(data, "select url, headline from articles") == [
        ("https://lowry.example/bridge", "Bridge shut")
    ]


EMBARGOED = message(1, "Vermilionotter.", embargoed="2026-03-02T15:00:00Z")
OTHER = message(1, "Obsidianheron.", uri="urn:newsml:pressring.example:20260302:ferry")
LATER = "2026-03-02T16:00:00Z"


def publish_at(data: Path, as_of: str) -> None:
    publish_folder(data, parse_as_of(as_of))


def found(data: Path, text: str, as_of: str = NOON) -> int:
    with SqliteIndex.open_to_read(str(data / "search.sqlite")) as index:
        return index.search(Query(text=text, copies=True), parse_as_of(as_of)).total


def lose_index(data: Path) -> None:
    for path in data.glob("search.sqlite*"):
        path.unlink()


def test_a_lost_index_is_made_again_of_all_that_readers_see(tmp_path: Path):
    data = replay(
        tmp_path, {"1.json": message(1, "Cracked."), "2.json": OTHER, "3.json": EMBARGOED | {"uri": "urn:x"}}
    )
    before = content(data / "search.sqlite")
    lose_index(data)

    publish_at(data, NOON)

    # What readers never saw leaves no tombstone in an index that never had it.
    assert content(data / "search.sqlite") == [
        row for row in before if row[0] != "urn:x" and row[-1] is not None
    ]
    assert found(data, "harbour") == 2


def test_an_index_that_was_lost_before_a_replay_is_whole_after_it(tmp_path: Path):
    data = replay(tmp_path, {"1.json": message(1, "Cracked.")})
    lose_index(data)

    replay(tmp_path, {"1.json": OTHER})

    assert found(data, "harbour") == 2


def test_a_run_that_could_not_write_the_index_is_made_up_for(tmp_path: Path):
    data = replay(tmp_path, {"1.json": EMBARGOED, "2.json": OTHER})
    index, aside = data / "search.sqlite", data / "aside"
    index.rename(aside)
    index.mkdir()
    with pytest.raises(sqlite3.OperationalError):
        publish_at(data, LATER)
    index.rmdir()
    aside.rename(index)

    publish_at(data, LATER)

    assert found(data, "vermilionotter", LATER) == 1


def test_looking_back_leaves_no_byte_of_what_was_embargoed_then(tmp_path: Path):
    data = replay(tmp_path, {"1.json": EMBARGOED, "2.json": OTHER})
    at_noon = content(data / "search.sqlite")
    publish_at(data, LATER)
    shown = found(data, "vermilionotter", LATER)

    publish_at(data, NOON)

    assert shown == 1
    assert b"vermilionotter" not in b"".join(
        path.read_bytes().lower() for path in data.glob("search.sqlite*")
    )
    assert content(data / "search.sqlite") == at_noon


def test_looking_back_shows_in_the_index_what_has_expired_since(tmp_path: Path):
    folder = tmp_path / "out"
    arrive(folder, a_version(1, ChangeType.NEW, visible_until=datetime(2026, 3, 2, 15, tzinfo=UTC)))
    publish_at(folder, NOON)
    publish_at(folder, LATER)
    expired = found(folder, "MARK1")

    publish_at(folder, NOON)

    assert (expired, found(folder, "MARK1")) == (0, 1)
