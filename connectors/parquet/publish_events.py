"""`events/part-YYYYMMDD.parquet`: one row an event, counted from the articles that readers see.

The day is that of the event's id, which never changes: an event is always in the same file.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.parquet.columns import conform, reader_schema
from connectors.parquet.partitions import remove_file
from connectors.parquet.scan import create_rows, parquet_files
from connectors.parquet.sorted_file import place_file
from schemas.article import Article
from schemas.codec import from_row, to_table
from schemas.event import Event
from schemas.generate import arrow_schema

# ruff: noqa: S608  (queries are made of names of ours)

Summarise = Callable[[str, Sequence[Article]], Event]

# What an event may be counted from: who, when, where, in which language, of which family; and the fields that every
# article must have. Texts are not read.
_COLUMNS = (
    "article_id, source_kind, source, order_key, origin, payload_sha256, source_name, source_country, item_kind,"
    " guid, url, headline, published, published_source, published_precision, published_zone, received,"
    " first_received, language, origin_agency, copy_family, dup_of, dup_kind, event_id, event_is_new"
)
_ROWS_A_BATCH = 4_000
_DAY = re.compile(r"evt-(\d{8})-")


def event_file(event_id: str) -> str:
    """The file an event is in.

    >>> event_file("evt-20260302-abcdefghijklm")
    'part-20260302.parquet'
    """
    found = _DAY.match(event_id)
    return f"part-{found.group(1) if found else 'none'}.parquet"


def known_events(root: Path) -> set[str]:
    """Events that stand in `events/` now."""
    return {
        event_id
        for path in parquet_files(root / "events")
        for event_id in pq.read_table(path, columns=["event_id"], partitioning=None)["event_id"].to_pylist()
    }


def write_events(
    root: Path, database: duckdb.DuckDBPyConnection, events: set[str], summarise: Summarise
) -> tuple[int, int]:
    """Count these events anew from `articles/`; how many there are for readers, and how many files have changed."""
    fresh: dict[str, list[Event]] = {event_file(event_id): [] for event_id in sorted(events)}
    for event_id, members in _members(root, database, events):
        fresh[event_file(event_id)].append(summarise(event_id, members))
    changed = sum(_rewrite(root / "events" / name, events, rows) for name, rows in fresh.items())
    return sum(map(len, fresh.values())), changed


def _members(
    root: Path, database: duckdb.DuckDBPyConnection, events: set[str]
) -> Iterator[tuple[str, list[Article]]]:
    create_rows(database, "members", reader_schema(), parquet_files(root / "articles"))
    database.register("counted", pa.table({"event_id": pa.array(sorted(events), pa.string())}))
    reader = database.sql(
        f"select {_COLUMNS} from members_rows semi join counted using (event_id) order by event_id, article_id"
    ).to_arrow_reader(_ROWS_A_BATCH)
    rows = (from_row(Article, row) for batch in reader for row in batch.to_pylist())
    for event_id, group in groupby(rows, key=_event_id):
        yield event_id, list(group)


def _event_id(article: Article) -> str:
    return article.event_id or ""


def _rewrite(path: Path, counted: set[str], fresh: list[Event]) -> bool:
    schema = arrow_schema(Event)
    table = to_table(Event, fresh)
    if path.exists():
        standing = conform(pq.read_table(path, partitioning=None), schema)
        others = [event_id not in counted for event_id in standing["event_id"].to_pylist()]
        table = pa.concat_tables([standing.filter(pa.array(others, pa.bool_())), table])
    if table.num_rows == 0:
        return remove_file(path)
    return place_file(table.sort_by("event_id"), path)
