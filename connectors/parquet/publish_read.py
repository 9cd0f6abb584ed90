"""What readers see of each touched article, and what has become of it: the reading half of a run of `publish`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from connectors.parquet.merge import Progress
from connectors.parquet.partitions import reader_day
from connectors.parquet.publish_events import Summarise
from connectors.parquet.spool import Spool
from connectors.parquet.touched import articles_with_rows, touched_ids
from schemas.article import Article

ReaderRow = Callable[[Sequence[Article], datetime], Article | None]
WithoutHidden = Callable[[Article, Callable[[str], bool]], Article]
Untold = Callable[[Article | None, Sequence[Article], datetime], Article | None]

_ARTICLES_A_NOTE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """An article that readers do not see, as of the greatest version that history has of it."""

    article_id: str
    order_key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What readers may see, what an event is, what a topic is to be told: decided elsewhere and handed in."""

    reader_row: ReaderRow
    without_hidden: WithoutHidden
    summarise_event: Summarise
    untold: Untold | None


@dataclass(slots=True, kw_only=True)
class Readers:
    """What reading the touched articles has found so far."""

    days: dict[str, str | None]
    rows_read: int = 0
    changed: list[Article]
    withdrawn: list[Withdrawal]
    untold: list[Article]


def read_touched(
    database: duckdb.DuckDBPyConnection,
    spool: Spool[Article],
    as_of: datetime,
    rules: Rules,
    progress: Progress | None,
) -> Readers:
    """Read every touched article; what readers see of it goes into the spool of its day."""
    ids = touched_ids(database)
    readers = Readers(days=dict.fromkeys(ids), changed=[], withdrawn=[], untold=[])
    for done, (article_id, rows) in enumerate(articles_with_rows(database), start=1):
        readers.rows_read += len(rows)
        row = rules.reader_row(rows, as_of)
        if row is None:
            latest = max(row.order_key for row in rows)
            readers.withdrawn.append(Withdrawal(article_id=article_id, order_key=latest))
        else:
            day = reader_day(row)
            readers.days[article_id] = day
            spool.add(day, row)
            if _is_shown_for_a_time(row) or row not in rows:
                readers.changed.append(row)
        untold = rules.untold(row, rows, as_of) if rules.untold is not None else None
        if untold is not None:
            readers.untold.append(untold)
        if progress is not None and (done % _ARTICLES_A_NOTE == 0 or done == len(ids)):
            progress(done, len(ids))
    return readers


def _is_shown_for_a_time(row: Article) -> bool:
    return row.visible_from is not None or row.visible_until is not None
