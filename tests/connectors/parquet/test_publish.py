import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.parquet.publish import PublishReport, Withdrawal
from connectors.parquet.temporary import written_aside
from connectors.parquet.tidy import sweep_output
from pipelines.core.readers import reader_row
from schemas.article import Article
from schemas.article_parts import ChangeType, ItemKind, PubStatus
from schemas.codec import to_table
from schemas.record import Origin
from tests.builders import MORNING, an_article
from tests.builders_history import (
    NOON,
    STRIKE,
    WITHOUT_TEXT,
    a_copy,
    a_life,
    a_version,
    arrive,
    publish_at,
    published_bytes,
    published_once,
    twice,
)

LIFE = a_life()
ROWS = [*LIFE.values(), a_copy()]


def _articles(folder: Path) -> list[dict[str, object]]:
    if not any((folder / "articles").rglob("*.parquet")):
        return []
    table = ds.dataset(folder / "articles", partitioning="hive").to_table()
    return table.sort_by("article_id").to_pylist()


def _events(folder: Path) -> list[dict[str, object]]:
    files = sorted((folder / "events").glob("*.parquet"))
    return [row for path in files for row in pq.read_table(path).to_pylist()]


def _texts(folder: Path) -> str:
    """Everything readers could read, decompressed: values, and the footers with their statistics."""
    found = []
    for name in ("articles", "events"):
        for path in (folder / name).rglob("*.parquet"):
            found += [str(pq.read_table(path, partitioning=None).to_pylist()), str(path.read_bytes())]
    return "".join(found)


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        (("new",), "MARK1 Dock strike"),
        (("new", "update"), "MARK2 Dock strike"),
        (("new", "update", "correction"), "MARK3 Dock strike"),
        (("new", "update", "correction", "hold"), None),
        (("new", "update", "hold", "release"), "MARK4 Dock strike"),
        (("new", "update", "release"), "MARK2 Dock strike"),
        (("new", "update", "correction", "hold", "release", "kill"), None),
        (("kill",), None),
        (("hold", "release", "kill"), None),
        (("new", "kill"), None),
    ],
)
def test_readers_see_the_present_of_a_story_or_nothing(
    tmp_path: Path, kept: tuple[str, ...], shown: str | None
):
    arrive(tmp_path, *(LIFE[name] for name in kept))

    publish_at(tmp_path)

    assert [row["headline"] for row in _articles(tmp_path)] == ([] if shown is None else [shown])


@settings(max_examples=12, deadline=None)
@given(
    rows=st.permutations(twice(ROWS)),
    cuts=st.lists(st.integers(0, 2 * len(ROWS)), max_size=4),
    publishes=st.lists(st.booleans(), min_size=6, max_size=6),
    kept=st.sets(st.sampled_from(sorted(LIFE)), min_size=1),
)
def test_all_orders_of_arrival_end_in_the_same_files_for_readers(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[Article],
    cuts: list[int],
    publishes: list[bool],
    kept: set[str],
):
    chosen = {row.payload_sha256 for name, row in LIFE.items() if name in kept} | {a_copy().payload_sha256}
    undisturbed = published_once(
        tmp_path_factory.mktemp("once"), [row for row in ROWS if row.payload_sha256 in chosen]
    )
    folder = tmp_path_factory.mktemp("orders")
    edges = [0, *sorted(cuts), len(rows)]
    for start, end, also in zip(edges, edges[1:], publishes, strict=False):
        arrive(folder, *(row for row in rows[start:end] if row.payload_sha256 in chosen))
        if also:
            publish_at(folder)

    publish_at(folder)

    assert published_bytes(folder) == undisturbed


def test_publishing_twice_changes_no_file(tmp_path: Path):
    arrive(tmp_path, *ROWS)
    publish_at(tmp_path)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.rglob("*.*")}

    report = publish_at(tmp_path)
    (tmp_path / "publish.json").unlink()
    anew = publish_at(tmp_path)

    for name in ("publish.json", "publish.lock"):
        del before[tmp_path / name]
    after = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in before}
    assert (report.rows_read, report.partitions_rewritten, anew.partitions_rewritten) == (0, 0, 0)
    assert after == before


def test_a_later_publish_without_news_touches_nothing_at_all(tmp_path: Path):
    arrive(tmp_path, LIFE["new"])
    publish_at(tmp_path)
    state = (tmp_path / "publish.json").stat().st_mtime_ns

    report = publish_at(tmp_path, NOON + timedelta(days=9))

    assert replace(report, seconds=0) == PublishReport()
    assert (tmp_path / "publish.json").stat().st_mtime_ns == state


@pytest.mark.parametrize(
    "row",
    [
        a_version(7, ChangeType.UPDATE, visible_from=NOON + timedelta(hours=1)),
        a_version(7, ChangeType.HOLD, pub_status=PubStatus.WITHHELD),
        a_version(7, ChangeType.KILL, pub_status=PubStatus.CANCELED, order_key=1 << 62),
        a_version(7, ChangeType.UPDATE, restricted=True),
        a_version(7, ChangeType.UPDATE, visible_until=NOON),
        a_version(7, ChangeType.UPDATE, item_kind=ItemKind.ADVISORY),
    ],
)
def test_no_byte_of_what_readers_may_not_see_is_in_what_they_open(tmp_path: Path, row: Article):
    arrive(tmp_path, a_version(1, ChangeType.NEW), a_copy())
    publish_at(tmp_path)
    arrive(tmp_path, row)

    publish_at(tmp_path)

    texts = _texts(tmp_path)
    assert "MARK" not in texts
    assert "strike'" not in texts
    assert "sharedterm" not in texts
    assert [event["articles"] for event in _events(tmp_path)] == [1]


def test_an_event_without_a_member_for_readers_does_not_exist(tmp_path: Path):
    arrive(tmp_path, LIFE["new"])
    publish_at(tmp_path)
    assert [event["event_id"] for event in _events(tmp_path)] == [STRIKE]
    arrive(tmp_path, LIFE["kill"])

    publish_at(tmp_path)

    assert _events(tmp_path) == []
    assert published_bytes(tmp_path) == {}


def test_an_embargo_is_lifted_when_its_time_has_come_and_not_before(tmp_path: Path):
    lifts = NOON + timedelta(hours=1)
    arrive(tmp_path, a_version(1, ChangeType.NEW, visible_from=lifts), a_copy())
    publish_at(tmp_path)
    early = publish_at(tmp_path, lifts - timedelta(seconds=1))

    report = publish_at(tmp_path, lifts)

    assert early.rows_read == 0
    assert [row.article_id for row in report.changed] == ["strike"]
    copy, strike = _articles(tmp_path)
    assert strike["headline"] == "MARK1 Dock strike"
    assert copy["dup_of"] == "strike"


def test_looking_back_shows_what_readers_saw_then(tmp_path: Path):
    lifts = NOON + timedelta(hours=1)
    rows = [a_version(1, ChangeType.NEW, visible_from=lifts), a_copy()]
    arrive(tmp_path, *rows)
    publish_at(tmp_path, lifts)

    publish_at(tmp_path, NOON)

    assert published_bytes(tmp_path) == published_once(tmp_path / "other", rows)


def test_hiding_expiry_withdraws_the_article_and_says_so(tmp_path: Path):
    expires = NOON + timedelta(hours=1)
    row = a_version(1, ChangeType.NEW, visible_until=expires)
    arrive(tmp_path, row)
    publish_at(tmp_path)

    report = publish_at(tmp_path, expires)

    assert report.withdrawn == (Withdrawal(article_id="strike", order_key=row.order_key),)
    assert report.articles_withdrawn == 1
    assert _articles(tmp_path) == []


def test_a_release_without_text_is_reported_with_the_text_it_releases(tmp_path: Path):
    arrive(tmp_path, LIFE["hold"], LIFE["release"])

    report = publish_at(tmp_path)

    assert [(row.headline, row.order_key, row.event_terms) for row in report.changed] == [
        ("MARK4 Dock strike", LIFE["release"].order_key, None)
    ]


def test_what_the_stream_has_shown_already_is_not_reported(tmp_path: Path):
    arrive(tmp_path, LIFE["new"], a_copy())

    assert publish_at(tmp_path).changed == ()


def test_a_moved_article_stands_in_its_new_day_alone(tmp_path: Path):
    arrive(tmp_path, LIFE["update"])
    publish_at(tmp_path)
    arrive(tmp_path, LIFE["correction"])

    publish_at(tmp_path)

    assert [path for path in published_bytes(tmp_path) if "articles" in path] == [
        "articles/date=2026-03-01/articles.parquet"
    ]


def test_an_older_version_never_replaces_a_newer_one(tmp_path: Path):
    arrive(tmp_path, LIFE["update"])
    publish_at(tmp_path)
    before = published_bytes(tmp_path)
    arrive(tmp_path, LIFE["new"])

    publish_at(tmp_path)

    assert published_bytes(tmp_path) == before


def test_a_day_that_is_not_touched_is_not_rewritten(tmp_path: Path):
    arrive(tmp_path, an_article("old", offset=80, published=MORNING - timedelta(days=5)))
    publish_at(tmp_path)
    path = tmp_path / "articles/date=2026-02-25/articles.parquet"
    before = path.stat().st_mtime_ns
    arrive(tmp_path, LIFE["new"])

    report = publish_at(tmp_path)

    assert path.stat().st_mtime_ns == before
    assert report.rows_read == 1


class Crash(Exception):
    """The process ends here."""


def _crash(*_: object) -> object:
    raise Crash


@pytest.mark.parametrize("step", ["reader_row", "without_hidden", "summarise_event", "before_commit"])
def test_a_run_cut_short_and_run_again_ends_as_if_undisturbed(tmp_path: Path, step: str):
    first, later = [LIFE["update"], a_copy()], [LIFE["correction"], LIFE["kill"]]
    arrive(tmp_path, *first)
    publish_at(tmp_path)
    arrive(tmp_path, *later)
    with pytest.raises(Crash):
        publish_at(tmp_path, **{step: _crash})

    publish_at(tmp_path)

    assert published_bytes(tmp_path) == published_once(tmp_path / "other", [*first, *later])


@pytest.mark.parametrize("written", range(4))
def test_any_number_of_files_may_have_been_replaced_before_a_crash(tmp_path: Path, written: int):
    first = [LIFE["update"], a_copy(), an_article("x", offset=90, dup_of="strike", published=NOON)]
    later = [LIFE["correction"], an_article("y", offset=91, published=NOON - timedelta(days=3))]
    folder, done = tmp_path / "crashed", tmp_path / "done"
    for one in (folder, done):
        arrive(one, *first)
        publish_at(one)
        arrive(one, *later)
    publish_at(done)
    for name in sorted(published_bytes(done))[:written]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(done / name, folder / name)

    publish_at(folder)

    assert published_bytes(folder) == published_bytes(done)


def test_what_was_to_be_done_before_a_run_counts_is_done_again_after_a_crash(tmp_path: Path):
    seen: list[list[str]] = []

    def note(report: PublishReport) -> None:
        seen.append([row.article_id for row in report.changed])
        if len(seen) == 1:
            raise Crash

    arrive(tmp_path, LIFE["hold"], LIFE["release"])
    with pytest.raises(Crash):
        publish_at(tmp_path, before_commit=note)

    publish_at(tmp_path, before_commit=note)

    assert seen == [["strike"], ["strike"]]


def test_columns_of_an_older_and_of_a_newer_release_are_borne(tmp_path: Path):
    folder = tmp_path / "history" / "arrived=2026-03-02"
    folder.mkdir(parents=True)
    table = to_table(Article, [LIFE["new"]])
    pq.write_table(table.drop(["guid", "part", "superseded"]), folder / "old.parquet")
    newer = to_table(Article, [a_copy()]).append_column("novelty", pa.array(["n"]))
    pq.write_table(newer, folder / "new.parquet")

    publish_at(tmp_path)

    assert [row["article_id"] for row in _articles(tmp_path)] == ["copy", "strike"]


def test_the_row_that_was_written_last_has_the_last_word(tmp_path: Path):
    arrive(tmp_path, a_version(1, ChangeType.NEW, event_id="evt-20260301-taken-back"))
    publish_at(tmp_path)

    arrive(tmp_path, a_version(1, ChangeType.NEW), a_copy())
    publish_at(tmp_path)

    assert [event["event_id"] for event in _events(tmp_path)] == [STRIKE]
    assert [row["event_id"] for row in _articles(tmp_path)] == [STRIKE, STRIKE]


@pytest.mark.parametrize("apart", [{"source": "file:b"}, {"partition": 1}, {"offset": 2}, {"item": 1}])
def test_equal_bytes_from_two_places_are_two_rows(tmp_path: Path, apart: dict[str, object]):
    first = a_version(1, ChangeType.NEW, origin=Origin(**({"source": "file:a", "offset": 1} | apart)))
    again = replace(
        first, origin=Origin(source="file:a", offset=1), change_type=ChangeType.REPEAT, **WITHOUT_TEXT
    )
    arrive(tmp_path, first)
    arrive(tmp_path, again)

    publish_at(tmp_path)

    assert [row["headline"] for row in _articles(tmp_path)] == ["MARK1 Dock strike"]


def test_readers_tools_open_articles_with_their_days(tmp_path: Path):
    undated = an_article("undated", offset=70, published=None, received=None)
    arrive(tmp_path, LIFE["new"], undated)
    publish_at(tmp_path)

    rows = duckdb.sql(
        "select article_id, date from"
        f" read_parquet('{tmp_path}/articles/*/*.parquet', hive_types_autocast = false) order by 1"
    ).fetchall()

    assert rows == [("strike", "2026-03-02"), ("undated", "none")]
    assert [(row["article_id"], str(row["date"])) for row in _articles(tmp_path)] == rows


def test_what_dead_writers_left_is_swept_at_once_and_what_living_ones_write_is_not(tmp_path: Path):
    folder = tmp_path / "history" / "arrived=2026-03-02"
    arrive(tmp_path, LIFE["new"])
    for path in (folder / "a.parquet.1-1.tmp", tmp_path / "publish.json.1-1.tmp"):
        path.write_bytes(b"half")
    (tmp_path / "publish-rows.tmp").mkdir()
    (tmp_path / "publish-rows.tmp" / "day-0.arrow").write_bytes(b"half")

    with written_aside(folder / "b.parquet") as (living, _):
        publish_at(tmp_path)
        left = list(tmp_path.rglob("*.tmp"))

    assert left == [living]


@pytest.mark.parametrize(
    "name",
    [
        "notes.tmp",
        "thesis.parquet.tmp",
        "draft.parquet.1-1.tmp",
        "work.tmp/chapter.txt",
        "articles.tmp/publish.json.1-1.tmp",
        "pictures/publish.json.1-1.tmp",
        "history/notes.tmp",
        "history/notes.1-1.tmp",
        "history/notes.txt.1-1.tmp",
        "history/work.tmp/a.parquet",
        "events/a.parquet.tmp",
    ],
)
def test_what_other_people_call_tmp_is_theirs(tmp_path: Path, name: str):
    foreign = tmp_path / name
    foreign.parent.mkdir(parents=True, exist_ok=True)
    foreign.write_bytes(b"mine")

    sweep_output(tmp_path)

    assert foreign.read_bytes() == b"mine"


@pytest.mark.parametrize(
    "name",
    [
        "publish.json.1-1.tmp",
        "publish-rows.tmp/day-0.arrow",
        "publish-database.tmp/spilled",
        "history/arrived=2026-03-02/a.parquet.1-1.tmp",
        "history/0123.pending.1-1.tmp",
        "dead_letters/arrived=none/a.parquet.22-333.tmp",
        "articles/date=none/articles.parquet.1-1.tmp",
        "events/a.parquet.1-1.tmp",
    ],
)
def test_what_a_dead_run_or_writer_has_left_is_swept_and_counted(tmp_path: Path, name: str):
    left = tmp_path / name
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")

    report = publish_at(tmp_path)

    assert not left.exists()
    assert report.files_swept == 1


def test_a_folder_that_is_linked_to_is_not_swept(tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a").write_bytes(b"mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "publish-rows.tmp").symlink_to(tmp_path / "elsewhere")

    swept = sweep_output(tmp_path / "out")

    assert swept.removed == 0
    assert (tmp_path / "elsewhere" / "a").exists()


def test_progress_ends_with_all_articles(tmp_path: Path):
    told: list[tuple[int, int]] = []
    arrive(tmp_path, *ROWS)

    def note(done: int, total: int) -> None:
        told.append((done, total))

    publish_at(tmp_path, progress=note)

    assert told[-1] == (2, 2)


def test_a_time_without_zone_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="as_of"):
        publish_at(tmp_path, datetime(2026, 3, 2))  # noqa: DTZ001


def test_an_empty_folder_publishes_nothing(tmp_path: Path):
    assert publish_at(tmp_path).articles_written == 0
    assert published_bytes(tmp_path) == {}


def test_the_rule_of_who_may_see_what_is_handed_in(tmp_path: Path):
    def nobody(rows: list[Article], as_of: datetime) -> Article | None:
        row = reader_row(rows, as_of)
        return None if row is None or row.article_id == "strike" else row

    arrive(tmp_path, LIFE["new"], a_copy())

    publish_at(tmp_path, reader_row=nobody)

    assert [row["article_id"] for row in _articles(tmp_path)] == ["copy"]


def test_a_textless_release_of_nothing_shows_nothing(tmp_path: Path):
    arrive(tmp_path, a_version(5, ChangeType.RELEASE, **WITHOUT_TEXT))

    publish_at(tmp_path)

    assert _articles(tmp_path) == []
