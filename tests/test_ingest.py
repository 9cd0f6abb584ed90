"""The whole dataflow on the real runner: what must hold of its outputs, whatever comes in and in whatever order."""

import json
import sqlite3
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.files.listing import list_files
from connectors.files.read import records_of
from connectors.parquet.views import connect
from pipelines.commands.publish import publish_folder
from pipelines.ingest import run
from pipelines.options import ingest_config
from schemas.article import Article
from schemas.codec import encode, from_row

NOON = "2026-03-02T12:00:00Z"
MARKERS = ("zanzibarquartz", "obsidianheron", "vermilionotter")

STORY = "urn:newsml:pressring.example:20260302:harbour"


def message(version, status="usable", text=None, **fields):
    """One ninjs 2 message of the story; `text` None sends neither headline nor body."""
    item = {
        "uri": STORY,
        "type": "text",
        "version": str(version),
        "firstcreated": "2026-03-02T07:00:00Z",
        "versioncreated": f"2026-03-02T07:0{version}:00Z",
        "pubstatus": status,
    }
    if text is not None:
        item |= {
            "language": "en",
            "headlines": [{"role": "main", "value": f"Harbour bridge closed, version {version}"}],
            "bodies": [{"role": "main", "contenttype": "text/plain", "value": text}],
        }
    return item | fields


BODY = (
    "The harbour bridge in Port Lowry was closed on Monday after an inspector found a crack of 40 centimetres in the "
    "main cable. The ferry company doubled its crossings, and schools on the east side opened two hours late. {}"
)
NEW = message(1, text=BODY.format("The mayor will speak at noon."))
UPDATE = message(2, text=BODY.format("The mayor said repairs take three weeks."))
CORRECTION = message(3, text=BODY.format("Corrects the length of the crack."), signals=["sig:correction"])
HOLD = message(4, status="withheld")
RELEASE = message(5, signals=["sig:release"], ednote="RELEASE")
KILL = message(2, status="canceled", versioncreated="2026-03-02T08:00:00Z")
LIFE = (NEW, UPDATE, CORRECTION, HOLD, RELEASE, KILL)


def replay(folder: Path, lines, *, as_of=NOON, name="wire.ndjson", out="out"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(
        "\n".join(json.dumps(line) if isinstance(line, dict) else line for line in lines)
    )
    return replay_paths([folder / name], folder / out, as_of=as_of)


def replay_paths(paths, data: Path, *, as_of=NOON):
    config = ingest_config(paths, data=data, as_of=as_of, received=None, runner="direct")
    run(config)
    publish_folder(data, config.as_of)
    return data


def ask(data: Path, query: str, as_of=NOON):
    with connect(str(data), datetime.fromisoformat(as_of).astimezone(UTC)) as database:
        return database.execute(query).fetchall()


def state(data: Path):
    """What readers have: articles, events and every document of the index."""
    articles = ask(
        data,
        "select article_id, pub_status, version, headline, body_text, order_key, event_id from articles order by all",
    )
    events = ask(
        data, "select event_id, title, articles, sources, independent_reports from events order by all"
    )
    return articles, events, index_dump(data)


def index_dump(data: Path):
    with sqlite3.connect(data / "search.sqlite") as database:
        tables = [
            name
            for (name,) in database.execute(
                "select name from sqlite_master where type = 'table' and name not like 'sqlite%'"
            )
            if not any(name.endswith(part) for part in ("_data", "_idx", "_docsize", "_config"))
        ]
        return {name: sorted(map(repr, database.execute(f"select * from {name}"))) for name in sorted(tables)}


def story_state(data: Path):
    """The state without what arrival decides by design (first_received)."""
    articles, events, _ = state(data)
    with sqlite3.connect(data / "search.sqlite") as database:
        answer = database.execute("select * from document")
        names = [column[0] for column in answer.description]
        documents = [dict(zip(names, row, strict=True)) for row in answer]
    return articles, events, documents


def marked_bytes(data: Path, markers):
    """Which markers stand anywhere in what readers may open."""
    found = set()
    for path in data.rglob("*"):
        if (
            not path.is_file()
            or path.is_relative_to(data / "history")
            or path.is_relative_to(data / "dead_letters")
        ):
            continue
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content += repr(pq.read_table(path, partitioning=None).to_pylist()).encode()
        found |= {marker for marker in markers if marker.encode() in content}
    return found


@pytest.fixture(scope="module")
def outcomes():
    """States already seen, by which messages were sent."""
    return {}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_all_orders_of_a_storys_life_end_in_one_state(tmp_path_factory, outcomes, data):
    messages = data.draw(st.lists(st.sampled_from(LIFE), min_size=2, unique_by=id), label="messages")
    again = data.draw(st.lists(st.sampled_from(messages), max_size=2), label="sent again")
    arrivals = data.draw(st.permutations([*messages, *again]), label="arrivals")
    found = story_state(replay(tmp_path_factory.mktemp("order"), arrivals))
    sent = tuple(sorted(LIFE.index(one) for one in messages))
    if sent not in outcomes:
        in_order = [LIFE[place] for place in sent]
        outcomes[sent] = story_state(replay(tmp_path_factory.mktemp("expected"), in_order))

    assert found == outcomes[sent]


@pytest.mark.parametrize(
    "life",
    [(HOLD, RELEASE), (RELEASE, KILL), (NEW, HOLD, RELEASE)],
    ids=["no text", "no text, killed", "text"],
)
def test_every_order_of_a_short_life_ends_in_one_state(tmp_path, life):
    states = [
        story_state(replay(tmp_path / str(place), arrivals))
        for place, arrivals in enumerate(permutations(life))
    ]

    assert all(state == states[0] for state in states)


def test_a_kill_without_text_or_language_leaves_nothing_for_readers(tmp_path):
    killed = message(1, text=BODY.format(MARKERS[0]), slugline=MARKERS[0])
    for place, arrivals in enumerate(permutations((killed, KILL))):
        data = replay(tmp_path / str(place), arrivals)

        assert ask(data, "select count(*) from articles") == [(0,)]
        assert ask(data, "select count(*) from events") == [(0,)]
        assert ask(data, "select count(*) from history") == [(2,)]
        assert marked_bytes(data, MARKERS) == set()


def test_no_byte_of_embargoed_withheld_or_killed_text_reaches_readers(tmp_path):
    lines = [
        message(
            1,
            text=BODY.format(MARKERS[0]),
            uri="urn:newsml:pressring.example:1",
            embargoed="2026-03-02T15:00:00Z",
        ),
        message(1, text=BODY.format(MARKERS[1]), uri="urn:newsml:pressring.example:2", pubstatus="withheld"),
        message(1, text=BODY.format(MARKERS[2]), uri="urn:newsml:pressring.example:3"),
        message(2, status="canceled", uri="urn:newsml:pressring.example:3"),
        message(1, text=BODY.format("Readers may see this one."), uri="urn:newsml:pressring.example:4"),
    ]
    data = replay(tmp_path, lines)

    assert marked_bytes(data, MARKERS) == set()
    assert ask(data, "select count(*) from articles") == [(1,)]
    (reason,) = ask(data, "select event_reason from articles")[0]
    assert reason is None or reason["nearest_article"] is None


def test_an_embargo_lifts_when_its_time_has_come(tmp_path):
    embargoed = message(1, text=BODY.format(MARKERS[0]), embargoed="2026-03-02T15:00:00Z")
    data = replay(tmp_path, [embargoed])
    publish_folder(data, datetime(2026, 3, 2, 15, 1, tzinfo=UTC))

    later = "2026-03-02T15:01:00Z"
    assert ask(data, "select count(*) from articles", later) == [(1,)]
    assert ask(data, "select count(*) from articles") == [(0,)]
    assert any(MARKERS[0] in row for rows in index_dump(data).values() for row in rows)


MIXED = [
    NEW,
    UPDATE,
    "not json",
    {
        "url": "https://lowry.example/a",
        "fetched_at": "2026-03-02T08:00:00Z",
        "text": "Short title\n\n" + BODY,
    },
    {"url": "https://lowry.example/b", "fetched_at": "2026-03-02T08:01:00Z", "html": f"<p>{BODY}</p>"},
    {"url": "nowhere", "fetched_at": "2026-03-02T08:02:00Z", "text": "x"},
    RELEASE,
    HOLD,
]


def test_replaying_twice_into_one_folder_changes_nothing(tmp_path):
    data = replay(tmp_path, MIXED)
    files = {path: path.read_bytes() for path in data.rglob("*.parquet")}
    before = state(data), ask(data, "select count(*) from history")
    replay(tmp_path, MIXED)

    assert (state(data), ask(data, "select count(*) from history")) == before
    assert {path: path.read_bytes() for path in data.rglob("*.parquet")} == files


def test_two_runs_into_two_folders_have_equal_history_byte_for_byte(tmp_path):
    def history(data):
        table = duckdb.read_parquet(str(data / "history" / "*" / "*.parquet")).to_arrow_table()
        rows = [from_row(Article, row) for row in table.to_pylist()]
        return b"".join(sorted(map(encode, rows)))

    first, second = (replay(tmp_path, MIXED, out=out) for out in ("one", "two"))

    assert history(first) == history(second)


def test_every_record_is_a_row_of_history_or_a_dead_letter(tmp_path):
    data = replay(tmp_path, MIXED)
    rows, rejected = (
        set(ask(data, f"select origin.source, origin.offset from {view}"))
        for view in ("history", "dead_letters")
    )
    read = {
        (record.origin.source, record.origin.offset)
        for file in list_files([tmp_path / "wire.ndjson"])
        for record in records_of(file, None)
    }

    assert rows | rejected == read
    assert rows & rejected == set()
    assert len(read) == len(MIXED)


def test_dead_letters_keep_the_bytes_that_were_rejected(tmp_path):
    data = replay(tmp_path, MIXED)
    letters = dict(ask(data, "select reason_code, payload from dead_letters"))

    assert letters["json.malformed"] == b"not json"
    assert json.loads(letters["url.invalid"]) == MIXED[5]


def test_files_of_a_folder_may_be_mixed(tmp_path):
    folder = tmp_path / "in"
    (folder / "pages").mkdir(parents=True)
    (folder / "a.ndjson").write_text(json.dumps(NEW))
    (folder / "pages" / "b.html").write_text(f"<html><body><h1>Bridge shut</h1><p>{BODY}</p></body></html>")
    (folder / "pages" / "c.txt").write_text(f"Bridge shut\n\n{BODY}\n")
    (folder / "pages" / "d.json").write_text(
        json.dumps(UPDATE | {"uri": "urn:newsml:pressring.example:9"}, indent=2)
    )
    data = replay_paths([folder], tmp_path / "out")

    assert ask(data, "select count(*), count(distinct source_kind) from articles") == [(4, 2)]


def test_neither_a_files_path_nor_its_time_enters_anything_but_its_origin(tmp_path):
    # `story_state` is the memory's record of the row, which knows the row again by a hash of its origin.
    rows = []
    for name in ("one/2019-01-01.txt", "two/deep/other.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(f"Bridge shut\n\n{BODY}\n")
        data = replay_paths([path], tmp_path / "out" / path.stem)
        (row,) = ask(
            data, "select * exclude (origin, filename, story_state) from history".replace(", filename", "")
        )
        rows.append(row)

    assert rows[0] == rows[1]
