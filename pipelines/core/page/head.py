"""What stands in a page's `<meta>`, `<link>`, JSON-LD, headings and time elements: one walk over the tree."""

from dataclasses import dataclass, field

from lxml.etree import _Element

from pipelines.core.page.jsonld import JsonLd, PageSigns, read_jsonld

_MAX_ENTRIES = 2_000
_MAX_HEADINGS = 20
_MAX_TIMES = 50
_MAX_HEADING_CHARS = 2_000
_META_NAMES = ("property", "name", "itemprop", "http-equiv")
# A time in there is a teaser's, a comment's, a picture's or the clock of the site.
_ASIDE = ("aside", "nav", "footer", "form", "figure", "figcaption")
_OF_ARTICLE = ("article", "main")
_TEASER_SIGNS = (
    "teaser",
    "related",
    "sidebar",
    "comment",
    "recommend",
    "most-read",
    "mostread",
    "widget",
    "ticker",
    "card",
)


@dataclass(slots=True)
class Head:
    """Statements as found, first ones first. `metas` by lower-case name, `links` by relation."""

    metas: dict[str, str] = field(default_factory=dict)
    all_tags: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    headings: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    title: str | None = None
    html_lang: str | None = None
    jsonld: JsonLd = field(default_factory=JsonLd)

    def first(self, *names: str) -> str | None:
        """The first of these metas that says anything."""
        return next((self.metas[name] for name in names if name in self.metas), None)


def read_head(tree: _Element, url: str | None = None) -> Head:
    """Every statement of a page at `url` about itself. Nothing is judged here; broken ones are left out."""
    head = Head(html_lang=tree.get("lang"))
    scripts: list[str] = []
    for element in tree.iter("meta", "link", "script", "h1", "time", "title"):
        match element.tag:
            case "meta":
                _take_meta(head, element)
            case "link":
                _take_link(head, element)
            case "script":
                if "ld+json" in element.get("type", "").lower():
                    scripts.append(str(element.text or ""))
            case "h1":
                _take_heading(head, element)
            case "time":
                _take_time(head, element)
            case _:
                head.title = head.title or one_line(element) or None
    links = (url, head.links.get("canonical"), head.first("og:url"))
    titles = (*head.headings, head.first("og:title"))
    head.jsonld = read_jsonld(
        scripts,
        PageSigns(
            base=url,
            links=tuple(link for link in links if link),
            titles=tuple(title for title in titles if title),
        ),
    )
    return head


def one_line(element: _Element) -> str:
    """The text in an element, white space folded, cut at a length that no title has."""
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        pieces.append(str(piece))
        size += len(piece)
        if size > _MAX_HEADING_CHARS:
            break
    return " ".join("".join(pieces).split())[:_MAX_HEADING_CHARS]


def _take_meta(head: Head, element: _Element) -> None:
    content = element.get("content", "").strip()
    name = next((value for key in _META_NAMES if (value := element.get(key))), "").strip().lower()
    if not content or not name or len(head.metas) >= _MAX_ENTRIES:
        return
    if element.get("itemprop") and is_aside(element):
        return
    if name in ("article:tag", "og:article:tag") and len(head.all_tags) < _MAX_ENTRIES:
        head.all_tags.append(content)
    head.metas.setdefault(name, content)


def _take_link(head: Head, element: _Element) -> None:
    target = element.get("href", "").strip()
    if target:
        for relation in element.get("rel", "").lower().split()[:10]:
            head.links.setdefault(relation, target)


def _take_heading(head: Head, element: _Element) -> None:
    if len(head.headings) < _MAX_HEADINGS and (text := one_line(element)):
        head.headings.append(text)


def _take_time(head: Head, element: _Element) -> None:
    stamp = element.get("datetime", "").strip()
    if stamp and len(head.times) < _MAX_TIMES and not is_aside(element):
        head.times.append(stamp)


def is_aside(element: _Element) -> bool:
    """Whether an element stands beside the article: in a teaser, a picture's words, comments or the site's own parts."""
    for depth, ancestor in enumerate(element.iterancestors()):
        if ancestor.tag in _ASIDE or depth > 12:
            return ancestor.tag in _ASIDE
        if ancestor.tag == "header" and not any(True for _ in ancestor.iterancestors(*_OF_ARTICLE)):
            return True
        names = f"{ancestor.get('class', '')} {ancestor.get('id', '')}"[:300].lower()
        if ancestor.tag not in ("body", "html", "main") and any(sign in names for sign in _TEASER_SIGNS):
            return True
    return False
