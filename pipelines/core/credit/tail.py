"""The end of a text: who signed it, and whose material went into it.

Read in the last six paragraphs, never above: a sentence in the middle of a report that ends with `(AP)` is a quotation
or a caption.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pipelines.core.credit.brackets import agencies_in, credit_brackets
from pipelines.core.credit.finding import Finding, Rule
from pipelines.core.credit.table import Agency, agencies, any_of, author_spellings
from schemas.article_parts import AgencyRole

_PARAGRAPHS, _TAIL_CHARS, _LINE_CHARS = 6, 600, 80

_SENTENCE_END = (".", "!", "?", "»", "”", '"', "“", "…", "。", "’")
_CLOSING = re.compile(r"(?:(?<=[.!?»”\"“…。’] )|^)[(\[（/][^()\[\]（）/:\n]{2,30}[)\]）/](?=\W{0,2}$)")
# The most that `_CLOSING` finds, and where in it the bracket closes: it is looked for at the end only.
_CLOSING_CHARS, _CLOSER_CHARS = 36, 4
_CLOSERS = (")", "]", "）", "］", "】", "/")
_BEHIND_CLOSER = " ."
_LIST_MARK = re.compile(r"[-–—•*·>]")
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)[\s©]{0,4}(?:\d{4}[,\s]{1,3})(?:by\s+)?(?:the\s+)?", re.IGNORECASE
)
_YEAR = re.compile(r"\d\d\d\d[,\s]")  # hardly a line has one, and without one there is no notice
_RIGHTS = re.compile(
    r"[.,\s]{0,4}(?:all rights reserved[.\s]{0,4})?(?:this material may not be published\b.*)?$",
    re.IGNORECASE,
)

# What leads in a list of helpers, at the start of a line, a sentence or a bracket.
_LEAD = (
    r"\s?(?:--?\s?)?(?P<lead>"
    r"with\s+(?:additional\s+)?(?:agency\s+)?(?:inputs?|reporting|materials?|files?|reports?|information|contributions?)"
    r"\s+(?:from|by)"
    r"|with\s+(?=[A-Z])|avec\s+(?:l['’]\s?)?|mit\s+(?:(?:agentur)?material|informationen)?\s?(?:von|der|des)?|met\s+(?=[A-Z])"
    r"|con\s+(?:informaci[óo]n|datos|material(?:e)?)\s+d[ei]l?|com\s+(?:informa[çc][õo]es|agências)\s+(?:d[aeo]s?\s)?"
    r"|met\s+medewerking\s+van|po\s+materiałach"
    r"|(?:sources?|quellen?|fuentes?|fontes?|bron(?:nen)?|kilde|källa|źródło|zdroj|forrás|kaynak|источник|джерело|来源|來源)\s?[:：])"
)
_HELPED_BY_FIRST = re.compile(_LEAD, re.IGNORECASE)
_HELPED_BY = re.compile(r"[(\[（.!?”\"»]\s?" + _LEAD, re.IGNORECASE)
_HELPER_CHARS = 100
_CONTRIBUTED = re.compile(
    r"\s(?:also )?contributed (?:reporting )?to this (?:report|article|story)", re.IGNORECASE
)


def sign_offs(paragraphs: Sequence[str], captions: frozenset[str]) -> Iterator[Finding]:
    """Agencies that signed the text; `captions` are lines known to stand under pictures."""
    tail = [line[-_TAIL_CHARS:] for line in paragraphs[-_PARAGRAPHS:] if line not in captions]
    for line in tail:
        for agency in _may_sign(line):
            snippet = _signature(line, agency)
            if snippet is not None:
                yield Finding(agency.id, AgencyRole.ORIGIN, Rule.SIGN_OFF, f"({snippet.strip('()')})")
        yield from copyright_findings(line)
    yield from _closing_credits(tail)


@cache
def _signing() -> tuple[Agency, ...]:
    """Agencies that sign in words of their own."""
    return tuple(agency for agency in agencies() if agency.sign_offs or agency.closing_lines)


@cache
def _closing() -> tuple[Agency, ...]:
    return tuple(agency for agency in _signing() if agency.closing_lines)


@cache
def _first_phrases() -> re.Pattern[str]:
    return re.compile(any_of([phrases[0] for agency in _signing() for phrases in agency.sign_offs]))


def _may_sign(line: str) -> tuple[Agency, ...]:
    """Agencies that may have signed in a line. Hardly a line has the beginning of what any of them writes."""
    return _signing() if _first_phrases().search(line) is not None else _closing()


def _signature(line: str, agency: Agency) -> str | None:
    for phrases in agency.sign_offs:
        start = line.find(phrases[0])
        place = start
        for phrase in phrases:
            place = line.find(phrase, place) if place >= 0 else -1
        if place >= 0:
            return line[start:]
    if len(line) <= _LINE_CHARS and any(pattern.fullmatch(line) for pattern in agency.closing_lines):
        return line
    return None


def _closing_credits(tail: Sequence[str]) -> Iterator[Finding]:
    """`… on Monday. (NTB)`, `/ritzau/`: the one bracket that ends a line, after a sentence or alone in it.

    Where several lines end in different brackets the text is a list of links or a review of the press.
    """
    if len({bracket for bracket in map(_closing_bracket, tail) if bracket is not None}) > 1:
        return
    for line in tail:
        if not line.rstrip(_BEHIND_CLOSER).endswith(_CLOSERS):
            continue
        bracket = next(reversed(credit_brackets(line)), None)
        if (
            bracket is not None
            and not line[bracket.end :].strip(_BEHIND_CLOSER)
            and not _LIST_MARK.match(line)
        ):
            before = line[: bracket.start].rstrip()
            if not before or before.endswith(_SENTENCE_END):
                for agency in bracket.agencies:
                    yield Finding(agency, AgencyRole.ORIGIN, Rule.SIGN_OFF, bracket.text)


def _closing_bracket(line: str) -> str | None:
    if not any(closer in line[-_CLOSER_CHARS:] for closer in _CLOSERS):
        return None
    found = _CLOSING.search(line, max(0, len(line) - _CLOSING_CHARS))
    return found[0] if found is not None else None


def copyright_findings(line: str) -> Iterator[Finding]:
    """`© 2026 The Associated Press. All rights reserved.` The year is needed: `© AFP` stands under pictures."""
    if _YEAR.search(line) is None:
        return
    spellings = author_spellings()
    for lead in _COPYRIGHT.finditer(line[:_TAIL_CHARS]):
        owner = spellings.at(line, lead.end())
        if owner is not None and _RIGHTS.match(line, owner.end):
            snippet = f"({line[lead.start() : owner.end]})"
            yield Finding(owner.agency, AgencyRole.ORIGIN, Rule.SIGN_OFF, snippet)


def with_inputs(paragraphs: Sequence[str]) -> Iterator[Finding]:
    """Agencies whose material went into the text: contributors."""
    for paragraph in paragraphs[-_PARAGRAPHS:]:
        line = paragraph[-_TAIL_CHARS:]
        for lead in _leads(line):
            yield from _helpers(line[lead.end("lead") : lead.end("lead") + _HELPER_CHARS], lead["lead"])
        for mention in author_spellings().mentions(line if " contributed " in line else ""):
            if _CONTRIBUTED.match(line, mention.end):
                snippet = f"({line[mention.start : mention.end]} contributed)"
                yield Finding(mention.agency, AgencyRole.CONTRIBUTOR, Rule.WITH_INPUTS, snippet)


def _leads(line: str) -> Iterator[re.Match[str]]:
    first = _HELPED_BY_FIRST.match(line)
    if first is not None:
        yield first
    yield from _HELPED_BY.finditer(line, first.end() if first is not None else 0)


def _helpers(text: str, lead: str) -> Iterator[Finding]:
    """The credit after a lead-in: up to the bracket, full stop or end, and nothing but a list of names."""
    listed = re.split(r"[)\]）]|\.(?:\s|$)|\n", text, maxsplit=1)[0]
    listed = re.sub(r"^(?:\s*(?:the|la|le|l['’]|der|des|a|da|do))?\s+", "", listed, flags=re.IGNORECASE)
    for agency in agencies_in(listed):
        yield Finding(agency, AgencyRole.CONTRIBUTOR, Rule.WITH_INPUTS, f"({lead} {listed})")
