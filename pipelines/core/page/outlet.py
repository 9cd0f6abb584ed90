"""Whose page it is and at which address: the site, its country, and what a canonical link may and may not say."""

import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from pipelines.core.page.countries import COUNTRIES, HOME_LOCALES
from pipelines.core.plain import normal
from pipelines.core.urls import absolute_url, host_of, path_of, registrable_domain, url_key

# Country domains that are sold for their letters, and say nothing of a country.
_LETTERS = "ac ag ai am as bz cc cd cf co dj fm ga gg gl gq im io la li ly me mn ms mu nu pw sc sh st su tk to tv vc vg ws"
_SOLD = frozenset(_LETTERS.split())
_MAX_SECTION_SEGMENTS = 2
# How slugs spell what a canonical decomposition leaves whole or wrong.
_SLUG_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "o", "æ": "ae", "ł": "l", "ı": "i"}
)


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

    A canonical link that is a front page or a section is a template's mistake and says nothing. One to another
    publisher is a declared syndication: never the page's own address.

    Raises:
        Rejected: `url.invalid`, for `url`; a broken canonical link is passed over.
    """
    key = url_key(url) if url is not None else None
    candidates = [link for raw in canonical_links if (link := absolute_url(url, raw)) is not None]
    canonical = next((link for link in candidates if _is_article(link, url, headline)), None)
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


def _is_article(link: str, url: str | None, headline: str | None) -> bool:
    """Whether a canonical link can be an article's address: no front page, no section of an article's site.

    `/news/world-europe` and `/news/forty-barges` look alike; the one whose words the headline has is the article.
    """
    path = path_of(link)
    if "?" in url_key(link):
        return True
    if not path:
        return False
    if url is None or not _looks_like_section(path) or _looks_like_section(path_of(url)):
        return True
    return headline is not None and _is_told(path.rpartition("/")[2], headline)


def _is_told(slug: str, headline: str) -> bool:
    """Whether a slug of two words and more is made of words of the headline."""
    words = unquote(slug).lower().replace("_", "-").split("-")
    spelt = headline.lower()
    heard = {*_plain_words(spelt), *_plain_words(spelt.translate(_SLUG_LETTERS))}
    return len(words) > 1 and all(word in heard for word in words)


def _plain_words(text: str) -> list[str]:
    bare = (sign for sign in normal(text, "NFKD") if not unicodedata.combining(sign))
    return "".join(sign if sign.isalnum() else " " for sign in bare).split()


def _looks_like_section(path: str) -> bool:
    """One or two words of a path, without number, ending or a slug's hyphens."""
    segments = path.strip("/").split("/")
    return len(segments) <= _MAX_SECTION_SEGMENTS and not any(
        segment.count("-") > 1 or "." in segment or any(character.isdigit() for character in segment)
        for segment in segments
    )
