"""Writing what was made of a look at the index, and which articles another writer was at in between."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from connectors.search.opensearch.bulk import RefusedWrite, Write, bulk
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.standing import Standing
from connectors.search.opensearch.trouble import IndexRefused

_NOT_FOUND, _OVERTAKEN = 404, 409
# A month that was taken away after it was found to be there.
_NO_MONTH = "index_not_found_exception"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raced:
    """What became of writes: the ids of those that were overtaken, to be looked up again; and what is refused, by id."""

    overtaken: frozenset[str]
    refused: dict[str, RefusedWrite]


def write_as_found(client: IndexClient, writes: Sequence[Write]) -> Raced:
    """Write documents where nothing has changed since the look-up.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    outcome = bulk(client, writes)
    homeless = (one.write for one in outcome.refused if one.kind == _NO_MONTH)
    overtaken = _ids((*outcome.stale, *outcome.missed, *homeless))
    refused = {one.write.article_id: one for one in outcome.refused if one.kind != _NO_MONTH}
    return Raced(overtaken=overtaken, refused=refused)


def remove_as_found(client: IndexClient, names: IndexNames, standing: Standing) -> None:
    """Take a document out of a month, unless it has been written since the look-up.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    path = f"/{names.month_alias(standing.month)}/_doc/{quote(standing.article_id, safe='')}"
    params = {"if_seq_no": str(standing.seat.number), "if_primary_term": str(standing.seat.term)}
    try:
        client.ask("DELETE", path, params=params)
    except IndexRefused as refused:
        if refused.status not in (_NOT_FOUND, _OVERTAKEN):
            raise


def _ids(writes: Iterable[Write]) -> frozenset[str]:
    return frozenset(write.article_id for write in writes)
