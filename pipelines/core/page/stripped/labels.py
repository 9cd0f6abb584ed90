"""Which date of a page is its publication: the one that a label says so of, and no other.

    Published2026-03-02 09:15      label and value in one line, glued or not
    Veröffentlicht am              label in one line,
    2. März 2026, 9.15 Uhr         value in the next
    Updated on 3 March 2026        another time: never a publication
    Tuesday, 24 March 2026         a widget (the visit's date, the weather's): never a publication

A label below a closer (`Related`, `Comments`) belongs to another text, and a caption's date to its photo.
"""

import re
from dataclasses import dataclass
from functools import cache

from pipelines.core.instants import StatedTime
from pipelines.core.page.stripped.dates import MAX_DATED_CHARS, FoundDate, date_table, find_date, may_be_dated
from pipelines.core.page.stripped.lines import Rule, Sheet

_MAX_LEAD_WORDS = 6  # before the label: a byline, a mark
_MAX_FILLER_WORDS = 7  # between label and date: a weekday, `by Jane Doe on`
_MAX_REST_WORDS = 9  # after the date: a zone, a reading time, the updated date
_MAX_LABELS = 4
_MAX_PLACE_WORDS = 2
_BY = re.compile(r"^\W*(?:by|von|par|por|da|di|door|av|af|przez)\s", re.IGNORECASE)
_SINCE = re.compile(
    r"\b(?:since|until|from|seit|bis|depuis|desde|dal|sinds|sedan|siden|od)\W*$", re.IGNORECASE
)
# What a label right behind it dates instead of the text.
_OF_OTHER = re.compile(
    r"\b(?:photo(?:graph)?s?|images?|pictures?|videos?|vidéos?|fotos?|bild(?:er)?|imagen|imagem|immagine|comments?|commentaires?)\W*$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Label:
    """A label found in a line: what it names, the order its language writes dates in, and its end."""

    is_publication: bool
    day_first: bool | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Labelled:
    is_publication: bool
    date: FoundDate


def strike_dates(sheet: Sheet) -> StatedTime | None:
    """Strike out lines that hold a date and nothing else; return the one labelled as publication, if there is one."""
    published: StatedTime | None = None
    below_closer = False
    for index, line in enumerate(sheet.lines):
        below_closer |= index > sheet.first_prose and sheet.reasons[index] is Rule.CLOSER
        if not sheet.stands(index) or len(line.text) > MAX_DATED_CHARS:
            continue
        if line.is_prose and not _is_all_small(line.text):
            continue
        labelled = _in_line(line.text) or _over_two_lines(sheet, index)
        if labelled is not None:
            sheet.strike(index, Rule.DATE_PUBLISHED if labelled.is_publication else Rule.DATE_OTHER)
            if labelled.is_publication and not below_closer and published is None:
                published = labelled.date.stated
        elif sheet.is_at_edge(index) and _is_widget(sheet, index):
            sheet.strike(index, Rule.WIDGET_DATE)
    return published


def _in_line(text: str) -> _Labelled | None:
    """The labelled date of a line; of several the publication."""
    found: _Labelled | None = None
    if not may_be_dated(text):
        return None
    labels = _labels_in(text)
    for label in labels:
        rest = text[label.end :]
        date = find_date(rest, day_first=label.day_first)
        if date is None:
            continue
        if _is_imprint(rest[: date.start]):
            return _Labelled(False, date)
        if not _is_filler(rest[: date.start]):
            continue
        if len(_WORD.findall(rest[date.end :])) > _MAX_REST_WORDS:
            continue
        if label.is_publication:
            return _Labelled(True, date)
        found = found or _Labelled(False, date)
    return found or _before_label(text, labels)


def _before_label(text: str, labels: list[_Label]) -> _Labelled | None:
    """A date with its label behind it, and nothing more in the line: `2 March 2026Published`."""
    if len(labels) != 1 or _WORD.search(text[labels[0].end :]):
        return None
    lead = text[: labels[0].start]
    date = find_date(lead, day_first=labels[0].day_first)
    return _Labelled(labels[0].is_publication, date) if date and _is_date_only(lead, date) else None


def _over_two_lines(sheet: Sheet, index: int) -> _Labelled | None:
    """A label alone in its line, the date at the start of the next. The next line is struck out here."""
    words = " ".join(sheet.lines[index].text.strip(" •-–—*·|:：").lower().split())
    if words not in _label_meanings() or index + 1 == len(sheet.lines):
        return None
    is_publication, day_first = _label_meanings()[words]
    below = sheet.lines[index + 1].text
    date = find_date(below, day_first=day_first)
    if date is None or not _is_date_only(below, date):
        return None
    sheet.strike(index + 1, Rule.DATE_PUBLISHED if is_publication else Rule.DATE_OTHER)
    return _Labelled(is_publication, date)


def _labels_in(text: str) -> list[_Label]:
    labels: list[_Label] = []
    for found in _label_pattern().finditer(text):
        lead = text[: found.start()]
        if len(_WORD.findall(lead)) > _MAX_LEAD_WORDS or len(labels) == _MAX_LABELS:
            break
        is_publication, day_first = _label_meanings()[" ".join(found.group(1).lower().split())]
        of_text = is_publication and not _OF_OTHER.search(lead)
        labels.append(_Label(of_text, day_first, found.start(), found.end()))
    return labels


def _is_filler(text: str) -> bool:
    """Whether words between label and date are only weekdays, particles or a byline."""
    words = _WORD.findall(text.lower())
    if len(words) > _MAX_FILLER_WORDS:
        return False
    return bool(_BY.match(text)) or all(word in _small_words() for word in words)


def _is_imprint(text: str) -> bool:
    """Whether words between label and date speak of a publisher over time: `by Lantern Ltd since`."""
    return _BY.match(text) is not None and _SINCE.search(text) is not None


def is_date_line(text: str) -> bool:
    """Whether a line is a date and nothing more but its label, a weekday, a time of day, a zone.

    >>> is_date_line("Published on Monday, 2 March 2026, 9:15 GMT"), is_date_line("Ilse Maren, 2 March 2026")
    (True, False)
    """
    date = find_date(text, day_first=True) if len(text) <= MAX_DATED_CHARS else None
    return date is not None and (_is_date_only(text, date) or _is_all_small(text))


def _is_date_only(text: str, date: FoundDate) -> bool:
    words = _WORD.findall((text[: date.start] + " " + text[date.end :]).lower())
    return len(words) <= _MAX_FILLER_WORDS and all(word in _small_words() for word in words)


def _is_all_small(text: str) -> bool:
    """Whether a line that looks like prose is made of labels, dates and particles only."""
    return all(word in _date_words() for word in _WORD.findall(text.lower()))


def _is_widget(sheet: Sheet, index: int) -> bool:
    """Whether an unlabelled line is a date and nothing more; above the first prose a place may stand with it."""
    line = sheet.lines[index]
    date = find_date(line.text, day_first=True)
    if date is None:
        return False
    if _is_date_only(line.text, date):
        return True
    words = [
        word
        for word in _WORD.findall((line.text[: date.start] + " " + line.text[date.end :]).lower())
        if word not in _small_words()
    ]
    return index < sheet.first_prose and len(words) <= _MAX_PLACE_WORDS and not line.ends_sentence


@cache
def _small_words() -> frozenset[str]:
    table = date_table()
    return frozenset(_WORD.findall(f"{table['weekdays']} {table['particles']}".lower()))


@cache
def _date_words() -> frozenset[str]:
    table = date_table()
    months = " ".join(name for names in table["months"].values() for name in names)
    labels = " ".join(_label_meanings())
    zones = "utc gmt cet cest est edt pst pdt bst msk мск mez mesz et pt ct"
    return _small_words() | frozenset(_WORD.findall(f"{months} {labels} {zones}".lower()))


@cache
def _label_meanings() -> dict[str, tuple[bool, bool | None]]:
    table = date_table()
    day_first = frozenset(table["day_first"])
    return {
        label.lower(): (kind == "published", True if language in day_first else None)
        for kind in ("other", "published")
        for language, labels in table[kind].items()
        for label in labels
    }


@cache
def _label_pattern() -> re.Pattern[str]:
    labels = sorted(_label_meanings(), key=len, reverse=True)
    spelled = "|".join(re.escape(label).replace(r"\ ", r"\s+") for label in labels)
    return re.compile(
        rf"(?:(?<![^\W\d_])|(?-i:(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])))(?=[^\W\d_])({spelled})(?=[\W\d_]|[A-ZÀ-Þ]|$)",
        re.IGNORECASE,
    )
