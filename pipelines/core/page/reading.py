"""What was read off a page, whichever road its text came by, before it is anybody's article."""

from dataclasses import dataclass
from datetime import datetime

from pipelines.core.page.charset import decode_text
from pipelines.core.page.dates import Statement
from pipelines.core.page.extraction import paragraphs_of
from pipelines.core.page.guards import (
    is_markup,
    refuse_feeds,
    refuse_other_kinds,
    refuse_oversize,
    unpacked,
)
from pipelines.core.page.html import HtmlPage, read_html
from pipelines.core.page.rights import tdm_of
from pipelines.core.page.stripped import read_stripped_text
from schemas.article_parts import Media, PublishedSource, RemovedLine, Tdm
from schemas.page import RawPage

_RESCUED = "trafilatura-rescue"
# A body with less than a third of the words that the page declares was cut, by a paywall or by us.
_LEAST_DECLARED_SHARE = 1 / 3
_LEAST_DECLARED_WORDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A page's statements and text. `published` is stated by the page, `guessed` is not."""

    paragraphs: tuple[str, ...]
    extractor: str
    headline: str | None = None
    abstract: str | None = None
    byline: str | None = None
    authors: tuple[str, ...] = ()
    published: Statement | None = None
    guessed: Statement | None = None
    modified: datetime | None = None
    section: str | None = None
    keywords: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    removed_lines: tuple[RemovedLine, ...] = ()
    site_name: str | None = None
    locale: str | None = None
    canonical_links: tuple[str, ...] = ()
    tdm: Tdm = Tdm.UNKNOWN
    digital_source_type: str | None = None
    flags: tuple[str, ...] = ()


def read_page(page: RawPage, *, url: str | None, latest: datetime | None) -> Reading:
    """Read the bytes of a page. A page without any sign of markup is read as text, whatever it was called.

    Raises:
        Rejected: `size.payload`, `size.decompressed`, `file.truncated`, `http.not_html`, `encoding.undecodable`, and
            those of `read_html`.
    """
    body = unpacked(page.body)
    refuse_oversize(len(body))
    refuse_other_kinds(body)
    headers = dict(page.headers)
    decoded = decode_text(body, page.charset or _charset(headers.get("content-type")))
    flags = ("encoding_repaired",) if decoded.repaired else ()
    tdm = tdm_of(reservations=(headers.get("tdm-reservation"),), robots=(headers.get("x-robots-tag"),))
    if page.is_text:
        return _read_text(decoded.text, title=page.title, tdm=tdm, flags=flags)
    refuse_feeds(decoded.text, headers.get("content-type"))
    if not is_markup(decoded.text):
        return _read_text(decoded.text, title=page.title, tdm=tdm, flags=flags)
    return _of_html(read_html(decoded.text, url=url, latest=latest), headers, flags)


def _charset(content_type: str | None) -> str | None:
    """The charset of a `content-type` header."""
    _, _, name = (content_type or "").lower().partition("charset=")
    return name.split(";")[0].strip().strip("\"'") or None


def _read_text(text: str, *, title: str | None, tdm: Tdm, flags: tuple[str, ...]) -> Reading:
    stripped = read_stripped_text(text, title=title)
    published = stripped.published
    return Reading(
        headline=stripped.headline,
        paragraphs=tuple(paragraphs_of("\n".join(stripped.paragraphs))),
        extractor="lines",
        byline=stripped.byline,
        authors=stripped.authors,
        published=Statement(published, PublishedSource.TEXT) if published is not None else None,
        media=stripped.media,
        removed_lines=stripped.removed,
        canonical_links=(stripped.canonical_url,) if stripped.canonical_url is not None else (),
        tdm=tdm,
        flags=flags,
    )


def _of_html(read: HtmlPage, headers: dict[str, str], flags: tuple[str, ...]) -> Reading:
    said = read.metadata
    return Reading(
        headline=said.headline,
        paragraphs=tuple(read.text.paragraphs),
        extractor=read.text.extractor,
        abstract=said.description,
        byline=said.byline,
        authors=said.authors,
        published=said.published,
        guessed=read.guessed,
        modified=said.modified,
        section=said.section,
        keywords=said.keywords,
        media=read.media,
        site_name=said.site_name,
        locale=said.locale,
        canonical_links=said.canonical_links,
        tdm=tdm_of(
            reservations=(headers.get("tdm-reservation"), said.tdm_reservation),
            robots=(headers.get("x-robots-tag"), said.robots),
        ),
        digital_source_type=said.digital_source_type,
        flags=(*flags, *_flags(read)),
    )


def _flags(read: HtmlPage) -> tuple[str, ...]:
    declared = read.metadata.word_count or 0
    words = sum(len(paragraph.split()) for paragraph in read.text.paragraphs)
    is_cut = declared >= _LEAST_DECLARED_WORDS and words < _LEAST_DECLARED_SHARE * declared
    flags = {
        "paywall": read.metadata.is_free is False,
        "rescued": read.text.extractor == _RESCUED,
        "shorter_than_declared": is_cut,
    }
    return tuple(flag for flag, stands in flags.items() if stands)
