"""What is to be done about an article, by what comes of it and what stands: a document to write, others to take away.

What is taken away has been looked up together with what stays: a move first writes, and takes away when it is looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.search.opensearch.bulk import Write
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.document import Document, Identified, document, tombstone
from connectors.search.opensearch.months import ensure_month, months
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.offers import Offer
from connectors.search.opensearch.standing import Standing, look_up, texts_of
from connectors.search.versions import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done: documents to write, if any, or others to take away. `deed` is the count that the article is in.

    Whoever `looks_again` does so after that: another writer may have brought what is not to stand beside it.
    """

    offer: Offer
    deed: str | None = None
    writes: tuple[Write, ...] = ()
    away: tuple[Standing, ...] = ()
    looks_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A document that is to stand, and the version that it is of."""

    version: Identified
    document: Document
    is_tombstone: bool


def changes(client: IndexClient, names: IndexNames, offered: Sequence[Offer]) -> list[Change]:
    """What is to be done about each article, by one look at all months. The months that are to be written to are there then.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    there = {month.month for month in months(client, names)}
    standing = look_up(client, names, sorted(there), [offer.article_id for offer in offered])
    made: list[Change] = []
    new = set[str]()
    for offer in offered:
        found = standing.get(offer.article_id, [])
        month = min([offer.month, *(one.month for one in found)])
        if month not in there | new:
            ensure_month(client, names, month)
            new.add(month)
        made.append(_change(client, names, offer, found, month, is_new=month in new))
    return made


def _change(
    client: IndexClient,
    names: IndexNames,
    offer: Offer,
    found: Sequence[Standing],
    month: str,
    *,
    is_new: bool,
) -> Change:
    held = found[0] if found else None
    version, verdict = offer.against(held)
    made: _Made | None = None
    if version is not None:
        made = _Made(
            version=version.article, document=version.document(month), is_tombstone=version.is_tombstone
        )
    elif held is not None and held.month != month:
        made = _moved(client, names, held, month)
        if made is None:
            return Change(offer=offer, looks_again=True)
    stays = held is not None and held.month == month
    others = tuple(one for one in found if one.month != month)
    if made is None or (stays and held is not None and made.document.digest == held.digest):
        return Change(
            offer=offer,
            deed=_deed(offer, verdict, is_changed=False),
            away=others,
            looks_again=bool(others),
        )
    return Change(
        offer=offer,
        deed=_deed(offer, verdict, is_changed=True),
        writes=_writes(names, offer.article_id, made, month, found),
        looks_again=made.is_tombstone or is_new or bool(others),
    )


def _deed(offer: Offer, verdict: Verdict | None, *, is_changed: bool) -> str | None:
    if verdict is None or offer.version is None:
        return None
    if verdict is Verdict.STALE:
        return "stale"
    if not is_changed:
        return "unchanged"
    return "withdrawn" if offer.version.is_tombstone else "written"


def _moved(client: IndexClient, names: IndexNames, held: Standing, month: str) -> _Made | None:
    """What stands, as the document of another month; `None` if it has become another by now."""
    if held.is_tombstone:
        return _Made(version=held, document=tombstone(held, month), is_tombstone=True)
    text = texts_of(client, names, [held]).get(held)
    if text is None:
        return None
    # It may be a later version than the one that was looked up.
    return _Made(version=text, document=document(text, month), is_tombstone=False)


def _writes(
    names: IndexNames, article_id: str, made: _Made, month: str, found: Sequence[Standing]
) -> tuple[Write, ...]:
    """The document to its month; one without text also takes every text away that stands in another, in the same request."""
    places = {one.month: one for one in found}
    texts = [one.month for one in found if made.is_tombstone and not one.is_tombstone and one.month != month]
    lines = [(month, made.document), *((other, tombstone(made.version, other)) for other in texts)]
    return tuple(
        Write(
            article_id=article_id,
            target=names.month_alias(place),
            version=made.version.order_key,
            document=line.line,
            replaces=places[place].seat if place in places else None,
        )
        for place, line in lines
    )
