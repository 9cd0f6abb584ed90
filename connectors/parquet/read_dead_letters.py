"""ReadDeadLetters: chosen dead letters of a folder as one ordered, bounded stream of records, each in its old place.

One element, the chosen ids in batches; its restriction is the number of the next batch and is only ever split behind
the one in hand. A batch is a bundle, so that the sinks flush and memory stays bounded.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import duckdb
import pyarrow as pa
from apache_beam.io.restriction_trackers import (
    OffsetRange,
    OffsetRestrictionTracker,
    UnsplittableRestrictionTracker,
)
from apache_beam.transforms.core import RestrictionProvider

from connectors.parquet.letter_states import create_letters_once
from connectors.parquet.scan import create_rows, open_database, parquet_files
from connectors.parquet.steady import read_steadily
from schemas.codec import from_row
from schemas.dead_letter import DeadLetter
from schemas.generate import arrow_schema
from schemas.record import Record

# As large as bundles of files are (connectors/files/read.py).
MAX_BATCH_LETTERS, MAX_BATCH_BYTES = 500, 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLetters:
    """Dead letters of a folder by id, in the order they are to come, in batches."""

    folder: str
    batches: tuple[tuple[str, ...], ...]


def in_batches(letters: Iterable[tuple[str, int]]) -> tuple[tuple[str, ...], ...]:
    """Ids with their sizes in bytes as batches of bounded length and size, a larger one alone.

    >>> in_batches([("a", 10), ("b", 40 << 20), ("c", 1)])
    (('a',), ('b',), ('c',))
    """
    batches: list[list[str]] = []
    held = 0
    for letter, size in letters:
        if not batches or len(batches[-1]) >= MAX_BATCH_LETTERS or held + size > MAX_BATCH_BYTES:
            batches.append([])
            held = 0
        batches[-1].append(letter)
        held += size
    return tuple(map(tuple, batches))


def letters_of(folder: Path, ids: Iterable[str]) -> tuple[DeadLetter, ...]:
    """The dead letters of a folder with these ids, in the order of the ids, with their bytes; unknown ids are left out."""
    wanted = tuple(ids)

    def read() -> tuple[DeadLetter, ...]:
        with closing(open_database(folder)) as database:
            create_rows(
                database, "dead_letters", arrow_schema(DeadLetter), parquet_files(folder / "dead_letters")
            )
            create_letters_once(database)
            return select_letters(database, wanted)

    return read_steadily(folder, read)


def select_letters(database: duckdb.DuckDBPyConnection, ids: Iterable[str]) -> tuple[DeadLetter, ...]:
    """The dead letters of a view `dead_letters_once` with these ids, in the order of the ids."""
    places = {letter: place for place, letter in enumerate(ids)}
    database.register("wanted_arrow", pa.table({"dead_letter_id": pa.array(places, pa.string())}))
    try:
        found = database.sql(
            "select * from dead_letters_once semi join wanted_arrow using (dead_letter_id)"
        ).to_arrow_table()
    finally:
        database.unregister("wanted_arrow")
    letters = (from_row(DeadLetter, row) for row in found.to_pylist())
    return tuple(sorted(letters, key=lambda letter: places[letter.dead_letter_id]))


class _Batches(RestrictionProvider):
    def initial_restriction(self, element: ChosenLetters) -> OffsetRange:
        return OffsetRange(0, len(element.batches))

    def create_tracker(self, restriction: OffsetRange) -> UnsplittableRestrictionTracker:
        return UnsplittableRestrictionTracker(OffsetRestrictionTracker(restriction))

    def restriction_size(self, element: ChosenLetters, restriction: OffsetRange) -> int:
        return restriction.size()

    def split(self, element: ChosenLetters, restriction: OffsetRange) -> Iterator[OffsetRange]:
        yield restriction


class _ReadFn(beam.DoFn):
    def __init__(
        self, record_of: Callable[[DeadLetter], Record], foreseen: Callable[[Record], None] | None
    ) -> None:
        self._record_of = record_of
        self._foreseen = foreseen

    def process(
        self, element: ChosenLetters, tracker: Any = beam.DoFn.RestrictionParam(_Batches())
    ) -> Iterator[Record]:
        number = tracker.current_restriction().start
        if not tracker.try_claim(number):
            return
        records = [
            self._record_of(letter) for letter in letters_of(Path(element.folder), element.batches[number])
        ]
        if self._foreseen is not None:
            for record in records:
                self._foreseen(record)
        yield from records
        tracker.defer_remainder()


class ReadDeadLetters(beam.PTransform):
    """Chosen dead letters in, `Record`s out, bounded, in their order, each at least once; bundles of bounded size.

    `record_of` makes the record of a dead letter, its origin included; `foreseen` hears of each before it comes out. What
    has been taken away meanwhile is left out. Raises `OSError` when a file cannot be read.
    """

    def __init__(
        self,
        letters: ChosenLetters,
        record_of: Callable[[DeadLetter], Record],
        *,
        foreseen: Callable[[Record], None] | None = None,
    ) -> None:
        super().__init__()
        self._letters = letters
        self._read = _ReadFn(record_of, foreseen)

    def expand(self, begin: beam.pvalue.PBegin) -> beam.PCollection:
        return (
            begin
            | "Letters" >> beam.Create([self._letters], reshuffle=False)
            | "Read" >> beam.ParDo(self._read).with_output_types(Record)
        )
