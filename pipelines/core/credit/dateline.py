"""Datelines: place, date and agency before the first sentence.

    SPRINGFIELD, March 2 (Reuters) - …     (ANSA) - ROMA, 2 MAR - …      New Delhi, Mar 2 (PTI) …
    МОСКВА, 2 марта. /ТАСС/. …             新华社北京3月2日电 …           (서울=연합뉴스) … 기자 =

What stands before the agency must be a place and a date and not the beginning of a sentence, and must not spell the
token out: "Alcoholics Anonymous (AA) – a fellowship" explains an abbreviation.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.core.credit.brackets import CreditBracket, credit_brackets
from pipelines.core.credit.finding import Finding, Rule
from pipelines.core.credit.table import distinct_spellings, names, runs_on
from schemas.article_parts import AgencyRole

_PARAGRAPHS, _HEAD_CHARS, _PLACE_CHARS, _PLACE_WORDS = 3, 160, 90, 9

_DASH = re.compile(r"\s?[-–—―:=]|\s?\.\s?[-–—]")
_FULL_STOP = re.compile(r"\.(?:\s|$)")
_BARE_END, _BARE_END_AFTER_DASH = re.compile(r"\s?[-–—]\s"), re.compile(r"\s?[-–—]\s|\.\s")
_PLACE_BEHIND = re.compile(r"\s?[-–—]\s([^\n]{3,50}?)\s[-–—]\s")
_CHINESE_END = re.compile(r"([^。，,\n]{0,24}?)[电電讯訊]")
_KOREAN_PLACE = re.compile(r"[(\[]\s?([^=()\[\]]{1,12})=")
_PICTURE = re.compile(
    r"\W{0,4}(?:photo|foto|image|picture|file|bild|symbolbild|archiv|video)\b", re.IGNORECASE
)
_PARTICLES = frozenset(
    {"al", "am", "an", "bei", "da", "de", "del", "der", "des", "di", "die", "do", "du", "el", "en"}
)
_PARTICLES |= {"i", "la", "las", "le", "les", "los", "of", "och", "sur", "u", "z"}
_TRIM = " .,;:-–—―=()[]\"'’«»"
_TRIM_PLACE = " ,;:-–—―="  # a full stop may belong to an abbreviation: as printed
_LABEL = re.compile(r":\s|[()（）]")  # "SHOWS: SPRINGFIELD (MARCH 2)": a label or an aside, no dateline
_WORD_BREAK = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Dateline:
    """A dateline's agencies and, where it prints one, its place and date."""

    findings: tuple[Finding, ...]
    place: str | None


def find_dateline(paragraphs: Sequence[str]) -> Dateline | None:
    """The first dateline that names an agency in the first three paragraphs."""
    for paragraph in paragraphs[:_PARAGRAPHS]:
        head = paragraph[:_HEAD_CHARS]
        found = _bracketed(head) or _bare(head) or _chinese(head)
        if found is not None and not _PICTURE.match(head):
            return found
    return None


def _dateline(agencies: Sequence[str], snippet: str, place: str | None) -> Dateline:
    findings = tuple(Finding(agency, AgencyRole.ORIGIN, Rule.DATELINE, snippet) for agency in agencies)
    return Dateline(findings, place or None)


def _bracketed(head: str) -> Dateline | None:
    for bracket in credit_brackets(head):
        before, after = head[: bracket.start], head[bracket.end :]
        if _opens_a_report(before, after, bracket):
            return _dateline(bracket.agencies, bracket.text, _place(before, after, bracket))
    return None


def _opens_a_report(before: str, after: str, bracket: CreditBracket) -> bool:
    if not before.strip():
        return _DASH.match(after) is not None or runs_on(bracket.text)
    if not is_place_and_date(before) or _spells_out(before, bracket):
        return False
    if _DASH.match(after) is not None:
        return True
    if not after.strip():
        return before.isupper()
    dated = any(map(str.isdigit, before))
    return dated and (_FULL_STOP.match(after) is not None or _begins_a_sentence(after))


def _begins_a_sentence(after: str) -> bool:
    return after[0].isspace() and not after.lstrip()[:1].islower()


def _place(before: str, after: str, bracket: CreditBracket) -> str | None:
    printed = before.strip(_TRIM_PLACE)
    if printed:
        return printed
    behind = _PLACE_BEHIND.match(after)
    if behind is not None and is_place_and_date(behind[1]):
        return behind[1].strip()
    korean = _KOREAN_PLACE.match(bracket.text)
    return korean[1].strip() if korean is not None else None


def is_place_and_date(text: str) -> bool:
    """Whether every word can be of a place or a date: capitals, numbers, particles, months after numbers.

    >>> is_place_and_date("Madrid, 2 de marzo"), is_place_and_date("The wounded crew of")
    (True, False)
    """
    words = text.split()
    if len(text) > _PLACE_CHARS or len(words) > _PLACE_WORDS or not any(map(str.isalpha, text)):
        return False
    if _LABEL.search(text):
        return False
    after_number = False
    for word in words:
        core = word.strip(_TRIM)
        if core[:1].islower() and not after_number and core not in _PARTICLES:
            return False
        if core and core not in _PARTICLES:
            after_number = core[0].isdigit()
    return not names().mentions(text)


def _spells_out(before: str, bracket: CreditBracket) -> bool:
    """Whether the words before the bracket are what its letters stand for. A place in capitals never is."""
    token = "".join(filter(str.isalnum, bracket.text)).upper()
    words = [word for word in _WORD_BREAK.split(before) if word]
    initials = "".join(word[0] for word in words).upper()
    capitals = "".join(word[0] for word in words if word[0].isupper())
    return not before.isupper() and len(token) > 1 and (initials.endswith(token) or capitals.endswith(token))


def _bare(head: str) -> Dateline | None:
    """`SPRINGFIELD, March 2 Kyodo -`, `2 мар — РИА Новости.`, `INTERFAX.RU -`: distinct names without a bracket."""
    for mention in distinct_spellings().mentions(head):
        before, after = head[: mention.start], head[mention.end :]
        dashed = before.rstrip().endswith(("-", "–", "—"))
        end = _BARE_END_AFTER_DASH if dashed else _BARE_END
        dated = any(map(str.isdigit, before)) and is_place_and_date(before)
        if end.match(after) and (dated or not before.strip()):
            snippet = head[mention.start : mention.end]
            return _dateline((mention.agency,), snippet, before.strip(_TRIM_PLACE))
    return None


def _chinese(head: str) -> Dateline | None:
    """`新华社北京3月2日电`: agency, place and day run on, and the wire's word 电 or 讯 closes."""
    mention = names().at(head) or names().at(head, 1)
    if mention is None:
        return None
    end = _CHINESE_END.match(head, mention.end)
    if end is None or "日" not in end[1]:
        return None
    return _dateline((mention.agency,), head[mention.start : end.end()], end[1])
