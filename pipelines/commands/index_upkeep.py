"""The index on a cluster, brought up to date by `publish`, and made whole again where it was lost.

    history ─▶ all rows of an article ─▶ only if the index is not known to lack nothing
            ─▶ rows that a stream cannot have written as readers see them ─▶ always
            ─▶ articles that history knows to be hidden ─▶ always

Which index a folder has filled stands in the folder, `publish-index.json`: another folder, or an index that was made
anew under the same name, is filled once more, and nothing is written that is there already.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from connectors.parquet.publish import PublishReport
from connectors.parquet.publish_state import INDEX_NAME
from connectors.parquet.sorted_file import place_bytes
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.opensearch.identities import Filling, Identity, identities
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.names import month_of
from connectors.search.opensearch.upsert import write_articles
from connectors.search.opensearch.withdraw import withdraw_articles
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
        noted = _noted(self.data, self.target.names.prefix)
        self._is_whole = noted is not None and noted.holds_of(now)
        self._removed = frozenset() if noted is None else noted.removed_by(now)
        if not now:
            ensure_index(self.client, self.target.names)
            now = identities(self.client, self.target.names)
        self._began = now
        return self._is_whole

    def take(self, rows: Sequence[Article], as_of: datetime) -> None:
        """All rows that history has of an article, for an index that is not whole."""
        if self._is_whole:
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
        self._write(report.changed, as_of)
        gone = ((one.article_id, one.order_key) for one in report.withdrawn)
        withdraw_articles(self.client, self.target.names, gone, as_of)
        # Last: a run that ends before is made up for by the next one. A month that was lost meanwhile is seen then.
        now = identities(self.client, self.target.names)
        _note(self.data, self.target.names.prefix, Filling(months=now | self._began, removed=self._removed))

    def _flush(self, as_of: datetime) -> None:
        rows, self._rows, self._chars = self._rows, [], 0
        self._write(rows, as_of)

    def _write(self, rows: Iterable[Article], as_of: datetime) -> None:
        kept = [row for row in rows if month_of(row.first_received) not in self._removed]
        outcome = write_articles(self.client, self.target.names, kept, as_of=as_of)
        self.refused += [f"{article.article_id}: {failure.reason}" for article, failure in outcome.refused]


def _noted(data: Path, prefix: str) -> Filling | None:
    """What the folder has noted of the index with this prefix; `None` if nothing, or nothing that can be read."""
    try:
        told = orjson.loads((data / INDEX_NAME).read_bytes())[prefix]
        months = {month: Identity(**identity) for month, identity in told["months"].items()}
        return Filling(months=months, removed=frozenset(told["removed"]))
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        return None


def _note(data: Path, prefix: str, filling: Filling) -> None:
    told: dict[str, Any] = {
        "months": dict(sorted(filling.months.items())),
        "removed": sorted(filling.removed),
    }
    place_bytes(orjson.dumps({prefix: told}, option=orjson.OPT_INDENT_2), data / INDEX_NAME)
