"""Rows that arrived, appended to day folders at the end of every bundle: what history and dead letters share.

    process        a row is held back
    finish_bundle  the held rows are written, one file a day of arrival; only then do they flow on

What flows on is therefore on disk: what the index shows, history has. A bundle that fails hands nothing on and is tried
again; files it had written are written again under the same names, because a file is named after its rows. Never Beam's
file sinks: they lose data (`research/sinks.md` §4.3).

Rows of several days are several files, and a crash may come between them: see `pending.py`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import apache_beam as beam
import pyarrow as pa
from apache_beam.utils.windowed_value import WindowedValue

from connectors.parquet.pending import all_or_none
from connectors.parquet.sorted_file import place_file
from schemas.codec import to_table
from schemas.record import Origin

UNDATED = "none"

# More than a bundle of any source weighs (5,000 records or 32 MiB and the last record of 7, and 2 KB more a row: 50 MB), so
# that a bundle is there whole or not at all: rows of one record stand anywhere in it, and of a record that is there in
# part nothing tells that more was to come. Only a message of thousands of items is written in pieces.
_FLUSH_BYTES = 64 << 20

Place = tuple[str | int, ...]


class Arrival(Protocol):
    """What both ledgers have: where the record stood and when it came in."""

    @property
    def origin(self) -> Origin:
        """Where the record stood."""
        ...

    @property
    def received(self) -> datetime | None:
        """When it came in; null for bare files."""
        ...


A = TypeVar("A", bound=Arrival)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger(Generic[A]):
    """A folder of day folders, and what makes two of its rows one row.

    `identity` names a row beyond its origin; `weight` estimates the bytes that it holds in memory.
    """

    name: str
    record: type[A]
    prefix: str
    identity: Callable[[A], Place]
    weight: Callable[[A], int]


def origin_place(origin: Origin) -> Place:
    """The order of a ledger. `follows` tells of the read, not of the row."""
    return origin.source, origin.partition, origin.offset, origin.item


def append_rows(root: Path, ledger: Ledger[A], rows: Sequence[A]) -> tuple[Path, ...]:
    """Write the rows under `root`, one file a day of arrival, sorted by origin; the files, in the order of their days.

    A row that is given twice is written once, as it was given last. The same rows in any order are the same files,
    byte for byte.

    Raises:
        OSError: disk full, or the folder may not be written.
    """
    once = {_place(ledger, row): row for row in rows}
    ordered = sorted(once.items(), key=_by_day_and_place)
    days = [
        _day_file(root / ledger.name / f"arrived={day}", ledger, tuple(group))
        for day, group in groupby(ordered, key=_day_of_item)
    ]
    with all_or_none(root / ledger.name, [path for path, _ in days]):
        for path, table in days:
            # Rows that come again go to topics again, and `publish` has the last word there: this is news to it.
            place_file(table, path, renewing=True)
    return tuple(path for path, _ in days)


def _day_file(folder: Path, ledger: Ledger[A], placed: Sequence[tuple[Place, A]]) -> tuple[Path, pa.Table]:
    digest = blake2b(digest_size=16)
    for place, _ in placed:
        digest.update("\x1f".join(map(str, place)).encode("utf-8", "surrogatepass") + b"\x1e")
    path = folder / f"{ledger.prefix}-{digest.hexdigest()}.parquet"
    return path, to_table(ledger.record, (row for _, row in placed))


def _place(ledger: Ledger[A], row: A) -> Place:
    return (*origin_place(row.origin), *ledger.identity(row))


def _by_day_and_place(item: tuple[Place, Arrival]) -> tuple[str, Place]:
    return _day_of_item(item), item[0]


def _day_of_item(item: tuple[Place, Arrival]) -> str:
    return arrival_day(item[1].received)


def arrival_day(received: datetime | None) -> str:
    """Name of the day folder, UTC.

    >>> arrival_day(None)
    'none'
    """
    return UNDATED if received is None else received.astimezone(UTC).date().isoformat()


class AppendArrivalsFn(beam.DoFn):
    """Holds the rows of a bundle, writes them, hands them on in the order and with the timestamps they came with."""

    def __init__(self, folder: str, ledger: Ledger[Any]) -> None:
        self._root = Path(folder)
        self._ledger = ledger
        self._held: list[WindowedValue] = []
        self._bytes = 0

    def start_bundle(self) -> None:
        # A bundle that failed left its rows behind.
        self._held, self._bytes = [], 0

    def process(
        self,
        row: Any,
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> Iterator[Any]:  # Beam takes a WindowedValue for the element itself
        self._held.append(WindowedValue(row, timestamp, (window,)))
        self._bytes += self._ledger.weight(row)
        if self._bytes >= _FLUSH_BYTES:
            yield from self._flush()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from self._flush()

    def _flush(self) -> list[WindowedValue]:
        held, self._held, self._bytes = self._held, [], 0
        append_rows(self._root, self._ledger, [row.value for row in held])
        return held
