"""`articles/date=YYYY-MM-DD/articles.parquet`: one file a day, replaced whole or not at all.

A moved article is written to its new day before it is taken from the old one, so that readers never miss it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.parquet.columns import conform, reader_schema
from connectors.parquet.sorted_file import place_file, sync_folder
from connectors.parquet.spool import Spool
from schemas.article import Article
from schemas.codec import from_row, to_table

UNDATED = "none"
_FILE = "articles.parquet"


def reader_day(article: Article) -> str:
    """The partition of a reader's row: the day it was published, else first received, UTC."""
    time = article.published if article.published is not None else article.first_received
    return UNDATED if time is None else time.astimezone(UTC).strftime("%Y-%m-%d")


def reader_table(articles: Iterable[Article]) -> pa.Table:
    """Readers' rows as a table, without the columns that are history's only."""
    return conform(to_table(Article, articles), reader_schema())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderPartitions:
    """The days of `articles/`, and where the touched articles are to stand.

    `days` says of every touched article in which day it belongs, `None` in none; `standing` in which days it stands now.
    `names` are the articles that stand now among those that any row which is to be written may name.
    """

    root: Path
    days: Mapping[str, str | None]
    standing: Mapping[str, tuple[str, ...]]
    names: Collection[str]
    without_hidden: Callable[[Article, Callable[[str], bool]], Article]

    def is_visible(self, article_id: str) -> bool:
        """Whether readers see this article once the run is complete; it is a touched one or one that rows name."""
        if article_id in self.days:
            return self.days[article_id] is not None
        return article_id in self.names

    def write(self, spool: Spool[Article]) -> int:
        """Bring every day up to date with the touched rows of the spool; how many files have changed."""
        left = self._days_left()
        withdrawn = {day for day, ids in left.items() if any(self.days[one] is None for one in ids)}
        changed = sum(
            self._rewrite(day, spool.table(day), self._stays_for_now)
            for day in sorted({*spool.partitions(), *withdrawn})
        )
        nothing = reader_schema().empty_table()
        return changed + sum(self._rewrite(day, nothing, self._stays) for day in sorted(left))

    def _days_left(self) -> dict[str, list[str]]:
        left: dict[str, list[str]] = {}
        for article_id, day in self.days.items():
            for stood in self.standing.get(article_id, ()):
                if stood != day:
                    left.setdefault(stood, []).append(article_id)
        return left

    def _stays_for_now(self, article_id: str, day: str) -> bool:
        """Whether the row as it stands outlives the first round: untouched, or on its way to another day."""
        return article_id not in self.days or self.days[article_id] not in (None, day)

    def _stays(self, article_id: str, day: str) -> bool:
        return self.days.get(article_id, day) == day

    def _rewrite(self, day: str, fresh: pa.Table, stays: Callable[[str, str], bool]) -> bool:
        path = self.root / "articles" / f"date={day}" / _FILE
        kept = _kept(path, day, stays)
        table = self._naming_no_hidden(pa.concat_tables([kept, fresh]))
        if table.num_rows == 0:
            return remove_file(path)
        return place_file(table.sort_by("article_id"), path)

    def _naming_no_hidden(self, table: pa.Table) -> pa.Table:
        copied = table["dup_of"].to_pylist()
        nearest = pc.struct_field(table["event_reason"], "nearest_article").to_pylist()
        hidden = [
            any(name is not None and not self.is_visible(name) for name in names)
            for names in zip(copied, nearest, strict=True)
        ]
        if not any(hidden):
            return table
        mask = pa.array(hidden)
        rows = [from_row(Article, row) for row in table.filter(mask).to_pylist()]
        cleared = reader_table(self.without_hidden(row, self.is_visible) for row in rows)
        return pa.concat_tables([table.filter(pc.invert(mask)), cleared])


def _kept(path: Path, day: str, stays: Callable[[str, str], bool]) -> pa.Table:
    if not path.exists():
        return reader_schema().empty_table()
    ids = pq.read_table(path, columns=["article_id"], partitioning=None)["article_id"].to_pylist()
    mask = [stays(article_id, day) for article_id in ids]
    if not any(mask):
        return reader_schema().empty_table()
    table = conform(pq.read_table(path, partitioning=None), reader_schema())
    return table if all(mask) else table.filter(pa.array(mask))


def remove_file(path: Path) -> bool:
    """Take a file away, and its folder if that was the last; whether there was one."""
    if not path.exists():
        return False
    path.unlink()
    sync_folder(path.parent)
    if path.parent.name.startswith("date=") and not any(path.parent.iterdir()):
        path.parent.rmdir()
        sync_folder(path.parent.parent)
    return True
