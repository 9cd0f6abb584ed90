"""DecodeRecord: bytes become a raw page or a raw wire message, or are rejected.

    record ─▶ unwrap a capture ─▶ what do its headers claim?
                page as served  ─▶ RawPage, whatever the bytes look like
                nothing         ─▶ sniff ─┬ JSON ─▶ CloudEvent · page envelope · wire message
                                          ├ XML, 7901, ANPA ─▶ wire message
                                          ├ WARC ─▶ page of the address in its head
                                          └ HTML, text ─▶ bare page

The feed is a wall: content chooses only within the class that its topic allows. A page is never a wire message, or
anyone's web page could kill an agency's story; and what a server sent is never an envelope, or it could speak for
another site.
"""

from dataclasses import dataclass
from hashlib import sha256

from pipelines.core.decode.capture import received_when_fetched, unwrap_captured
from pipelines.core.decode.cloud_event import Attributes, attributes_of, is_structured, read_structured
from pipelines.core.decode.envelope import MAX_ENVELOPE_BYTES, is_page_envelope
from pipelines.core.decode.json_guard import JsonDocument, load_object
from pipelines.core.decode.served_page import bare_page, enveloped_page, served_page
from pipelines.core.decode.sniff import (
    HEAD_BYTES,
    NOT_NEWS_ROOTS,
    Content,
    head_text,
    sniff,
    xml_root,
    xml_wire_format,
)
from pipelines.core.decode.warc import warc_page
from pipelines.core.wire.json_format import json_wire_format
from schemas.page import RawPage
from schemas.record import Feed, Record
from schemas.rejection import ReasonCode, Rejected
from schemas.wire import RawWire, WireFormat

# The largest of 1,046 wire samples has 1.2 MB, p99 is 26 KB (research/wire.md §6). What a topic lets through by default is
# read: 6 MB of text take 0.2 s, 0.5 s as markup.
MAX_WIRE_BYTES = 7 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Envelope:
    """A record and what is known of its body before the body is looked at."""

    record: Record
    body: bytes
    payload_sha256: str
    attributes: Attributes


def decode_record(record: Record) -> RawPage | RawWire:
    """The page or wire message that a record holds. A record with a known origin is opened at most once.

    Raises:
        Rejected: lost, cut off, too large, unreadable, of no known contract, or not what its feed may carry.
    """
    if record.lost_records is not None:
        raise Rejected(ReasonCode.SOURCE_LOST, _loss(record))
    if record.damage is not None:
        raise Rejected(ReasonCode.FILE_TRUNCATED, record.damage)
    if record.oversize_bytes is not None:
        raise Rejected(ReasonCode.SIZE_PAYLOAD, f"{record.oversize_bytes} bytes, more than a record may have")
    opened = received_when_fetched(unwrap_captured(record))
    digest = sha256(opened.value).hexdigest()
    envelope = _Envelope(opened, opened.value, digest, attributes_of(opened))
    if opened.feed is Feed.LINES:
        return _decode_json(envelope)
    content_type = (envelope.attributes.header("content-type") or "").lower()
    if content_type.startswith("application/cloudevents+json"):
        return _decode_json(envelope)
    if opened.feed is not Feed.WIRE and envelope.attributes.is_page(opened.feed):
        return served_page(opened, opened.value, digest, envelope.attributes)
    return _decode_content(envelope)


def _loss(record: Record) -> str:
    last = record.origin.offset
    first = last + 1 - (record.lost_records or 0)
    return f"the offsets {first} to {last} were gone from the topic before they were read"


def _decode_content(envelope: _Envelope) -> RawPage | RawWire:
    record, body = envelope.record, envelope.body
    content = sniff(body)
    if content is Content.JSON:
        return _decode_json(envelope)
    if record.feed is Feed.WIRE:
        return _wire(envelope, _wire_format(content, body))
    if content is Content.WARC:
        return warc_page(record, body, envelope.payload_sha256)
    if content is Content.EMPTY:
        raise Rejected(ReasonCode.TEXT_EMPTY, "no bytes but white space")
    if body.startswith(b"\0") and body[5:6] == b"{":
        raise Rejected(ReasonCode.SCHEMA_UNKNOWN, "framed for a schema registry, which is not used here")
    if content in (Content.XML, Content.IPTC_7901, Content.ANPA_1312) and record.feed is Feed.ANY:
        return _wire(envelope, _wire_format(content, body))
    return bare_page(record, body, envelope.payload_sha256, content)


def _wire_format(content: Content, body: bytes) -> WireFormat:
    if content is Content.IPTC_7901:
        return WireFormat.IPTC_7901
    if content is Content.ANPA_1312:
        return WireFormat.ANPA_1312
    found = xml_wire_format(body) if content is Content.XML else None
    if found is None:
        if content is Content.XML and _is_not_news(body):
            raise Rejected(ReasonCode.WIRE_NOT_NEWS, "a concept, catalogue or planning item")
        raise Rejected(ReasonCode.WIRE_HEADER_UNRECOGNISED, f"{content} that opens like no wire format")
    return found


def _is_not_news(body: bytes) -> bool:
    text = head_text(body[:HEAD_BYTES])
    return text is not None and xml_root(text) in NOT_NEWS_ROOTS


def _wire(envelope: _Envelope, wire_format: WireFormat) -> RawWire:
    if len(envelope.body) > MAX_WIRE_BYTES:
        detail = f"a wire message of {len(envelope.body)} bytes, at most {MAX_WIRE_BYTES} are read"
        raise Rejected(ReasonCode.SIZE_PAYLOAD, detail)
    return RawWire(
        record=envelope.record,
        body=envelope.body,
        wire_format=wire_format,
        payload_sha256=envelope.payload_sha256,
        wire_feed=envelope.attributes.get("source"),
    )


def _decode_json(envelope: _Envelope) -> RawPage | RawWire:
    is_wire_feed = envelope.record.feed is Feed.WIRE
    document = load_object(envelope.body, MAX_WIRE_BYTES if is_wire_feed else MAX_ENVELOPE_BYTES)
    if is_structured(document.fields):
        return _decode_event(envelope, document)
    return _decode_object(envelope, document)


def _decode_object(envelope: _Envelope, document: JsonDocument) -> RawPage | RawWire:
    feed = envelope.record.feed
    wire_format = json_wire_format(document.fields) if feed is not Feed.PAGES else None
    if wire_format is not None:
        return _wire(envelope, wire_format)
    if feed is not Feed.WIRE and is_page_envelope(document.fields):
        return enveloped_page(envelope.record, document.fields, envelope.payload_sha256, envelope.attributes)
    keys = ", ".join(name[:32] for name in list(document.fields)[:8])
    raise Rejected(
        ReasonCode.SCHEMA_UNKNOWN, f"an object of no contract known on feed `{feed}`; keys: {keys}"
    )


def _decode_event(envelope: _Envelope, document: JsonDocument) -> RawPage | RawWire:
    event = read_structured(document.fields)
    record = envelope.record
    inner = _Envelope(record, event.body, envelope.payload_sha256, event.attributes)
    if event.data is not None:
        return _decode_object(inner, JsonDocument(event.data, document.is_mended))
    if record.feed is not Feed.WIRE and event.attributes.is_page(record.feed):
        return served_page(
            record, event.body, envelope.payload_sha256, event.attributes, is_decoded=event.is_text
        )
    if _opens_again(event.body):
        raise Rejected(ReasonCode.SCHEMA_UNKNOWN, "a CloudEvent inside a CloudEvent")
    return _decode_content(inner)


def _opens_again(body: bytes) -> bool:
    # Or one record could nest without end.
    return b'"specversion"' in body[:HEAD_BYTES] and sniff(body) is Content.JSON
