"""A publication day by htmldate's search through the whole page: a guess, and flagged as one.

Only for pages that state no time: 2 to 3 % of news pages, of which it gets about half right. The search takes years from
prose and copyright lines as well (`since 1998` is its 1998-01-01), so what it finds counts only where the page prints
that very day by itself: in an attribute, or in a short line that is no sentence and no copyright line.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from htmldate import find_date
from lxml.etree import _Element, tostring

from pipelines.core.instants import StatedTime, parse_iso
from pipelines.core.page.border import parser_border
from pipelines.core.page.dates import url_day
from pipelines.core.page.stripped.dates import find_date as find_printed_date
from pipelines.core.page.stripped.furniture import is_copyright
from pipelines.core.page.stripped.lines import ends_sentence
from pipelines.core.plain import count_words, plain_line

# Its patterns run over the whole markup: 3.5 s on a line of 10 MB (`research/text.md` §1.4). Real pages that state no
# time are far below, scripts apart.
_MAX_BYTES = 500_000
# Where nobody says when the page was fetched; htmldate would ask the clock.
_NO_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_EARLIEST = "1995-01-01"
# A page that was fetched this long after its guessed day more likely names the day of something else.
_OLDEST = timedelta(days=2 * 365)
_MAX_ATTRIBUTE_CHARS = 40
_MAX_LINE_CHARS = 120
_SENTENCE_WORDS = 8


def guess_day(tree: _Element, *, url: str | None, latest: datetime | None) -> StatedTime | None:
    """The likeliest publication day of a page, not after `latest`; `None` where none is likely. The tree stays.

    Never a bare year's first of January, and with `latest` known no day more than two years before it.

    Raises:
        Rejected: `html.unparsable`.
    """
    with parser_border("lxml"):
        size = len(tostring(tree))
    if size > _MAX_BYTES:
        return None
    bound = (latest or _NO_LATEST).strftime("%Y-%m-%d")
    with parser_border("htmldate"):
        found = find_date(
            tree, url=url, original_date=True, extensive_search=True, min_date=_EARLIEST, max_date=bound
        )
    guess = parse_iso(found) if found else None
    if guess is None:
        return None
    in_url = url_day(url) if url is not None else None
    if in_url is not None and in_url.instant.date() == guess.instant.date():
        return guess
    if latest is not None and guess.instant < latest - _OLDEST:
        return None
    return guess if _is_printed(tree, guess.instant.date()) else None


def _is_printed(tree: _Element, day: date) -> bool:
    return any(
        found.stated.instant.date() == day
        for text in _short_texts(tree)
        for day_first in (True, False)
        if (found := find_printed_date(text, day_first=day_first)) is not None
    )


def _short_texts(tree: _Element) -> Iterator[str]:
    """Short values of attributes, and lines that are neither running prose nor whose the page is."""
    for element in tree.iter("*"):
        yield from (str(value) for value in element.values() if len(value) <= _MAX_ATTRIBUTE_CHARS)
        parent = element.getparent()
        whole = element if parent is None else parent
        for text, holder in ((element.text, element), (element.tail, whole)):
            line = plain_line(text) if text and len(text) <= 2 * _MAX_LINE_CHARS else ""
            if line and _stands_alone(line, holder):
                yield line


def _stands_alone(line: str, holder: _Element) -> bool:
    """Whether a line is no part of a sentence: a paragraph's words about a link are in pieces too."""
    if len(line) > _MAX_LINE_CHARS or is_copyright(line):
        return False
    if holder.tag == "p" and len(holder) and count_words(line) >= _SENTENCE_WORDS:
        return False
    return not (ends_sentence(line) and count_words(line) >= _SENTENCE_WORDS)
