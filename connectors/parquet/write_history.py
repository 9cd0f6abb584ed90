"""WriteParquet: every row of every article, append-only: the ledger from which everything else can be rebuilt."""

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.parquet.arrivals import AppendArrivalsFn, Ledger, Place
from schemas.article import Article

# What a row without text weighs: ids, times, sketch and terms (`research/local.md`: 512 to 768 bytes a memory entry).
_ROW_BYTES = 2_048


def _identity(article: Article) -> Place:
    return article.part, article.payload_sha256


def _weight(article: Article) -> int:
    return _ROW_BYTES + len(article.body_text or "")


HISTORY: Ledger[Article] = Ledger(
    name="history", record=Article, prefix="part", identity=_identity, weight=_weight
)


@beam.typehints.with_input_types(Article)
@beam.typehints.with_output_types(Article)
class WriteParquet(beam.PTransform[PCollection[Article], PCollection[Article]]):
    """Append articles to `history/arrived=YYYY-MM-DD/` under `folder`, and hand them on once they are on disk.

    Input and output: `Article`, bounded or unbounded, in the order they came in within a bundle, timestamps and windows
    kept. Delivery: at least once; a row is identified by its origin, part and payload, and the same bundle is the same
    files. Parallel without bounds; no state; lateness does not matter.

    Raises in the worker: `OSError` (disk full, no permission); the bundle fails and is retried.
    """

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder

    def expand(self, articles: PCollection[Article]) -> PCollection[Article]:
        return articles | "AppendHistory" >> beam.ParDo(
            AppendArrivalsFn(self._folder, HISTORY)
        ).with_output_types(Article)
