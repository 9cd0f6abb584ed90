"""The head of a page: its headline and its byline."""

import re
from dataclasses import dataclass

from pipelines.core.fold import folded_words
from pipelines.core.page.stripped.bylines import BY_ALONE, names_in, people
from pipelines.core.page.stripped.candidates import HEADLINE_WORDS, likeliest_headline
from pipelines.core.page.stripped.lines import Line, Rule, Sheet
from pipelines.core.plain import plain_line

_SITE_SUFFIX = re.compile(r"\s+[|–—»-]\s+[^|–—»]{2,40}$")
_SAME_TITLE_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Byline:
    """The byline as printed, and the people in it."""

    printed: str | None = None
    authors: tuple[str, ...] = ()


def find_headline(sheet: Sheet, title: str | None) -> str | None:
    """The headline: the title that came with the page, else the line of the head that the body bears out.

    The line is taken out of the body; the same line again is struck out as a repeat. `None` where the page begins with
    its lead.
    """
    known = plain_line(title or "")
    if known:
        return _given(sheet, known)
    best = likeliest_headline(sheet)
    return None if best is None else _taken(sheet, best)


def find_byline(sheet: Sheet) -> Byline:
    """The first byline above the first prose or below the last; every such line is struck out."""
    first = Byline()
    for index, line in enumerate(sheet.lines):
        near = sheet.is_at_edge(index) or index - 1 == sheet.headline_at
        if not near or not sheet.stands(index) or index == sheet.headline_at or line.is_prose:
            continue
        names = names_in(line.text)
        if names is None and BY_ALONE.match(line.text) and index + 1 < len(sheet.lines):
            names = names_in(f"By {sheet.lines[index + 1].text}")
            if names is not None:
                sheet.strike(index + 1, Rule.BYLINE)
        if names is None:
            continue
        sheet.strike(index, Rule.BYLINE)
        first = first if first.printed else Byline(names, people(names))
    return first


def _given(sheet: Sheet, title: str) -> str:
    """The title that came with the page, as the page's own line prints it; its repeats are struck out."""
    bare = folded_words(_SITE_SUFFIX.sub("", title))
    keys = (bare, folded_words(title))
    same = [index for index, line in enumerate(sheet.lines) if line.key in keys]
    plainer = [index for index in same if sheet.lines[index].key == bare]
    if same:
        sheet.headline_at = (plainer or same)[0]
        title = sheet.lines[sheet.headline_at].text
    wanted = frozenset(bare.split())
    alike = (
        index
        for index in range(min(sheet.first_prose + 1, len(sheet.lines)))
        if _is_alike(sheet, index, wanted)
    )
    for index in (*same, *alike):
        if index != sheet.headline_at:
            sheet.strike(index, Rule.REPEAT_TITLE)
    return title


def _is_alike(sheet: Sheet, index: int, wanted: frozenset[str]) -> bool:
    """Whether a line of the head says most of the title's words: the page's own form of it."""
    line = sheet.lines[index]
    if line.is_prose or line.words not in HEADLINE_WORDS:
        return False
    words = frozenset(line.key.split())
    return len(words & wanted) >= _SAME_TITLE_SHARE * max(len(words), len(wanted))


def _taken(sheet: Sheet, best: int) -> str:
    """Take a line as headline; the same words again, with or without the site's name, are its repeats."""
    line = sheet.lines[best]
    bare = folded_words(_SITE_SUFFIX.sub("", line.text))
    others = [
        index for index, other in enumerate(sheet.lines) if index != best and _says(other, line.key, bare)
    ]
    plainer = [index for index in others if sheet.lines[index].key == bare != line.key]
    sheet.headline_at = plainer[0] if plainer else best
    for index in (best, *others):
        if index != sheet.headline_at:
            sheet.strike(index, Rule.REPEAT_TITLE)
    return sheet.lines[sheet.headline_at].text


def _says(other: Line, key: str, bare: str) -> bool:
    if other.key in (key, bare):
        return True
    return other.words in HEADLINE_WORDS and folded_words(_SITE_SUFFIX.sub("", other.text)) == key
