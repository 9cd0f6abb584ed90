from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.parquet.arrivals import append_rows
from connectors.parquet.views import connect
from connectors.parquet.write_dead_letters import dead_letter_ledger
from pipelines.core.events.summary import summarise_event
from pipelines.core.readers import without_hidden
from schemas.article import Article
from schemas.article_parts import ChangeType, Zone
from schemas.codec import from_row, to_table
from schemas.dead_letter import DeadLetter, DeadLetterKind
from schemas.event import Event
from schemas.rejection import ReasonCode
from tests.builders import MORNING, an_article, an_origin
from tests.builders_history import NOON, STRIKE, a_copy, a_life, a_version, arrive, publish_at


def a_dead_letter(dead_letter_id: str = "d1", *, offset: int = 0, **fields: Any) -> DeadLetter:
    base: dict[str, Any] = {
        "kind": DeadLetterKind.RECORD,
        "reason_code": ReasonCode.JSON_MALFORMED,
        "stage": "DecodeRecord",
        "detail": "ends in the middle",
        "origin": an_origin(offset),
        "payload_sha256": "00",
        "payload_size": 2,
        "payload": b"{\xff",
        "received": MORNING,
    }
    return DeadLetter(dead_letter_id=dead_letter_id, **(base | fields))


def reject(folder: Path, *dead_letters: DeadLetter) -> None:
    append_rows(folder, dead_letter_ledger("DecodeRecord"), dead_letters)


def rows(folder: Path, query: str, as_of: datetime = NOON) -> list[tuple[Any, ...]]:
    return connect(str(folder), as_of).sql(query).fetchall()


@pytest.mark.parametrize("view", ["history", "articles", "originals", "events", "dead_letters"])
def test_a_view_without_files_is_empty_and_has_its_columns(tmp_path: Path, view: str):
    relation = connect(str(tmp_path / "nothing"), NOON).sql(f"select * from {view}")

    assert relation.fetchall() == []
    assert {"event_id", "origin"} & set(relation.columns)


def test_history_shows_a_row_once_in_however_many_files_it_stands(tmp_path: Path):
    arrive(tmp_path, an_article("a", offset=1), an_article("b", offset=2))
    arrive(tmp_path, an_article("a", offset=1, event_id="evt-last"))

    found = rows(tmp_path, "select article_id, event_id, arrived from history order by 1")

    assert found == [("a", "evt-last", "2026-03-02"), ("b", None, "2026-03-02")]


def test_a_day_can_be_asked_for_though_a_row_stands_in_two(tmp_path: Path):
    arrive(tmp_path, an_article("z", offset=9, received=MORNING - timedelta(days=2)))
    arrive(tmp_path, an_article("a", offset=1, received=MORNING))
    arrive(tmp_path, an_article("a", offset=1, received=MORNING + timedelta(days=1)))

    found = rows(tmp_path, "select article_id from history where arrived = '2026-03-02'")

    assert found == []


@pytest.mark.parametrize(
    "other",
    [
        an_article("a", offset=2),
        an_article("a", origin=an_origin(1, item=1)),
        an_article("a", origin=an_origin(1, partition=1)),
        an_article("a", origin=an_origin(1, "other")),
        an_article("a", offset=1, part=1),
        an_article("a", offset=1, payload_sha256="other"),
    ],
)
def test_rows_of_another_origin_part_or_payload_are_other_rows(tmp_path: Path, other: Article):
    arrive(tmp_path, an_article("a", offset=1))
    arrive(tmp_path, other)

    assert rows(tmp_path, "select count(*) from history") == [(2,)]


def test_a_row_read_after_another_position_is_the_same_row(tmp_path: Path):
    arrive(tmp_path, an_article("a", origin=an_origin(5, follows=4)))
    arrive(tmp_path, an_article("a", origin=an_origin(5, follows=2)))

    assert rows(tmp_path, "select count(*) from history") == [(1,)]


def test_files_of_older_and_newer_releases_stand_side_by_side(tmp_path: Path):
    folder = tmp_path / "history" / "arrived=2026-03-02"
    folder.mkdir(parents=True)
    table = to_table(Article, [an_article("old")])
    pq.write_table(table.drop(["guid", "part"]), folder / "1.parquet")
    newer = to_table(Article, [an_article("new", offset=1)]).append_column("novelty", pa.array(["n"]))
    pq.write_table(newer, folder / "2.parquet")

    found = rows(tmp_path, "select article_id, guid, novelty from history order by 1")

    assert found == [("new", None, "n"), ("old", None, None)]


def test_times_come_out_as_utc(tmp_path: Path):
    arrive(tmp_path, an_article("a"))

    [(received,)] = rows(tmp_path, "select received from history")

    assert received == MORNING
    assert received.utcoffset() == timedelta(0)


def test_articles_show_what_was_published_unless_it_has_expired_since(tmp_path: Path):
    arrive(tmp_path, an_article("a", visible_until=NOON + timedelta(hours=1)), a_copy())
    publish_at(tmp_path)

    query = "select article_id, date from articles order by 1"
    assert rows(tmp_path, query) == [("a", "2026-03-02"), ("copy", "2026-03-02")]
    assert rows(tmp_path, query, NOON + timedelta(hours=1)) == [("copy", "2026-03-02")]


def test_a_moved_article_is_shown_once_while_it_stands_in_two_days(tmp_path: Path):
    life = a_life()
    arrive(tmp_path, life["new"])
    publish_at(tmp_path)
    old = tmp_path / "articles" / "date=2026-03-02" / "articles.parquet"
    content = old.read_bytes()
    arrive(tmp_path, life["correction"])
    publish_at(tmp_path)
    old.parent.mkdir(exist_ok=True)
    old.write_bytes(content)

    assert rows(tmp_path, "select headline from articles") == [("MARK3 Dock strike",)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"published": MORNING}, {"published": MORNING + timedelta(minutes=1)}),
        ({"published": MORNING}, {"published": None}),
        ({"published": MORNING, "published_zone": Zone.ASSUMED}, {"published": MORNING - timedelta(hours=1)}),
        ({"published": MORNING}, {"published": MORNING}),
    ],
)
def test_the_original_of_a_family_is_the_earliest_published(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any]
):
    family = {"copy_family": "f"}
    arrive(
        tmp_path, an_article("a", offset=1, **family, **first), an_article("b", offset=2, **family, **second)
    )
    arrive(tmp_path, an_article("alone", offset=3))
    publish_at(tmp_path)

    assert rows(tmp_path, "select article_id from originals order by 1") == [("a",), ("alone",)]


def test_events_are_shown(tmp_path: Path):
    arrive(tmp_path, a_life()["new"], a_copy())
    publish_at(tmp_path)

    assert rows(tmp_path, "select title, articles, sources from events") == [("MARK1 Dock strike", 2, 2)]


LIFTS = NOON + timedelta(hours=1)
MINUTES = st.integers(0, 90)
TELLERS = st.lists(
    st.fixed_dictionaries(
        {
            "copy_family": st.sampled_from([None, "f1", "f2", "f3"]),
            "origin_agency": st.sampled_from([None, "A", "B", "C"]),
            "source": st.sampled_from(["a.example", "b.example"]),
            "source_country": st.sampled_from([None, "NO", "PE"]),
            "language": st.sampled_from(["en", "es"]),
            "event_id": st.sampled_from([None, STRIKE, "evt-20260302-bbbbbbbbbbbbb"]),
            "published": st.none() | MINUTES.map(lambda minutes: MORNING + timedelta(minutes=minutes)),
            "published_zone": st.sampled_from([None, Zone.ASSUMED, Zone.STATED]),
            "visible_from": st.sampled_from([None, LIFTS]),
            "visible_until": st.sampled_from([None, LIFTS + timedelta(hours=1)]),
            "headline": st.sampled_from(["One", "Two", None]),
        }
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(tellers=TELLERS)
def test_events_are_counted_from_the_articles_that_readers_see_at_that_time(
    tmp_path_factory: pytest.TempPathFactory, tellers: list[dict[str, Any]]
):
    folder = tmp_path_factory.mktemp("events")
    arrive(folder, *(an_article(f"a{place}", offset=place, **told) for place, told in enumerate(tellers)))
    publish_at(folder, LIFTS)
    for as_of in (NOON, LIFTS, LIFTS + timedelta(hours=1)):
        database = connect(str(folder), as_of)
        table = database.sql(
            "select * from articles where event_id is not null order by event_id"
        ).to_arrow_table()
        members = [from_row(Article, row) for row in table.to_pylist()]

        events = database.sql("select * from events order by event_id").to_arrow_table().to_pylist()

        assert [from_row(Event, row) for row in events] == [
            summarise_event(event_id, list(told))
            for event_id, told in groupby(members, key=lambda member: member.event_id)
        ]


def test_an_embargoed_title_is_not_told_before_its_time(tmp_path: Path):
    arrive(tmp_path, a_version(1, ChangeType.NEW, visible_from=LIFTS), a_copy())
    arrive(tmp_path, an_article("only", offset=9, event_id="evt-20260302-only", visible_from=LIFTS))
    publish_at(tmp_path, LIFTS)

    query = "select title, articles, representative from events order by event_id"
    assert len(rows(tmp_path, query, LIFTS)) == 2
    assert rows(tmp_path, query) == [("Dock strike ends in Springfield", 1, "copy")]


def test_an_event_whose_articles_changed_before_a_crash_tells_no_title_of_old(tmp_path: Path):
    arrive(tmp_path, a_life()["new"], a_copy())
    publish_at(tmp_path)
    old = {path: path.read_bytes() for path in (tmp_path / "events").glob("*.parquet")}
    arrive(
        tmp_path,
        a_life()["kill"],
        an_article("third", offset=8, event_id=STRIKE, headline="Third", published=NOON),
    )
    publish_at(tmp_path)
    for path, content in old.items():
        path.write_bytes(content)

    assert rows(tmp_path, "select title, articles from events") == [("Dock strike ends in Springfield", 2)]


@pytest.mark.parametrize(("as_of", "is_shown"), [(NOON, False), (LIFTS, True)])
def test_an_article_names_only_what_readers_see_at_that_time(tmp_path: Path, as_of: datetime, is_shown: bool):
    arrive(tmp_path, a_version(1, ChangeType.NEW, visible_from=LIFTS), a_copy())
    publish_at(tmp_path, LIFTS)
    table = connect(str(tmp_path), as_of).sql("select * from articles where article_id = 'copy'")

    [copy] = [from_row(Article, row) for row in table.to_arrow_table().to_pylist()]

    told = without_hidden(a_copy(), lambda _: is_shown)
    names = ("dup_of", "dup_kind", "dup_similarity", "dup_containment", "event_reason")
    assert [getattr(copy, name) for name in names] == [getattr(told, name) for name in names]


def test_a_dead_letter_is_shown_once_with_its_bytes(tmp_path: Path):
    reject(tmp_path, a_dead_letter("d1"))
    reject(tmp_path, a_dead_letter("d1"), a_dead_letter("d2", offset=1))

    found = rows(tmp_path, "select dead_letter_id, payload, arrived, settled from dead_letters order by 1")

    assert found == [("d1", b"{\xff", "2026-03-02", False), ("d2", b"{\xff", "2026-03-02", False)]


@pytest.mark.parametrize(
    ("dead_letter", "settled"),
    [
        (a_dead_letter(offset=7), True),
        (a_dead_letter(offset=8), False),
        (a_dead_letter(kind=DeadLetterKind.ITEM, origin=an_origin(7, item=1)), True),
        (a_dead_letter(kind=DeadLetterKind.ITEM, origin=an_origin(7, item=2)), False),
        (a_dead_letter(kind=DeadLetterKind.DELIVERY, origin=an_origin(7, item=1)), False),
        (a_dead_letter(origin=an_origin(7, "elsewhere")), False),
    ],
)
def test_a_row_of_history_settles_the_dead_letter_of_its_origin(
    tmp_path: Path, dead_letter: DeadLetter, settled: bool
):
    reject(tmp_path, dead_letter)
    arrive(
        tmp_path, an_article("mended", origin=an_origin(7, item=1), payload_sha256=dead_letter.payload_sha256)
    )

    assert rows(tmp_path, "select settled from dead_letters") == [(settled,)]


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_parquet('https://nowhere.example/x.parquet')",
        "install httpfs",
        "attach '/tmp/other.db'",
        "set enable_external_access = true",
        "copy (select 1) to '/tmp/copydesk-escaped.csv'",
    ],
)
def test_a_query_reaches_no_network_and_no_file_of_others(tmp_path: Path, query: str):
    database = connect(str(tmp_path), NOON)

    with pytest.raises(duckdb.Error):
        database.sql(query).fetchall()


def test_a_path_with_a_quote_is_only_a_path(tmp_path: Path):
    folder = tmp_path / "editor's data"
    arrive(folder, an_article("a"))

    assert rows(folder, "select article_id from history") == [("a",)]


@pytest.mark.parametrize(
    "above", ["date=2020-01-01", "arrived=zz", "event_id=evt-zz", "date=a/arrived=b/article_id=c"]
)
def test_folders_above_the_output_name_no_partition_of_it(tmp_path: Path, above: str):
    folder = tmp_path / above / "out"
    life = a_life()
    arrive(folder, life["update"], a_copy())
    publish_at(folder)
    shown = rows(folder, "select article_id, date from articles order by 1")
    arrive(folder, life["kill"])

    publish_at(folder)

    assert shown == [("copy", "2026-03-02"), ("strike", "2026-03-02")]
    assert rows(folder, "select article_id, date from articles") == [("copy", "2026-03-02")]
    assert rows(folder, "select distinct arrived from history") == [("2026-03-02",)]
    assert rows(folder, "select event_id, articles from events") == [(STRIKE, 1)]


@pytest.mark.parametrize("name", ["a?b", "a*b", "[x]", "a[!b]", "{a,b}", "a\\b", "**", "%41"])
def test_a_folder_may_be_named_as_patterns_are(tmp_path: Path, name: str):
    for other in (name, "axb", "a*b", "x", "a", "ab"):
        arrive(tmp_path / other, an_article(f"in {other}"))
        publish_at(tmp_path / other)

    assert rows(tmp_path / name, "select article_id from history") == [(f"in {name}",)]
    assert rows(tmp_path / name, "select article_id from articles") == [(f"in {name}",)]


def test_a_time_without_zone_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="as_of"):
        connect(str(tmp_path), datetime(2026, 3, 2))  # noqa: DTZ001


def test_any_zone_says_the_same_moment(tmp_path: Path):
    arrive(tmp_path, an_article("a"))
    publish_at(tmp_path)

    assert rows(tmp_path, "select count(*) from articles", NOON.astimezone(UTC)) == [(1,)]
