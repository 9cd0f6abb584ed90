"""Rows of history in columns, as a repeat memory takes many of them in at once.

What `change_of` says of one row is said here of thousands, column by column, in the layout of the row table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate, compress
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.core.repeats.changes import MIN_EXACT_SHINGLES
from pipelines.core.repeats.packed_sketches import PackedSketches, unpack_all
from pipelines.core.repeats.row_layout import (
    HIDDEN,
    KILLED,
    KINDS,
    LINKED,
    NO_FAMILY,
    NO_INSTANT,
    ROW,
    SHARE_UNIT,
    SKETCHED,
    TEXT,
    Rows,
    crc,
    pack_ids,
    site_of,
    text_key,
)
from schemas.article import Article
from schemas.article_parts import SIGHTINGS, PubStatus
from schemas.generate import arrow_schema
from schemas.visibility import EDITORS_ONLY_KINDS

RECALLED: Final = (
    "origin",
    "part",
    "payload_sha256",
    "language_seq",
    "article_id",
    "source",
    "received",
    "superseded",
    "change_type",
    "pub_status",
    "restricted",
    "item_kind",
    "visible_from",
    "visible_until",
    "content_hash",
    "repeat_sketch",
    "copy_family",
    "dup_of",
    "dup_kind",
    "dup_similarity",
    "dup_containment",
)
_DAY_US: Final = 86_400_000_000
# Earlier than any day.
NO_DAY: Final = NO_INSTANT // _DAY_US


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledRows:
    """Rows one after the other. `rows` says of each what it says itself: the state of its article is not in it yet."""

    rows: Rows
    ids: tuple[bytes, ...]
    article_ids: tuple[str, ...]
    article_keys: NDArray[np.uint32]
    days: NDArray[np.int64]
    is_aside: NDArray[np.bool_]
    sketches: PackedSketches

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.article_ids)

    @property
    def row_keys(self) -> NDArray[np.uint8]:
        """16 bytes a row."""
        keys: NDArray[np.uint8] = self.rows["row_key"]
        return keys

    def has_doubles(self) -> bool:
        """Whether a row may be there twice: told from half of its key."""
        halves = np.ascontiguousarray(self.row_keys[:, :8]).view(np.uint64)
        return len(np.unique(halves)) < len(self)


def recalled_rows(table: pa.Table) -> RecalledRows:
    """The rows of a table of history with the columns `RECALLED`."""
    schema = arrow_schema(Article)
    table = table.select(RECALLED).cast(pa.schema([schema.field(name) for name in RECALLED]))
    article_ids = table["article_id"].to_pylist()
    ids = tuple(map(pack_ids, article_ids, table["dup_of"].to_pylist()))
    sketches = unpack_all(table["repeat_sketch"].combine_chunks())
    received = _numbers(table["received"], NO_INSTANT)
    return RecalledRows(
        rows=_rows(table, ids, sketches),
        ids=ids,
        article_ids=tuple(article_ids),
        article_keys=np.fromiter(map(crc, article_ids), np.uint32, len(article_ids)),
        days=received // _DAY_US,
        is_aside=_flag(pc.or_(_claims(table["superseded"]), _is_one_of(table["change_type"], SIGHTINGS))),
        sketches=sketches,
    )


def _rows(table: pa.Table, ids: tuple[bytes, ...], sketches: PackedSketches) -> Rows:
    rows = np.zeros(len(table), ROW)
    rows["row_key"] = _row_keys(table)
    rows["family"] = np.frombuffer(
        bytes.fromhex("".join(one or NO_FAMILY for one in table["copy_family"].to_pylist())), np.uint8
    ).reshape(-1, 16)
    has_text = _flag(table["content_hash"].is_valid()) & (sketches.shingles >= MIN_EXACT_SHINGLES)
    texts = b"".join(map(text_key, compress(table["content_hash"].to_pylist(), has_text)))
    rows["text_key"][has_text] = np.frombuffer(texts, np.uint8).reshape(-1, 8)
    rows["language_seq"] = _numbers(table["language_seq"], 0)
    for name in ("visible_from", "visible_until"):
        rows[name] = _numbers(table[name], NO_INSTANT)
    rows["ids_end"] = np.fromiter(accumulate(map(len, ids)), np.uint64, len(ids))
    sources = table["source"].combine_chunks().dictionary_encode()
    sites = np.array([site_of(name) for name in sources.dictionary.to_pylist()], np.uint32)
    rows["site"] = sites[sources.indices.to_numpy()]
    rows["similarity"] = _shares(table["dup_similarity"])
    rows["containment"] = _shares(table["dup_containment"])
    kinds = pc.index_in(table["dup_kind"], pa.array([None if one is None else str(one) for one in KINDS]))
    rows["kind"] = pc.fill_null(kinds, 0).to_numpy()
    rows["flags"] = _flags(table, sketches, has_text)
    return rows


def _flags(table: pa.Table, sketches: PackedSketches, has_text: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """As `row_layout.pack_row` has them; null fields of history stand for their defaults."""
    unusable = pc.fill_null(pc.not_equal(table["pub_status"], str(PubStatus.USABLE)), fill_value=False)
    hidden = pc.or_(
        pc.or_(unusable, _claims(table["restricted"])), _is_one_of(table["item_kind"], EDITORS_ONLY_KINDS)
    )
    flags = np.zeros(len(table), np.uint8)
    for flag, claim in (
        (KILLED, _flag(_is_one_of(table["pub_status"], (PubStatus.CANCELED,)))),
        (HIDDEN, _flag(hidden)),
        (LINKED, _flag(table["copy_family"].is_valid())),
        (SKETCHED, sketches.is_there),
        (TEXT, has_text),
    ):
        flags |= claim.astype(np.uint8) * np.uint8(flag)
    return flags


def _row_keys(table: pa.Table) -> NDArray[np.uint8]:
    """`pipelines.core.identity.row_key` of every row."""
    origins = pc.struct_field(table["origin"].combine_chunks(), [0])
    places = zip(
        origins.to_pylist(),
        *(
            pc.struct_field(table["origin"].combine_chunks(), name).to_pylist()
            for name in ("partition", "offset", "item")
        ),
        table["part"].to_pylist(),
        table["payload_sha256"].to_pylist(),
        strict=True,
    )
    keys = b"".join(
        blake2b(
            f"{source}\x1f{partition or 0}\x1f{offset or 0}\x1f{item or 0}\x1f{part or 0}\x1f{payload}".encode(),
            digest_size=16,
        ).digest()
        for source, partition, offset, item, part, payload in places
    )
    return np.frombuffer(keys, np.uint8).reshape(-1, 16)


def _numbers(column: pa.ChunkedArray, missing: int) -> NDArray[np.int64]:
    whole = column.cast(pa.int64())
    numbers: NDArray[np.int64] = pc.fill_null(whole, missing).to_numpy()
    return numbers


def _shares(column: pa.ChunkedArray) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = pc.fill_null(column, 0.0).to_numpy()
    return np.rint(shares * SHARE_UNIT)


def _claims(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(column, fill_value=False)


def _is_one_of(column: pa.ChunkedArray, words: Iterable[str]) -> pa.ChunkedArray:
    return pc.is_in(column, pa.array([str(word) for word in words]))


def _flag(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    flags: NDArray[np.bool_] = column.to_numpy()
    return flags
