"""ComposeArticle: a raw page or wire message becomes articles."""

from pipelines.core.page.compose import compose_page
from pipelines.core.wire.compose import compose_wire
from schemas.article import Article
from schemas.page import RawPage
from schemas.wire import RawWire


def compose_article(raw: RawPage | RawWire) -> tuple[Article, ...]:
    """The articles in a page (one) or a wire message (one or more).

    Raises:
        Rejected: no article is in it, or its format is not read yet.
    """
    if isinstance(raw, RawPage):
        return (compose_page(raw),)
    return compose_wire(raw)
