"""Rows that a topic did not take, on their way to it again.

A row is sent as it stands in history and by the rule of today. If a later version of its article has come, that one
stands for it in every sink: the older is not sent any more, or a text that was withdrawn since would be on a topic again.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa

from connectors.parquet.steady import read_steadily
from connectors.parquet.views import connect
from pipelines.core.article_topics import ArticleTopics, article_records
from pipelines.options import parse_as_of
from schemas.article import Article
from schemas.codec import from_row
from schemas.topic_record import TopicRecord

_ROWS = """
select letter.dead_letter_id as letter_id, row.* from history as row
join (
    select dead_letter_id, origin, decode(key) as article_id from dead_letters_once
    semi join wanted_arrow using (dead_letter_id)
) as letter
on row.article_id = letter.article_id and row.origin.source = letter.origin.source
    and row.origin.partition = letter.origin.partition and row.origin.offset = letter.origin.offset
    and row.origin.item = letter.origin.item
where not exists (
    select 1 from history as later
    where later.article_id = row.article_id and not later.superseded and later.order_key > row.order_key
)
"""


def rows_to_deliver(folder: Path, ids: Sequence[str]) -> tuple[tuple[str, Article], ...]:
    """Dead letters of kind delivery with their rows; without those of which a later version has come."""

    def read() -> pa.Table:
        with closing(connect(str(folder), parse_as_of(None))) as database:
            return _read(database, ids)

    found = read_steadily(folder, read).to_pylist()
    return tuple((row["letter_id"], from_row(Article, row)) for row in found)


def _read(database: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> pa.Table:
    database.register("wanted_arrow", pa.table({"dead_letter_id": pa.array(ids, pa.string())}))
    return database.sql(_ROWS).to_arrow_table()


def records_to_deliver(
    rows: Sequence[tuple[str, Article]], topics: ArticleTopics
) -> Iterator[tuple[str, TopicRecord]]:
    """The records of these rows by the rule of today, each with the id of its dead letter."""
    for letter, article in rows:
        for record in article_records(topics, article):
            yield letter, record
