"""Writing versions into an index on a cluster: the greatest of each article stands, whatever order they come in.

    rows ─▶ the greatest of each article ─▶ what stands of it in any month ─▶ documents that differ ─▶ written in bulk

An article lives in one month: the earliest that any of its rows names. Where a row comes that names an earlier one, or
a move was broken off, its document is written to that month and then taken out of the others.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from connectors.search.opensearch.bulk import BulkOutcome, RefusedWrite, Write, bulk
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.document import Document, document, tombstone
from connectors.search.opensearch.months import ensure_month, months
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.offers import Offer, offers
from connectors.search.opensearch.standing import Standing, look_up, texts_of
from connectors.search.opensearch.trouble import IndexRefused
from connectors.search.versions import UpsertReport, Verdict
from schemas.article import Article

# As many as one bulk request takes.
ARTICLES_AT_ONCE = 500
_NOT_FOUND, _LATER_IS_THERE = 404, 409
# A month that was taken away after it was found to be there.
_NO_MONTH = "index_not_found_exception"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsertOutcome:
    """What became of the rows: counts as of the embedded index, and those that the index does not take, whoever tries."""

    report: UpsertReport
    refused: tuple[tuple[Article, RefusedWrite], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What is to be done about an article: a document to write, if any, and others of it to take away after that.

    `deed` is the count that it is in.
    """

    offer: Offer
    deed: str | None
    write: Write | None
    away: tuple[Standing, ...]


def write_articles(
    client: IndexClient, names: IndexNames, articles: Iterable[Article], *, as_of: datetime | None = None
) -> UpsertOutcome:
    """Write the greatest version of each article, unless the index holds a greater one.

    What is canceled or withheld becomes a document without text. The same rows written again change nothing, no version
    and no segment. `as_of` (default: the clock) decides what a row without text does.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us. What was written by then stands; writing all again is safe.
    """
    offered = offers(articles, as_of or datetime.now(UTC))
    counts, refused = Counter[str](), list[tuple[Article, RefusedWrite]]()
    for start in range(0, len(offered), ARTICLES_AT_ONCE):
        changes = _changes(client, names, offered[start : start + ARTICLES_AT_ONCE])
        failed = _written(client, names, [change.write for change in changes if change.write is not None])
        for change in changes:
            failure = failed.get(change.offer.article_id)
            if failure is not None:
                refused.append((change.offer.article, failure))
                continue
            for other in change.away:
                _remove(client, names, other)
            if change.deed is not None:
                counts[change.deed] += 1
    return UpsertOutcome(report=UpsertReport(**counts), refused=tuple(refused))


def _changes(client: IndexClient, names: IndexNames, offered: Sequence[Offer]) -> list[_Change]:
    there = [month.month for month in months(client, names)]
    standing = look_up(client, names, there, [offer.article_id for offer in offered])
    changes: list[_Change] = []
    for offer in offered:
        found = standing.get(offer.article_id, [])
        month = min([offer.month, *(one.month for one in found)])
        if month not in there:
            ensure_month(client, names, month)
            there.append(month)
        changes.append(_change(client, names, offer, found, month))
    return changes


def _change(
    client: IndexClient, names: IndexNames, offer: Offer, found: Sequence[Standing], month: str
) -> _Change:
    held = found[0] if found else None
    version, verdict = offer.against(held)
    made, order_key = None, 0
    if version is not None:
        made, order_key = version.document(month), version.article.order_key
    elif held is not None and held.month != month:
        made, order_key = _moved(client, names, held, month), held.order_key
    stays = held is not None and held.month == month
    if stays and held is not None and made is not None and made.digest == held.digest:
        made = None
    write = None
    if made is not None:
        write = Write(
            article_id=offer.article_id,
            target=names.month_alias(month),
            version=order_key,
            document=made.line,
        )
    away = tuple(one for one in found if one.month != month) if stays or made is not None else ()
    return _Change(offer=offer, deed=_deed(offer, verdict, made), write=write, away=away)


def _deed(offer: Offer, verdict: Verdict | None, made: Document | None) -> str | None:
    if verdict is None or offer.version is None:
        return None
    if verdict is Verdict.STALE:
        return "stale"
    if made is None:
        return "unchanged"
    return "withdrawn" if offer.version.is_tombstone else "written"


def _moved(client: IndexClient, names: IndexNames, held: Standing, month: str) -> Document | None:
    """What stands, as the document of another month; `None` if it is gone by now."""
    if held.is_tombstone:
        return tombstone(held, month)
    text = texts_of(client, names, [held]).get(held)
    return None if text is None else document(text, month)


def _written(client: IndexClient, names: IndexNames, writes: Sequence[Write]) -> dict[str, RefusedWrite]:
    """Those that the index does not take, by id."""
    outcome = bulk(client, writes)
    homeless = [one.write for one in outcome.refused if one.kind == _NO_MONTH]
    again = _with_their_months(client, names, homeless)
    refused = (*(one for one in outcome.refused if one.kind != _NO_MONTH), *again.refused)
    return {one.write.article_id: one for one in refused}


def _with_their_months(client: IndexClient, names: IndexNames, writes: Sequence[Write]) -> BulkOutcome:
    for target in sorted({write.target for write in writes}):
        ensure_month(client, names, names.month_in(target))
    return bulk(client, writes)


def _remove(client: IndexClient, names: IndexNames, standing: Standing) -> None:
    """Take a document out of a month, unless a later version has come there."""
    path = f"/{names.month_alias(standing.month)}/_doc/{quote(standing.article_id, safe='')}"
    params = {"version": str(standing.order_key), "version_type": "external_gte"}
    try:
        client.ask("DELETE", path, params=params)
    except IndexRefused as refused:
        if refused.status not in (_NOT_FOUND, _LATER_IS_THERE):
            raise
