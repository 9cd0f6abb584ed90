"""Taking out of an index on a cluster what history has found hidden, whatever the rows say that were written."""

from collections.abc import Iterable
from datetime import datetime

from connectors.search.folding import storable
from connectors.search.opensearch.bulk import Write, bulk
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.document import tombstone
from connectors.search.opensearch.months import months
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.standing import Standing, look_up, texts_of
from connectors.search.opensearch.upsert import ARTICLES_AT_ONCE
from schemas.visibility import readable


def withdraw_articles(
    client: IndexClient, names: IndexNames, versions: Iterable[tuple[str, int]], as_of: datetime
) -> int:
    """Take the text of articles up to these versions (id and order key) if readers can see it at `as_of`; how many had one.

    What is embargoed or restricted by its own fields keeps its text for editors.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us; doing all again is safe.
    """
    keys = {storable(article_id) or "": key for article_id, key in versions}
    ids = list(keys)
    there = [month.month for month in months(client, names)] if ids else []
    withdrawn = set[str]()
    for start in range(0, len(ids), ARTICLES_AT_ONCE):
        found = look_up(client, names, there, ids[start : start + ARTICLES_AT_ONCE])
        held = [one for several in found.values() for one in several if one.order_key <= keys[one.article_id]]
        shown = [one for one, text in texts_of(client, names, held).items() if readable(text, as_of)]
        bulk(client, [_emptied(names, one) for one in shown])
        withdrawn.update(one.article_id for one in shown)
    return len(withdrawn)


def _emptied(names: IndexNames, standing: Standing) -> Write:
    empty = tombstone(standing, standing.month)
    return Write(
        article_id=standing.article_id,
        target=names.month_alias(standing.month),
        version=standing.order_key,
        document=empty.line,
    )
