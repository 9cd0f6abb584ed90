"""What the whole dataflow leaves for readers: the folders and the index, brought up to date by `publish`."""

import json
from pathlib import Path
from typing import Any

from connectors.parquet.views import connect
from pipelines.commands.publish import publish_folder
from pipelines.ingest import run
from pipelines.options import ingest_config, parse_as_of

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
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
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
