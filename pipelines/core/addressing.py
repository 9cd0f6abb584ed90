"""Onto which topic a captured record belongs, and under which key: told from its content, as DecodeRecord tells it.

    wire message with an id in its head   ─▶ wire   provider and item id: a correction and a kill follow their original
    wire message without                  ─▶ wire   hash of its bytes
    page                                  ─▶ pages  canonical URL: all versions of a page stay in one partition
    neither, and may be wire copy         ─▶ wire   hash of its bytes
    neither                               ─▶ pages  hash of its bytes

Only JSON and NewsML-G2 have an id in their head; of several items of one NewsML-G2 message the first counts. Versions of
the other wire formats (NITF, NewsML 1, RSS, IPTC 7901, ANPA 1312) have keys that differ, so they may stand in several
partitions and come in any order.

What is neither is sent all the same: DecodeRecord rejects it on its topic too, so it ends as a dead letter and not in
nobody's hands. What may be wire copy goes where dead letters are for editors only.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from html import unescape

from pipelines.core.dead_letters import looks_like_wire
from pipelines.core.decode.decoding import MAX_WIRE_BYTES, decode_record
from pipelines.core.decode.envelope import MAX_ENVELOPE_BYTES, is_page_envelope
from pipelines.core.decode.json_guard import load_object
from pipelines.core.decode.sniff import HEAD_BYTES, head_text
from pipelines.core.urls import url_key
from pipelines.core.wire.guid import item_guid
from pipelines.core.wire.json_format import json_wire_format
from pipelines.core.wire.json_object import as_object
from pipelines.core.wire.profile import provider_of
from schemas.page import RawPage
from schemas.record import Feed, Record
from schemas.rejection import ReasonCode, Rejected
from schemas.wire import RawWire, WireFormat

# A key is read with each record: of a longer one its hash does (research/kafka.md §5).
MAX_KEY_BYTES = 256
# Up to the id of the first item; within quotation marks nothing is an end but them, so no byte is looked at twice.
_G2_ITEM = re.compile(
    r"<(?:[\w.-]++:)?(?:newsItem|packageItem)"
    r"""(?:\s++(?!guid\s*+=)[\w:.-]++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'))*+"""
    r"""\s++guid\s*+=\s*+(?:"([^"<]++)"|'([^'<]++)')"""
)
# By this header a record is read as JSON or not at all, as a line of a file is: a line of a log is no page.
_JSON_OR_NOTHING = (("content-type", b"application/cloudevents+json"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a record of a file goes: `feed` is PAGES or WIRE. With `headers` it is read there as it was in its file."""

    feed: Feed
    key: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


def address_of(record: Record) -> Address:
    """The address of a record that was read from a file whole: neither cut off nor too large to be kept."""
    try:
        raw = decode_record(record)
    except Rejected as rejected:
        is_wire = looks_like_wire(record, None) and not _is_broken_envelope(record)
        is_no_json = record.feed is Feed.LINES and rejected.reason in _NOT_AN_OBJECT
        return Address(
            feed=Feed.WIRE if is_wire else Feed.PAGES,
            key=_hash(record.value),
            headers=_JSON_OR_NOTHING if is_no_json else (),
        )
    if isinstance(raw, RawWire):
        return Address(feed=Feed.WIRE, key=_short(_wire_key(raw)))
    return Address(feed=Feed.PAGES, key=_short(_page_key(raw)))


_NOT_AN_OBJECT = (
    ReasonCode.JSON_MALFORMED,
    ReasonCode.JSON_NOT_OBJECT,
    ReasonCode.JSON_TOO_DEEP,
    ReasonCode.ENCODING_UNDECODABLE,
)


def _is_broken_envelope(record: Record) -> bool:
    """Whether an object is meant as a page and lacks something of one."""
    try:
        fields = load_object(record.value, MAX_ENVELOPE_BYTES).fields
    except Rejected:
        return False
    return is_page_envelope(fields) and json_wire_format(fields) is None


def _page_key(page: RawPage) -> bytes:
    url = page.final_url or page.url
    return _hash(page.record.value) if url is None else url_key(url).encode()


def _wire_key(wire: RawWire) -> bytes:
    """By the id alone: to read the whole message takes 0.4 ms more."""
    try:
        stated = _stated_id(wire)
        if stated is None:
            return _hash(wire.body)
        profile = provider_of(stated, wire.wire_feed)
    except Rejected:
        return _hash(wire.body)
    return f"{profile.id} {item_guid(stated, profile).guid}".encode("utf-8", "replace")


def _stated_id(wire: RawWire) -> str | None:
    if wire.wire_format is WireFormat.NEWSML_G2:
        text = head_text(wire.body[:HEAD_BYTES])
        found = None if text is None else _G2_ITEM.search(text)
        return None if found is None else unescape(found[1] or found[2])
    # Which refuses what is no JSON.
    return as_object(load_object(wire.body, MAX_WIRE_BYTES).fields).text("uri", "guid")


def _short(key: bytes) -> bytes:
    return key if len(key) <= MAX_KEY_BYTES else _hash(key)


def _hash(value: bytes) -> bytes:
    return sha256(value).hexdigest()[:32].encode()
