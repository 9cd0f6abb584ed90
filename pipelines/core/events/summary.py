"""What readers see of an event: counted from the articles that they see, never from more.

Which article stands for it is picked when it is read: the earliest published, times of an assumed zone by day only,
then the smallest id (DESIGN.md §7, LinkRepeats). Of a copy family the earliest is the original, so the earliest of all
members is the earliest original.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from schemas.article import Article
from schemas.article_parts import Zone
from schemas.event import Event

_NEVER = datetime.max.replace(tzinfo=UTC)


def summarise_event(event_id: str, articles: Sequence[Article]) -> Event:
    """The event that these articles tell; all of them are the reader's rows of its members, in any order.

    Reads no body: rows without `body_text` give the same.

    Raises:
        ValueError: no articles; an event without a member for readers does not exist.
    """
    if not articles:
        raise ValueError(f"event {event_id} has no article: an event without one does not exist for readers")
    representative = min(articles, key=precedence)
    times = sorted(time for article in articles if (time := _seen(article)) is not None)
    return Event(
        event_id=event_id,
        title=representative.headline,
        first_seen=times[0] if times else None,
        last_seen=times[-1] if times else None,
        articles=len(articles),
        sources=len({article.source for article in articles}),
        countries=_distinct(article.source_country for article in articles),
        languages=_distinct(article.language for article in articles),
        independent_reports=independent_reports(articles),
        representative=representative.article_id,
    )


def precedence(article: Article) -> tuple[datetime, str]:
    """Orders the members of a copy family or event: the least stands for them. Undated articles come last."""
    published = article.published
    if published is None:
        return _NEVER, article.article_id
    instant = published.astimezone(UTC)
    if article.published_zone is Zone.ASSUMED:
        instant = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return instant, article.article_id


def _seen(article: Article) -> datetime | None:
    return article.published if article.published is not None else article.first_received


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))


def independent_reports(articles: Sequence[Article]) -> int:
    """How many times the happening was told anew: copy families, those of one `origin_agency` counted once.

    An article without a family is one of its own.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    families = set()
    for article in articles:
        family = f"family:{article.copy_family or article.article_id}"
        families.add(family)
        if article.origin_agency is not None:
            parent[root(family)] = root(f"agency:{article.origin_agency}")
    return len({root(family) for family in families})
