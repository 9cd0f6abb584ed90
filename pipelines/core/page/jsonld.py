"""What a page's JSON-LD says of its article: the best article node of all its scripts, drawn once.

JSON-LD is the publisher's own data and the most exact source of title, time and authors; its `articleBody` is no source of text:
13 to 25 % of them are teasers (`research/text.md` §1.3). `body` is kept for pages that have no other text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import orjson

from pipelines.core.fold import folded_words
from pipelines.core.urls import absolute_url, url_key

# Beyond that a script is data of the site's own: 9 MB of JSON-LD took trafilatura 3.5 s and 1.2 GB.
MAX_SCRIPT_CHARS = 1024 * 1024
_MAX_NODES = 5_000
_MAX_VALUES = 100
_MAX_COMPARED = 500
_MAX_TITLE_CHARS = 2_000

# schema.org types that can be the page's article, the likelier first.
_RANK = {
    name: rank
    for rank, name in enumerate(
        (
            "NewsArticle",
            "Article",
            "ReportageNewsArticle",
            "BlogPosting",
            "LiveBlogPosting",
            "OpinionNewsArticle",
            "AnalysisNewsArticle",
            "BackgroundNewsArticle",
            "ReviewNewsArticle",
            "Report",
            "SocialMediaPosting",
            "TechArticle",
            "ScholarlyArticle",
            "AdvertiserContentArticle",
            "SatiricalArticle",
            "AskPublicNewsArticle",
            "WebPage",
            "VideoObject",
        )
    )
}
# Ranks below it count even without headline and date.
_SURE_RANK = 6
_NO_RANK = len(_RANK)
# From here on a node is about the page, not the article.
_PAGE_RANK = _RANK["WebPage"]
# A list's elements are other articles, and never looked into.
_NESTED = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart")

_CONTROLS = re.compile(r"[\x00-\x1f\u2028\u2029]+")
_WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>|;)\s*$")
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")
_ORGANISATION = ("Organization", "NewsMediaOrganization", "Corporation", "NGO", "GovernmentOrganization")


@dataclass(frozen=True, slots=True)
class Agent:
    """An author or publisher by name, and whether the page says that it is an organisation."""

    name: str
    is_organisation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image by address, with its words."""

    url: str
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLd:
    """The article as its JSON-LD has it. Times are as printed; entities are resolved."""

    headline: str | None = None
    description: str | None = None
    published: str | None = None
    created: str | None = None
    modified: str | None = None
    section: str | None = None
    publisher: str | None = None
    authors: tuple[Agent, ...] = ()
    keywords: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    is_free: bool | None = None
    word_count: int | None = None
    digital_source_type: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSigns:
    """By what a page knows its own article among the ones it names: its addresses, at `base`, and its titles."""

    base: str | None = None
    links: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()


@dataclass(slots=True)
class _Best:
    node: dict[str, Any] = field(default_factory=dict)
    order: tuple[bool, bool, int] = (True, True, _NO_RANK)


def read_jsonld(scripts: Iterable[str], page: PageSigns | None = None) -> JsonLd:
    """The article of a page's scripts, empty where none of them tells of one. Broken scripts are passed over.

    An article that has an address or title of the page is the one; of the others the likelier type, then the first.
    """
    known = _Known(page or PageSigns())
    best = _Best()
    for script in scripts:
        for node in _nodes(_parsed(script)):
            rank = _rank(node)
            told = node.get("headline") or node.get("datePublished") or rank < _SURE_RANK
            if rank == _NO_RANK or not told:
                continue
            order = (rank >= _PAGE_RANK, not known.has(node), rank)
            if order < best.order:
                best = _Best(node, order)
    return _drawn(best.node)


class _Known:
    """The page's addresses as keys and its titles folded; a bounded number of nodes is compared with them."""

    def __init__(self, page: PageSigns) -> None:
        self._base = page.base
        self._keys = {key for link in page.links if (key := _key(page.base, link)) is not None}
        self._titles = {folded_words(title) for title in page.titles}
        self._left = _MAX_COMPARED

    def has(self, node: dict[str, Any]) -> bool:
        """Whether a node states an address of the page, or its title."""
        self._left -= 1
        if self._left < 0 or not (self._keys or self._titles):
            return False
        place = node.get("mainEntityOfPage")
        stated = (node.get("url"), node.get("@id"), place.get("@id") if isinstance(place, dict) else place)
        if any(isinstance(link, str) and _key(self._base, link) in self._keys for link in stated):
            return True
        headline = _text(node.get("headline"))
        return headline is not None and folded_words(headline[:_MAX_TITLE_CHARS]) in self._titles


def _key(base: str | None, link: str) -> str | None:
    absolute = absolute_url(base, link)
    return url_key(absolute) if absolute is not None else None


def _drawn(node: dict[str, Any]) -> JsonLd:
    return JsonLd(
        headline=_text(node.get("headline")),
        description=_text(node.get("description")),
        published=_text(node.get("datePublished")),
        created=_text(node.get("dateCreated")),
        modified=_text(node.get("dateModified")),
        section=next(iter(_texts(node.get("articleSection"))), None),
        publisher=next((agent.name for agent in _agents(node.get("publisher"))), None),
        authors=tuple(_agents(node.get("author") or node.get("creator"))),
        keywords=tuple(_texts(node.get("keywords"))),
        pictures=tuple(_pictures(node.get("image"))),
        is_free=_truth(node),
        word_count=_count(node.get("wordCount")),
        digital_source_type=_text(node.get("digitalSourceType")),
        body=unescape(body) if isinstance(body := node.get("articleBody"), str) else None,
    )


def _parsed(script: str) -> Any:
    """The JSON of a script, mended where it is broken in one of the usual ways: controls, comment marks, a comma."""
    if not script or len(script) > MAX_SCRIPT_CHARS:
        return None
    for text in (script, _WRAPPING.sub("", _CONTROLS.sub(" ", script).strip())):
        try:
            return orjson.loads(text)
        except ValueError:
            continue
    try:
        return orjson.loads(_TRAILING_COMMA.sub("", text))
    except ValueError:
        return None


def _nodes(root: Any) -> Iterator[dict[str, Any]]:
    """The objects that may be the page's article, in document order, without recursion."""
    stack = [root]
    for _ in range(_MAX_NODES):
        if not stack:
            return
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(reversed(node[:_MAX_NODES]))
        elif isinstance(node, dict):
            yield node
            stack.extend(node[key] for key in reversed(_NESTED) if isinstance(node.get(key), dict | list))


def _rank(node: dict[str, Any]) -> int:
    kinds = node.get("@type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    return min(
        (_RANK.get(kind.rpartition("/")[2], _NO_RANK) for kind in listed if isinstance(kind, str)),
        default=_NO_RANK,
    )


def _text(value: Any) -> str | None:
    """A string of JSON-LD in one line; `@value` objects and lists give their first."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    if not isinstance(value, str):
        return None
    return " ".join(unescape(value).split()) or None


def _texts(value: Any) -> Iterator[str]:
    """A list of strings; one string is a list at its commas."""
    if isinstance(value, str):
        value = value.split(",")
    for entry in value[:_MAX_VALUES] if isinstance(value, list) else [value]:
        text = _text(entry)
        if text is not None:
            yield text


def _agents(value: Any) -> Iterator[Agent]:
    for entry in value[:_MAX_VALUES] if isinstance(value, list) else [value]:
        kinds = entry.get("@type") if isinstance(entry, dict) else None
        listed = kinds if isinstance(kinds, list) else [kinds]
        names = entry.get("name") if isinstance(entry, dict) else entry
        for name in names[:_MAX_VALUES] if isinstance(names, list) else [names]:
            text = _text(name)
            if text is not None:
                yield Agent(text, is_organisation=any(kind in _ORGANISATION for kind in listed))


def _pictures(value: Any) -> Iterator[Picture]:
    for entry in value[:_MAX_VALUES] if isinstance(value, list) else [value]:
        if isinstance(entry, str) and entry.strip():
            yield Picture(url=entry.strip())
        elif isinstance(entry, dict) and (url := _text(entry.get("contentUrl")) or _text(entry.get("url"))):
            caption = _text(entry.get("caption")) or _text(entry.get("description"))
            yield Picture(
                url=url, caption=caption, credit=_text(entry.get("creditText")) or _text(entry.get("author"))
            )


def _truth(node: dict[str, Any]) -> bool | None:
    """`isAccessibleForFree` of the article or of its first part that says so; publishers also write it as a word."""
    parts = node.get("hasPart")
    for part in (node, *(parts[:_MAX_VALUES] if isinstance(parts, list) else [parts])):
        said = part.get("isAccessibleForFree") if isinstance(part, dict) else None
        if isinstance(said, bool):
            return said
        word = said.rpartition("/")[2].lower() if isinstance(said, str) else ""
        if word in ("true", "false"):
            return word == "true"
    return None


def _count(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 9:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
