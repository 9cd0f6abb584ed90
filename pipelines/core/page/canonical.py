"""Whether a canonical link can be the page's own: templates and content systems print many that are not.

A link that is believed is the identity of the article, so two pages with one wrong link are one article. It is believed
where something of the page speaks for it: its address, or its headline.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from pipelines.core.plain import normal
from pipelines.core.urls import registrable_domain, url_key

_MAX_SECTION_SEGMENTS = 2
# What a web server answers for a bare directory, and the parameters that choose a language.
_INDEX = re.compile(r"(?:index|home|default|startseite)(?:\.\w{2,5})?", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:lang|language|lng|locale|hl)(?:=.*)?", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp|cfm|do)$", re.IGNORECASE)
# Parameters by which content systems name an article.
_ID_PARAMETER = re.compile(
    r"(?:id|p|aid|nid|sid|articleid|article_id|article|artikel|story|storyid|story_id|newsid|news_id)=\w*\d\w*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<!\d)\d{4,}(?!\d)")
_DAY = re.compile(r"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?)?")
_LEAST_SHARED_WORDS = 2
_LEAST_WORD_CHARS = 3
# How slugs spell what a canonical decomposition leaves whole or wrong.
_SLUG_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "o", "æ": "ae", "ł": "l", "ı": "i"}
)


@dataclass(frozen=True, slots=True)
class _Place:
    """An address taken apart: the segments of its path without index pages, its parameters without a language."""

    segments: tuple[str, ...]
    parameters: tuple[str, ...]

    @property
    def slug(self) -> str:
        return _ENDING.sub("", self.segments[-1]).lower() if self.segments else ""

    @property
    def ids(self) -> tuple[str, ...]:
        """The last number of the path that is no date, and those of the parameters."""
        last = _ids("/".join(self.segments))[-1:]
        return (*last, *_ids("&".join(self.parameters)))


def can_be_own(link: str, url: str | None, headline: str | None) -> bool:
    """Whether a link can be the address of the article of a page at `url` with this headline.

    To the same site: only with a sign that it is this page's. To another site, or where the page has no address: any
    article's address.

    Raises:
        Rejected: `url.invalid`.
    """
    if url is not None and url_key(link) == url_key(url):
        return True
    place = _place(link)
    if url is None:
        return _is_article(place) or _is_told(place.slug, headline, least=1)
    if registrable_domain(link) != registrable_domain(url):
        return (
            _is_article(place)
            or (bool(place.segments) and not _is_article(_place(url)))
            or _is_told(place.slug, headline)
        )
    return _is_near(place, _place(url), headline) or _is_told(place.slug, headline)


def _place(url: str) -> _Place:
    path, _, query = url_key(url).partition("?")
    segments = path.split("/")[1:]
    while segments and _INDEX.fullmatch(segments[-1]):
        segments.pop()
    return _Place(
        segments=tuple(unquote(segment) for segment in segments),
        parameters=tuple(pair for pair in query.split("&") if pair and not _LANGUAGE.fullmatch(pair)),
    )


def _is_article(place: _Place) -> bool:
    """An id, or a path that is no section and no day: `/news/world-europe` is none, `/news/forty-barges-block-it` is."""
    if any(_ID_PARAMETER.fullmatch(pair) for pair in place.parameters):
        return True
    if not place.segments or all(segment.isdecimal() for segment in place.segments):
        return False
    return len(place.segments) > _MAX_SECTION_SEGMENTS or any(
        segment.count("-") > 1 or "." in segment or any(sign.isdigit() for sign in segment)
        for segment in place.segments
    )


def _is_near(place: _Place, own: _Place, headline: str | None) -> bool:
    """Whether two addresses of one site name one article, as far as addresses tell."""
    if place.segments == own.segments and any(
        _ID_PARAMETER.fullmatch(pair) for pair in set(place.parameters) & set(own.parameters)
    ):
        return True
    if set(place.ids) & set(own.ids):
        return True
    if place.slug and place.slug == own.slug:
        # `/article?id=5` and `/article?id=6` differ in what a link to `/article` leaves out.
        words = _words(place.slug)
        return (
            not own.parameters or len(words) > 1 or bool(place.ids) or _is_told(place.slug, headline, least=1)
        )
    ours, theirs = _words(own.slug), _words(place.slug)
    shared = len(ours & theirs)
    return shared >= _LEAST_SHARED_WORDS and 2 * shared >= max(len(ours), len(theirs))


def _ids(text: str) -> list[str]:
    return [number for number in _NUMBER.findall(text) if not _DAY.fullmatch(number)]


def _words(slug: str) -> set[str]:
    return {word for word in _plain_words(slug) if len(word) >= _LEAST_WORD_CHARS and not word.isdecimal()}


def _is_told(slug: str, headline: str | None, *, least: int = 2) -> bool:
    """Whether a slug of at least so many words is made of words of the headline."""
    if headline is None:
        return False
    words = slug.replace("_", "-").split("-")
    while len(words) > 1 and words[-1].isdecimal():
        words.pop()
    spelt = headline.lower()
    heard = {*_plain_words(spelt), *_plain_words(spelt.translate(_SLUG_LETTERS))}
    return len(words) >= least and all(word in heard for word in words)


def _plain_words(text: str) -> list[str]:
    bare = (sign for sign in normal(text, "NFKD") if not unicodedata.combining(sign))
    return "".join(sign if sign.isalnum() else " " for sign in bare).split()
