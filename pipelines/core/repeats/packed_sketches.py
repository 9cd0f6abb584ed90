"""Many packed sketches at once, as the columns that a table of sketches takes in."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.core.repeats.shingles import (
    BOTTOM,
    BOTTOM_BYTES,
    HEAD_BYTES,
    SKETCH_BYTES,
    SKETCH_VERSION,
    SLOT_BYTES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedSketches:
    """Sketches one after the other, as `shingles.unpack` tells each.

    `shingles` is 0 where there is none of this version; `keys` (16) and `slots` (128) are of the comparable ones only,
    one row each.
    """

    is_there: NDArray[np.bool_]
    shingles: NDArray[np.uint32]
    is_comparable: NDArray[np.bool_]
    keys: NDArray[np.uint32]
    slots: NDArray[np.uint8]


def unpack_all(blobs: pa.Array) -> PackedSketches:
    """A column of packed sketches; nulls, and sketches of other versions, are none."""
    blobs = blobs.cast(pa.binary())
    _, offsets, values = blobs.buffers()
    data = np.frombuffer(values, np.uint8) if values is not None and values.size else np.zeros(1, np.uint8)
    bounds = np.frombuffer(offsets, np.int32)[blobs.offset : blobs.offset + len(blobs) + 1]
    starts, lengths = bounds[:-1], np.diff(bounds)
    is_there = blobs.is_valid().to_numpy(zero_copy_only=False)
    is_full = is_there & (lengths == SKETCH_BYTES)
    is_readable = is_full | (is_there & (lengths == HEAD_BYTES))
    is_readable[is_readable] = data[starts[is_readable]] == SKETCH_VERSION
    is_full &= is_readable
    shingles = np.zeros(len(blobs), np.uint32)
    heads = _cut(data, starts[is_readable], HEAD_BYTES)
    shingles[is_readable] = np.ascontiguousarray(heads[:, 1:]).view("<u4")[:, 0]
    whole = _cut(data, starts[is_full], SKETCH_BYTES)
    samples = whole[:, HEAD_BYTES:]
    return PackedSketches(
        is_there=is_there,
        shingles=shingles,
        is_comparable=is_full,
        keys=np.ascontiguousarray(samples[:, :BOTTOM_BYTES]).view("<u4").reshape(-1, BOTTOM),
        slots=samples[:, BOTTOM_BYTES : BOTTOM_BYTES + SLOT_BYTES],
    )


def _cut(data: NDArray[np.uint8], starts: NDArray[np.int32], length: int) -> NDArray[np.uint8]:
    """Pieces of one length."""
    if not len(starts):
        return np.zeros((0, length), np.uint8)
    return np.lib.stride_tricks.sliding_window_view(data, length)[starts]
