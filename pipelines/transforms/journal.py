"""What a stateful stage writes into a runner's state: a journal of its changes, and snapshots of its memory.

    nonce     which process-wide memory is this state's                     ReadModifyWrite, one a key
    journal   version, number, place, changes                               Bag, one record an element
    standing  version, kind, number, place, block: a snapshot, or a note
              that history has it                                           Bag, cleared as a whole

A bag promises no order, so every record carries its number. Only bag-backed state is used: what the local runner and
Flink both serve (research/beam.md §4, §7.2).
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import orjson
from apache_beam.coders import BytesCoder
from apache_beam.transforms.userstate import BagStateSpec, ReadModifyWriteStateSpec

# One spec object each for all stages: two of one name in a DoFn are refused (research/flink.md §6).
NONCE = ReadModifyWriteStateSpec("nonce", BytesCoder())
JOURNAL = BagStateSpec("journal", BytesCoder())
STANDING = BagStateSpec("standing", BytesCoder())

NONCE_BYTES: Final = 12

_VERSION: Final = 1
_RECORD: Final = struct.Struct(">BQq")
_LENGTH: Final = struct.Struct(">I")
_BLOCK: Final = struct.Struct(">BBIq")


class UnknownJournalVersion(ValueError):
    """State of another release: resume with a release that reads it, or start anew from the outputs."""


class _Kind(IntEnum):
    SNAPSHOT = 1
    HISTORY = 2


@dataclass(frozen=True, slots=True)
class Recorded:
    """The changes of one element as they were journalled.

    `number` counts the elements of the key; `place` is the greatest place in the order of the key up to this one.
    """

    number: int
    place: int
    changes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class InHistory:
    """What history says of a key up to a place in its order: all that was known when the state began.

    `since` is the first day of arrival that counted.
    """

    upto: int
    since: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a journal stands on: nothing, a snapshot, or history; `place` is the greatest place that is in it."""

    place: int = -1
    blocks: tuple[bytes, ...] = ()
    history: InHistory | None = None


def record(number: int, place: int, changes: Iterable[bytes]) -> bytes:
    """One journal record of the packed changes of one element."""
    parts = [_RECORD.pack(_VERSION, number, place)]
    for change in changes:
        parts += (_LENGTH.pack(len(change)), change)
    return b"".join(parts)


def recorded(blobs: Iterable[bytes]) -> list[Recorded]:
    """Journal records in the order in which they were written.

    Raises:
        UnknownJournalVersion: written by another release.
    """
    return sorted((_recorded(blob) for blob in blobs), key=_number)


def _number(one: Recorded) -> int:
    return one.number


def _recorded(blob: bytes) -> Recorded:
    _check(blob)
    _, number, place = _RECORD.unpack_from(blob)
    changes, at = [], _RECORD.size
    while at < len(blob):
        (length,) = _LENGTH.unpack_from(blob, at)
        at += _LENGTH.size
        changes.append(blob[at : at + length])
        at += length
    return Recorded(number, place, tuple(changes))


def snapshot_block(number: int, place: int, block: bytes) -> bytes:
    """One block of a snapshot as it is written."""
    return _BLOCK.pack(_VERSION, _Kind.SNAPSHOT, number, place) + block


def history_note(history: InHistory) -> bytes:
    """The note that stands for a snapshot where history has everything."""
    note = orjson.dumps({"upto": history.upto, "since": history.since})
    return _BLOCK.pack(_VERSION, _Kind.HISTORY, 0, history.upto) + note


def standing(blobs: Iterable[bytes]) -> Standing:
    """What was written by `snapshot_block` or `history_note`.

    Raises:
        UnknownJournalVersion: written by another release.
    """
    kinds: list[tuple[int, int, bytes]] = []
    greatest = -1
    for blob in blobs:
        _check(blob)
        _, kind, number, place = _BLOCK.unpack_from(blob)
        kinds.append((kind, number, blob[_BLOCK.size :]))
        greatest = max(greatest, place)
    notes: Sequence[bytes] = [block for kind, _, block in kinds if kind == _Kind.HISTORY]
    if notes:
        note = orjson.loads(notes[0])
        return Standing(greatest, history=InHistory(upto=note["upto"], since=note["since"]))
    return Standing(greatest, blocks=tuple(block for _, _, block in sorted(kinds)))


def _check(blob: bytes) -> None:
    if blob[:1] != bytes((_VERSION,)):
        raise UnknownJournalVersion(
            f"state of version {blob[:1].hex() or 'missing'}, this release reads {_VERSION:02x}"
        )
