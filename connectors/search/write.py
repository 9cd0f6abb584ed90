"""WriteSearchIndex: each article's greatest version becomes searchable; what readers may not see leaves the index."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection
from apache_beam.utils.windowed_value import WindowedValue

from connectors.search.sqlite.index import SqliteIndex
from schemas.article import Article

# A bundle's rows are held until it ends; of very long texts no more than this.
_FLUSH_CHARS = 32_000_000


@beam.typehints.with_input_types(Article)
@beam.typehints.with_output_types(Article)
class WriteSearchIndex(beam.PTransform[PCollection[Article], PCollection[Article]]):
    """Write articles to the embedded index at `path` (made if it is not there), and hand them on once they are in it.

    `as_of` says at what time readers look; None: the clock, at each write.

    Input and output: `Article`, bounded or unbounded, in the order they came in, timestamps and windows kept. Delivery:
    at least once, effectively once: a version written again changes nothing, an older one never replaces a newer one,
    so neither order, repetition nor the size of bundles shows in the index. Parallel without bounds (writers take turns);
    no state; lateness does not matter.

    Raises in the worker: `sqlite3.OperationalError` (locked beyond patience, disk full, no permission); nothing of the
    bundle is written then, and it is retried.
    """

    def __init__(self, path: str, as_of: datetime | None = None) -> None:
        super().__init__()
        if as_of is not None and as_of.tzinfo is None:
            raise ValueError(f"as_of is {as_of.isoformat()}, without a zone; allowed is a time with its zone")
        self._path = path
        self._as_of = as_of

    def expand(self, articles: PCollection[Article]) -> PCollection[Article]:
        return articles | "UpsertDocuments" >> beam.ParDo(
            _UpsertDocumentsFn(self._path, self._as_of)
        ).with_output_types(Article)


class _UpsertDocumentsFn(beam.DoFn):
    """Holds the rows of a bundle, writes them in one transaction, hands them on with the timestamps they came with."""

    def __init__(self, path: str, as_of: datetime | None) -> None:
        self._path = path
        self._as_of = as_of
        self._index: SqliteIndex | None = None
        self._held: list[WindowedValue] = []
        self._chars = 0

    def setup(self) -> None:
        self._index = SqliteIndex.open(self._path)

    def start_bundle(self) -> None:
        # A bundle that failed left its rows behind.
        self._held, self._chars = [], 0

    def process(
        self,
        article: Article,
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> Iterator[Any]:  # Beam takes a WindowedValue for the element itself
        self._held.append(WindowedValue(article, timestamp, (window,)))
        self._chars += len(article.body_text or "")
        if self._chars >= _FLUSH_CHARS:
            yield from self._flush()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from self._flush()

    def teardown(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _flush(self) -> list[WindowedValue]:
        held, self._held, self._chars = self._held, [], 0
        assert self._index is not None, "Beam calls setup first"
        self._index.upsert((row.value for row in held), self._as_of or datetime.now(UTC))
        return held
