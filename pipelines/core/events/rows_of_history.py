"""Rows of history as the changes they were made of: every field of a change stands in the row, or follows from it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

import pyarrow as pa

from pipelines.core.events.change import EventChange, effect_of
from pipelines.core.events.change_codec import pack_change
from pipelines.core.events.live import Span
from pipelines.core.events.reason_codec import pack_reason_of_row
from pipelines.core.events.times import span_of, told_at
from pipelines.core.identity import name_of_row
from schemas.article_parts import ItemKind, Precision, PublishedSource, PubStatus


class _Row(NamedTuple):
    """What is read of a row, times in microseconds since 1970."""

    origin: dict[str, Any]
    part: int
    payload_sha256: str
    article_id: str
    received: int | None
    first_received: int | None
    published: int | None
    published_source: str | None
    published_precision: str | None
    event_id: str | None
    event_confidence: float | None
    event_is_new: bool
    event_reason: dict[str, Any] | None
    event_terms: bytes | None
    event_model: str | None
    order_key: int
    copy_family: str | None
    superseded: bool
    pub_status: str
    item_kind: str
    restricted: bool
    visible_from: int | None
    visible_until: int | None


RECALLED: Final[tuple[str, ...]] = _Row._fields
"""The columns of history that a memory of events comes back from, read in the order of `language_seq`."""

# Rows that are Python objects at once.
_SLICE: Final = 4_000
_TIMES: Final = ("received", "first_received", "published", "visible_from", "visible_until")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

E = TypeVar("E", ItemKind, Precision, PublishedSource, PubStatus)


def changes_of(rows: pa.Table) -> Iterator[tuple[EventChange, bytes]]:
    """The changes that rows were made of, in their order, without reasons, and as `pack_change` has them, with.

    A few thousand rows are Python objects at once.
    """
    columns = [rows[name].cast(pa.int64()) if name in _TIMES else rows[name] for name in RECALLED]
    for begin in range(0, rows.num_rows, _SLICE):
        for row in map(_Row, *(column.slice(begin, _SLICE).to_pylist() for column in columns)):
            change = _change(row)
            reason = None if row.event_reason is None else pack_reason_of_row(row.event_reason)
            yield change, pack_change(change, reason)


def _change(row: _Row) -> EventChange:
    status, received = _members(PubStatus)[row.pub_status], _instant(row.received)
    span = None if row.event_terms is None else _span(row, received)
    place = row.origin
    return EventChange(
        row_key=name_of_row(
            place["source"], place["partition"], place["offset"], place["item"], row.part, row.payload_sha256
        ),
        article_id=row.article_id,
        received=received,
        effect=effect_of(status, row.event_terms),
        event_id=row.event_id,
        event_confidence=row.event_confidence,
        event_is_new=row.event_is_new,
        event_terms=row.event_terms,
        event_model=row.event_model,
        order_key=row.order_key,
        first_ms=None if span is None else span.first,
        last_ms=None if span is None else span.last,
        copy_family=row.copy_family,
        is_present=not row.superseded,
        pub_status=status,
        item_kind=_members(ItemKind)[row.item_kind],
        restricted=row.restricted,
        visible_from=None if row.visible_from is None else _instant(row.visible_from),
        visible_until=None if row.visible_until is None else _instant(row.visible_until),
    )


def _span(row: _Row, received: datetime | None) -> Span | None:
    published = _instant(row.published)
    source = None if row.published_source is None else _members(PublishedSource)[row.published_source]
    told = told_at(published, source, received, _instant(row.first_received))
    return span_of(told, by_day=row.published_precision == Precision.DAY and told == published)


@cache
def _members(kind: type[E]) -> dict[str, E]:
    """Members by value: a lookup takes a tenth of a call of the class."""
    return {str(member): member for member in kind}


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
