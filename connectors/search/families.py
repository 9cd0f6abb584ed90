"""Whose copies are one, and which of them stands for the others: the same in both indexes."""

from connectors.search.instants import epoch_ms
from schemas.article import Article
from schemas.article_parts import Zone

_DAY_MS = 86_400_000
_UNDATED = 1 << 60


def family_of(article: Article) -> str:
    """The name that an article shares with its copies; its own id where it has none."""
    return article.copy_family or article.article_id


def family_rank(article: Article) -> int:
    """When it was published, for the choice of who stands for a copy family: milliseconds since 1970, least first.

    A time whose zone is assumed says no more than its day (UTC) and counts as its beginning; undated comes last.
    """
    instant = epoch_ms(article.published)
    if instant is None:
        return _UNDATED
    return instant - instant % _DAY_MS if article.published_zone is Zone.ASSUMED else instant
