"""The lines of a stripped page, measured once, and the sheet on which the rules strike them out.

A paragraph that was broken into several lines is put together first, so that every rule sees whole paragraphs:

    soft line breaks   the line before is long and stops in mid-sentence, and the next begins in lower case
    hard wrap          three or more lines of one block, all but the last of nearly the same width
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from pipelines.core.fold import folded_words
from pipelines.core.page.stripped.bylines import is_lower_byline
from pipelines.core.page.stripped.notices import is_notice
from pipelines.core.plain import count_words, plain_line

# A line of 12 words with an end mark is prose: no rule of place or look may strike it out. CJK letters count half.
PROSE_WORDS = 12
_UNSPACED_PROSE_WORDS = 20
SHORT_PROSE_WORDS = 6

_ENDS_SENTENCE = re.compile(r"[.!?…。！？।؟۔።][\"'”’»›“‘)\]」』）]*$")
_BULLET = re.compile(r"^(?:[•▪●◦‣*·►▶■□–—-]\s+|[•▪●◦‣►▶■□])")
_UNSPACED_SHARE = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")

_CORE_MIN_PROSE = 3
_FAR_OFF = 8

_SOFT_BREAK_MIN_CHARS = 40
_WRAP_WIDTHS = range(45, 101)
_WRAP_MIN_LINES = 3
_WRAP_RAGGED = 0.75


class Rule(StrEnum):
    """Why a line was cut: the `reason` of a removed line."""

    PHRASE = "phrase"
    CLOSER = "closer"
    EDGE = "edge"
    OPENER = "opener"
    COPYRIGHT = "copyright"
    SYMBOLS = "symbols"
    LINK = "link"
    REPEAT = "repeat"
    REPEAT_TITLE = "repeat.title"
    TEASER = "teaser"
    CAPTION = "caption"
    CREDIT = "credit"
    DATE_PUBLISHED = "date.published"
    DATE_OTHER = "date.other"
    WIDGET_DATE = "widget.date"
    WIDGET_WEATHER = "widget.weather"
    WIDGET_PLACE = "widget.place"
    BYLINE = "byline"
    TAIL = "tail"
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line with what every rule asks of it. `first` and `last` number the source lines it was made of."""

    text: str
    key: str
    words: int
    block: int
    first: int
    last: int
    is_prose: bool
    ends_sentence: bool
    is_bullet: bool


@dataclass(slots=True, kw_only=True)
class Sheet:
    """A page while it is read: its lines, and for each the rule that struck it out. The first rule stands.

    Lines in `signed` are struck out by none.
    """

    lines: tuple[Line, ...]
    reasons: list[Rule | None]
    first_prose: int
    last_prose: int
    headline_at: int | None = None
    signed: set[int] = field(default_factory=set)

    def strike(self, index: int, rule: Rule) -> None:
        """Strike a line out, unless an earlier rule has, or the line is `signed`: an agency's name below the text."""
        if self.reasons[index] is None and index not in self.signed:
            self.reasons[index] = rule

    def stands(self, index: int) -> bool:
        """Whether no rule has struck the line out."""
        return self.reasons[index] is None

    def is_at_edge(self, index: int) -> bool:
        """Whether the line stands above the first prose or below the last."""
        return index < self.first_prose or index > self.last_prose


def read_lines(source: list[str]) -> tuple[Line, ...]:
    """The lines of a page that are not blank, soft line breaks mended."""
    lines: list[Line] = []
    numbered = ((number, plain_line(raw)) for number, raw in enumerate(source))
    for block, (is_blank, members) in enumerate(groupby(numbered, key=_is_blank)):
        if not is_blank:
            lines += (measured(joined, block, first, last) for joined, first, last in _mended(list(members)))
    return tuple(lines)


def new_sheet(lines: tuple[Line, ...]) -> Sheet:
    """A sheet on which nothing is struck out yet.

    A page of short paragraphs has no line of prose: there the shorter sentences stand for it.
    """
    prose = [index for index, line in enumerate(lines) if line.is_prose]
    prose = prose or [
        index
        for index, line in enumerate(lines)
        if line.ends_sentence and line.words >= SHORT_PROSE_WORDS and not line.is_bullet
    ]
    first, last = _core(prose) if prose else (0, len(lines) - 1)
    return Sheet(lines=lines, reasons=[None] * len(lines), first_prose=first, last_prose=last)


def _core(prose: list[int]) -> tuple[int, int]:
    """First and last prose, without a lone sentence far off at either end: a cookie notice, a legal line."""
    start, end = 0, len(prose) - 1
    if end >= _CORE_MIN_PROSE and prose[1] - prose[0] > _FAR_OFF:
        start = 1
    if end >= _CORE_MIN_PROSE and prose[end] - prose[end - 1] > _FAR_OFF:
        end -= 1
    return prose[start], prose[end]


def measured(text: str, block: int, first: int, last: int) -> Line:
    """A line with its measures."""
    words = count_words(text)
    is_sentence = ends_sentence(text)
    enough = _UNSPACED_PROSE_WORDS if _UNSPACED_SHARE.search(text[:80]) else PROSE_WORDS
    return Line(
        text=text,
        key=folded_words(text),
        words=words,
        block=block,
        first=first,
        last=last,
        is_prose=is_sentence and words >= enough and not is_notice(text),
        ends_sentence=is_sentence,
        is_bullet=bool(_BULLET.match(text)),
    )


def ends_sentence(text: str) -> bool:
    """Whether a line ends with an end mark, quotation marks and brackets behind it passed over."""
    return _ENDS_SENTENCE.search(text[-12:]) is not None


def _is_blank(numbered: tuple[int, str]) -> bool:
    return not numbered[1]


def _mended(block: list[tuple[int, str]]) -> list[tuple[str, int, int]]:
    """The lines of a block, put together where a paragraph was broken, with the numbers of first and last."""
    wrapped = _is_hard_wrapped([text for _, text in block])
    groups: list[list[tuple[int, str]]] = []
    for number, text in block:
        if groups and (wrapped or _goes_on(groups[-1][-1][1], text)):
            groups[-1].append((number, text))
        else:
            groups.append([(number, text)])
    return [(" ".join(text for _, text in group), group[0][0], group[-1][0]) for group in groups]


def _goes_on(before: str, text: str) -> bool:
    return (
        len(before) >= _SOFT_BREAK_MIN_CHARS
        and text[0].islower()
        and before[-1] not in ":;|"
        and not ends_sentence(before)
        and not is_lower_byline(text)
    )


def _is_hard_wrapped(texts: list[str]) -> bool:
    if len(texts) < _WRAP_MIN_LINES or any(_BULLET.match(text) for text in texts):
        return False
    width = max(len(text) for text in texts)
    ragged = min(len(text) for text in texts[:-1])
    broken = sum(1 for text in texts[:-1] if not ends_sentence(text))
    return width in _WRAP_WIDTHS and ragged >= _WRAP_RAGGED * width and 2 * broken >= len(texts) - 1
