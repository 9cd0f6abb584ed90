"""WriteSearchIndex: each article's greatest version becomes searchable; what readers may not see is found by none."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.utils.windowed_value import WindowedValue

from connectors.search.opensearch.bulk import RefusedWrite
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.opensearch.index_figures import note_refused, tell_beam_of_index
from connectors.search.opensearch.upsert import write_articles
from connectors.search.sqlite.index import SqliteIndex
from schemas.article import Article

INDEXED = "indexed"
UNINDEXED = "unindexed"

# A bundle's rows are held until it ends; of very long texts no more than this.
_FLUSH_CHARS = 32_000_000


class WriteSearchIndex(beam.PTransform):
    """Write articles to an index, and hand them on once they are in it.

    `target` is the path of an embedded index (made if it is not there), or an index on a cluster, which `ensure_index` has
    made ready. `as_of` says at what time readers look; None: the clock, at each write.

    Of an embedded index the output is every `Article`. Of one on a cluster there are two: `indexed`, every `Article`, and
    `unindexed`, pairs of an `Article` and the `RefusedWrite` of it, which the index does not take, whoever tries.

    Bounded or unbounded, in the order they came in, timestamps and windows kept. Delivery: at least once, effectively
    once: a version written again changes nothing, an older one never replaces a newer one, so neither order, repetition
    nor the size of bundles shows in the index. Parallel without bounds (writers of an embedded index take turns); no
    state; lateness does not matter.

    Raises in the worker: `sqlite3.OperationalError` (locked beyond patience, disk full, no permission) or `IndexTrouble`
    (the cluster out of reach beyond patience, or it refuses us); the bundle is retried, and writing again is safe.
    """

    def __init__(self, target: str | IndexTarget, as_of: datetime | None = None) -> None:
        super().__init__()
        if as_of is not None and as_of.tzinfo is None:
            raise ValueError(f"as_of is {as_of.isoformat()}, without a zone; allowed is a time with its zone")
        self._target = target
        self._as_of = as_of

    def expand(self, articles: PCollection[Article]) -> Any:
        writing = beam.ParDo(_UpsertDocumentsFn(self._target, self._as_of)).with_output_types(Article)
        if isinstance(self._target, IndexTarget):
            writing = writing.with_outputs(UNINDEXED, main=INDEXED)
        return articles | "UpsertDocuments" >> writing


class _Index(Protocol):
    """An open index."""

    def write(self, articles: Sequence[Article], as_of: datetime) -> tuple[tuple[Article, RefusedWrite], ...]:
        """Write all, or raise; those that the index does not take."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class _EmbeddedIndex:
    """The file."""

    def __init__(self, path: str) -> None:
        self._index = SqliteIndex.open(path)
        self.close = self._index.close

    def write(self, articles: Sequence[Article], as_of: datetime) -> tuple[tuple[Article, RefusedWrite], ...]:
        """In one transaction."""
        self._index.upsert(articles, as_of)
        return ()


class _ClusterIndex:
    """The indices of an installation on a cluster."""

    def __init__(self, target: IndexTarget) -> None:
        self._client = IndexClient(target.cluster, patience_s=target.patience_s)
        self._names = target.names
        self.close = self._client.close

    def write(self, articles: Sequence[Article], as_of: datetime) -> tuple[tuple[Article, RefusedWrite], ...]:
        """In bulk."""
        refused = write_articles(self._client, self._names, articles, as_of=as_of).refused
        note_refused(article.article_id for article, _ in refused)
        tell_beam_of_index()
        return refused


class _UpsertDocumentsFn(beam.DoFn):
    """Holds the rows of a bundle, writes them at once, hands them on with the timestamps they came with."""

    def __init__(self, target: str | IndexTarget, as_of: datetime | None) -> None:
        self._target = target
        self._as_of = as_of
        self._index: _Index | None = None
        self._held: list[WindowedValue] = []
        self._chars = 0

    def setup(self) -> None:
        target = self._target
        self._index = _ClusterIndex(target) if isinstance(target, IndexTarget) else _EmbeddedIndex(target)

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

    def finish_bundle(self) -> Iterator[Any]:
        yield from self._flush()

    def teardown(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _flush(self) -> Iterator[Any]:
        held, self._held, self._chars = self._held, [], 0
        assert self._index is not None, "Beam calls setup first"
        refused = self._index.write([row.value for row in held], self._as_of or datetime.now(UTC))
        yield from held
        rows = {row.value.article_id: row for row in held} if refused else {}
        for article, failure in refused:
            yield TaggedOutput(UNINDEXED, rows[article.article_id].with_value((article, failure)))
