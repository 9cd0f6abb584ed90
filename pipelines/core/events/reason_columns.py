"""Reasons of rows of history as bytes, thousands at once: `reason_codec.pack_reason` of each."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.core.events.byte_columns import (
    behind_length,
    bytes_of,
    cut,
    ends_of,
    fixed,
    joined,
    packed_ids,
    places_of,
)
from pipelines.core.events.reason_codec import EXACT, GAP, MARGIN, MOST, NEAREST, UNIT, packed_name

_TEXTS: Final = ("shared_terms", "shared_entities", "shared_numbers", "shared_dates")


def packed_reasons(reasons: pa.Array) -> pa.Array:
    """Reasons as rows of Parquet have them, as bytes; null stays null."""
    there = reasons.drop_null()
    packed = _packed(there)
    if len(there) == len(reasons):
        return packed
    valid = reasons.is_valid().to_numpy(zero_copy_only=False)
    return packed.take(pa.array(np.cumsum(valid) - 1, mask=~valid))


def _packed(reasons: pa.Array) -> pa.Array:
    nearest, gap, margin = (reasons.field(name) for name in ("nearest_article", "gap_hours", "margin"))
    parts, names, counts = _contributions(reasons.field("contributions"))
    exact, shares = _shares(parts, counts)
    flags = exact * np.uint8(EXACT)
    for column, flag in ((nearest, NEAREST), (gap, GAP), (margin, MARGIN)):
        flags |= column.is_valid().to_numpy(zero_copy_only=False) * np.uint8(flag)
    return joined(
        fixed(flags),
        behind_length(packed_ids(nearest)),
        _doubles(gap),
        _doubles(margin),
        *(_texts(reasons.field(name)) for name in _TEXTS),
        behind_length(names),
        shares,
    )


def _doubles(column: pa.Array) -> pa.Array:
    missing = column.is_null().to_numpy(zero_copy_only=False)
    return fixed(pc.fill_null(column, 0.0).to_numpy().astype("<f8"), missing)


def _texts(lists: pa.Array) -> pa.Array:
    """Of each row its texts, each behind its length, behind their length in all."""
    texts = behind_length(lists.flatten().cast(pa.binary()))
    return behind_length(_of_each(texts, _counts(lists)))


def _counts(lists: pa.Array) -> NDArray[np.int32]:
    counts: NDArray[np.int32] = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    return counts


def _of_each(values: pa.Array, counts: NDArray[np.int32]) -> pa.Array:
    """Values one behind the other: of each row as many as it has."""
    if not len(values):
        return fixed(np.zeros((len(counts), 0), np.uint8))
    places = places_of(values)
    data: NDArray[np.uint8] = bytes_of(values)
    return cut(pa.py_buffer(data), (places - places[0])[ends_of(counts)])


def _contributions(lists: pa.Array) -> tuple[pa.Array, pa.Array, NDArray[np.int32]]:
    """The contributions of all rows, the packed names of each row, how many a row has."""
    parts, counts = lists.flatten(), _counts(lists)
    found = parts.field("feature").dictionary_encode()
    packed = pa.array([packed_name(name) for name in found.dictionary.to_pylist()], pa.binary())
    return parts, _of_each(packed.take(found.indices), counts), counts


def _shares(parts: pa.Array, counts: NDArray[np.int32]) -> tuple[NDArray[np.bool_], pa.Array]:
    """Which rows have shares that are exact in ten-thousandths, and the shares as bytes."""
    shares = np.stack(
        [parts.field(name).to_numpy(zero_copy_only=False) for name in ("value", "weight")], axis=1
    )
    ends = ends_of(counts)
    with np.errstate(over="ignore"):  # what overflows is not exact
        units = shares * UNIT
    inside = (units > -MOST) & (units < MOST)
    scaled = np.rint(np.where(inside, units, 0.0)).astype("<i4")
    lost = ~(inside & (scaled / UNIT == shares)).all(axis=1)
    exact = np.diff(ends_of(lost)[ends]) == 0
    whole = cut(pa.py_buffer(np.ascontiguousarray(scaled)), ends * scaled.itemsize * 2)
    if exact.all():
        return exact, whole
    doubles = cut(pa.py_buffer(np.ascontiguousarray(shares, "<f8")), ends * 16)
    return exact, pc.if_else(pa.array(exact), whole, doubles)
