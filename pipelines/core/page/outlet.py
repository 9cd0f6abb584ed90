"""Whose page it is and at which address: the site, its country, and what a canonical link may and may not say."""

from dataclasses import dataclass

from pipelines.core.page.canonical import can_be_own
from pipelines.core.page.countries import COUNTRIES, HOME_LOCALES
from pipelines.core.urls import absolute_url, host_of, registrable_domain, url_key

# Country domains that are sold for their letters, and say nothing of a country.
_LETTERS = "ac ag ai am as bz cc cd cf co dj fm ga gg gl gq im io la li ly me mn ms mu nu pw sc sh st su tk to tv vc vg ws"
_SOLD = frozenset(_LETTERS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a page stands. `canonical_url` is of the same site, `syndicated_from` of another publisher's."""

    url: str | None
    url_key: str | None
    canonical_url: str | None
    canonical_key: str | None
    syndicated_from: str | None


def addresses_of(url: str | None, canonical_links: tuple[str, ...], headline: str | None = None) -> Addresses:
    """The addresses of a page at `url`; without one its own canonical link is its address.

    A canonical link that is a front page, a section or another page of the site is a template's mistake and says
    nothing. One to another publisher is a declared syndication: never the page's own address.

    Raises:
        Rejected: `url.invalid`, for `url`; a broken canonical link is passed over.
    """
    key = url_key(url) if url is not None else None
    candidates = [link for raw in canonical_links if (link := absolute_url(url, raw)) is not None]
    canonical = next((link for link in candidates if can_be_own(link, url, headline)), None)
    if canonical is None:
        return Addresses(url=url, url_key=key, canonical_url=None, canonical_key=None, syndicated_from=None)
    canonical_key = url_key(canonical)
    if url is None:
        return Addresses(
            url=canonical,
            url_key=canonical_key,
            canonical_url=canonical,
            canonical_key=canonical_key,
            syndicated_from=None,
        )
    is_own = registrable_domain(canonical) == registrable_domain(url)
    return Addresses(
        url=url,
        url_key=key,
        canonical_url=canonical if is_own else None,
        canonical_key=canonical_key,
        syndicated_from=None if is_own else canonical,
    )


def country_of(url: str | None, locale: str | None) -> str | None:
    """The country of an outlet, where its domain or its locale says so beyond doubt (ISO 3166 alpha-2).

    A locale speaks only where it is not the usual one of its language: `de_AT` is a choice, `en_US` a default.

    >>> country_of("https://news.example.co.uk/", None)
    'GB'
    >>> country_of("https://news.example/", "en_US") is None
    True
    """
    if url is not None:
        top = host_of(url).rpartition(".")[2]
        code = "GB" if top == "uk" else top.upper()
        if code in COUNTRIES and top not in _SOLD:
            return code
    language, _, region = (locale or "").replace("-", "_").partition("_")
    code = region[:2].upper()
    if len(region) == 2 and code in COUNTRIES and HOME_LOCALES.get(language.lower(), code) != code:
        return code
    return None
