"""Notices that kill another item: which one they name.

IPTC 7901, ANPA and RSS have no status; there, and in careless use of the others, a kill is a message of its own that
points at its target by link, number, id or slug ("Please kill item dpa 157"). A target is `guid:`, `number:` or `slug:`
and what was named, spelled as the target's own row spells it; of an id longer than a field may be `item:` and the
article_id that it makes.

    linked as killed, ids in the text, numbers in the text     all of them
    a slug                                                     only where nothing of these is named

Source: research/wire.md §2.1–2.2.
"""

import re

from pipelines.core.identity import digest
from pipelines.core.urls import host_of
from pipelines.core.wire.guid import item_guid
from pipelines.core.wire.item import WireItem
from pipelines.core.wire.profile import Profile
from schemas.rejection import Rejected

# In capitals and set off: `KILL KILL KILL`, `KILL: …`, `KILL item 157`. The film KILL BILL is none.
_HEADLINE = re.compile(
    r"\W*(?:(?:MANDATORY|BULLETIN|URGENT|ADVISORY)\W+)?"
    r"(?:KILL(?:\W+KILL)*+(?:\s*(?:[-:–—,/(.!]|$)|\s+(?i:notice|item|story|message|advisory|no\.?|nr\.?|number)\b)"
    r"|(?:STORY|ITEM|MELDUNG)\s+(?:WITHDRAWN|KILLED|ZURÜCKGEZOGEN)\b)"
)
_ORDER = re.compile(
    r"\b(?:please|must|mandatory|bitte)\s+kill\b"
    r"|\bkill\s+(?:the\s+|our\s+)?(?:items?|messages?|story|stories|reports?|slugs?|meldung(?:en)?|numbers?|nos?\.?|nr\.?)\b"
    r"|^\W*KILL\b\W+KILL\b",
    re.IGNORECASE,
)
_NUMBER_WORD = (
    r"(?:items?|messages?|msgs?|story|stories|reports?|meldung(?:en)?|numbers?|nummern?|nos?\.?|nrn?\.?)"
)
# With a plural only: `KILL item 157 - 200 hurt` names one.
_RANGE = re.compile(
    r"\b(?:items|messages|stories|reports|meldungen|numbers|nummern|nos\.?)\s+(\d{1,6})(?:[-–]|\s+(?:to|through|bis)\s+)(\d{1,6})\b(?![:.]\d)",
    re.IGNORECASE,
)
_RANGE_LENGTH = 30
# Between two targets of one order: `157, 158 and item 159`.
_LIST_GLUE = r"\s*+(?:(?:[,;&+/]|\b(?:and|und|et|y|e|og|och)\b)\s*+){1,2}"
# `157 and 12 others`, `157, 3 March`: a further number is one of a list only where the list goes on or ends.
_LIST_END = r"(?=\s*(?:$|[.,;:!)\]&+/\"”]|(?:and|und|et|at|sofort)\b))"
_SLUG = re.compile(r"\bslug(?:ged|line)?\s*:?\s*[\"“„]?([^\s\"”“,;]{3,100})", re.IGNORECASE)
_GUID = re.compile(r"\b(?:urn:|tag:|https?://)[^\s\"'<>]{4,500}", re.IGNORECASE)
_KILLING_RELS = frozenset({"kills", "kill", "withdraws", "cancels", "retracts"})
# Longer ids stand in a target as the article_id that they make.
_GUID_CHARS = 400
_FIELD_CHARS = 500
# An order stands at the top of a notice; a quotation further down orders nothing.
_PARAGRAPHS_READ = 3
_PARAGRAPH_CHARS = 600
_NOTES_READ = 16


def names_a_kill(item: WireItem) -> bool:
    """Whether the item orders a kill in words or in markup."""
    if any(is_killing(reference.rel) for reference in item.references):
        return True
    if item.headline is not None and _HEADLINE.match(item.headline):
        return True
    return any(map(_orders, item.ed_notes)) or any(map(_orders_by_name, _top(item)))


def _orders(note: str) -> bool:
    return _may_say_kill(note) and _ORDER.search(note) is not None


def _may_say_kill(text: str) -> bool:
    """Whether the word may be in it, in any case; a dotted capital I and a small one without a dot are the letter too."""
    lowered = text.lower()
    return "kill" in (lowered if text.isascii() else lowered.replace("i\u0307", "i").replace("ı", "i"))


def is_killing(rel: str) -> bool:
    """Whether a link of this relation orders a kill: `irel:kills`, and not every `irel:`."""
    return re.split(r"[:/#]", rel.lower())[-1] in _KILLING_RELS


def kill_targets_of(item: WireItem, profile: Profile) -> tuple[str, ...]:
    """What a notice that kills names, each once; empty when it names nothing, or only itself."""
    own = item_guid(item.guid, profile).guid
    texts = [text for text in (item.headline, *item.ed_notes, *_top(item)) if text is not None]
    linked = (reference.guid for reference in item.references if is_killing(reference.rel))
    named = (guid for text in texts for guid in _guids(text, item.guid, profile))
    guids = (item_guid(guid, profile).guid for guid in (*linked, *named))
    targets = [_by_guid(guid, profile) for guid in guids if guid != own]
    targets += (f"number:{number}" for text in texts for number in _numbers(text, profile))
    if not targets:
        slugs = (match[1].rstrip(".)") for text in texts if (match := _SLUG.search(text)) is not None)
        slug = next(slugs, item.slugline)
        targets = [] if slug is None else [f"slug:{slug}"]
    return tuple(dict.fromkeys(targets))


def as_field(targets: tuple[str, ...], profile: Profile) -> str:
    """The targets on a line each; where many ids would be too long, each by the article_id that it makes."""
    stated = "\n".join(targets)
    if len(stated) <= _FIELD_CHARS:
        return stated
    parts = (target.partition(":") for target in targets)
    return "\n".join(
        f"item:{digest('wire', profile.id, value)}" if kind == "guid" else f"{kind}:{value}"
        for kind, _, value in parts
    )


def other_targets_of(item: WireItem, profile: Profile) -> tuple[str, ...]:
    """What a canceled item orders beside its own end: targets that it names and that are not itself."""
    own = {f"number:{message_number_of(item, profile)}", f"slug:{item.slugline}".casefold()}
    return tuple(target for target in kill_targets_of(item, profile) if target.casefold() not in own)


def _by_guid(guid: str, profile: Profile) -> str:
    return f"guid:{guid}" if len(guid) <= _GUID_CHARS else f"item:{digest('wire', profile.id, guid)}"


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


def _top(item: WireItem) -> list[str]:
    """The first paragraphs, those to editors too: an order to kill is a line to editors."""
    read = (*item.paragraphs[:_PARAGRAPHS_READ], *item.non_public[:_NOTES_READ])
    return [paragraph[:_PARAGRAPH_CHARS] for paragraph in read]


def _orders_by_name(paragraph: str) -> bool:
    """Whether a paragraph of the body gives the order and names what: a story may well quote the order alone."""
    found = _ORDER.search(paragraph) if _may_say_kill(paragraph) else None
    if found is None or found.start() > 80:
        return False
    rest = paragraph[found.start() :]
    return bool(re.search(r"\d|\bslug|urn:|tag:|\bKILL\W+KILL\b", rest))


def _numbers(text: str, profile: Profile) -> list[str]:
    """The numbers that an order in this text lists."""
    order = re.search(r"\bkill\b", text, re.IGNORECASE)
    if order is None:
        return []
    agency = f"{re.escape(profile.id)}|{re.escape(profile.id.partition('.')[0])}"
    between = rf"(?:(?:number|nummer|no\.?|nr\.?|{agency})\s+){{0,2}}"
    number = r"#?(?P<number>\d{1,6})\b(?![:.]\d)"
    first = re.compile(rf"\b(?:kill\s+|{_NUMBER_WORD}\s+){between}{number}", re.IGNORECASE)
    word = rf"(?:{_NUMBER_WORD}\s+{between}{number}|{between}{number.replace('number', 'bare')}{_LIST_END})"
    further = re.compile(_LIST_GLUE + word, re.IGNORECASE)
    found = first.search(text, order.start())
    numbers = []
    while found is not None:
        numbers.append(plain_number(next(filter(None, found.groups()))))
        found = further.match(text, found.end())
    return numbers + _range(text[order.start() :])


def _range(text: str) -> list[str]:
    """The numbers of `items 157-159`; a range of more than a few is none."""
    found = _RANGE.search(text)
    if found is None or not 0 < int(found[2]) - int(found[1]) <= _RANGE_LENGTH:
        return []
    return [str(number) for number in range(int(found[1]), int(found[2]) + 1)]


def _guids(text: str, own: str, profile: Profile) -> list[str]:
    """The ids in a text, from its order on: of several those that one list holds."""
    order = re.search(r"\bkill\b", text[:4_000], re.IGNORECASE)
    listed: list[str] = []
    end = 0
    for found in _GUID.finditer(text[:4_000], 0 if order is None else order.start()):
        if not _is_item_id(found[0], own, profile):
            continue
        guid = found[0].rstrip(".,;:)]}")
        goes_on = re.fullmatch(
            rf"{_LIST_GLUE}(?:{_NUMBER_WORD}\s+)?", text[end : found.start()], re.IGNORECASE
        )
        if listed and goes_on is None:
            break
        listed.append(guid)
        end = found.start() + len(guid)
    return listed


def _is_item_id(guid: str, own: str, profile: Profile) -> bool:
    """Whether a name in free text may be an item: the address of a help page is none."""
    if not guid[:8].lower().startswith(("http://", "https://")):
        return True
    if guid.startswith(profile.guid_prefixes):
        return True
    host = _host(guid)
    return host is not None and host == _host(own) and re.search(r"\d", guid.partition("//")[2]) is not None


def _host(uri: str) -> str | None:
    if not uri[:8].lower().startswith(("http://", "https://")):
        return None
    try:
        return host_of(uri) or None
    except Rejected:
        return None
