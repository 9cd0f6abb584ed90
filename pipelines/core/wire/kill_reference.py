"""Notices that kill another item: which one they name.

IPTC 7901, ANPA and RSS have no status; there, and in careless use of the others, a kill is a message of its own that
points at its target by link, number, id or slug ("Please kill item dpa 157"). The value is `guid:`, `number:` or
`slug:` and what was named, spelled as the target's own row spells it.

Source: research/wire.md §2.1–2.2.
"""

import re

from pipelines.core.wire.guid import item_guid
from pipelines.core.wire.item import WireItem
from pipelines.core.wire.profile import Profile

# In capitals and set off: `KILL KILL KILL`, `KILL: …`, `KILL item 157`. The film KILL BILL is none.
_HEADLINE = re.compile(
    r"\W*(?:(?:MANDATORY|BULLETIN|URGENT|ADVISORY)\W+)?"
    r"(?:KILL(?:\W+KILL)*+(?:\s*(?:[-:–—,/(.!]|$)|\s+(?i:notice|item|story|message|advisory|no\.?|nr\.?|number)\b)"
    r"|(?:STORY|ITEM|MELDUNG)\s+(?:WITHDRAWN|KILLED|ZURÜCKGEZOGEN)\b)"
)
_ORDER = re.compile(
    r"\b(?:please|must|mandatory|bitte)\s+kill\b"
    r"|\bkill\s+(?:the\s+|our\s+)?(?:item|message|story|report|slug|meldung|number|no\.?|nr\.?)\b"
    r"|^\W*KILL\b\W+KILL\b",
    re.IGNORECASE,
)
_NUMBER_WORD = r"(?:item|message|msg|story|report|meldung|number|nummer|no\.?|nr\.?)"
_SLUG = re.compile(r"\bslug(?:ged|line)?\s*:?\s*[\"“„]?([^\s\"”“,;]{3,100})", re.IGNORECASE)
_GUID = re.compile(r"\b(?:urn:|tag:|https?://)[^\s\"'<>]{4,500}", re.IGNORECASE)
_KILLING_RELS = frozenset({"kills", "kill", "withdraws", "cancels", "retracts"})
# An order stands at the top of a notice; a quotation further down orders nothing.
_PARAGRAPHS_READ = 3
_PARAGRAPH_CHARS = 600


def names_a_kill(item: WireItem) -> bool:
    """Whether the item orders a kill in words or in markup."""
    if any(_rel(reference.rel) in _KILLING_RELS for reference in item.references):
        return True
    if item.headline is not None and _HEADLINE.match(item.headline):
        return True
    return any(_ORDER.search(text) for text in item.ed_notes) or any(map(_orders_by_name, _top(item)))


def kill_target_of(item: WireItem, profile: Profile) -> str | None:
    """What a notice that kills names; `None` when it names nothing, or only itself."""
    own = item_guid(item.guid, profile).guid
    linked = [
        item_guid(reference.guid, profile).guid
        for reference in item.references
        if _rel(reference.rel) in _KILLING_RELS or reference.rel.lower().startswith("irel:")
    ]
    texts = [text for text in (item.headline, *item.ed_notes, *_top(item)) if text is not None]
    named = [item_guid(guid, profile).guid for text in texts for guid in _guids(text)]
    numbers = (_number(text, profile) for text in texts)
    number = next((found for found in numbers if found is not None), None)
    slugs = (match[1].rstrip(".)") for text in texts if (match := _SLUG.search(text)) is not None)
    slug = next(slugs, item.slugline)
    guid = next((guid for guid in linked + named if guid != own), None)
    if guid is not None:
        return f"guid:{guid}"
    if number is not None:
        return f"number:{number}"
    return None if slug is None else f"slug:{slug}"


def message_number_of(item: WireItem, profile: Profile) -> str | None:
    """The number by which a notice may name this item: by the provider's pattern, else among its other ids."""
    if profile.number_pattern is not None:
        for text in (item.guid, item.slugline):
            found = re.search(profile.number_pattern, text) if text is not None else None
            if found is not None:
                return plain_number(found[found.lastindex or 0])
    stated = (value for role, value in item.alt_ids if re.sub(r"[^a-z]", "", role.lower()) in _NUMBER_ROLES)
    first = next(stated, None)
    return None if first is None else plain_number(first)


_NUMBER_ROLES = frozenset({"number", "messagenumber", "itemnumber", "sequencenumber", "sequence", "msgno"})


def plain_number(text: str) -> str:
    """A number without leading zeros, so that 0157 is 157; other ids in lower case, at most 64 characters."""
    text = text.strip()
    return (
        (text.lstrip("0") or "0")
        if text.isascii() and text.isdigit() and len(text) <= 64
        else text.lower()[:64]
    )


def _rel(rel: str) -> str:
    return re.split(r"[:/#]", rel.lower())[-1]


def _top(item: WireItem) -> list[str]:
    """The first paragraphs, those to editors too: an order to kill is a line to editors."""
    read = (*item.paragraphs[:_PARAGRAPHS_READ], *item.non_public[:_PARAGRAPHS_READ])
    return [paragraph[:_PARAGRAPH_CHARS] for paragraph in read]


def _orders_by_name(paragraph: str) -> bool:
    """Whether a paragraph of the body gives the order and names what: a story may well quote the order alone."""
    found = _ORDER.search(paragraph)
    if found is None or found.start() > 80:
        return False
    rest = paragraph[found.start() :]
    return bool(re.search(r"\d|\bslug|urn:|tag:|\bKILL\W+KILL\b", rest))


def _number(text: str, profile: Profile) -> str | None:
    agency = f"{re.escape(profile.id)}|{re.escape(profile.id.partition('.')[0])}"
    between = rf"(?:(?:number|nummer|no\.?|nr\.?|{agency})\s+){{0,2}}"
    pattern = rf"\b(?:kill\s+|{_NUMBER_WORD}\s+){between}#?(\d{{1,6}})\b(?![:.]\d)"
    order = re.search(r"\bkill\b", text, re.IGNORECASE)
    found = re.search(pattern, text[order.start() :], re.IGNORECASE) if order is not None else None
    return None if found is None else plain_number(found[1])


def _guids(text: str) -> list[str]:
    return [found[0].rstrip(".,;:)]}") for found in _GUID.finditer(text[:4_000])]
