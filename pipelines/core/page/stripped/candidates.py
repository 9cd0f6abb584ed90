"""Which line of a page's head is its headline.

The evidence: its words come again in the text, it stands twice, it stands right above what a headline stands above (the
first paragraph, a byline, a labelled date, a caption). Against it: it is the name of the site.
"""

import re
from collections import Counter

from pipelines.core.page.stripped.bylines import names_in
from pipelines.core.page.stripped.lines import PROSE_WORDS, Line, Rule, Sheet

HEADLINE_WORDS = range(3, 31)
_HEAD_LINES = 60
_LEAST_BORNE_OUT = 0.25

# What each sign weighs beside the share of words borne out (0..1); chosen on the 87 pages of `text_lines` with a
# labelled title: 63 of them are found, 60 by the share alone.
_DOUBLED = 0.5
_ANCHORED = 0.3
_LONG = 0.2
_SITE_NAME = -0.7

_LONG_WORDS = 5
_SITE_NAME_WORDS = 5
_ANCHOR_REACH = 8
_ANCHORED_WORDS = 4  # shorter lines above the text are names of sections as often
_DOUBLED_TIMES = range(2, 4)  # what stands oftener is no title but a form
_STEM = 6  # letters of a word that are compared: `icebreaker` bears out `icebreakers`
_ANCHORS = frozenset({Rule.DATE_PUBLISHED, Rule.DATE_OTHER, Rule.CAPTION, Rule.CREDIT, Rule.BYLINE})
_OUTLET = re.compile(
    r"\b(?:daily|herald|gazette|gazett?a|reader|news|times|post|journal|tribune|observer|dispatch|courier|chronicle|"
    r"mail|press|telegraph|standard|echo|mirror|weekly|review|voce|corriere|giornale|messaggero|nachrichten|zeitung|"
    r"anzeiger|tageblatt|kurier|bote|presse|blatt|gazette|dépêche|voix|vents|tribuna|diario|diário|jornal|correio|"
    r"periódico|noticias|notícias|courant|dagblad|nieuws|krant|tidning\w*|blad|avis|online|radio|tv)\b",
    re.IGNORECASE,
)
_LOWER_IN_NAMES = re.compile(
    r"(?:of|the|and|de|la|le|les|du|des|del|della|di|e|et|y|do|da|dos|und|der|die|das|van)$", re.IGNORECASE
)
_AGENCY_BEHIND = re.compile(r"[^\W\d_]{3}\.\s+\([^()]{2,40}\)$")  # a sentence and its agency
_CUT = ("…", "...", "[…]")


def likeliest_headline(sheet: Sheet) -> int | None:
    """The line of the head that is likeliest the headline, `None` where the page begins with its lead."""
    candidates = [
        index
        for index in range(min(sheet.first_prose + 1, _HEAD_LINES, len(sheet.lines)))
        if _may_be_headline(sheet, index)
    ]
    if not candidates:
        return None
    vocabulary = _vocabulary(sheet)
    counts = Counter(line.key for line in sheet.lines)
    feet = _feet(sheet)
    opens = next(index for index in range(len(sheet.lines)) if sheet.stands(index))
    best, most = None, 0.0
    for index in candidates:
        line = sheet.lines[index]
        score = _evidence(sheet, index, _borne_out(line, vocabulary), counts[line.key])
        if not score and index != opens:
            continue
        score += _LONG * (line.words >= _LONG_WORDS) + _SITE_NAME * _is_site_name(line, feet)
        if best is None or score > most:
            best, most = index, score
    return best


def _evidence(sheet: Sheet, index: int, share: float, times: int) -> float:
    """What speaks for a line that stands so many times, of whose words a share is borne out; 0 for nothing."""
    signs = _DOUBLED * (times in _DOUBLED_TIMES)
    if sheet.lines[index].words >= _ANCHORED_WORDS and _is_anchored(sheet, index):
        signs += _ANCHORED
    return share + signs if signs or share >= _LEAST_BORNE_OUT else 0.0


def _may_be_headline(sheet: Sheet, index: int) -> bool:
    line = sheet.lines[index]
    return (
        sheet.stands(index)
        and line.words in HEADLINE_WORDS
        and not line.is_bullet
        and line.text[-1] not in ".:;,…。"
        and not (line.is_prose and line.text[-1] not in '?!"”’»')
        and not (line.words >= PROSE_WORDS and _AGENCY_BEHIND.search(line.text))
        and names_in(line.text) is None
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
    return [word[:_STEM] for word in words if len(word) > 3]


def _is_anchored(sheet: Sheet, index: int) -> bool:
    """Whether a line stands right above the text, a byline, a labelled date, a caption; struck lines are passed over."""
    key = sheet.lines[index].key
    for below in range(index + 1, min(len(sheet.lines), index + _ANCHOR_REACH)):
        line, reason = sheet.lines[below], sheet.reasons[below]
        if below == sheet.first_prose or reason in _ANCHORS or names_in(line.text) is not None:
            return True
        if reason is None and line.key != key and not line.text.endswith(_CUT):
            return False
    return False


def _feet(sheet: Sheet) -> str:
    """The copyright lines of the page, which name the site."""
    return "\n".join(
        line.key
        for line, reason in zip(sheet.lines, sheet.reasons, strict=True)
        if reason is Rule.COPYRIGHT or line.text.startswith("©")
    )


def _is_site_name(line: Line, feet: str) -> bool:
    """Whether a short line of capital words is the name of an outlet, or stands in the page's copyright line."""
    words = line.text.split()
    if len(words) > _SITE_NAME_WORDS or not all(
        word[0].isupper() or _LOWER_IN_NAMES.match(word) or not word[0].isalpha() for word in words
    ):
        return False
    return line.key in feet or _OUTLET.search(line.text) is not None
