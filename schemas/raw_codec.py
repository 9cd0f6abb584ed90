"""Records and raw items to bytes and back: a small JSON head, then the bodies as they are.

Pages are large and binary, so base64 in JSON would cost a third more. Bodies above a few kilobytes are compressed where
they leave the machine: at 50 KB an uncompressed keyed hop costs some 3 ms (research/slots.md), a third of an extraction.
Within a machine they stay as they are: bytes cost less there than compressing them (0.7 ms a page and way).

    version byte | uint32 length of the head | head | body frames, in the order of `sizes` in the head

`sizes` are pairs of the frame's size and the body's: a frame of the body's own size is the body.
"""

import struct
from datetime import datetime
from typing import Any

import orjson
import zstandard

from schemas.codec import UnknownCodecVersion
from schemas.page import RawPage
from schemas.raw import Raw
from schemas.record import Feed, Origin, Record, Replay
from schemas.wire import RawWire, WireFormat

RAW_CODEC_VERSION = 1
_COMPRESS_FROM = 4_096
_HEAD = struct.Struct(">BI")


def encode_record(record: Record, *, plain: bool = False) -> bytes:
    """A record, its value compressed where that pays and `plain` does not forbid it."""
    return _pack({"record": _record_head(record)}, [record.value], plain=plain)


def decode_record_bytes(blob: bytes) -> Record:
    """The inverse of `encode_record`.

    Raises:
        UnknownCodecVersion: written by a later release.
    """
    head, (value,) = _unpack(blob)
    return _record(head["record"], value)


def encode_raw(raw: Raw, *, plain: bool = False) -> bytes:
    """A page or a wire message with the record it came from; a body equal to the record's value is written once.

    Bodies are compressed where that pays and `plain` does not forbid it.
    """
    if not isinstance(raw, RawPage | RawWire):
        raise TypeError(f"{type(raw).__name__} is neither RawPage nor RawWire")
    record = raw.record
    head = {"record": _record_head(record), "kind": type(raw).__name__, "raw": _raw_head(raw)}
    bodies = [record.value] if raw.body == record.value else [record.value, raw.body]
    return _pack(head, bodies, plain=plain)


def decode_raw(blob: bytes) -> Raw:
    """The inverse of `encode_raw`.

    Raises:
        UnknownCodecVersion: written by a later release.
    """
    head, bodies = _unpack(blob)
    record = _record(head["record"], bodies[0])
    fields = head["raw"]
    if head["kind"] == "RawWire":
        fields["wire_format"] = WireFormat(fields["wire_format"])
        return RawWire(record=record, body=bodies[-1], **fields)
    fields["fetched_at"] = _instant(fields["fetched_at"])
    fields["headers"] = tuple((name, value) for name, value in fields["headers"])
    return RawPage(record=record, body=bodies[-1], **fields)


def _raw_head(raw: RawPage | RawWire) -> dict[str, Any]:
    names = (name for name in raw.__dataclass_fields__ if name not in ("record", "body"))
    return {name: getattr(raw, name) for name in names}


def _record_head(record: Record) -> dict[str, Any]:
    return {
        "origin": record.origin,
        "key": None if record.key is None else record.key.hex(),
        "headers": [(name, value.hex()) for name, value in record.headers],
        "received": record.received,
        "feed": record.feed,
        "damage": record.damage,
        "oversize_bytes": record.oversize_bytes,
        "oversize_sha256": record.oversize_sha256,
        "lost_records": record.lost_records,
        "replay": record.replay,
    }


def _record(head: dict[str, Any], value: bytes) -> Record:
    return Record(
        origin=Origin(**head["origin"]),
        value=value,
        key=None if head["key"] is None else bytes.fromhex(head["key"]),
        headers=tuple((name, bytes.fromhex(text)) for name, text in head["headers"]),
        received=_instant(head["received"]),
        feed=Feed(head["feed"]),
        damage=head["damage"],
        oversize_bytes=head["oversize_bytes"],
        oversize_sha256=head["oversize_sha256"],
        lost_records=head.get("lost_records"),
        replay=None if (replay := head.get("replay")) is None else Replay(**replay),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _pack(head: dict[str, Any], bodies: list[bytes], *, plain: bool) -> bytes:
    frames = bodies if plain else [_frame(body) for body in bodies]
    head["sizes"] = [(len(frame), len(body)) for frame, body in zip(frames, bodies, strict=True)]
    text = orjson.dumps(head, option=orjson.OPT_UTC_Z)
    return b"".join((_HEAD.pack(RAW_CODEC_VERSION, len(text)), text, *frames))


def _frame(body: bytes) -> bytes:
    if len(body) < _COMPRESS_FROM:
        return body
    packed = zstandard.compress(body, 1)
    return packed if len(packed) < len(body) else body


def _unpack(blob: bytes) -> tuple[dict[str, Any], list[bytes]]:
    version, head_bytes = _HEAD.unpack_from(blob)
    if version != RAW_CODEC_VERSION:
        raise UnknownCodecVersion(f"raw codec version {version}, this release reads {RAW_CODEC_VERSION}")
    start = _HEAD.size + head_bytes
    head = orjson.loads(memoryview(blob)[_HEAD.size : start])
    bodies = []
    for packed, size in head["sizes"]:
        frame = blob[start : start + packed]
        bodies.append(frame if packed == size else zstandard.decompress(frame, size))
        start += packed
    return head, bodies
