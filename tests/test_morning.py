"""The bundled morning of news comes out as `examples/expected.json` says, rule by rule."""

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from connectors.files.read import records_of
from connectors.parquet.views import connect
from connectors.search.query import Query
from connectors.search.sqlite.index import SqliteIndex
from pipelines.commands.publish import publish_folder
from pipelines.core.decode.capture import open_record
from pipelines.ingest import run
from pipelines.options import ingest_config
from schemas.article import Article
from schemas.codec import encode, from_row

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EXPECTED: dict[str, Any] = json.loads((EXAMPLES / "expected.json").read_text(encoding="utf-8"))


def cases(part: str):
    """The cases of a part of expected.json."""
    return [pytest.param(name, id=name.replace("https://", "")) for name in EXPECTED[part]]


@dataclass
class Outcome:
    """The output of one replay, read once. An article goes by the names that expected.json gives it."""

    data: Path

    def ask(self, query: str) -> list[dict[str, Any]]:
        with connect(str(self.data), NOON) as database:
            answer = database.execute(query)
            columns = [column[0] for column in answer.description]
            return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        return self.ask(
            "select * from history order by origin.source, origin.partition, origin.offset, origin.item, part, payload_sha256"
        )

    @cached_property
    def articles(self) -> dict[str, dict[str, Any]]:
        return {row["article_id"]: row for row in self.ask("select * from articles")}

    @cached_property
    def dead_letters(self) -> list[dict[str, Any]]:
        return self.ask("select * from dead_letters")

    @cached_property
    def id_of(self) -> dict[str, str]:
        return {name_of(row): row["article_id"] for row in self.history if row["part"] == 0}

    def article(self, name: str) -> dict[str, Any]:
        return self.articles[self.id_of[name]]

    def versions(self, name: str) -> list[dict[str, Any]]:
        rows = [row for row in self.history if row["article_id"] == self.id_of[name]]
        return sorted(rows, key=lambda row: row["story_seq"])


def name_of(row: dict[str, Any]) -> str:
    """What expected.json calls the article of a row."""
    if row["guid"] is not None:
        return row["guid"]
    if row["url"] is not None:
        return row["url"].removeprefix("https://www.")
    return row["origin"]["source"].removeprefix("file:")


def replay_morning(data: Path) -> Outcome:
    config = ingest_config(
        [EXAMPLES / "morning"], data=data, as_of=NOON.isoformat(), received=None, runner="direct"
    )
    run(config)
    publish_folder(data, config.as_of)
    return Outcome(data)


@pytest.fixture(scope="module")
def morning(tmp_path_factory) -> Outcome:
    return replay_morning(tmp_path_factory.mktemp("morning"))


def place_of(origin: dict[str, Any]) -> str:
    return f"{origin['source'].removeprefix('file:')}#{origin['offset']}"


def places_read() -> list[str]:
    config = ingest_config([EXAMPLES / "morning"], data=EXAMPLES, as_of=None, received=None, runner="direct")
    records = [record for file in config.files.files for record in records_of(file, None)]
    return [
        place_of({"source": origin.source, "offset": origin.offset})
        for origin in (open_record(record).origin for record in records)
    ]


def test_every_input_item_is_a_row_of_history_or_a_dead_letter(morning):
    accounted = {place_of(row["origin"]) for row in (*morning.history, *morning.dead_letters)}
    read = places_read()

    assert Counter(read).most_common(1)[0][1] == 1
    assert accounted == set(read)


def test_no_input_item_is_both_a_row_of_history_and_a_dead_letter(morning):
    rows = {place_of(row["origin"]) for row in morning.history}

    assert not rows & {place_of(letter["origin"]) for letter in morning.dead_letters}


@pytest.mark.parametrize("what", cases("totals"))
def test_as_many_come_out_as_were_counted_by_hand(morning, what):
    found = {
        "records": len(places_read()),
        "rows_of_history": len(morning.history),
        "articles": len(morning.articles),
        "dead_letters": len(morning.dead_letters),
    }

    assert found[what] == EXPECTED["totals"][what]


def test_each_dead_letter_has_its_reason(morning):
    found: dict[str, list[str]] = {}
    for letter in morning.dead_letters:
        found.setdefault(letter["reason_code"], []).append(place_of(letter["origin"]))

    assert {reason: sorted(places) for reason, places in found.items()} == {
        reason: sorted(places) for reason, places in EXPECTED["dead_letters"].items()
    }


@pytest.mark.parametrize("happening", cases("events"))
def test_reports_of_one_happening_share_an_event(morning, happening):
    events = {name: morning.article(name)["event_id"] for name in EXPECTED["events"][happening]}

    assert None not in events.values()
    assert len(set(events.values())) == 1, events


@pytest.mark.parametrize("happening", cases("events"))
def test_nothing_else_is_in_the_event_of_a_happening(morning, happening):
    members = EXPECTED["events"][happening]
    events = {morning.article(name)["event_id"] for name in members}
    found = {name_of(row) for row in morning.articles.values() if row["event_id"] in events}

    assert found == set(members)


@pytest.mark.parametrize("name", cases("alone"))
def test_a_happening_that_one_outlet_tells_is_an_event_of_one_article(morning, name):
    event_id = morning.article(name)["event_id"]
    found = [name_of(row) for row in morning.articles.values() if row["event_id"] == event_id]

    assert event_id is not None
    assert found == [name]


def test_every_article_is_expected_in_an_event_or_alone():
    told = [name for members in EXPECTED["events"].values() for name in members]

    assert len({*told, *EXPECTED["alone"]}) == len(told) + len(EXPECTED["alone"])
    assert len(told) + len(EXPECTED["alone"]) == EXPECTED["totals"]["articles"]


@pytest.mark.parametrize("why", cases("apart"))
def test_look_alikes_stay_apart(morning, why):
    one, other = EXPECTED["apart"][why]

    assert morning.article(one)["event_id"] != morning.article(other)["event_id"]


def test_the_ferry_is_the_largest_event(morning):
    largest = morning.ask("select event_id, articles, sources from events order by articles desc limit 1")[0]

    assert largest["event_id"] == morning.article("texts/ferry-1-gazette.txt")["event_id"]
    assert largest["articles"] == len(EXPECTED["events"]["a ferry hits the quay in Marrowby"])


@pytest.mark.parametrize("story", cases("stories"))
def test_a_story_ends_in_its_status(morning, story):
    expected = EXPECTED["stories"][story]
    versions = morning.versions(story)
    present = [row for row in versions if not row["superseded"]][-1]

    assert [row["change_type"] for row in versions] == expected["changes"]
    assert present["pub_status"] == expected["status"]


@pytest.mark.parametrize("story", cases("stories"))
def test_readers_see_a_story_as_it_stands_or_not_at_all(morning, story):
    expected = EXPECTED["stories"][story]
    article = morning.articles.get(morning.id_of[story])

    assert (article is not None) == expected["for_readers"]
    if article is not None:
        body = article["body_text"] or ""
        assert article["version"] == expected.get("version")
        assert expected.get("says", "") in body
        assert expected.get("says_no_more", "\0") not in body


@pytest.mark.parametrize("copy", cases("copies"))
def test_a_copy_is_marked_with_what_it_repeats(morning, copy):
    article, original = morning.article(copy), morning.article(EXPECTED["copies"][copy]["of"])

    assert article["dup_kind"] == EXPECTED["copies"][copy]["kind"]
    assert article["dup_of"] == original["article_id"]
    is_of_family = article["copy_family"] == original["copy_family"]
    assert is_of_family == (article["dup_kind"] != "excerpt")


def test_nothing_else_is_marked_as_a_copy(morning):
    marked = {name_of(row) for row in morning.articles.values() if row["dup_kind"] is not None}

    assert marked == set(EXPECTED["copies"])


def test_of_a_copy_family_the_earliest_published_stands_for_all(morning):
    originals = {name_of(row) for row in morning.ask("select * from originals")}
    copies = {name for name, copy in EXPECTED["copies"].items() if copy["kind"] != "excerpt"}

    assert originals == {name_of(row) for row in morning.articles.values()} - copies


@pytest.mark.parametrize("name", cases("credits"))
def test_an_agency_is_credited_by_what_names_it(morning, name):
    article, expected = morning.article(name), EXPECTED["credits"][name]
    origins = [credit for credit in article["agencies"] if credit["role"] == "origin"]

    assert article["origin_agency"] == expected["agency"]
    assert [credit["evidence"].partition(":")[0] for credit in origins] == [expected["by"]]


@pytest.mark.parametrize("name", cases("syndicated_from"))
def test_a_canonical_link_to_another_publisher_is_a_syndication(morning, name):
    article = morning.article(name)

    assert article["syndicated_from"].removeprefix("https://www.") == EXPECTED["syndicated_from"][name]


@pytest.mark.parametrize("language", cases("languages"))
def test_articles_have_their_languages(morning, language):
    found = Counter(row["language"] for row in morning.articles.values())

    assert found[language] == EXPECTED["languages"][language]
    assert set(found) == set(EXPECTED["languages"])


@pytest.mark.parametrize("name", cases("published"))
def test_an_article_has_the_date_it_states_and_no_other(morning, name):
    stated = EXPECTED["published"][name]

    assert morning.article(name)["published"] == (None if stated is None else datetime.fromisoformat(stated))


@pytest.mark.parametrize("name", cases("says"))
def test_a_body_is_read_whatever_its_shape(morning, name):
    assert EXPECTED["says"][name] in morning.article(name)["body_text"]


@pytest.mark.parametrize("name", cases("does_not_say"))
def test_furniture_is_not_in_the_body(morning, name):
    body = morning.article(name)["body_text"]

    assert [words for words in EXPECTED["does_not_say"][name] if words in body] == []


@pytest.mark.parametrize("name", cases("flags"))
def test_a_page_is_flagged(morning, name):
    assert EXPECTED["flags"][name] in morning.article(name)["quality_flags"]


@pytest.mark.parametrize("marker", cases("never_for_readers"))
def test_what_readers_may_not_see_is_in_no_output_of_theirs(morning, marker):
    found = [
        str(path.relative_to(morning.data))
        for path, content in for_readers(morning.data)
        if marker.casefold() in content
    ]

    assert found == []


@pytest.mark.parametrize("marker", cases("never_for_readers"))
def test_no_search_finds_what_readers_may_not_see(morning, marker):
    with SqliteIndex.open_to_read(str(morning.data / "search.sqlite")) as index:
        page = index.search(Query(text=f'"{marker}"', copies=True), NOON)

    assert [hit.headline for hit in page.hits] == []


def test_what_readers_may_not_see_is_in_history(morning):
    kept = json.dumps(morning.history, default=str, ensure_ascii=False)

    assert [marker for marker in EXPECTED["never_for_readers"] if marker not in kept] == []


def for_readers(data: Path) -> list[tuple[Path, str]]:
    """Every file that readers may open, decompressed, and every row of the index."""
    found = [(path, path.read_bytes().decode("utf-8", "ignore").casefold()) for path in readers_files(data)]
    found += [
        (path, repr(pq.read_table(path, partitioning=None).to_pylist()).casefold())
        for path in readers_files(data)
        if path.suffix == ".parquet"
    ]
    return [*found, (data / "search.sqlite", "\n".join(documents(data)).casefold())]


def readers_files(data: Path) -> list[Path]:
    folders = [data / "articles", data / "events"]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [*files, *sorted(data.glob("search.sqlite*"))]


def documents(data: Path) -> list[str]:
    """Every row of every table of the index that holds rows of ours."""
    with sqlite3.connect(f"file:{data / 'search.sqlite'}?mode=ro", uri=True) as database:
        tables = database.execute("select name from sqlite_master where type = 'table' order by name")
        inner = ("_data", "_idx", "_docsize", "_config", "_content")
        names = [name for (name,) in tables if not name.endswith(inner) and not name.startswith("sqlite_")]
        return [repr(row) for name in names for row in database.execute(f'select * from "{name}"')]


@pytest.fixture(scope="module")
def replayed_again(morning, tmp_path_factory) -> tuple[Outcome, dict[str, Any], dict[str, Any]]:
    """A folder into which the morning was replayed twice, as it was after the first time and after the second."""
    data = tmp_path_factory.mktemp("twice")
    states = [state_of(replay_morning(data)) for _ in range(2)]
    return Outcome(data), *states


def state_of(outcome: Outcome) -> dict[str, Any]:
    folders = [outcome.data / "articles", outcome.data / "events"]
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        "files": {str(path.relative_to(outcome.data)): path.read_bytes() for path in paths},
        "documents": sorted(documents(outcome.data)),
        "history": outcome.ask("select count(*) as rows from history"),
    }


@pytest.mark.parametrize("what", ["files", "documents", "history"])
def test_a_second_replay_into_the_same_folder_changes_nothing(replayed_again, what):
    _, first, second = replayed_again

    assert second[what] == first[what]


def test_a_replay_into_another_folder_has_the_same_history_byte_for_byte(morning, replayed_again):
    other = replayed_again[0]

    assert [encode(from_row(Article, row)) for row in other.history] == [
        encode(from_row(Article, row)) for row in morning.history
    ]


def test_the_script_of_the_demo_explains_the_largest_event(morning):
    script = subprocess.run(
        [sys.executable, EXAMPLES / "largest_event.py", morning.data],
        cwd=EXAMPLES.parent,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "11 articles" in script.stdout
    assert "a copy of" in script.stdout
    assert "the first report" in script.stdout
