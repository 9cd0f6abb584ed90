"""Rows that readers see, read back from `articles/` for an index that lacks them."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.parquet.columns import conform, reader_schema
from connectors.parquet.scan import parquet_files
from schemas.article import Article
from schemas.codec import from_row

Lacks = Callable[[list[tuple[str, int]]], Collection[str]]
Belongs = Callable[[datetime | None], bool]

_ROWS_A_BATCH = 1_000


def rows_lacking(
    folder: Path, lacks: Lacks, belongs: Belongs = lambda _first_received: True
) -> Iterator[list[Article]]:
    """The rows of `articles/` whose articles `lacks` names, a batch at a time.

    It is told id and order key of every article that belongs there by its first arrival, a day at a time, before any text
    of that day is read.
    """
    for path in parquet_files(folder / "articles"):
        versions = pq.read_table(
            path, columns=["article_id", "order_key", "first_received"], partitioning=None
        )
        ids, keys, arrived = (versions[name].to_pylist() for name in versions.column_names)
        names = frozenset(
            lacks([(one, key) for one, key, first in zip(ids, keys, arrived, strict=True) if belongs(first)])
        )
        if names:
            table = pq.read_table(path, partitioning=None).filter(pa.array([one in names for one in ids]))
            for batch in conform(table, reader_schema()).to_batches(_ROWS_A_BATCH):
                yield [from_row(Article, row) for row in batch.to_pylist()]
