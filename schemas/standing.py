"""Which version of an article is the present, whatever order they come in: the one rule, of history and of every index."""

from datetime import UTC, datetime

from schemas.article_parts import PubStatus

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Key, whether it is withheld, embargo, content hash.
Place = tuple[int, bool, datetime, str]


def standing(
    order_key: int, status: PubStatus, visible_from: datetime | None, content_hash: str | None
) -> Place:
    """The place of a version among the versions of its article: the greatest is the present.

    Between equal order keys a hold outranks a usable text, a later embargo an earlier one or none, then the greater
    content hash wins: nothing is shown that one of the two forbids.

    >>> at_noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> standing(7, PubStatus.WITHHELD, None, None) > standing(7, PubStatus.USABLE, at_noon, "aa")
    True
    >>> standing(7, PubStatus.USABLE, at_noon, "aa") > standing(7, PubStatus.USABLE, None, "ff")
    True
    """
    return order_key, status is PubStatus.WITHHELD, visible_from or _EPOCH, content_hash or ""
