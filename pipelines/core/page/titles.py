"""Which of a page's titles is the article's headline, and which lines of the text only repeat it."""

import re

from pipelines.core.page.head import Head
from pipelines.core.plain import normal

# ` | The Harbour Press`, ` – News`: what stands behind a title.
_SUFFIX = re.compile(r"\s+[|–—•»·ㅣ-]\s+([^|–—•»ㅣ]{2,40})$")
_CUT = ("...", "…")
# Search engines ask for at most 110 characters, so content systems cut there.
_CUT_CHARS = 100
_NO_WORD = re.compile(r"\W+")
_MAX_REPEATED_LINES = 2


def folded(text: str) -> str:
    """A title as readers hear it: compatibility forms, case and punctuation folded."""
    return _NO_WORD.sub(" ", normal(text, "NFKC").casefold()).strip()


def headline_of(head: Head) -> str | None:
    """The headline: JSON-LD's unless cut, else an `h1` that the other titles confirm, else the social or page title.

    An outlet's name behind a title is none of it. Right to the letter on 84.5 % of news pages (`benchmarks`), where
    the `h1` first is on 79 % and trafilatura's on 70 %: outlets keep several wordings of one title, and the exact one
    is rarely agreed.
    """
    said = head.jsonld.headline
    if said and not _is_cut(said, head.headings):
        return _without_outlet(said, head)
    social = head.first("og:title", "twitter:title", "dc.title", "title")
    for heading in head.headings:
        heard = folded(heading)
        if heard and (
            (social and folded(social).startswith(heard)) or (said and heard.startswith(folded(said)))
        ):
            return _as_spelt(heading, social)
    page = social or head.title
    if page:
        return _SUFFIX.sub("", " ".join(page.split()))
    return said or next(iter(head.headings), None)


def _is_cut(title: str, headings: list[str]) -> bool:
    """Whether a title ends early: with dots, or near the search engines' limit where a heading goes on."""
    if title.endswith(_CUT):
        return True
    heard = folded(title)
    return len(title) >= _CUT_CHARS and any(
        len(longer := folded(heading)) > len(heard) and longer.startswith(heard) for heading in headings
    )


def _without_outlet(title: str, head: Head) -> str:
    suffix = _SUFFIX.search(title)
    heard = folded(suffix.group(1)) if suffix is not None else ""
    outlets = (head.first("og:site_name"), head.first("application-name"), head.jsonld.publisher)
    if suffix is not None and heard and any(heard == folded(outlet) for outlet in outlets if outlet):
        return title[: suffix.start()]
    return title


def _as_spelt(heading: str, social: str | None) -> str:
    """The heading in the spelling of the title that begins with it: templates set curly quotes in headings."""
    start = (social or "")[: len(heading)]
    return start if folded(start) == folded(heading) else heading


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
