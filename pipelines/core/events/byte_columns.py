"""Columns of byte strings, made of other columns at once: what `packing` does to one value is done here to thousands."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.core.events.packing import packed_bytes, packed_id

Places = NDArray[np.int32]

_SHORT: Final = 0xFF
_NO_DIGIT: Final = 0xFF
_DIGEST_SIZE: Final = 32
# evt-YYYYMMDD-xxxxxxxxxxxxx
_EVENT_SIZE, _DAY_AT, _DASH_AT, _TAIL_AT = 26, 4, 12, 13


def _digits(characters: bytes) -> NDArray[np.uint8]:
    """The value of a digit by its character."""
    values = np.full(256, _NO_DIGIT, np.uint8)
    values[np.frombuffer(characters, np.uint8)] = np.arange(len(characters))
    return values


_DECIMAL: Final = _digits(b"0123456789")
_HEX: Final = _digits(b"0123456789abcdef")
_BASE32: Final = _digits(b"abcdefghijklmnopqrstuvwxyz234567")
_TENS: Final = 10 ** np.arange(7, -1, -1, dtype=np.uint32)


def fixed(rows: NDArray[np.generic], missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """The bytes of each row of an array; none where it is missing."""
    size = rows.nbytes // max(len(rows), 1)
    if missing is None:
        sizes = np.full(len(rows), size, np.int32)
    else:
        rows, sizes = rows[~missing], np.where(missing, 0, size)
    return cut(pa.py_buffer(np.ascontiguousarray(rows)), ends_of(sizes))


def cut(data: pa.Buffer, ends: Places) -> pa.Array:
    """Bytes cut at places, which begin with the first and are one more than the values."""
    return pa.BinaryArray.from_buffers(pa.binary(), len(ends) - 1, [None, pa.py_buffer(ends), data])


def ends_of(sizes: NDArray[np.integer]) -> Places:
    """Where values of these sizes begin and end, from 0 on."""
    ends = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=ends[1:])
    return ends


def places_of(column: pa.Array) -> Places:
    """Where the values of a column of bytes, or of lists, begin and end in its data."""
    return np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]


def bytes_of(column: pa.Array) -> NDArray[np.uint8]:
    """The values of a column of bytes, one behind the other."""
    places, data = places_of(column), column.buffers()[2]
    if data is None:
        return np.zeros(0, np.uint8)
    return np.frombuffer(data, np.uint8)[places[0] : places[-1]]


def joined(*columns: pa.Array) -> pa.Array:
    """Of each row the values of all columns, one behind the other; null adds nothing."""
    return pc.binary_join_element_wise(*columns, b"", null_handling="replace", null_replacement=b"")


def behind_length(column: pa.Array) -> pa.Array:
    """`packed_bytes` of each value; null stays null."""
    sizes = np.diff(places_of(column))
    if len(sizes) == 0 or int(sizes.max()) >= _SHORT:
        return pa.array(
            [None if one is None else packed_bytes(one) for one in column.to_pylist()], pa.binary()
        )
    lengths = fixed(sizes.astype(np.uint8))
    return pc.binary_join_element_wise(lengths, column, b"", null_handling="emit_null")


def packed_ids(names: pa.Array) -> pa.Array:
    """`packed_id` of each name; null stays null."""
    there = names.drop_null().cast(pa.binary())
    packed = _packed_ids(there)
    if len(there) == len(names):
        return packed
    valid = names.is_valid().to_numpy(zero_copy_only=False)
    return packed.take(pa.array(np.cumsum(valid) - 1, mask=~valid))


def _packed_ids(names: pa.Array) -> pa.Array:
    """Names of one form as arrays, others one by one."""
    sizes = np.unique(np.diff(places_of(names)))
    packed = None
    if sizes.tolist() == [_DIGEST_SIZE]:
        packed = _packed_digests(bytes_of(names).reshape(-1, _DIGEST_SIZE))
    elif sizes.tolist() == [_EVENT_SIZE]:
        packed = _packed_events(bytes_of(names).reshape(-1, _EVENT_SIZE))
    if packed is not None:
        return fixed(packed)
    return pa.array([packed_id(name.decode()) for name in names.to_pylist()], pa.binary())


def _packed_digests(names: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    digits = _HEX[names]
    if (digits == _NO_DIGIT).any():
        return None
    packed = np.empty((len(names), 1 + _DIGEST_SIZE // 2), np.uint8)
    packed[:, 0] = ord("x")
    packed[:, 1:] = digits[:, ::2] << 4 | digits[:, 1::2]
    return packed


def _packed_events(names: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    day, tail = _DECIMAL[names[:, _DAY_AT:_DASH_AT]], _BASE32[names[:, _TAIL_AT:]]
    is_regular = (
        (names[:, :_DAY_AT] == np.frombuffer(b"evt-", np.uint8)).all()
        and (names[:, _DASH_AT] == ord("-")).all()
        and not (day == _NO_DIGIT).any()
        and not (tail == _NO_DIGIT).any()
    )
    if not is_regular:
        return None
    # 13 digits of 5 bits, the last of 9 bytes filled up with zeros.
    bits = np.unpackbits(tail[:, :, None], axis=2)[:, :, 3:].reshape(len(names), -1)
    packed = np.empty((len(names), 14), np.uint8)
    packed[:, 0] = ord("e")
    packed[:, 1:5] = (day * _TENS).sum(axis=1, dtype=np.uint32).astype("<u4").view(np.uint8).reshape(-1, 4)
    packed[:, 5:] = np.packbits(bits, axis=1)
    return packed
