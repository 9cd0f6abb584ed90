"""What stands in `articles/` before a run: where the touched articles are, and which articles the rows there may name.

Only what the run needs of it becomes objects: of 200,000 articles with their days 0.6 s of the 1.6 s of a small run.
"""

from collections.abc import Iterable

import duckdb

from connectors.parquet.scan import quoted

_STANDING = """
select article_id, list(date order by date) from articles_rows semi join touched using (article_id) group by 1
"""

_NAMED = """
with named as (
    select unnest([dup_of, nearest]) as article_id from known semi join touched using (article_id)
    union
    select unnest([dup_of, event_reason.nearest_article]) from articles_rows where date in ({days})
)
select distinct article_id from articles_rows semi join named using (article_id)
"""


def days_of_touched(database: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """In which days each touched article stands; those that stand in none are left out."""
    return {article_id: tuple(days) for article_id, days in database.sql(_STANDING).fetchall()}


def standing_names(database: duckdb.DuckDBPyConnection, days: Iterable[str]) -> frozenset[str]:
    """Articles that stand, of those named by a touched one or by a row of these days."""
    literals = ", ".join(["''", *map(quoted, sorted(days))])
    return frozenset(name for (name,) in database.sql(_NAMED.format(days=literals)).fetchall())
