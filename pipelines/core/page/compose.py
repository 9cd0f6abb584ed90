"""A crawled page to an article: what was served decides the road, every field comes from a statement of the page.

    404, 410          ──▶ an article without text: a sighting that the page is gone
    other than 2xx    ──▶ rejected
    2xx, no markup    ──▶ read_stripped_text ─┐
    2xx, markup       ──▶ read_html ──────────┴──▶ addresses, times, article

The crawler's feed fills title and time only where the page itself says nothing. No clock, no path, no file time: the
same bytes from the same address make the same article.
"""

from datetime import datetime

from pipelines.core.identity import digest, order_key
from pipelines.core.instants import CLOCK_DRIFT, ordering_time
from pipelines.core.page.dates import Statement, is_plausible, stated_time, url_day
from pipelines.core.page.outlet import Addresses, addresses_of, country_of
from pipelines.core.page.reading import Reading, read_page
from pipelines.core.urls import registrable_domain
from schemas.article import Article
from schemas.article_parts import PublishedSource, SourceKind
from schemas.page import RawPage
from schemas.rejection import ReasonCode, Rejected

_GONE = (404, 410)
_NO_SITE = "file"
# Less than that is a label, not a report: a headline and one short sentence are news. Of 220 real pages the shortest
# body has 292; a character of a script without spaces says as much as three letters.
_LEAST_LETTERS = 20
_WIDE_FROM, _WIDE_LETTERS = "\u0e00", 3


def compose_page(page: RawPage) -> Article:
    """The article of a page, or the sighting that it is gone.

    Raises:
        Rejected: `http.status`, `url.invalid`, `text.empty`, `text.too_short`, and those of `read_page`.
    """
    url = page.final_url or page.url
    if page.http_status in _GONE:
        return _gone(page, page.url or url)
    if not 200 <= page.http_status < 300:
        raise Rejected(ReasonCode.HTTP_STATUS, f"{page.http_status}, expected 2xx, 404 or 410")
    if url is not None:
        registrable_domain(url)
    reading = read_page(page, url=url, latest=_latest(page))
    _refuse_stubs(reading.paragraphs)
    return _article(page, reading, addresses_of(url, reading.canonical_links, reading.headline))


def _article(page: RawPage, reading: Reading, addresses: Addresses) -> Article:
    published = _published(page, reading, addresses.url)
    guessed = published is not None and published.source is PublishedSource.GUESS
    created = _version_created(page)
    return Article(
        article_id=_article_id(page, addresses),
        source_kind=SourceKind.WEB,
        source=registrable_domain(addresses.url) if addresses.url is not None else _NO_SITE,
        order_key=order_key(canceled=False, version=0, created=ordering_time(created, page.record.received)),
        origin=page.record.origin,
        payload_sha256=page.payload_sha256,
        source_name=reading.site_name,
        source_country=country_of(addresses.url, reading.locale),
        url=addresses.url,
        canonical_url=addresses.canonical_url,
        syndicated_from=addresses.syndicated_from,
        headline=reading.headline or _hint(page.title),
        byline=reading.byline,
        authors=reading.authors,
        abstract=reading.abstract,
        body_text="\n".join(reading.paragraphs),
        removed_lines=reading.removed_lines,
        section=reading.section,
        media=reading.media,
        published=published.time.instant if published is not None else None,
        published_source=published.source if published is not None else None,
        published_precision=published.time.precision if published is not None else None,
        published_zone=published.time.zone if published is not None else None,
        modified=reading.modified,
        version_created=created,
        fetched_at=page.fetched_at,
        received=page.record.received,
        keywords=reading.keywords,
        tdm=reading.tdm,
        digital_source_type=reading.digital_source_type,
        url_key=addresses.url_key,
        canonical_key=addresses.canonical_key,
        quality_flags=(*reading.flags, *(("date_guessed",) if guessed else ())),
        extractor=reading.extractor,
    )


def _gone(page: RawPage, url: str | None) -> Article:
    """The sighting of a missing page, at the address that was asked for: a redirect leads to an error page."""
    if url is None:
        raise Rejected(ReasonCode.HTTP_STATUS, f"{page.http_status} of a page without an address")
    addresses = addresses_of(url, ())
    created = _version_created(page)
    return Article(
        article_id=_article_id(page, addresses),
        source_kind=SourceKind.WEB,
        source=registrable_domain(url),
        order_key=order_key(canceled=False, version=0, created=ordering_time(created, page.record.received)),
        origin=page.record.origin,
        payload_sha256=page.payload_sha256,
        source_country=country_of(url, None),
        url=url,
        version_created=created,
        fetched_at=page.fetched_at,
        received=page.record.received,
        signals=(f"http:{page.http_status}",),
        url_key=addresses.url_key,
    )


def _article_id(page: RawPage, addresses: Addresses) -> str:
    """By the same-site canonical link, else by the page's own address, else by its bytes."""
    if addresses.url_key is None:
        return digest("file", page.payload_sha256)
    if addresses.canonical_url is not None and addresses.canonical_key is not None:
        return digest("web", addresses.canonical_key)
    return digest("web", addresses.url_key)


def _published(page: RawPage, reading: Reading, url: str | None) -> Statement | None:
    """What the page states, else what its feed said, else the day in its address, else a guess."""
    latest = _latest(page)
    if reading.published is not None and is_plausible(reading.published.time, latest):
        return reading.published
    for time, source in (
        (stated_time(page.published), PublishedSource.FEED),
        (url_day(url) if url is not None else None, PublishedSource.URL),
    ):
        if time is not None and is_plausible(time, latest):
            return Statement(time, source)
    return reading.guessed


def _latest(page: RawPage) -> datetime | None:
    """When the page existed at the latest, as far as anybody says."""
    return page.fetched_at or page.record.received


def _version_created(page: RawPage) -> datetime | None:
    fetched, received = page.fetched_at, page.record.received
    return min(fetched, received + CLOCK_DRIFT) if fetched is not None and received is not None else fetched


def _hint(title: str | None) -> str | None:
    return " ".join((title or "").split()) or None


def _refuse_stubs(paragraphs: tuple[str, ...]) -> None:
    if not paragraphs:
        raise Rejected(ReasonCode.TEXT_EMPTY, "no article text on the page")
    letters = sum(
        _WIDE_LETTERS if character >= _WIDE_FROM else 1
        for paragraph in paragraphs[:_LEAST_LETTERS]
        for character in paragraph[: 10 * _LEAST_LETTERS]
        if character.isalnum()
    )
    if letters < _LEAST_LETTERS:
        raise Rejected(ReasonCode.TEXT_TOO_SHORT, f"{letters} letters, at least {_LEAST_LETTERS} expected")
