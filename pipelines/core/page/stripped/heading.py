"""The head of a page: its headline and its byline."""

import re
from dataclasses import dataclass

from pipelines.core.fold import folded_words
from pipelines.core.page.stripped.lines import Line, Rule, Sheet
from pipelines.core.plain import plain_line

_HEADLINE_WORDS = range(3, 31)
_HEAD_LINES = 60
_SITE_SUFFIX = re.compile(r"\s+[|–—»-]\s+[^|–—»]{2,40}$")
_SAME_TITLE_SHARE = 0.6
_LEAST_BORNE_OUT = 0.25

_BY = re.compile(
    r"^\W*(?:(?i:by|von|par|por|di|door|av|af|przez|text(?:e|o)?|autor(?:in|e|a)?|author|written by|story by|"
    r"автор|текст|作者|記者|记者|文)\s*[:：]\s*|(?:By|BY|by|Von|VON|von|Par|PAR|Por|POR|Di|DI|di|Door|Av|Af|Autor|Autorin|Текст|Автор)\s+)(?=\S)"
)
_BY_ALONE = re.compile(r"^\W*(?:by|von|par|por|di|door|av|author|autor(?:in)?|автор)\W*$", re.IGNORECASE)
_CUT_BYLINE = re.compile(r"\s+[|•·–—-]\s+|\s*[|•·]\s*|,?\s+\d")
_JOINERS = re.compile(r"\s*(?:,|;|&|、|\s(?:and|und|et|y|e|en|og|och|i|и|with|mit|avec|con|med)\s)\s*")
_PARTICLES = re.compile(
    r"(?:and|und|et|y|e|en|og|och|i|и|with|mit|avec|con|med|van|von|der|de|den|du|di|da|del|la|le|al|el|bin|ibn|ben|zu|"
    r"the|for|in|of|at|für|dos|das|ter|ten|af)\W*$",
    re.IGNORECASE,
)
_BYLINE_WORDS = range(1, 13)
_AGENCY_NAMES = re.compile(
    r"(?:ap|afp|dpa|reuters|efe|ansa|tass|xinhua|epa|apa|sda|ntb|tt|ritzau|belga|anp|pap|lusa)$",
    re.IGNORECASE,
)


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
    candidates = [
        index
        for index in range(min(sheet.first_prose + 1, _HEAD_LINES, len(sheet.lines)))
        if _may_be_headline(sheet, index)
    ]
    if not candidates:
        return None
    vocabulary = _vocabulary(sheet)
    shares = [_borne_out(sheet.lines[index], vocabulary) for index in candidates]
    share = max(shares)
    best = candidates[shares.index(share)]
    opens = next(index for index in range(len(sheet.lines)) if sheet.stands(index))
    if share < _LEAST_BORNE_OUT and opens not in candidates:
        return None
    best = best if share >= _LEAST_BORNE_OUT else opens
    return _taken(sheet, best)


def find_byline(sheet: Sheet) -> Byline:
    """The first byline above the first prose or below the last; every such line is struck out."""
    first = Byline()
    for index, line in enumerate(sheet.lines):
        near = sheet.is_at_edge(index) or index - 1 == sheet.headline_at
        if not near or not sheet.stands(index) or index == sheet.headline_at or line.is_prose:
            continue
        names = _names_in(line.text)
        if names is None and _BY_ALONE.match(line.text) and index + 1 < len(sheet.lines):
            names = _names_in(f"By {sheet.lines[index + 1].text}")
            if names is not None:
                sheet.strike(index + 1, Rule.BYLINE)
        if names is None:
            continue
        sheet.strike(index, Rule.BYLINE)
        first = first if first.printed else Byline(names, _people(names))
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
    if line.is_prose or line.words not in _HEADLINE_WORDS:
        return False
    words = frozenset(line.key.split())
    return len(words & wanted) >= _SAME_TITLE_SHARE * max(len(words), len(wanted))


def _may_be_headline(sheet: Sheet, index: int) -> bool:
    line = sheet.lines[index]
    return (
        sheet.stands(index)
        and line.words in _HEADLINE_WORDS
        and not line.is_bullet
        and line.text[-1] not in ".:;,…。"
        and not (line.is_prose and line.text[-1] not in '?!"”’»')
        and _names_in(line.text) is None
    )


def _vocabulary(sheet: Sheet) -> frozenset[str]:
    return frozenset(
        word
        for index in range(sheet.first_prose, sheet.last_prose + 1)
        if index < len(sheet.lines) and sheet.lines[index].is_prose
        for word in _tokens(sheet.lines[index].key)
    )


def _borne_out(line: Line, vocabulary: frozenset[str]) -> float:
    """Which share of a line's words the body has: headlines are borne out by it, menus are not."""
    words = _tokens(line.key)
    return sum(1 for word in words if word in vocabulary) / len(words) if words else 0.0


def _tokens(key: str) -> list[str]:
    words = key.split()
    if len(words) <= 2 and len(key) > 8 and not key.isascii():  # no spaces: pairs of letters
        return [key[start : start + 2] for start in range(len(key) - 1)]
    return [word for word in words if len(word) > 3]


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
    return other.words in _HEADLINE_WORDS and folded_words(_SITE_SUFFIX.sub("", other.text)) == key


def _names_in(text: str) -> str | None:
    """The byline of a line, as printed without what follows it; `None` when the line is none."""
    found = _BY.match(text)
    if found is None or len(text) > 200:
        return None
    names = _CUT_BYLINE.split(text[found.end() :], maxsplit=1)[0].strip(" ,.:")
    words = names.replace(",", " ").split()
    if len(words) not in _BYLINE_WORDS or not names[0].isalpha() or names[0].islower():
        return None
    named = all(
        word[0].isupper() or _PARTICLES.match(word) or not word[0].isalpha() or not word.isascii()
        for word in words
    )
    return text[: found.end()].strip() + " " + names if named else None


def _people(byline: str) -> tuple[str, ...]:
    found = _BY.match(byline)
    names = _JOINERS.split(byline[found.end() :] if found else byline)
    return tuple(
        dict.fromkeys(
            name.strip() for name in names if name and name.strip() and not _AGENCY_NAMES.match(name.strip())
        )
    )
