"""An HTML page read once: its text, its metadata, its pictures."""

from dataclasses import dataclass
from datetime import datetime

from pipelines.core.page.dates import Statement
from pipelines.core.page.extraction import Extraction, extract_text, paragraphs_of
from pipelines.core.page.guess import guess_day
from pipelines.core.page.markup import parse_markup, without_furniture
from pipelines.core.page.metadata import PageMetadata, read_metadata
from pipelines.core.page.pictures import media_of
from pipelines.core.page.titles import without_title_lines
from schemas.article_parts import Media, PublishedSource


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlPage:
    """What markup gave. `guessed` is a day found nowhere stated, `None` where a time is stated."""

    metadata: PageMetadata
    text: Extraction
    media: tuple[Media, ...]
    guessed: Statement | None


def read_html(markup: str, *, url: str | None, latest: datetime | None) -> HtmlPage:
    """Read decoded markup that was fetched at `latest` from `url`.

    Raises:
        Rejected: `html.too_many_tags`, `html.too_deep`, `html.unparsable`, `text.empty`.
    """
    tree = parse_markup(markup)
    metadata = read_metadata(tree, latest=latest, url=url)
    media = media_of(tree, metadata.pictures, base=url)
    without_furniture(tree)
    guessed = None
    if metadata.published is None:
        day = guess_day(tree, url=url, latest=latest)
        guessed = Statement(day, PublishedSource.GUESS) if day is not None else None
    text = extract_text(tree)
    if not text.paragraphs and metadata.body is not None:
        # Drawn by the reader's browser: only the data has the words, so even a teaser is better than nothing.
        text = Extraction(paragraphs_of(metadata.body), "lines")
    return HtmlPage(
        metadata=metadata,
        text=Extraction(without_title_lines(text.paragraphs, metadata.titles), text.extractor),
        media=media,
        guessed=guessed,
    )
