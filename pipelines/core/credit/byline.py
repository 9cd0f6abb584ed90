"""Bylines: agencies among the authors.

    Reuters · By The Associated Press · Ada Example, AP · ADA EXAMPLE Associated Press     origin: it is the author
    Le Courrier et AFP · Redaktion/dpa                                                    contributor: one of two

An agency beside the outlet wrote a part, and nobody can say which. Short tokens count only where they are all of a
part: "Efe Example" is a man.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.core.credit.brackets import is_of_pictures
from pipelines.core.credit.dateline import is_place_and_date
from pipelines.core.credit.finding import Finding, Rule
from pipelines.core.credit.table import author_spellings, names
from schemas.article_parts import AgencyRole

_MOST_CHARS, _MOST_AUTHORS = 200, 20
_LEAD_IN = re.compile(
    r"\s*(?:(?:by|von|par|por|di|door|av|af|przez|от|автор)\s*:?\s+)?(?:the\s+)?", re.IGNORECASE
)
_STAFF = re.compile(
    r"\s+(?:News(?: Agency)?|Staff(?: Writers?)?|Writers?|Reporters?|Agency|Agencies|Online|Correspondents?)$",
    re.IGNORECASE,
)
# Joined as equals; a comma, a dash or a bracket says where a person belongs.
_JOINED = re.compile(r"\s+(?:and|und|et|y|e|och|og|with|mit|avec|con|com|met|via)\s+|\s*[/&+|;]\s*")
_BELONGS = re.compile(r"\s*(?:,|\s[-–—]\s|[()])\s*")
_SLASH = re.compile(r"[/|]")
_NUMBER = re.compile(r"(?<!뉴스)\d")  # 뉴스1 is an agency
_PERSON_WORDS = range(2, 5)
_PRINTED_BYLINE = re.compile(r"(?:By|BY|Von|Par|Por|Di|Door)\s+\S[^\n]{1,80}$")


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the equals in a byline: its agency, if it is one's, and whether someone else stands in it."""

    agency: str | None
    snippet: str


def byline_findings(
    byline: str | None, authors: Sequence[str], paragraphs: Sequence[str], outlet: Sequence[str]
) -> list[Finding]:
    """Agencies of the byline, else of the list of authors, else of a first line that is a byline.

    `outlet` are the names of the outlet itself: "Le Courrier, AFP" is the outlet beside the agency and no person.
    """
    for fields in ([byline] if byline else [], list(authors), _printed(paragraphs)):
        found = _credits(fields[:_MOST_AUTHORS], outlet)
        if found:
            return found
    return []


def _printed(paragraphs: Sequence[str]) -> list[str]:
    return [line for line in paragraphs[:1] if _PRINTED_BYLINE.match(line)]


def _credits(fields: Sequence[str], outlet: Sequence[str]) -> list[Finding]:
    texts = [field[:_MOST_CHARS] for field in fields]
    parts = [part for text in texts if not _is_of_a_picture(text, outlet) for part in _parts(text, outlet)]
    is_alone = all(part.agency is not None for part in parts)
    role = AgencyRole.ORIGIN if is_alone else AgencyRole.CONTRIBUTOR
    return [
        Finding(part.agency, role, Rule.BYLINE, f"({part.snippet})")
        for part in parts
        if part.agency is not None
    ]


def _is_of_a_picture(field: str, outlet: Sequence[str]) -> bool:
    """Whether a field credits a photographer: `REUTERS/Ada Example`, `picture alliance/dpa`."""
    sides = [side.strip() for side in _SLASH.split(field)]
    return is_of_pictures(field) or (len(sides) == 2 and any(_is_person(side, outlet) for side in sides))


def _parts(field: str, outlet: Sequence[str]) -> Iterator[_Part]:
    line, day = _without_time(field[_lead_in_end(field) :].strip())
    if day and (agency := _dated_agency(line)) is not None:
        yield _Part(agency, line)
        return
    for equal in filter(None, _JOINED.split(line)):
        pieces = [piece for piece in _BELONGS.split(equal) if piece]
        agencies = [_agency(piece) for piece in pieces]
        named = next((agency for agency in agencies if agency is not None), None)
        others = [piece for piece, agency in zip(pieces, agencies, strict=True) if agency is None]
        if named is None:
            yield _Part(_of_a_person(equal), equal)
        else:
            yield _Part(named, equal)
            yield from (_Part(None, other) for other in others if not _is_person(other, outlet))


def _without_time(line: str) -> tuple[str, bool]:
    """A byline up to its first digit, and whether there was one: pages print the time into it."""
    number = _NUMBER.search(line)
    return (line, False) if number is None else (line[: number.start()].strip(" ,|-–—"), True)


def _dated_agency(line: str) -> str | None:
    """The agency of `PTI, New Springfield, Nov`: before place and month, and before nobody else."""
    first, _, rest = line.partition(",")
    return _agency(first) if not rest.strip() or is_place_and_date(rest) else None


def _lead_in_end(field: str) -> int:
    found = _LEAD_IN.match(field)
    return found.end() if found is not None else 0


def _agency(piece: str) -> str | None:
    """The agency that a piece is, whole: `The Associated Press`, `Reuters Staff`, `AFP`."""
    spellings = author_spellings()
    bare = piece[_lead_in_end(piece) :].strip(" .©")
    return spellings.agency.get(bare) or spellings.agency.get(_STAFF.sub("", bare))


def _of_a_person(equal: str) -> str | None:
    """The agency that follows a person's name without a sign: `ADA EXAMPLE Associated Press`."""
    for mention in names().mentions(equal):
        person, rest = equal[: mention.start], equal[mention.end :]
        has_space = " " in equal[mention.start : mention.end]
        if has_space and not _STAFF.sub("", rest).strip() and _is_person(person.strip(), ()):
            return mention.agency
    return None


def _is_person(piece: str, outlet: Sequence[str]) -> bool:
    """Two to four words that begin with capitals and are not the outlet."""
    words = piece.split()
    return (
        len(words) in _PERSON_WORDS
        and not any(word[:1].islower() or word[:1].isdigit() for word in words)
        and _plain(piece) not in map(_plain, outlet)
    )


def _plain(name: str) -> str:
    return name.casefold().removeprefix("the ")
