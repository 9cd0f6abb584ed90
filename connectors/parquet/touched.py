"""Which articles a run of `publish` has to look at anew, and their rows of history.

An article is touched when a row of it is new or was written again, when the time has come for one of its rows to be
shown or hidden, or when it names an article that is touched (it may name only what readers see). Rows are told apart by
origin, part and payload; of a row in two files the one written last counts.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa

from connectors.parquet.scan import ROW_OF_HISTORY, create_rows, has_last_word, quoted
from schemas.article import Article
from schemas.codec import from_row
from schemas.generate import arrow_schema

# ruff: noqa: S608  (queries are made of names and literals of ours)

# Memory of the stages and cut lines: large, and never a reader's.
_UNREAD = "story_state, repeat_sketch, event_terms, removed_lines"
_ROWS_A_BATCH = 1_000

# Field by field: half the time of comparing them as one value (32 to 79 ms of 200,000 rows).
_SAME_ROW = " and ".join(
    f"row.{field} is not distinct from other.{field}" for field in ROW_OF_HISTORY.split(", ")
)

_KNOWN = f"""
create temp table known as
select filename, file_row_number, article_id, event_id, dup_of, event_reason.nearest_article as nearest,
    {has_last_word(ROW_OF_HISTORY)} as stands
from (select row.*, written from history_rows as row join history_files using (filename)) as row
"""
# Every place of the rows that touched articles have: another article may have had the row before, or have it since.
_OF_TOUCHED = f"""
semi join (
    select origin, part, payload_sha256 from history_rows semi join touched using (article_id)
) as other on {_SAME_ROW}
"""

_TIMES = ("visible_from", "embargoed_until", "visible_until")

_ALL = """
create temp table touched as select article_id from history_rows union select article_id from articles_rows
"""

_CHANGED = f"""
create temp table touched as
select article_id from history_rows as row semi join changed_rows as other on {_SAME_ROW}
union select article_id from history_rows where {{came}}
"""

_NAMING = """
insert into touched
select distinct article_id from history_rows
where (dup_of in (select article_id from touched)
        or event_reason.nearest_article in (select article_id from touched))
    and article_id not in (select article_id from touched)
"""

_ROWS = f"""
select * exclude (filename, file_row_number, {_UNREAD}) from touched_rows
semi join wanted using (filename, file_row_number)
order by article_id, order_key, {ROW_OF_HISTORY}
"""


def open_history(database: duckdb.DuckDBPyConnection, files: Iterable[Path]) -> None:
    """Take these files for history: view `history_rows`."""
    create_rows(database, "history", arrow_schema(Article), tuple(files))


def touch_all(database: duckdb.DuckDBPyConnection) -> None:
    """Every article of history, and every one that stands in `articles/`: table `touched`; their rows: table `known`."""
    database.execute(_ALL)
    database.execute(_KNOWN)


def touch_changed(
    database: duckdb.DuckDBPyConnection,
    files: Iterable[Path],
    since: datetime,
    until: datetime,
    owed: Collection[str] = (),
) -> frozenset[str]:
    """The articles of rows in these files, those whose time came from `since` to `until`, who names them; and those owed.

    Tables as of `touch_all`. All of history is searched, column by column, and nothing of it held but what is found. What
    comes back are those that for no other reason would be touched than that they are owed.
    """
    create_rows(database, "changed", arrow_schema(Article), tuple(files))
    came = " or ".join(
        f"({time} > timestamptz {_literal(since)} and {time} <= timestamptz {_literal(until)})"
        for time in _TIMES
    )
    database.execute(_CHANGED.format(came=came))
    database.execute(_NAMING)
    only_owed = frozenset(owed).difference(touched_ids(database)) if owed else frozenset()
    if only_owed:
        database.register("owed", pa.table({"article_id": pa.array(sorted(only_owed), pa.string())}))
        database.execute("insert into touched select article_id from owed")
    database.execute(_KNOWN + _OF_TOUCHED)
    return only_owed


def _literal(instant: datetime) -> str:
    return quoted(instant.astimezone(UTC).isoformat())


def next_time(database: duckdb.DuckDBPyConnection, as_of: datetime) -> datetime | None:
    """The earliest time after `as_of` at which a row is to be shown or hidden."""
    times = " union all ".join(f"select {time} as time from history_rows" for time in _TIMES)
    [(time,)] = database.sql(
        f"select min(time) from ({times}) where time > timestamptz {_literal(as_of)}"
    ).fetchall()
    return time.astimezone(UTC) if time is not None else None


def touched_events(database: duckdb.DuckDBPyConnection) -> set[str]:
    """Events that any row of a touched article has, and those in which readers see it so far."""
    rows = database.sql(
        "select event_id from known semi join touched using (article_id) where event_id is not null"
        " union select event_id from articles_rows semi join touched using (article_id) where event_id is not null"
    ).fetchall()
    return {event_id for (event_id,) in rows}


def touched_ids(database: duckdb.DuckDBPyConnection) -> list[str]:
    """Ids of the touched articles, sorted."""
    rows = database.sql("select article_id from touched order by article_id").fetchall()
    return [article_id for (article_id,) in rows]


def articles_with_rows(database: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, list[Article]]]:
    """Every touched article with all its rows, one at a time, by id; rows by order and origin."""
    database.execute(
        "create temp table wanted as select filename, file_row_number from known"
        " semi join touched using (article_id) where stands"
    )
    names = database.sql("select distinct filename from wanted order by filename").fetchall()
    # A scan of these files alone: those without a touched article are not opened.
    create_rows(database, "touched", arrow_schema(Article), [Path(name) for (name,) in names])
    reader = database.sql(_ROWS).to_arrow_reader(_ROWS_A_BATCH)
    rows = (from_row(Article, row) for batch in reader for row in batch.to_pylist())
    for article_id, group in groupby(rows, key=_article_id):
        yield article_id, list(group)


def _article_id(article: Article) -> str:
    return article.article_id
