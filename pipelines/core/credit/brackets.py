"""Brackets that hold a credit and nothing else: `(Reuters)`, `(dpa/lno)`, `/ТАСС/`, `【3月2日 AFP】`."""

import re
from dataclasses import dataclass

from pipelines.core.credit.table import bracket_spellings, run_on_spellings, runs_on

_BRACKET = re.compile(r"[(\[（［【]\s{0,3}([^()\[\]（）［］【】\n]{2,60})[)\]）］】]")
_SLASHED = re.compile(r"/(?<![\w/]/)([^/\n]{2,30})/(?![\w/])")
_PART = re.compile(r"[/,;|+&=]| [-–—] | (?:and|und|et|y|e|och|og|en) ")
# "Interfax-Ukraine", "Xinhua agency", "中央社記者…": a service, the word for what it is, a reporter.
_AFTER_NAME = re.compile(r"-[A-Z]\w{2,12}$| (?:News|news|Agency|agency|News Agency)$|記者|记者")
_MOST_PARTS, _OTHER_CHARS, _OTHER_WORDS = 4, 24, 2
_PICTURE = re.compile(r"photo|foto|image|video|bild|getty|archiv|picture|credit", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CreditBracket:
    """A bracket with the agencies in it: `line[start:end]` is `text`, brackets included."""

    agencies: tuple[str, ...]
    text: str
    start: int
    end: int


def credit_brackets(line: str) -> list[CreditBracket]:
    """Brackets of a line that hold a credit and nothing else, left to right. Linear in the line."""
    found = sorted((*_BRACKET.finditer(line), *_SLASHED.finditer(line)), key=re.Match[str].start)
    brackets = (
        CreditBracket(agencies_in(bracket[1]), bracket[0], bracket.start(), bracket.end())
        for bracket in found
    )
    return [bracket for bracket in brackets if bracket.agencies]


def agencies_in(content: str) -> tuple[str, ...]:
    """Agencies of a credit: names between separators, beside a service or an outlet of few words; else none.

    >>> agencies_in("dpa/lno"), agencies_in("AP Photo/Ada Example"), agencies_in("the AP style")
    (('dpa',), (), ())
    """
    parts = [part for part in map(str.strip, _PART.split(content.strip(" .©"))) if part]
    if len(parts) > _MOST_PARTS or is_of_pictures(content):
        return ()
    named = [_agency(part) for part in parts]
    others = [part for part, agency in zip(parts, named, strict=True) if agency is None]
    if not all(map(_is_service, others)):
        return ()
    return tuple(dict.fromkeys(agency for agency in named if agency is not None))


def is_of_pictures(credit: str) -> bool:
    """Whether a credit says that it is of a picture: `AP Photo`, `picture alliance/dpa`."""
    return _PICTURE.search(credit) is not None


def _is_service(part: str) -> bool:
    """Whether a part beside an agency may be a service or an outlet: few words, none of them an agency's name.

    "with AFP" and "Quelle: APA" speak of agencies in another role.
    """
    return (
        len(part) <= _OTHER_CHARS
        and len(part.split()) <= _OTHER_WORDS
        and not bracket_spellings().mentions(part)
    )


def _agency(part: str) -> str | None:
    spellings = bracket_spellings()
    start = spellings.at(part)
    if start is not None and (start.end == len(part) or _AFTER_NAME.match(part, start.end)):
        return start.agency
    return _run_on_agency(part) if runs_on(part) else None


def _run_on_agency(part: str) -> str | None:
    """`東京 ２日 ロイター`, `パリ時事`, `3月2日 AFP`: the agency ends the bracket."""
    last_word = part.rsplit(None, 1)[-1]
    spelled = bracket_spellings().agency.get(last_word)
    if spelled is not None:
        return spelled
    return next((agency for spelling, agency in run_on_spellings() if part.endswith(spelling)), None)
