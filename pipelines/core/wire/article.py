"""From an item as stated to an article: id, order, life, change, text, under the provider's rules.

A canceled item keeps its id, its order, its times and the notes to editors, and no text: nothing that its message
repeats of the story may live on in a record of its withdrawal.
"""

import re
from dataclasses import dataclass
from typing import Any

from pipelines.core.identity import digest, order_key
from pipelines.core.instants import ordering_time
from pipelines.core.language.tags import UNDETERMINED, canonical_tag
from pipelines.core.wire.change import change_type_of, is_release
from pipelines.core.wire.fit import fitted
from pipelines.core.wire.guid import ItemGuid, item_guid
from pipelines.core.wire.item import WireItem
from pipelines.core.wire.kill_reference import (
    as_field,
    kill_targets_of,
    message_number_of,
    names_a_kill,
    other_targets_of,
)
from pipelines.core.wire.kind import Kind, kind_of
from pipelines.core.wire.life import Life, life_of
from pipelines.core.wire.profile import Profile, VersionPolicy
from pipelines.core.wire.times import WireTimes, wire_times
from schemas.article import Article
from schemas.article_parts import (
    ItemKind,
    LanguageSource,
    PublishedSource,
    PubStatus,
    RemovedLine,
    SourceKind,
)
from schemas.rejection import ReasonCode, Rejected
from schemas.wire import RawWire

LANGUAGE_UNREADABLE = "language_unreadable"
KILL_TARGET_MISSING = "kill_target_missing"
_MAX_GUID_CHARS = 8_192  # as many as a URL may have

_URGENCY = re.compile(r"[1-9](?:\.0)?")
# `By Ada Vale and Jo Reed`: the word before the names, and what stands between them.
_BY = re.compile(r"^\s*(?:by|von|par|por|di|door|av|af|text)\b[\s:]*", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"\s*(?:[,;/&|]|\s(?:and|und|et|y|e|en|och|og)\s)\s*")
# Comment that the agency publishes with its correction.
_CORRECTION_PARAGRAPH = re.compile(
    r"\(?\s*(?:Corrects\b|This (?:story|version) (?:has been )?correct|CORRECTION\b|Correction\s*:|Korrigiert\b|Berichtigung\s*:)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """An item with everything that was concluded from it."""

    item: WireItem
    profile: Profile
    wire: RawWire
    guid: ItemGuid
    times: WireTimes
    life: Life
    kind: Kind

    @property
    def version(self) -> str | None:
        return self.item.version or self.guid.version


def article_of(item: WireItem, profile: Profile, wire: RawWire) -> Article:
    """The article that an item is.

    Raises:
        Rejected: a usable item without headline and body that neither withdraws nor releases anything; an id of more
            than 8,192 characters; more targets of a kill than their field holds.
    """
    if len(item.guid) > _MAX_GUID_CHARS:
        raise Rejected(ReasonCode.FIELD_TOO_LONG, f"an id of {len(item.guid)} characters")
    times = wire_times(item.version_created, item.first_created, wire.record.received, profile)
    reading = _Reading(
        item=item,
        profile=profile,
        wire=wire,
        guid=item_guid(item.guid, profile),
        times=times,
        life=life_of(item, profile),
        kind=kind_of(item, profile),
    )
    if reading.life.pub_status is PubStatus.CANCELED:
        return fitted(_article(reading, _orders_of_canceled(reading)))
    _check_has_text(reading)
    return fitted(_article(reading, _text(reading) | _subject(reading) | _language(reading) | _kill(reading)))


def _article(reading: _Reading, stated: dict[str, Any]) -> Article:
    """The article with its identity, life and times, and what else is stated of it."""
    item, profile, times, life = reading.item, reading.profile, reading.times, reading.life
    record = reading.wire.record
    published = times.published
    return Article(
        article_id=digest("wire", profile.id, reading.guid.guid),
        source_kind=SourceKind.WIRE,
        source=profile.id,
        source_name=profile.name or item.source_name,
        source_country=profile.country,
        order_key=_order_key(reading),
        origin=record.origin,
        payload_sha256=reading.wire.payload_sha256,
        item_kind=reading.kind.item_kind,
        take_no=reading.kind.take_no,
        guid=reading.guid.guid,
        version=reading.version,
        pub_status=life.pub_status,
        change_type=change_type_of(item, life.pub_status, profile, reading.version),
        embargoed_until=life.embargoed_until,
        visible_from=None if life.pub_status is PubStatus.WITHHELD else life.embargoed_until,
        expires=life.expires,
        visible_until=life.visible_until,
        restricted=profile.restricted,
        slugline=item.slugline,
        removed_lines=_removed(item, life),
        published=None if published is None else published.instant,
        published_source=None if published is None else PublishedSource.WIRE,
        published_precision=None if published is None else published.precision,
        published_zone=None if published is None else published.zone,
        version_created=times.version_created,
        received=record.received,
        message_number=message_number_of(item, profile),
        signals=item.signals,
        extractor=str(reading.wire.wire_format),
        **({"quality_flags": _flags(reading)} | stated),
    )


def _order_key(reading: _Reading) -> int:
    policy, version = reading.profile.version_policy, reading.version or ""
    is_number = version.isascii() and version.isdigit() and len(version) < 19
    received = reading.wire.record.received
    created = ordering_time(reading.times.version_created, received)
    return order_key(
        canceled=reading.life.pub_status is PubStatus.CANCELED,
        version=int(version) if policy is VersionPolicy.INTEGER and is_number else 0,
        created=received if policy is VersionPolicy.RECEIVED else created,
    )


def _removed(item: WireItem, life: Life) -> tuple[RemovedLine, ...]:
    notes = tuple(RemovedLine(line=line, reason="editors_note") for line in item.ed_notes)
    if life.pub_status is PubStatus.CANCELED:
        return notes  # paragraphs of the body, whoever they were for, are text of the story
    return (*notes, *(RemovedLine(line=line, reason="non_public") for line in item.non_public))


def _flags(reading: _Reading) -> tuple[str, ...]:
    flags = [*reading.item.flags, *reading.times.flags, *reading.life.flags]
    if reading.item.language is not None and canonical_tag(reading.item.language) is None:
        flags.append(LANGUAGE_UNREADABLE)
    return tuple(dict.fromkeys(flags))


def _check_has_text(reading: _Reading) -> None:
    item = reading.item
    has_text = item.headline is not None or bool(item.paragraphs) or item.abstract is not None
    if has_text or reading.life.pub_status is not PubStatus.USABLE:
        return
    if not is_release(item, reading.profile) and not names_a_kill(item):
        raise Rejected(ReasonCode.TEXT_EMPTY, "a usable item without headline and body")


def _text(reading: _Reading) -> dict[str, Any]:
    item = reading.item
    body = _without_headline(item)
    return {
        "headline": item.headline,
        "byline": item.byline,
        "authors": _authors(item.byline),
        "dateline": item.dateline,
        "abstract": item.abstract,
        "body_text": "\n".join(body) or None,
        "media": item.media,
        "correction_note": item.correction_note
        or next(filter(_CORRECTION_PARAGRAPH.match, body[:3] + body[-2:]), None),
    }


def _without_headline(item: WireItem) -> tuple[str, ...]:
    """The body; some bodies open with the headline once more."""
    body = item.paragraphs
    if body[1:] and item.headline is not None and body[0].casefold() == item.headline.casefold():
        return body[1:]
    return body


def _authors(byline: str | None) -> tuple[str, ...]:
    """The people of a byline: names of two words and more, which keeps out `dpa` and `NTB`.

    >>> _authors("Von Ada Vale und Jo Reed, dpa")
    ('Ada Vale', 'Jo Reed')
    """
    if byline is None:
        return ()
    names = (name.strip() for name in _BETWEEN_NAMES.split(_BY.sub("", byline[:1_000])))
    return tuple(name for name in names if len(name.split()) > 1)


def _subject(reading: _Reading) -> dict[str, Any]:
    item = reading.item
    urgency = item.urgency
    return {
        "url": item.url,
        "urgency": int(urgency[0]) if urgency is not None and _URGENCY.fullmatch(urgency) else None,
        "subjects": item.subjects,
        "genres": item.genres,
        "keywords": item.keywords,
        "services": item.services,
        "copyright_notice": item.copyright_notice,
        "usage_terms": item.usage_terms,
        "digital_source_type": item.digital_source_type,
    }


def _language(reading: _Reading) -> dict[str, Any]:
    stated = reading.item.language or reading.profile.language
    tag = None if stated is None else canonical_tag(stated)
    if tag is None:
        return {"language": UNDETERMINED, "language_source": None}
    return {"language": tag, "language_source": LanguageSource.DECLARED}


def _kill(reading: _Reading) -> dict[str, Any]:
    if reading.kind.item_kind is not ItemKind.ADVISORY or not names_a_kill(reading.item):
        return {}
    targets = kill_targets_of(reading.item, reading.profile)
    if not targets:
        return {"quality_flags": (*_flags(reading), KILL_TARGET_MISSING)}
    return {"kill_target": as_field(targets, reading.profile)}


def _orders_of_canceled(reading: _Reading) -> dict[str, Any]:
    """A notice may be canceled by the very message that orders the end of another item."""
    if not names_a_kill(reading.item):
        return {}
    targets = other_targets_of(reading.item, reading.profile)
    return {"kill_target": as_field(targets, reading.profile)} if targets else {}
