"""Which lines of a page's text are furniture, when the text has come out of its markup or off its stripped lines.

    wherever it stands      whole-line phrases, notices of the site, heads and lines of links, long paragraphs said twice
    below the text          from the head of a block of links (`Most read`) to the end
    above or below it       menus (`Home | Town | Sport`), section names, `back`, the page's copyright line
    above it                a date alone, a number alone

The text itself is what ends like a sentence or is long, and only the first row may take any of it. Each row judges what
the rows above have left, and so a second run finds nothing more.
"""

from collections.abc import Sequence

from pipelines.core.credit.tail import sign_offs
from pipelines.core.page.stripped.furniture import (
    MAX_PHRASE_CHARS,
    edge_rule,
    is_copyright,
    is_menu,
    phrase_rule,
)
from pipelines.core.page.stripped.labels import is_date_line
from pipelines.core.page.stripped.lines import PROSE_WORDS, SHORT_PROSE_WORDS, Rule, ends_sentence
from pipelines.core.plain import count_words

# A paragraph that stands twice is furniture when it is too long to be said twice for its own sake.
_REPEAT_MIN_WORDS = 8


def web_reasons(lines: Sequence[str]) -> list[str | None]:
    """For each line of a page's text the rule that takes it out, `None` for what stays. Linear in the text."""
    reasons = _anywhere(lines)
    text = [index for index, reason in enumerate(reasons) if reason is None and _is_text(lines[index])]
    if text:
        _strike_tail(reasons, text[-1])
        _strike_edges(lines, reasons, text[0], text[-1])
    return [str(reason) if reason is not None else None for reason in reasons]


def _anywhere(lines: Sequence[str]) -> list[Rule | None]:
    reasons: list[Rule | None] = []
    seen: set[str] = set()
    for line in lines:
        reason = phrase_rule(line, is_prose=_is_prose(line))
        if reason is None:
            key = line.casefold()
            if key in seen and count_words(line) >= _REPEAT_MIN_WORDS:
                reason = Rule.REPEAT
            seen.add(key)
        reasons.append(reason)
    return reasons


def _strike_tail(reasons: list[Rule | None], last: int) -> None:
    heads = (index for index in range(last + 1, len(reasons)) if reasons[index] in (Rule.CLOSER, Rule.OPENER))
    for index in range(next(heads, len(reasons)), len(reasons)):
        reasons[index] = reasons[index] or Rule.TAIL


def _strike_edges(lines: Sequence[str], reasons: list[Rule | None], first: int, last: int) -> None:
    left = [index for index, reason in enumerate(reasons) if reason is None]
    menus = {index for index in left if is_menu(lines[index])}
    for above, index, below in zip([-1, *left], left, [*left[1:], -1], strict=False):
        if first <= index <= last:
            continue
        # Rows of a table look like menus, but come in company.
        is_row = above in menus or below in menus
        if index < first and _is_count_or_date(lines[index]):
            reasons[index] = Rule.WIDGET_DATE
        elif edge_rule(lines[index]) is not None and not (index in menus and is_row):
            reasons[index] = Rule.EDGE
        elif _is_page_copyright(lines[index]):
            reasons[index] = Rule.COPYRIGHT


def _is_count_or_date(line: str) -> bool:
    """Whether a line is a number or a date and no more: of comments, of the page."""
    return line.isdecimal() or is_date_line(line)


def _is_text(line: str) -> bool:
    """Whether a line is text for its form alone: long, or a sentence, and no copyright line."""
    if len(line) > MAX_PHRASE_CHARS:
        return True
    return ends_sentence(line) and count_words(line) >= SHORT_PROSE_WORDS and not _is_page_copyright(line)


def _is_prose(line: str) -> bool:
    return ends_sentence(line) and count_words(line) >= PROSE_WORDS


def _is_page_copyright(line: str) -> bool:
    """Whether a line is the page's own copyright line, and no agency's below its text."""
    return (
        is_copyright(line) and not _is_prose(line) and not any(True for _ in sign_offs((line,), frozenset()))
    )
