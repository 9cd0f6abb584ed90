"""Which of a page's titles is the article's headline, and which lines of the text only repeat it."""

import re
import unicodedata

from pipelines.core.page.head import Head

# ` | The Harbour Press`, ` – News`: the outlet at the end of a title.
_SITE_SUFFIX = re.compile(r"\s+[|–—•»·-]\s+[^|–—•»]{2,40}$")
_CUT = ("...", "…")
_NO_WORD = re.compile(r"\W+")
_MAX_REPEATED_LINES = 2


def folded(text: str) -> str:
    """A title as readers hear it: compatibility forms, case and punctuation folded."""
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def headline_of(head: Head) -> str | None:
    """The headline: an `h1` that the other titles confirm, else JSON-LD's unless cut, else the social or page title.

    Right to the letter on 84.5 % of news pages, trafilatura's on 68.6 % (`research/text.md` §1.5).
    """
    social = head.first("og:title", "twitter:title", "dc.title", "title")
    said = head.jsonld.headline
    for heading in head.headings:
        heard = folded(heading)
        if heard and ((social and folded(social).startswith(heard)) or (said and folded(said) == heard)):
            return heading
    if said and not said.endswith(_CUT):
        return said
    page = social or head.title
    if page:
        return _SITE_SUFFIX.sub("", " ".join(page.split()))
    return said or next(iter(head.headings), None)


def known_titles(head: Head, headline: str | None) -> frozenset[str]:
    """Every wording of the title, folded, for telling a repeated title line from text."""
    titles = (headline, head.jsonld.headline, head.first("og:title", "twitter:title"), *head.headings)
    return frozenset(heard for title in titles if title and (heard := folded(title)))


def without_title_lines(paragraphs: list[str], titles: frozenset[str]) -> list[str]:
    """The text without up to two leading lines that are the title once more; the last line always stays."""
    start = 0
    while start < _MAX_REPEATED_LINES and start + 1 < len(paragraphs):
        if folded(paragraphs[start].lstrip("#- ")) not in titles:
            break
        start += 1
    return paragraphs[start:]
