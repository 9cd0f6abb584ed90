"""Furniture: lines that belong to the page and not to the article.

Phrases are matched as whole lines, folded, never as a part of a line, so that a sentence that contains one stays. What
varies inside a phrase is folded too: `@net` stands for any run of network names, `#` for a number.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.core.fold import folded_words
from pipelines.core.page.stripped.lines import Rule, Sheet
from pipelines.core.page.stripped.notices import is_notice

# A full-line phrase is short; longer lines are not even folded into the form of the table.
MAX_PHRASE_CHARS = 160
_MAX_OPENER_WORDS = 24
_OPENER = re.compile(r"^[\W_]*([^\W_][^:|：›»>]{1,28}?)\s*[:|：›»>]")
_NUMBER = re.compile(r"\d+(?:\s\d+)*")

_COPYRIGHT = re.compile(
    r"^(?:all )?(?:content )?(?:copyright|©|\(c\) ?(?:19|20)\d\d)|©\s?(?:copyright )?(?:19|20)\d\d|"
    r"\ball rights reserved\b|\balle rechte vorbehalten\b|\btous droits réservés\b|"
    r"\btodos los derechos reservados\b|\btodos os direitos reservados\b|\bвсе права защищены\b|版权所有|無断転載|무단\s?전재",
    re.IGNORECASE,
)
_SYMBOLS = re.compile(r"^[\W_]+$")
_FILE_NAME = re.compile(r"^\S+\.(?:jpe?g|png|gif|webp|svg|mp4|pdf)$", re.IGNORECASE)
_BARE_URL = re.compile(r"^(?:https?://|www\.)\S+$", re.IGNORECASE)
_CLOCK = re.compile(r"^\d{1,2}:\d\d(?: ?/ ?\d{1,2}:\d\d)?$")
_TEMPERATURE = re.compile(
    r"^(?:[^\W\d_]+(?:[ -][^\W\d_]+){0,2}[,:]? )?[+−-]?\d{1,3}(?:[.,]\d)? ?(?:° ?[cf]?|º ?[cf]?|℃|℉|degrees?|grad|градус\w*)"
    r"(?:[ ,/|]+[+−-]?\d{1,3} ?[°º][cf]?)?(?:[ ,|–-]*[^\W\d_]+(?:[ -][^\W\d_]+){0,2})?$",
    re.IGNORECASE,
)
_MAX_PLACE_WORDS = 3
_BAR = re.compile(r"\s*\\?[|·•]\s*")
# A section has up to three words, and two names between bars may be a person and a paper.
_MENU_NAME = re.compile(r"[^\W\d_][^\W\d_’'&-]*(?:[ /&-]{1,3}[^\W\d_][^\W\d_’'&-]*){0,2}")
_LEAST_MENU_NAMES = 3


@dataclass(frozen=True, slots=True)
class Phrases:
    """The table of phrases, folded."""

    furniture: frozenset[str]
    closers: frozenset[str]
    edge: frozenset[str]
    openers: frozenset[str]


@cache
def phrases() -> Phrases:
    """The table, read once."""
    table = json.loads(Path(__file__).with_name("phrases.json").read_text(encoding="utf-8"))
    furniture, closers, edge, openers = (
        frozenset(phrase_form(phrase) for one in table[part].values() for phrase in one)
        for part in ("furniture", "closers", "edge", "openers")
    )
    return Phrases(furniture=furniture, closers=closers, edge=edge, openers=openers)


@cache
def _network() -> re.Pattern[str]:
    table = json.loads(Path(__file__).with_name("phrases.json").read_text(encoding="utf-8"))
    names = "|".join(sorted(map(re.escape, table["networks"]), key=len, reverse=True))
    joints = r"(?: (?:and|or|und|oder|et|ou|y|o|e|en|og|och|i|и|ve|dan|和) | )"
    return re.compile(rf"(?<!\w)(?:{names}|net)(?!\w)(?:{joints}(?:{names})(?!\w))*")


def phrase_form(line: str) -> str:
    """A line in the form of the table.

    >>> phrase_form("Share on: Facebook, WhatsApp and Email")
    'share on net'
    >>> phrase_form("12 Comments")
    '# comments'
    """
    return _NUMBER.sub(
        "#", _network().sub("net", folded_words(line.replace("@net", "net").replace("#", "0")))
    )


def is_furniture(line: str) -> bool:
    """Whether a whole line is a phrase of furniture, or a notice of the site, wherever it stands."""
    return phrase_rule(line, is_prose=True) is not None


def phrase_rule(line: str, *, is_prose: bool) -> Rule | None:
    """The rule by which a whole line is furniture wherever it stands. Of prose no line is a line of links.

    A closer with an end mark may be text: `Comments.`
    """
    if is_notice(line):
        return Rule.PHRASE
    if len(line) > MAX_PHRASE_CHARS:
        return None
    table, form = phrases(), phrase_form(line)
    if form in table.furniture:
        return Rule.PHRASE
    if form in table.closers and line.strip()[-1:] not in ".!":
        return Rule.CLOSER
    return Rule.OPENER if not is_prose and _opens_link(line) else None


def edge_rule(line: str) -> Rule | None:
    """The rule by which a whole line is furniture above or below the text: a section's name, a menu."""
    if len(line) > MAX_PHRASE_CHARS:
        return None
    return Rule.EDGE if phrase_form(line) in phrases().edge or is_menu(line) else None


def is_menu(line: str) -> bool:
    """Whether a line is names of sections between bars.

    >>> is_menu("| Home | Town | Sport |"), is_menu("Marnow | 2 | 14"), is_menu("He said: yes | no")
    (True, False, False)
    """
    names = _BAR.split(line.strip(" |·•")) if len(line) <= MAX_PHRASE_CHARS else []
    return len(names) >= _LEAST_MENU_NAMES and all(_MENU_NAME.fullmatch(name.strip()) for name in names)


def is_copyright(line: str) -> bool:
    """Whether a line says whose the page is."""
    return len(line) <= MAX_PHRASE_CHARS and _COPYRIGHT.search(line) is not None


def _opens_link(line: str) -> bool:
    opener = _OPENER.match(line)
    return opener is not None and phrase_form(opener.group(1)) in phrases().openers


def strike_furniture(sheet: Sheet) -> None:
    """Strike out phrases, closers, link lines, copyright lines, symbols and bare links."""
    for index, line in enumerate(sheet.lines):
        rule = _rule_of(sheet, index, line.text)
        if rule is not None:
            sheet.strike(index, rule)


def strike_weather(sheet: Sheet) -> None:
    """Strike out a weather widget at the page's edge, with a place name in the line beside it."""
    for index, line in enumerate(sheet.lines):
        if not sheet.is_at_edge(index) or not _TEMPERATURE.match(line.text):
            continue
        sheet.strike(index, Rule.WIDGET_WEATHER)
        for beside in (index - 1, index + 1):
            if 0 <= beside < len(sheet.lines) and _is_place(sheet, index, beside):
                sheet.strike(beside, Rule.WIDGET_PLACE)
                break


def strike_tail(sheet: Sheet) -> None:
    """Strike out what follows a closer when no prose follows it any more."""
    closers = (
        index
        for index in range(sheet.last_prose + 1, len(sheet.lines))
        if sheet.reasons[index] in (Rule.CLOSER, Rule.OPENER)
    )
    start = next(closers, len(sheet.lines))
    for index in range(start, len(sheet.lines)):
        if not sheet.lines[index].is_prose:
            sheet.strike(index, Rule.TAIL)


def _rule_of(sheet: Sheet, index: int, text: str) -> Rule | None:
    if _SYMBOLS.match(text) or _CLOCK.match(text):
        return Rule.SYMBOLS
    if _FILE_NAME.match(text) or _BARE_URL.match(text):
        return Rule.LINK
    line = sheet.lines[index]
    if len(text) <= MAX_PHRASE_CHARS:
        rule = _phrase_rule(sheet, index, text)
        if rule is not None:
            return rule
    if not line.is_prose and line.words <= _MAX_OPENER_WORDS and _COPYRIGHT.search(text):
        return Rule.COPYRIGHT
    return Rule.PHRASE if is_notice(text) else None


def _phrase_rule(sheet: Sheet, index: int, text: str) -> Rule | None:
    table, form = phrases(), phrase_form(text)
    if form in table.furniture:
        return Rule.PHRASE
    if form in table.closers:
        return Rule.CLOSER
    if sheet.is_at_edge(index) and (form.isdecimal() or form == "#" or edge_rule(text) is not None):
        return Rule.EDGE
    return Rule.OPENER if not sheet.lines[index].is_prose and _opens_link(text) else None


def _is_place(sheet: Sheet, index: int, beside: int) -> bool:
    line = sheet.lines[beside]
    return (
        sheet.stands(beside)
        and sheet.is_at_edge(beside)
        and line.words <= _MAX_PLACE_WORDS
        and not line.ends_sentence
        and abs(line.block - sheet.lines[index].block) <= 2  # the line before or after, blank line or not
    )
