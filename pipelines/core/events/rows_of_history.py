"""Rows of history as the changes they were made of: every field of a change stands in the row, or follows from it.

What `pack_change` says of one row is said here of thousands, column by column.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.core.events import change_codec as codec
from pipelines.core.events.byte_columns import behind_length, fixed, joined, packed_ids
from pipelines.core.events.change import Effect
from pipelines.core.events.reason_columns import packed_reasons
from pipelines.core.events.row_record import NONE, family_hash
from pipelines.core.events.times import DAY_MS, GUESS_ALLOWED
from pipelines.core.instants import CLOCK_DRIFT
from schemas.article import Article
from schemas.article_parts import Precision, PublishedSource, PubStatus
from schemas.generate import arrow_schema

RECALLED: Final = (
    "origin",
    "part",
    "payload_sha256",
    "article_id",
    "received",
    "first_received",
    "published",
    "published_source",
    "published_precision",
    "event_id",
    "event_confidence",
    "event_is_new",
    "event_reason",
    "event_terms",
    "event_model",
    "order_key",
    "copy_family",
    "superseded",
    "pub_status",
    "item_kind",
    "restricted",
    "visible_from",
    "visible_until",
)
"""The columns of history that a memory of events comes back from, read in the order of `language_seq`."""

_ORIGIN: Final = ("source", "partition", "offset", "item")
_MICROSECOND: Final = timedelta(microseconds=1)
_DRIFT: Final = CLOCK_DRIFT // _MICROSECOND
_GUESS: Final = GUESS_ALLOWED // _MICROSECOND

Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRows:
    """Rows one after the other. Instants in microseconds since 1970, `NONE` where there is none."""

    heads: NDArray[np.void]  # `change_codec.HEAD_DTYPE`
    packed: pa.Array  # the changes, as `pack_change` has them
    articles: tuple[bytes, ...]
    events: tuple[bytes | None, ...]
    families: NDArray[np.uint64]  # `row_record.family_hash`, 0 for rows without an event
    visible_from: Instants
    visible_until: Instants

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.heads)

    def part(self, begin: int, end: int) -> "HistoryRows":
        """The rows between two places."""
        if (begin, end) == (0, len(self)):
            return self
        return HistoryRows(
            heads=self.heads[begin:end],
            packed=self.packed.slice(begin, end - begin),
            articles=self.articles[begin:end],
            events=self.events[begin:end],
            families=self.families[begin:end],
            visible_from=self.visible_from[begin:end],
            visible_until=self.visible_until[begin:end],
        )

    def row_key(self, place: int) -> bytes:
        """The name of a row."""
        return bytes(self.heads["row_key"][place])

    def has(self, flag: int) -> Flags:
        """Which rows have a flag of a change."""
        flags: Flags = self.heads["flags"] & np.uint16(flag) != 0
        return flags

    def effect(self, effect: Effect) -> Flags:
        """Which rows do this."""
        effects: Flags = self.heads["deed"] >> codec.KIND_BITS == codec.EFFECTS.index(effect)
        return effects

    def received_ms(self) -> Instants:
        """When rows were received, in milliseconds; to be asked only where they were."""
        received: Instants = self.heads["received"] // 1000
        return received


class _Columns:
    """The columns of some rows, each in one piece."""

    __slots__ = ("_table",)

    def __init__(self, table: pa.Table) -> None:
        schema = arrow_schema(Article)
        self._table = table.select(RECALLED).cast(pa.schema([schema.field(name) for name in RECALLED]))

    def __getitem__(self, name: str) -> pa.Array:
        return self._table[name].combine_chunks()

    def __len__(self) -> int:
        rows: int = self._table.num_rows
        return rows

    def there(self, name: str) -> Flags:
        """Which rows have a value."""
        valid: Flags = self[name].is_valid().to_numpy(zero_copy_only=False)
        return valid

    def instants(self, name: str) -> Instants:
        """Times in microseconds."""
        return _numbers(self[name].cast(pa.int64()), NONE)

    def claims(self, name: str) -> Flags:
        """Which rows say so."""
        claims: Flags = pc.fill_null(self[name], fill_value=False).to_numpy(zero_copy_only=False)
        return claims

    def places(self, name: str, members: Iterable[StrEnum]) -> NDArray[np.uint8]:
        """The place of each value among the members of its kind."""
        found = pc.index_in(self[name], pa.array([str(member) for member in members]))
        places: NDArray[np.uint8] = pc.fill_null(found, 0).to_numpy().astype(np.uint8)
        return places


def _numbers(column: pa.Array, missing: int) -> Instants:
    numbers: Instants = pc.fill_null(column, missing).to_numpy()
    return numbers


def history_rows(table: pa.Table) -> HistoryRows:
    """The rows of a table of history with the columns `RECALLED`."""
    columns = _Columns(table)
    events, own = packed_ids(columns["event_id"]), packed_ids(columns["article_id"])
    terms = columns["event_terms"].cast(pa.binary())
    visible = {name: columns.instants(name) for name in ("visible_from", "visible_until")}
    heads = _heads(columns, visible)
    for name, column in (("event", events), ("own", own), ("terms", terms)):
        heads[name] = pc.fill_null(pc.binary_length(column), 0).to_numpy()
    packed = joined(
        fixed(heads),
        events,
        own,
        behind_length(packed_ids(columns["copy_family"])),
        _models(columns["event_model"]),
        *(fixed(instants.astype("<i8"), instants == NONE) for instants in visible.values()),
        behind_length(packed_reasons(columns["event_reason"])),
        terms,
    )
    return HistoryRows(
        heads=heads,
        packed=packed,
        articles=tuple(own.to_pylist()),
        events=tuple(events.to_pylist()),
        families=_families(columns),
        **visible,
    )


def _models(column: pa.Array) -> pa.Array:
    models = column.dictionary_encode()
    return behind_length(models.dictionary.cast(pa.binary())).take(models.indices)


def _families(columns: _Columns) -> NDArray[np.uint64]:
    families = columns["copy_family"].dictionary_encode()
    hashes = pa.array(map(family_hash, families.dictionary.to_pylist()), pa.uint64())
    of_row: NDArray[np.uint64] = pc.fill_null(hashes.take(families.indices), 0).to_numpy()
    return np.where(columns.there("event_id"), of_row, np.uint64(0))


def _heads(columns: _Columns, visible: dict[str, Instants]) -> NDArray[np.void]:
    heads = np.zeros(len(columns), codec.HEAD_DTYPE)
    received, status = columns.instants("received"), columns.places("pub_status", codec.STATUSES)
    has_terms = columns.there("event_terms")
    told = _told_at(columns, received)
    has_span = has_terms & (told != NONE)
    is_leaving = status == codec.STATUSES.index(PubStatus.CANCELED)
    leave, note = codec.EFFECTS.index(Effect.LEAVE), codec.EFFECTS.index(Effect.NOTE)
    effects = np.where(has_terms, codec.EFFECTS.index(Effect.ENTER), np.where(is_leaving, leave, note))
    heads["version"] = codec.CHANGE_VERSION
    heads["deed"] = effects << codec.KIND_BITS | columns.places("item_kind", codec.KINDS)
    heads["status"] = status
    heads["row_key"] = _row_keys(columns)
    heads["received"] = np.where(received == NONE, 0, received)
    heads["order_key"] = _numbers(columns["order_key"], 0)
    heads["first"] = np.where(has_span, told // 1000, 0)
    by_day = columns.places("published_precision", (Precision.SECOND, Precision.DAY)) == 1
    heads["length"] = (has_span & by_day & (told == columns.instants("published"))) * (DAY_MS - 1)
    heads["confidence"] = pc.fill_null(columns["event_confidence"], 0.0).to_numpy()
    for flag, claim in (
        (codec.NEW, columns.claims("event_is_new")),
        (codec.PRESENT, ~columns.claims("superseded")),
        (codec.RESTRICTED, columns.claims("restricted")),
        (codec.EVENT, columns.there("event_id")),
        (codec.CONFIDENCE, columns.there("event_confidence")),
        (codec.RECEIVED, received != NONE),
        (codec.HAS_SPAN, has_span),
        (codec.FAMILY, columns.there("copy_family")),
        (codec.MODEL, columns.there("event_model")),
        (codec.FROM, visible["visible_from"] != NONE),
        (codec.UNTIL, visible["visible_until"] != NONE),
        (codec.REASON, columns.there("event_reason")),
        (codec.TERMS, has_terms),
    ):
        heads["flags"] |= claim * np.uint16(flag)
    return heads


def _told_at(columns: _Columns, received: Instants) -> Instants:
    """`times.told_at` of each row."""
    published = columns.instants("published")
    is_guess = columns.places("published_source", _GUESS_OR_NOT) == 1
    knows = (published != NONE) & (received != NONE)
    ahead = np.where(knows, published, 0) - np.where(knows, received, 0)
    stated = (received == NONE) | (ahead <= _DRIFT)
    guessed = (received != NONE) & (np.abs(ahead) <= _GUESS)
    is_credible = (published != NONE) & np.where(is_guess, guessed, stated)
    return np.where(is_credible, published, columns.instants("first_received"))


# What is neither is found at no place, which is that of the first.
_GUESS_OR_NOT: Final = (PublishedSource.META, PublishedSource.GUESS)


def _row_keys(columns: _Columns) -> NDArray[np.uint8]:
    """`pipelines.core.identity.row_key` of every row."""
    origins = columns["origin"]
    parts = [pc.struct_field(origins, name) for name in _ORIGIN] + [columns["part"]]
    texts = [part if part.type == pa.string() else pc.fill_null(part, 0).cast(pa.string()) for part in parts]
    names = pc.binary_join_element_wise(*texts, columns["payload_sha256"], "\x1f").cast(pa.binary())
    keys = b"".join(blake2b(name, digest_size=16).digest() for name in names.to_pylist())
    return np.frombuffer(keys, np.uint8).reshape(-1, 16)
