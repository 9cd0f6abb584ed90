"""Taking out of an index on a cluster what history has found hidden, whatever the rows say that were written."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from connectors.search.folding import storable
from connectors.search.opensearch.bulk import RefusedWrite, Write
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.document import tombstone
from connectors.search.opensearch.months import months
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.races import write_as_found
from connectors.search.opensearch.standing import Standing, look_up, texts_of
from connectors.search.opensearch.trouble import IndexRefused
from connectors.search.opensearch.upsert import ARTICLES_AT_ONCE
from schemas.visibility import readable


def withdraw_articles(
    client: IndexClient, names: IndexNames, versions: Iterable[tuple[str, int]], as_of: datetime
) -> int:
    """Take the text of articles up to these versions (id and order key) if readers can see it at `as_of`; how many had one.

    What is embargoed or restricted by its own fields keeps its text for editors.

    Raises:
        IndexTrouble: the cluster does not answer, refuses us, or does not take one of them; doing all again is safe.
    """
    keys = {storable(article_id) or "": key for article_id, key in versions}
    ids = list(keys)
    withdrawn = set[str]()
    for start in range(0, len(ids), ARTICLES_AT_ONCE):
        withdrawn |= _withdraw(client, names, ids[start : start + ARTICLES_AT_ONCE], keys, as_of)
    return len(withdrawn)


def _withdraw(
    client: IndexClient, names: IndexNames, ids: Sequence[str], keys: Mapping[str, int], as_of: datetime
) -> set[str]:
    """Look and write until a look finds no text to take; the ids of those that had one."""
    patience = client.patience()
    withdrawn = set[str]()
    while ids:
        there = [month.month for month in months(client, names)]
        found = look_up(client, names, there, ids)
        held = [one for several in found.values() for one in several if one.order_key <= keys[one.article_id]]
        shown = [one for one, text in texts_of(client, names, held).items() if readable(text, as_of)]
        raced = write_as_found(client, [_emptied(names, one) for one in shown])
        for refused in raced.refused.values():
            raise _not_done(refused)
        ids = list(dict.fromkeys(one.article_id for one in shown))
        if raced.overtaken and withdrawn:
            patience.wait_out("another writer writes the same articles")
        withdrawn.update(ids)
    patience.heard()
    return withdrawn


def _not_done(refused: RefusedWrite) -> IndexRefused:
    told = f"{refused.write.article_id} cannot be taken from readers: {refused.kind}: {refused.reason}"
    return IndexRefused(told, status=refused.status, kind=refused.kind)


def _emptied(names: IndexNames, standing: Standing) -> Write:
    return Write(
        article_id=standing.article_id,
        target=names.month_alias(standing.month),
        version=standing.order_key,
        document=tombstone(standing, standing.month).line,
        replaces=standing.seat,
    )
