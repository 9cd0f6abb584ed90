"""The index on a cluster, brought up to date by `publish`, and made whole again where it was lost.

    history ─▶ all rows of an article ─▶ only if the index is not known to lack nothing
            ─▶ rows that a stream cannot have written as readers see them ─▶ always
            ─▶ articles that history knows to be hidden ─▶ always

Which index a folder has filled stands in the folder, `publish-index.json`: another folder, or an index that was made
anew under the same name, is filled once more, and nothing is written that is there already.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from connectors.parquet.publish import PublishReport
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.opensearch.identities import Filling, Identity, identities
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.names import month_of
from connectors.search.opensearch.upsert import write_articles
from connectors.search.opensearch.withdraw import withdraw_articles
from pipelines.commands.index_filling import note_filling, noted_filling
from schemas.article import Article

# Rows are held until there are so many, or so much text.
_ROWS_AT_ONCE, _CHARS_AT_ONCE = 2_000, 32_000_000


@dataclass(slots=True, kw_only=True)
class IndexUpkeep:
    """Brings an index on a cluster up to date with a folder of output. `refused` says what it does not take, and why."""

    target: IndexTarget
    client: IndexClient
    data: Path
    refused: list[str] = field(default_factory=list)
    _filling: Filling | None = None
    _began: dict[str, Identity] = field(default_factory=dict)
    _removed: frozenset[str] = frozenset()
    _is_whole: bool = False
    _rows: list[Article] = field(default_factory=list)
    _chars: int = 0

    def is_whole(self) -> bool:
        """Whether the folder has filled this very index; if it was never made, it is made ready now.

        Raises:
            IndexTrouble: the cluster does not answer, or refuses us.
        """
        now = identities(self.client, self.target.names)
        noted = noted_filling(self.data, self.target.names)
        self._is_whole = noted is not None and noted.holds_of(now)
        self._removed = frozenset() if noted is None else noted.removed_by(now)
        if noted is not None and self._removed != noted.removed:
            # At once: a publish that finds nothing new notes nothing, and once all is lost nobody can tell any more.
            note_filling(self.data, self.target.names, replace(noted, removed=self._removed))
        if not now:
            ensure_index(self.client, self.target.names)
            now = identities(self.client, self.target.names)
        self._began = now
        return self._is_whole

    def take(self, rows: Sequence[Article], as_of: datetime) -> None:
        """All rows that history has of an article, for an index that is not whole."""
        # The month of an article is the earliest that any of its rows names, not that of a row.
        if self._is_whole or min(month_of(row.first_received) for row in rows) in self._removed:
            return
        self._rows += rows
        self._chars += sum(len(row.body_text or "") for row in rows)
        if len(self._rows) >= _ROWS_AT_ONCE or self._chars >= _CHARS_AT_ONCE:
            self._flush(as_of)

    def bring_up_to_date(self, report: PublishReport, as_of: datetime) -> None:
        """Write what readers' rows have beyond those of the stream, and take away what is hidden.

        Raises:
            IndexTrouble: the cluster does not answer, or refuses us; the next publish does it again.
        """
        self._flush(as_of)
        kept = [row for row in report.changed if month_of(row.first_received) not in self._removed]
        self._write(kept, as_of)
        gone = ((one.article_id, one.order_key) for one in report.withdrawn)
        withdraw_articles(self.client, self.target.names, gone, as_of)
        # Last: a run that ends before is made up for by the next one. A month that was lost meanwhile is seen then.
        now = identities(self.client, self.target.names)
        filling = Filling(months=now | self._began, removed=self._removed)
        note_filling(self.data, self.target.names, filling)

    def show(self) -> None:
        """Let all that was written be found now; by itself the index shows it some seconds later.

        Raises:
            IndexTrouble: the cluster does not answer, or refuses us.
        """
        self.client.ask("POST", f"/{self.target.names.pattern}/_refresh")

    def _flush(self, as_of: datetime) -> None:
        rows, self._rows, self._chars = self._rows, [], 0
        self._write(rows, as_of)

    def _write(self, rows: Iterable[Article], as_of: datetime) -> None:
        outcome = write_articles(self.client, self.target.names, rows, as_of=as_of)
        self.refused += [f"{article.article_id}: {failure.reason}" for article, failure in outcome.refused]
