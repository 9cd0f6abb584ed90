"""A wire message as an agency delivered it, told apart but not yet parsed."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.raw import Raw
from schemas.record import Record


class WireFormat(StrEnum):
    """Formats that can be told apart by content (not all of them can be parsed yet)."""

    NINJS_1 = "ninjs/1"
    NINJS_2 = "ninjs/2"
    NINJS_3 = "ninjs/3"
    AP_JSON = "ap"
    DPA_JSON = "dpa"
    NEWSML_G2 = "newsml-g2"
    NEWSML_1 = "newsml-1"
    NITF = "nitf"
    RSS = "rss"
    IPTC_7901 = "iptc-7901"
    ANPA_1312 = "anpa-1312"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawWire(Raw):
    """One wire message. `wire_feed` names the feed it came on (header `ce_source`), null for files."""

    record: Record
    body: bytes
    wire_format: WireFormat
    payload_sha256: str
    wire_feed: str | None = None
