"""Small values as bytes, for the journal and the memory: texts, ids, event ids, floats."""

import re
import struct
from base64 import b32encode
from functools import lru_cache
from typing import Final

_LONG: Final = 0xFF
_LONG_LENGTH: Final = struct.Struct("<I")
_DIGEST: Final = re.compile("(?:[0-9a-f]{2}){16}")
_EVENT: Final = re.compile(r"evt-([0-9]{8})-([a-z2-7]{13})")
_AS_DIGEST, _AS_EVENT, _AS_TEXT = b"x", b"e", b"s"
_DAY_BYTES: Final = 4
# 13 characters of base32 are 65 bits: 9 bytes; base32 is written in groups of 8 characters.
_EVENT_BYTES: Final = 9
# Digits of base32 as `int` reads them.
_DIGITS: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdefghijklmnopqrstuv")


def packed_bytes(value: bytes) -> bytes:
    """Bytes behind their length, in one byte where they are short."""
    size = len(value)
    return bytes((size,)) + value if size < _LONG else b"\xff" + _LONG_LENGTH.pack(size) + value


def read_bytes(packed: bytes, at: int) -> tuple[bytes, int]:
    """The inverse of `packed_bytes` at a place, and the place behind it."""
    size = packed[at]
    at += 1
    if size == _LONG:
        (size,) = _LONG_LENGTH.unpack_from(packed, at)
        at += _LONG_LENGTH.size
    return packed[at : at + size], at + size


def packed_id(name: str) -> bytes:
    """An id, in half its length where it is a digest in hex, in 14 bytes where it names an event.

    >>> len(packed_id("00" * 16)), len(packed_id("evt-20260302-abcdefghijklm"))
    (17, 14)
    """
    return _packed_event(name) if name.startswith("evt-") else _packed_name(name)


def _packed_name(name: str) -> bytes:
    if _DIGEST.fullmatch(name):
        return _AS_DIGEST + bytes.fromhex(name)
    return _AS_TEXT + name.encode("utf-8", "surrogatepass")


# Events come again and again; the cache holds those of the hour.
@lru_cache(maxsize=1_024)
def _packed_event(name: str) -> bytes:
    found = _EVENT.fullmatch(name)
    if found is None:
        return _packed_name(name)
    digest = (int(found[2].translate(_DIGITS), 32) << 7).to_bytes(_EVENT_BYTES)
    return _AS_EVENT + int(found[1]).to_bytes(_DAY_BYTES, "little") + digest


def unpacked_id(packed: bytes) -> str:
    """The inverse of `packed_id`.

    >>> unpacked_id(packed_id("evt-20260302-abcdefghijklm"))
    'evt-20260302-abcdefghijklm'
    """
    kind, rest = packed[:1], packed[1:]
    if kind == _AS_DIGEST:
        return rest.hex()
    if kind == _AS_EVENT:
        return _event_id(rest)
    return rest.decode("utf-8", "surrogatepass")


@lru_cache(maxsize=1_024)
def _event_id(rest: bytes) -> str:
    day = int.from_bytes(rest[:_DAY_BYTES], "little")
    characters = b32encode(rest[_DAY_BYTES:] + b"\0").decode("ascii").lower()
    return f"evt-{day:08d}-{characters[:13]}"
