"""Which version of an article stands, and what is held of one that readers may not see."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.search.sqlite.index import SqliteIndex
from connectors.search.versions import UpsertReport
from schemas.article_parts import ChangeType, ItemKind, PubStatus
from tests.builders import MORNING
from tests.builders_search import an_index, content, found
from tests.builders_versions import CANCELED, HOUR, LIFE, a_hold, a_kill, a_version, arrivals


def documents(folder: Path) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(folder / "search.sqlite")) as file:
        file.row_factory = sqlite3.Row
        return file.execute("select * from document order by article_id").fetchall()


def test_a_newer_version_replaces_an_older_one(tmp_path):
    index = an_index(tmp_path, a_version(1))

    assert index.upsert([a_version(2)], MORNING) == UpsertReport(written=1)
    assert index.get("a1", MORNING).headline == "Version 2 of a1"


def test_an_older_version_never_replaces_a_newer_one(tmp_path):
    index = an_index(tmp_path, a_version(2))

    assert index.upsert([a_version(1)], MORNING) == UpsertReport(stale=1)
    assert index.get("a1", MORNING).headline == "Version 2 of a1"


def test_the_words_of_a_replaced_version_are_no_longer_found(tmp_path):
    index = an_index(tmp_path, a_version(1, body_text="Ferry sinks"))
    index.upsert([a_version(2, body_text="Ferry safe")], MORNING)

    assert found(index, "sinks") == []
    assert found(index, "safe") == ["a1"]


def test_only_the_greatest_version_of_a_batch_is_written(tmp_path):
    index = an_index(tmp_path)

    assert index.upsert([a_version(1), a_version(3), a_version(2)], MORNING) == UpsertReport(written=1)
    assert index.get("a1", MORNING).headline == "Version 3 of a1"


def test_of_two_texts_with_one_key_the_greater_hash_stands_in_both_orders(tmp_path):
    versions = [a_version(1, headline=name, content_hash=name) for name in ("left", "right")]
    for number, order in enumerate(permutations(versions)):
        index = an_index(tmp_path / str(number))
        for version in order:
            index.upsert([version], MORNING)

        assert index.get("a1", MORNING).headline == "right"


def test_a_hold_outranks_the_text_of_the_same_key_in_both_orders(tmp_path):
    for number, order in enumerate(permutations([a_version(1), a_hold(1)])):
        index = an_index(tmp_path / str(number))
        for version in order:
            index.upsert([version], MORNING)

        assert index.get("a1", MORNING) is None


def test_the_same_row_again_changes_nothing(tmp_path):
    rows = [a_version(1), a_kill("a2"), a_version(4, "a3")]
    an_index(tmp_path, *rows).close()
    before = (tmp_path / "search.sqlite").read_bytes()
    index = SqliteIndex.open(str(tmp_path / "search.sqlite"))

    report = index.upsert(rows, MORNING)
    index.close()

    assert report == UpsertReport(unchanged=3)
    assert (tmp_path / "search.sqlite").read_bytes() == before


def test_the_last_word_stands_when_a_version_is_made_again(tmp_path):
    index = an_index(tmp_path, a_version(1, event_id="evt-1"))

    assert index.upsert([a_version(1, event_id="evt-2")], MORNING) == UpsertReport(written=1)
    assert index.get("a1", MORNING).event_id == "evt-2"
    assert found(index, "version", event="evt-1") == []


def test_the_earliest_arrival_and_a_known_event_of_a_version_stay_known(tmp_path):
    told = a_version(1, event_id="evt-1", first_received=MORNING)
    bare = a_version(1, first_received=MORNING + HOUR)
    index = an_index(tmp_path, told, bare)

    assert index.upsert([bare], MORNING) == UpsertReport(unchanged=1)
    assert index.upsert([told], MORNING) == UpsertReport(unchanged=1)
    assert index.get("a1", MORNING).event_id == "evt-1"


@pytest.mark.parametrize(
    "fields",
    [
        {"superseded": True},
        {"change_type": ChangeType.REPEAT},
        {"change_type": ChangeType.REMOVED, "headline": None, "body_text": None},
        {"change_type": ChangeType.RELEASE, "headline": None, "body_text": None},
        {"change_type": ChangeType.REPEAT, "pub_status": PubStatus.WITHHELD},
        {"headline": "", "body_text": ""},
    ],
)
def test_rows_that_bring_readers_nothing_are_not_written(tmp_path, fields):
    index = an_index(tmp_path, a_version(1))

    assert index.upsert([a_version(2, **fields)], MORNING) == UpsertReport()
    assert index.get("a1", MORNING).headline == "Version 1 of a1"


UNREADABLE = [
    {"pub_status": PubStatus.CANCELED},
    {"pub_status": PubStatus.WITHHELD},
    {"visible_from": MORNING + HOUR},
    {"visible_until": MORNING},
    {"restricted": True},
    {"item_kind": ItemKind.ADVISORY},
    {"item_kind": ItemKind.DAYBOOK},
]


@pytest.mark.parametrize("fields", UNREADABLE)
def test_of_what_readers_may_not_see_ids_version_status_and_embargo_are_held(tmp_path, fields):
    secret = a_version(
        2,
        **fields,
        url="https://news.example/secret",
        event_id="evt-1",
        copy_family="f",
        byline="By Ann Example",
    )
    index = an_index(tmp_path, a_version(1))

    assert index.upsert([secret], MORNING) == UpsertReport(withdrawn=1)

    (held,) = documents(tmp_path)
    told = {name: held[name] for name in held.keys() if held[name] is not None}  # noqa: SIM118
    place = {"order_key", "content_hash", "pub_status", *({"visible_from"} & fields.keys())}
    assert told.keys() == {"id", "article_id", "is_tombstone", *place}
    assert found(index) == found(index, "version") == []
    assert index.get("a1", MORNING) is None
    assert index.get("https://news.example/secret", MORNING) is None


def test_a_kill_may_come_before_its_article(tmp_path):
    index = an_index(tmp_path, a_kill())

    assert index.upsert([a_version(7)], MORNING) == UpsertReport(stale=1)
    assert found(index) == []


def test_a_release_brings_the_text_back(tmp_path):
    index = an_index(tmp_path, a_version(1), a_hold(2))

    assert index.upsert([a_version(3)], MORNING) == UpsertReport(written=1)
    assert found(index, "version") == ["a1"]


def test_a_lifted_embargo_brings_the_text_of_the_same_version(tmp_path):
    embargoed = a_version(1, visible_from=MORNING + HOUR)
    index = an_index(tmp_path, embargoed)

    assert index.upsert([embargoed], MORNING + HOUR) == UpsertReport(written=1)
    assert found(index, "version", MORNING + HOUR) == ["a1"]


def test_of_two_texts_with_one_key_the_longer_embargo_stands_in_both_orders(tmp_path):
    hour, minute = MORNING + HOUR, MORNING + HOUR / 60
    ways = [
        a_version(1, content_hash="zz"),
        a_version(1, content_hash="mm", visible_from=minute, headline="A minute"),
        a_version(1, content_hash="aa", visible_from=hour, headline="An hour"),
    ]
    index = an_index(tmp_path)
    orders = list(permutations(ways))
    for number, order in enumerate(orders):
        for version in order:
            index.upsert([replace(version, article_id=f"a{number}")], MORNING)

    assert found(index, "", minute) == []
    index.upsert([replace(ways[2], article_id=f"a{number}") for number in range(len(orders))], hour)
    assert [index.get(f"a{number}", hour).headline for number in range(len(orders))] == ["An hour"] * 6


def test_a_text_that_was_withdrawn_does_not_come_back_without_its_embargo(tmp_path):
    embargoed = a_version(1, visible_from=MORNING, content_hash="aa")
    index = an_index(tmp_path, embargoed)
    index.withdraw("a1", 1)

    assert index.upsert([a_version(1, content_hash="zz")], MORNING) == UpsertReport(stale=1)
    assert index.upsert([embargoed], MORNING) == UpsertReport(written=1)


def test_an_embargoed_text_is_not_found_a_moment_before_its_time(tmp_path):
    lifts = MORNING + HOUR
    index = an_index(tmp_path, a_version(1, visible_from=lifts), as_of=lifts)

    assert found(index, "version", lifts - timedelta(microseconds=1)) == []
    assert found(index, "version", lifts) == ["a1"]


def test_a_text_whose_time_is_over_is_not_found_and_leaves_when_told(tmp_path):
    expiring = a_version(1, visible_until=MORNING + HOUR)
    index = an_index(tmp_path, expiring, a_version(1, "a2"))

    assert found(index, "version", MORNING + HOUR) == ["a2"]
    assert index.expire(MORNING) == 0
    assert index.expire(MORNING + HOUR) == 1
    assert index.expire(MORNING + HOUR) == 0
    assert index.upsert([expiring], MORNING + HOUR) == UpsertReport(unchanged=1)


def test_what_publish_finds_hidden_is_withdrawn_unless_a_newer_version_stands(tmp_path):
    index = an_index(tmp_path, a_version(5), a_kill("a2"))

    assert not index.withdraw("a1", 4)
    assert not index.withdraw("a2", CANCELED)
    assert not index.withdraw("a3", 4)
    assert found(index) == ["a1"]
    assert index.withdraw("a1", 5)
    assert found(index) == []
    assert index.upsert([a_version(6)], MORNING) == UpsertReport(written=1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_order_repetition_and_batching_of_a_life_ends_in_one_state(data):
    chosen, in_turn = data.draw(arrivals(LIFE))
    with TemporaryDirectory() as at_once, TemporaryDirectory() as in_turns:
        an_index(Path(at_once), *chosen).close()
        index = an_index(Path(in_turns))
        for batch in in_turn:
            index.upsert(batch, MORNING)
        index.close()

        assert content(Path(in_turns) / "search.sqlite") == content(Path(at_once) / "search.sqlite")


@settings(max_examples=100, deadline=None)
@given(texts=st.tuples(*[st.text()] * 6))
def test_any_text_can_be_indexed(texts):
    headline, body, url, source, language, subject = texts
    row = a_version(
        1,
        headline=headline or "x",
        body_text=body,
        url=url,
        source=source,
        language=language,
        slugline=subject,
    )
    with TemporaryDirectory() as folder, an_index(Path(folder), row) as index:
        assert found(index) == ["a1"]


def test_a_batch_that_fails_leaves_the_index_as_it_was(tmp_path):
    index = an_index(tmp_path, a_version(1))
    unstorable = replace(a_version(2, "a2"), order_key=1 << 63)

    with pytest.raises(OverflowError):
        index.upsert([a_version(2), unstorable], MORNING)

    assert index.get("a1", MORNING).headline == "Version 1 of a1"
    assert index.upsert([a_version(2)], MORNING) == UpsertReport(written=1)


def _write(path: str, writer: int) -> None:
    with SqliteIndex.open(path) as index:
        for start in range(0, 100, 10):
            own = [a_version(1, f"w{writer}-{number}") for number in range(start, start + 10)]
            shared = [
                a_version(10 * writer + number % 10, f"s{number}") for number in range(start, start + 10)
            ]
            index.upsert([*own, *shared], MORNING)


def test_four_processes_write_at_once_and_every_row_is_there(tmp_path):
    path = tmp_path / "search.sqlite"
    context = get_context("spawn")
    writers = [context.Process(target=_write, args=(str(path), writer)) for writer in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert [writer.exitcode for writer in writers] == [0] * 4
    rows = documents(tmp_path)
    assert len(rows) == 500
    assert {row["order_key"] // 10 for row in rows if row["article_id"].startswith("s")} == {3}
    assert content(path)
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("pragma integrity_check").fetchone() == ("ok",)


def test_an_index_to_read_must_be_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        SqliteIndex.open_to_read(str(tmp_path / "search.sqlite"))


def test_a_reader_sees_what_a_writer_has_written_meanwhile(tmp_path):
    with (
        an_index(tmp_path, a_version(1)) as writer,
        SqliteIndex.open_to_read(str(tmp_path / "search.sqlite")) as reader,
    ):
        assert found(reader) == ["a1"]
        writer.upsert([a_version(1, "a2")], MORNING)

        assert sorted(found(reader)) == ["a1", "a2"]


def test_a_closed_index_can_be_read_by_one_who_may_not_write(tmp_path):
    an_index(tmp_path, a_version(1)).close()

    with SqliteIndex.open_to_read(str(tmp_path / "search.sqlite")) as reader:
        assert found(reader, "version") == ["a1"]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.upsert([a_version(2)], MORNING)


def test_a_hold_and_a_release_without_text_end_alike_in_both_orders(tmp_path):
    hold = a_version(1, pub_status=PubStatus.WITHHELD, headline=None, body_text=None)
    release = a_version(2, headline=None, body_text=None)
    orders = {
        "hold first": ([hold], [release]),
        "release first": ([release], [replace(hold, superseded=True)]),
        "at once": ([hold, release],),
    }
    states = []
    for name, batches in orders.items():
        (tmp_path / name).mkdir()
        index = an_index(tmp_path / name)
        for batch in batches:
            index.upsert(batch, MORNING)
        states.append([tuple(row) for row in documents(tmp_path / name)])

    assert states[0] == states[1] == states[2]


def test_a_release_without_text_never_takes_a_document_away(tmp_path):
    index = an_index(tmp_path, a_version(1))
    index.upsert([a_version(2, headline=None, body_text=None)], MORNING)

    assert index.get("a1", MORNING).headline == "Version 1 of a1"


def test_an_index_of_an_older_release_takes_this_ones_settings_once(tmp_path):
    path = str(tmp_path / "search.sqlite")
    SqliteIndex.open(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("delete from article_text_config where k = 'hashsize'")

    SqliteIndex.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        settings_of_text = dict(connection.execute("select k, v from article_text_config"))
    before = Path(path).read_bytes()
    SqliteIndex.open(path).close()

    assert settings_of_text["hashsize"] == 8 << 20
    assert Path(path).read_bytes() == before
