"""ReadDeadLetters: chosen dead letters of a folder as one ordered, bounded stream of records, each in its old place.

One element, the chosen ids in batches; its restriction is the number of the next batch and is only ever split behind
the one in hand. A batch is a bundle, so that the sinks flush and memory stays bounded.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.transforms.core import RestrictionProvider

from connectors.parquet.chosen_letters import ChosenLetters, letters_of
from schemas.dead_letter import DeadLetter
from schemas.record import Record


class _BatchTracker(OffsetRestrictionTracker):
    """Claims batches in order; the only split is the checkpoint behind what was claimed."""

    def try_split(self, fraction_of_remainder: float) -> tuple[OffsetRange, OffsetRange] | None:
        return super().try_split(0) if fraction_of_remainder == 0 else None


class _Batches(RestrictionProvider):
    def initial_restriction(self, element: ChosenLetters) -> OffsetRange:
        return OffsetRange(0, len(element.batches))

    def create_tracker(self, restriction: OffsetRange) -> _BatchTracker:
        return _BatchTracker(restriction)

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
