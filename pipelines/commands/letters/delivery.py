"""Rows that a topic did not take, on their way to it again: what goes there now, or why nothing does.

A row is not sent as it came: it may have expired since, or a later version may stand for its article
(pipelines/core/redelivery.py).
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from connectors.parquet.chosen_letters import in_batches
from connectors.parquet.steady import read_steadily
from connectors.parquet.views import connect
from pipelines.core.article_topics import ArticleTopics
from pipelines.core.readers import reader_row
from pipelines.core.redelivery import present_of, records_now
from schemas.article import Article
from schemas.codec import from_row
from schemas.record import Origin
from schemas.topic_record import TopicRecord

Place = tuple[str, int, int, int]

LATER = "a later version of its article has come, which stands for it: discard it"
NOTHING = "nothing to deliver any more; discard it"
LOST = "its row is not in history"

_LETTERS = """
select dead_letter_id, key, origin from dead_letters_once semi join wanted_arrow using (dead_letter_id)
"""
# Memory of the stages and cut lines go to no topic.
_ROWS = """
select * exclude (story_state, repeat_sketch, event_terms, removed_lines) from history
semi join wanted_arrow using (article_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A dead letter of kind delivery, and the records that are to be written for it; if there are none, `stays` says why."""

    dead_letter_id: str
    records: tuple[TopicRecord, ...] = ()
    stays: str | None = None


def deliveries(
    folder: Path, sizes: Sequence[tuple[str, int]], topics: ArticleTopics, as_of: datetime | None = None
) -> Iterator[Delivery]:
    """What becomes of these dead letters, ids with their sizes, at `as_of`: by default each batch when it is read."""
    for batch in in_batches(sizes):
        moment = as_of or datetime.now(UTC)
        asked = asked_of(folder, batch, moment)
        for letter in batch:
            yield _delivery(asked, letter, topics, moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Article and place of dead letters, and all rows of these articles and of those that they name."""

    letters: dict[str, tuple[str, Place]]
    rows: dict[str, list[Article]]

    def article_of(self, letter: str) -> str:
        """The id of the article of a dead letter, empty if there is no such dead letter."""
        return self.letters[letter][0] if letter in self.letters else ""

    def rows_of(self, letter: str) -> list[Article]:
        """All rows of its article."""
        return self.rows.get(self.article_of(letter), [])

    def has_row(self, letter: str) -> bool:
        """Whether its own row is in history."""
        return any(self.is_own(letter, row) for row in self.rows_of(letter))

    def is_own(self, letter: str, row: Article) -> bool:
        """Whether this row is the one that was not taken."""
        return letter in self.letters and _place(row.origin) == self.letters[letter][1]

    def is_visible(self, name: str, as_of: datetime) -> bool:
        """Whether readers see this article, one of those that the rows name, at `as_of`."""
        return reader_row(self.rows.get(name, []), as_of) is not None


def asked_of(folder: Path, ids: Sequence[str], as_of: datetime) -> Asked:
    """What a folder has of these dead letters."""
    return read_steadily(folder, partial(_asked, folder, ids, as_of))


def _asked(folder: Path, ids: Sequence[str], as_of: datetime) -> Asked:
    with closing(connect(str(folder), as_of)) as database:
        letters = {
            row["dead_letter_id"]: (
                (row["key"] or b"").decode("utf-8", "surrogatepass"),
                _place(from_row(Origin, row["origin"])),
            )
            for row in _found(database, _LETTERS, "dead_letter_id", ids)
        }
        rows = _rows(database, {article_id for article_id, _ in letters.values()})
        named = {name for some in rows.values() for row in some for name in _names(row)}
        return Asked(letters=letters, rows=_rows(database, named.difference(rows)) | rows)


def _rows(database: duckdb.DuckDBPyConnection, ids: Collection[str]) -> dict[str, list[Article]]:
    rows: dict[str, list[Article]] = {}
    for row in _found(database, _ROWS, "article_id", sorted(ids)):
        article = from_row(Article, row)
        rows.setdefault(article.article_id, []).append(article)
    return rows


def _found(
    database: duckdb.DuckDBPyConnection, query: str, column: str, wanted: Sequence[str]
) -> list[dict[str, Any]]:
    database.register("wanted_arrow", pa.table({column: pa.array(wanted, pa.string())}))
    try:
        return database.sql(query).to_arrow_table().to_pylist()
    finally:
        database.unregister("wanted_arrow")


def _place(origin: Origin) -> Place:
    """Where a record stood; what stood before it is told anew at each reading."""
    return origin.source, origin.partition, origin.offset, origin.item


def _names(row: Article) -> Iterator[str]:
    if row.dup_of is not None:
        yield row.dup_of
    if row.event_reason is not None and row.event_reason.nearest_article is not None:
        yield row.event_reason.nearest_article


def _delivery(asked: Asked, letter: str, topics: ArticleTopics, as_of: datetime) -> Delivery:
    rows = asked.rows_of(letter)
    if not asked.has_row(letter):
        return Delivery(dead_letter_id=letter, stays=LOST)
    present = present_of(rows)
    if present is None:
        return Delivery(dead_letter_id=letter, stays=NOTHING)
    if not asked.is_own(letter, present):
        return Delivery(dead_letter_id=letter, stays=LATER)

    def is_visible(name: str) -> bool:
        return asked.is_visible(name, as_of)

    records = records_now(topics, present, rows, as_of, is_visible)
    return Delivery(dead_letter_id=letter, records=records, stays=None if records else NOTHING)
