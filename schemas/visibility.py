"""Who may see what: the one rule, and its renderings for every sink.

Readers see an article that is usable, not restricted, no note to editors, whose embargo has passed and whose hiding
expiry has not come. Everything else is for editors. Usage terms as such hide nothing; neither does an expiry that the
provider's profile does not say hides.

Two different questions, kept apart: *may readers see it at this moment* (`readable`) and *is it a withdrawal*
(`is_withdrawal`: the row takes away what readers may have had).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from schemas.article import Article
from schemas.article_parts import ItemKind, PubStatus

EDITORS_ONLY_KINDS = (ItemKind.ADVISORY, ItemKind.DAYBOOK)


class Visible(Protocol):
    """The fields that the rule looks at: an article, or what a memory has kept of one."""

    @property
    def pub_status(self) -> PubStatus:
        """Effective status."""
        ...

    @property
    def item_kind(self) -> ItemKind:
        """What the item is."""
        ...

    @property
    def restricted(self) -> bool:
        """Not for readers by the provider's profile."""
        ...

    @property
    def visible_from(self) -> datetime | None:
        """Readers may see it from then on."""
        ...

    @property
    def visible_until(self) -> datetime | None:
        """Readers may see it until then."""
        ...


def readable(article: Visible, as_of: datetime) -> bool:
    """Whether readers may see this version at `as_of`."""
    return (
        _open(article)
        and (article.visible_from is None or article.visible_from <= as_of)
        and (article.visible_until is None or article.visible_until > as_of)
    )


def _open(article: Visible) -> bool:
    """Whether readers may see it at some time."""
    return (
        article.pub_status is PubStatus.USABLE
        and not article.restricted
        and article.item_kind not in EDITORS_ONLY_KINDS
    )


def readable_on_arrival(article: Article) -> bool:
    """Whether readers could see this version when it came: `readable` at its `received`.

    What came at no known time counts as not yet to be seen where a time limits it.
    """
    if article.received is None:
        return article.visible_from is None and article.visible_until is None and _open(article)
    return readable(article, article.received)


def is_withdrawal(article: Article) -> bool:
    """Whether this version takes the article away from readers, for good or until released."""
    return article.pub_status is not PubStatus.USABLE


def readable_sql(as_of: str, column: Callable[[str], str] = str) -> str:
    """`readable` as a boolean SQL expression (DuckDB, SQLite).

    `as_of` is an expression or placeholder of the type that the time columns have; `column` renders a field's name.
    """
    kinds = ", ".join(f"'{kind}'" for kind in EDITORS_ONLY_KINDS)
    visible_from, visible_until = column("visible_from"), column("visible_until")
    return (
        f"({column('pub_status')} = '{PubStatus.USABLE}' and not {column('restricted')}"
        f" and {column('item_kind')} not in ({kinds})"
        f" and ({visible_from} is null or {visible_from} <= {as_of})"
        f" and ({visible_until} is null or {visible_until} > {as_of}))"
    )


def readable_query(as_of: str) -> dict[str, Any]:
    """`readable` as an OpenSearch query: a filter for aliases, roles and searches.

    `as_of` is a time as the index's dates are compared: `now`, or epoch milliseconds. A document that lacks `restricted`
    or `item_kind` (a kill, a hold) has no text and another status than usable.
    """
    return {
        "bool": {
            "filter": [
                {"term": {"pub_status": PubStatus.USABLE.value}},
                _unless("visible_from", {"lte": as_of}),
                _unless("visible_until", {"gt": as_of}),
            ],
            "must_not": [
                {"term": {"restricted": True}},
                {"terms": {"item_kind": [kind.value for kind in EDITORS_ONLY_KINDS]}},
                {"term": {"is_tombstone": True}},
            ],
        }
    }


def _unless(field: str, bounds: dict[str, str]) -> dict[str, Any]:
    """The field is absent, or within bounds."""
    absent = {"bool": {"must_not": [{"exists": {"field": field}}]}}
    return {"bool": {"should": [absent, {"range": {field: bounds}}], "minimum_should_match": 1}}
