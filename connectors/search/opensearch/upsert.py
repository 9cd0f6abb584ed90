"""Writing versions into an index on a cluster: the greatest of each article stands, whatever order they come in.

    rows ─▶ the greatest of each article ─▶ what stands of it in any month ─▶ documents that differ ─▶ written in bulk
                                                       ▲                                                    │
                                                       └─── another wrote in between, or may have ──────────┘

An article lives in one month: the earliest that any of its rows names. Where a row comes that names an earlier one, or
a move was broken off, its document is written to that month and then taken out of the others.

Any number may write at once, as `publish` does beside a stream. Nothing is written over that was not looked at; and after
a withdrawal, a move or the first article of a month all months are looked at once more.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.search.opensearch.bulk import RefusedWrite, Write
from connectors.search.opensearch.changes import Change, changes
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.offers import Offer, offers
from connectors.search.opensearch.races import Raced, remove_as_found, write_as_found
from connectors.search.versions import UpsertReport
from schemas.article import Article

# As many as one bulk request takes.
ARTICLES_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsertOutcome:
    """What became of the rows: counts as of the embedded index, and those that the index does not take, whoever tries."""

    report: UpsertReport
    refused: tuple[tuple[Article, RefusedWrite], ...] = ()


@dataclass(slots=True)
class _Account:
    """What became of each article, by id. A deed that was overtaken is tried: it may have been done after all."""

    deeds: dict[str, str] = field(default_factory=dict)
    tried: dict[str, str] = field(default_factory=dict)
    refused: dict[str, tuple[Article, RefusedWrite]] = field(default_factory=dict)

    def note(self, change: Change, raced: Raced) -> None:
        """Take account of what was done about an article."""
        article_id, deed = change.offer.article_id, change.deed
        if article_id in raced.refused:
            self.refused[article_id] = change.offer.article, raced.refused[article_id]
        elif deed is not None and article_id in raced.overtaken:
            self.tried.setdefault(article_id, deed)
        elif deed is not None:
            done = self.tried.get(article_id, deed) if deed == "unchanged" else deed
            self.deeds.setdefault(article_id, done)

    def outcome(self) -> UpsertOutcome:
        """All of it."""
        counts = Counter(deed for article_id, deed in self.deeds.items() if article_id not in self.refused)
        return UpsertOutcome(report=UpsertReport(**counts), refused=tuple(self.refused.values()))


def write_articles(
    client: IndexClient, names: IndexNames, articles: Iterable[Article], *, as_of: datetime | None = None
) -> UpsertOutcome:
    """Write the greatest version of each article, unless the index holds a greater one.

    What is canceled or withheld becomes a document without text. The same rows written again change nothing, no version
    and no segment. `as_of` (default: the clock) decides what a row without text does.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us. What was written by then stands; writing all again is safe.
    """
    account = _Account()
    offered: list[Offer] = []
    for offer in offers(articles, as_of or datetime.now(UTC)):
        if offer.article_id:
            offered.append(offer)
        else:
            account.refused[""] = offer.article, _without_id(names, offer)
    for start in range(0, len(offered), ARTICLES_AT_ONCE):
        _write(client, names, offered[start : start + ARTICLES_AT_ONCE], account)
    return account.outcome()


def _without_id(names: IndexNames, offer: Offer) -> RefusedWrite:
    """What the index would say of the whole request."""
    write = Write(
        article_id="",
        target=names.month_alias(offer.month),
        version=offer.article.order_key,
        document=b"",
    )
    return RefusedWrite(
        write=write, status=400, kind="illegal_argument_exception", reason="an article without an id"
    )


def _write(client: IndexClient, names: IndexNames, offered: Sequence[Offer], account: _Account) -> None:
    """Look and write until there is nothing left to do."""
    patience = client.patience()
    was_overtaken = False
    while offered:
        made = changes(client, names, offered)
        raced = write_as_found(client, [write for change in made for write in change.writes])
        for change in made:
            account.note(change, raced)
            for other in change.away:
                remove_as_found(client, names, other)
        offered = [change.offer for change in made if _is_to_be_looked_at(change, raced)]
        if raced.overtaken and was_overtaken:
            patience.wait_out("another writer writes the same articles")
        was_overtaken = bool(raced.overtaken)
    patience.heard()


def _is_to_be_looked_at(change: Change, raced: Raced) -> bool:
    article_id = change.offer.article_id
    return article_id not in raced.refused and (change.looks_again or article_id in raced.overtaken)
