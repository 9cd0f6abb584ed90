"""What says nothing of the text's origin: agencies quoted in it, and agencies whose pictures stand beside it."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pipelines.core.credit.finding import Finding, Rule
from pipelines.core.credit.table import Spellings, agencies, author_spellings, spellings_of
from schemas.article_parts import AgencyRole, Media

_BODY_CHARS = 30_000  # a quotation beyond is not looked for: bounded work on any body
_WINDOW = 40
# Tokens that are no word, no party and no product in any language of the table.
_QUOTABLE_TOKENS = ("AFP", "ANSA", "EFE", "KCNA", "TASS", "ТАСС", "dpa")
_SAID_AFTER = re.compile(
    r"[^.!?\n]{0,20}?\b(?:reported|reports|said|says|cited|quoted|berichtete|berichtet|meldete|meldet|rapporte|informó"
    r"|informa|scrive|riporta|сообщает|сообщило|сообщил|передает)\b|[^。\n]{0,6}(?:报道|報導|报导|報じ|가 전했|이 전했|가 보도)"
)
_ASKED_BEFORE = re.compile(
    r"\b(?:told|according to|citing|by|laut|selon|según|secondo|volgens|сообщает|сообщило|передает|news agency|agency"
    r"|Nachrichtenagentur|agence(?: de presse)?|agencia|agenzia|dijo a|disse à|a déclaré à)\s+(?:the\s+|la\s+|l['’]\s?)?$",
    re.IGNORECASE,
)

_CREDIT_MARK = re.compile(
    r"(?:photo|foto|image|picture|bild|credit|crédit|©)[\s:/]{0,3}([^\n]{2,80})$", re.IGNORECASE
)
_BRACKET = re.compile(r"[(\[]([^()\[\]\n]{2,80})[)\]]")
_AGENCY_SLASH = re.compile(r"\b(?:AP Photo|REUTERS/|AFP/)")
_CAPTION_CHARS = 200


def citations(body: str) -> Iterator[Finding]:
    """Agencies that running text quotes: "Reuters reported", "told AFP". Linear in the first 30,000 characters."""
    text = body[:_BODY_CHARS]
    seen: set[str] = set()
    for mention in _quotable_spellings().mentions(text):
        if mention.agency in seen:
            continue
        before = _ASKED_BEFORE.search(text[max(0, mention.start - _WINDOW) : mention.start])
        after = _SAID_AFTER.match(text[mention.end : mention.end + _WINDOW])
        if before is not None or after is not None:
            seen.add(mention.agency)
            start = mention.start - len(before[0]) if before is not None else mention.start
            end = mention.end + (after.end() if after is not None else 0)
            yield Finding(mention.agency, AgencyRole.CITED, Rule.CITED, f"({text[start:end]})")


@cache
def _quotable_spellings() -> Spellings:
    return spellings_of(
        (agency.id, (*agency.names, *(token for token in agency.tokens if token in _QUOTABLE_TOKENS)))
        for agency in agencies()
    )


def photo_credits(media: Sequence[Media]) -> Iterator[Finding]:
    """Agencies named in a picture's credit, or at the credit's place of its caption."""
    for picture in media:
        if picture.credit:
            yield from _photo(picture.credit)
        for credit in _caption_credits(picture.caption or ""):
            yield from _photo(credit)


def _caption_credits(caption: str) -> list[str]:
    """What a caption ends with, in brackets or behind the word for picture; at most its last 200 characters."""
    end = caption.rstrip(" .")[-_CAPTION_CHARS:]
    brackets = [found[1] for found in _BRACKET.finditer(end)]
    marked = _CREDIT_MARK.search(end)
    slashed = _AGENCY_SLASH.search(end)
    return [*brackets[-1:], *([marked[1]] if marked else []), *([slashed[0]] if slashed else [])]


def _photo(credit: str) -> Iterator[Finding]:
    for mention in author_spellings().mentions(credit[:_CAPTION_CHARS]):
        yield Finding(mention.agency, AgencyRole.PHOTO, Rule.PHOTO, f"({credit})")
