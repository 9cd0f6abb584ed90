"""Read a page that was stripped of markup: its headline, its paragraphs, and every line that is neither.

    lines -> sign-offs -> captions -> furniture -> dates -> weather -> headline -> byline -> repeats -> teasers -> tail -> model
    -> paragraphs

Each rule strikes lines out on one sheet; the first rule to strike stands, and every struck line is kept with its name.
A line of 12 words with an end mark falls only to a full-line phrase, an exact repeat, or a caption's credit. Time is
linear in the text.

Source: `research/text.md` §2.
"""

import re
from dataclasses import dataclass

from pipelines.core.instants import StatedTime
from pipelines.core.page.stripped.captions import strike_captions
from pipelines.core.page.stripped.furniture import strike_furniture, strike_tail, strike_weather
from pipelines.core.page.stripped.heading import Byline, find_byline, find_headline
from pipelines.core.page.stripped.labels import strike_dates
from pipelines.core.page.stripped.lines import Rule, Sheet, new_sheet, read_lines
from pipelines.core.page.stripped.model import Model, shipped_model, strike_by_model
from pipelines.core.page.stripped.repeats import strike_repeats, strike_teasers
from pipelines.core.page.stripped.signatures import keep_sign_offs
from pipelines.core.plain import plain_line
from schemas.article_parts import Media, RemovedLine

# The longest of 1,426 real pages has under 2,000 lines. What lies beyond is kept as it is, so that time stays bounded.
_MOST_LINES = 20_000

_OWN_LINK = re.compile(
    r"^\W*(?:permalink|short ?url|article url|link to this article|canonical(?: url)?|kurz-?link|link zum artikel|"
    r"lien permanent|enlace permanente|link permanente|permalänk|постоянная ссылка|本文链接|本文網址|この記事のurl)\s*[:：]\s*"
    r"(https?://[^\s<>\"]{4,2000})$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StrippedText:
    """What a stripped page says. Nothing is guessed: a missing headline or date is `None`."""

    headline: str | None
    paragraphs: tuple[str, ...]
    removed: tuple[RemovedLine, ...]
    published: StatedTime | None
    byline: str | None
    authors: tuple[str, ...]
    media: tuple[Media, ...]
    canonical_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the rules found while they struck lines out of a sheet."""

    headline: str | None
    published: StatedTime | None
    byline: Byline
    media: tuple[Media, ...]
    canonical_url: str | None


def read_stripped_text(text: str, *, title: str | None) -> StrippedText:
    """Read a stripped page. `title` is what the page's envelope says, unverified. Never raises."""
    source = text.splitlines()
    sheet = new_sheet(read_lines(source[:_MOST_LINES]))
    unjudged = [line for raw in source[_MOST_LINES:] if (line := plain_line(raw))]
    found = strike_all(sheet, title, model=shipped_model())
    return StrippedText(
        headline=found.headline,
        paragraphs=(*_standing(sheet), *unjudged),
        removed=tuple(
            RemovedLine(line=line.text, reason=reason)
            for line, reason in zip(sheet.lines, sheet.reasons, strict=True)
            if reason is not None
        ),
        published=found.published,
        byline=found.byline.printed,
        authors=found.byline.authors,
        media=found.media,
        canonical_url=found.canonical_url,
    )


def _standing(sheet: Sheet) -> list[str]:
    return [
        line.text
        for index, line in enumerate(sheet.lines)
        if sheet.stands(index) and index != sheet.headline_at
    ]


def strike_all(sheet: Sheet, title: str | None, *, model: Model | None) -> Findings:
    """Let every rule strike its lines out of the sheet, in the order that this module's docstring gives.

    Without a `model` the rules judge alone.
    """
    canonical_url = _strike_own_link(sheet)
    keep_sign_offs(sheet)
    media = strike_captions(sheet)
    strike_furniture(sheet)
    published = strike_dates(sheet)
    strike_weather(sheet)
    headline = find_headline(sheet, title)
    byline = find_byline(sheet)
    strike_repeats(sheet)
    strike_teasers(sheet)
    strike_tail(sheet)
    if model is not None:
        strike_by_model(sheet, model)
    return Findings(
        headline=headline, published=published, byline=byline, media=media, canonical_url=canonical_url
    )


def _strike_own_link(sheet: Sheet) -> str | None:
    """The page's own address, where a label says that it is that."""
    own: str | None = None
    for index, line in enumerate(sheet.lines):
        found = _OWN_LINK.match(line.text)
        if found is not None:
            own = own or found.group(1)
            sheet.strike(index, Rule.LINK)
    return own
