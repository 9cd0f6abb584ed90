"""ComposeArticle: a raw page or wire message becomes articles."""

from pipelines.core.page.compose import compose_page
from pipelines.core.replays import replay_of
from pipelines.core.wire.compose import compose_wire
from schemas.article import Article
from schemas.changed import changed
from schemas.page import RawPage
from schemas.record import Record
from schemas.wire import RawWire


def compose_article(raw: RawPage | RawWire) -> tuple[Article, ...]:
    """The articles in a page (one) or a wire message (one or more).

    Raises:
        Rejected: no article is in it, or its format is not read yet.
    """
    composed = (compose_page(raw),) if isinstance(raw, RawPage) else compose_wire(raw)
    return of_record(composed, raw.record)


def of_record(articles: tuple[Article, ...], record: Record) -> tuple[Article, ...]:
    """The articles of a record, which name the dead letter that it is a replay of."""
    replay = replay_of(record)
    if replay is None:
        return articles
    return tuple(changed(article, replay_of=replay.dead_letter_id) for article in articles)
