"""Which articles an index on a cluster lacks."""

from collections.abc import Iterable

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.months import months
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.standing import look_up


def lacking(client: IndexClient, names: IndexNames, versions: Iterable[tuple[str, int]]) -> list[str]:
    """Of articles that readers see, by id and order key, those that the index does not show, nor any later version.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    wanted = dict(versions)
    standing = look_up(client, names, [month.month for month in months(client, names)], list(wanted))
    return [
        article_id
        for article_id, order_key in wanted.items()
        if not any(
            one.order_key > order_key or (one.order_key == order_key and not one.is_tombstone)
            for one in standing.get(article_id, ())
        )
    ]
