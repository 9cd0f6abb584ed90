"""ReadRecords: captured files as one ordered, bounded stream of records.

One element, the ordered list of files; its restriction is the next position (file, record) and is never split, so the
order does not depend on time or on the number of workers. A bundle ends after so many records or bytes read, so that
the sinks flush and memory stays bounded, even where a WARC holds no page for gigabytes. Within a bundle the records are those of the files in the order given.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.io.iobase import RestrictionProgress, RestrictionTracker
from apache_beam.transforms.core import RestrictionProvider
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from connectors.files.contents import read_contents
from connectors.files.gathered import Content, Passed
from connectors.files.listing import FileList, NamedFile
from schemas.record import Feed, Origin, Record

# A bundle is what the sinks flush at once: 500 pages of the median 150 KB are 75 MB, so bytes end it first. Time ends
# none: the same input gives the same bundles, and so the same files.
MAX_BUNDLE_RECORDS = 500
MAX_BUNDLE_BYTES = 32 * 1024 * 1024
# What is read before its turn, so that whoever works on it in the meantime is busy while the sinks flush: that takes a
# third of the time of a bundle of pages on two cores.
_MAX_AHEAD_RECORDS, _MAX_AHEAD_BYTES = MAX_BUNDLE_RECORDS // 2, MAX_BUNDLE_BYTES // 2
# Of a file of captured records, how many partitions are followed; of what more there are the records follow nothing.
_MAX_PARTITIONS = 10_000


@dataclass(frozen=True, slots=True)
class Position:
    """The next record to read, or with `done` that none is left."""

    file: int = 0
    record: int = 0
    done: bool = False


def as_read(record: Record) -> Record:
    """The record as the file has it."""
    return record


def records_of(
    file: NamedFile, received: datetime | None, opened: Callable[[Record], Record] = as_read
) -> Iterator[Record]:
    """The records of one file, numbered from 0.

    `opened` may give a record another origin, as that of a captured Kafka record. `origin.follows` is the record before
    it in the file with an origin of the same source and partition: what lies between holds none.
    """
    return (record for record in _places(file, received, opened) if isinstance(record, Record))


def _places(
    file: NamedFile, received: datetime | None, opened: Callable[[Record], Record]
) -> Iterator[Record | Passed]:
    last: dict[tuple[str, int], int] = {}
    for offset, content in enumerate(read_contents(Path(file.path))):
        if isinstance(content, Passed):
            yield content
            continue
        record = opened(_record(file, offset, content, received))
        origin = record.origin
        place = origin.source, origin.partition
        before = last.get(place)
        if before is not None or len(last) < _MAX_PARTITIONS:
            last[place] = origin.offset
        yield replace(record, origin=replace(origin, follows=_follows(before, origin.offset)))


# A record, something passed over or the end of a file; and the position after it.
_Step = tuple[Record | Passed | None, Position]


def _steps(files: FileList, begin: Position, opened: Callable[[Record], Record]) -> Iterator[_Step]:
    for number in range(begin.file, len(files.files)):
        skipped = begin.record if number == begin.file else 0
        places = _places(files.files[number], files.received, opened)
        for record, place in enumerate(islice(places, skipped, None), skipped + 1):
            yield place, Position(file=number, record=record)
        yield None, Position(file=number + 1, done=number + 1 >= len(files.files))


def _told(steps: Iterator[_Step], foreseen: Callable[[Record], None]) -> Iterator[_Step]:
    """The same; `foreseen` hears of each record up to half a bundle before its turn."""
    waiting: deque[_Step] = deque()
    size = 0
    for step in steps:
        if isinstance(step[0], Record):
            foreseen(step[0])
        waiting.append(step)
        size += _size(step[0])
        while len(waiting) > _MAX_AHEAD_RECORDS or size > _MAX_AHEAD_BYTES:
            size -= _size(waiting[0][0])
            yield waiting.popleft()
    yield from waiting


def _size(place: Record | Passed | None) -> int:
    if place is None:
        return 0
    return place.size if isinstance(place, Passed) else len(place.value)


def _follows(before: int | None, offset: int) -> int | None:
    # Captured records may stand in any order, and twice.
    return before if before is not None and before < offset else None


def _record(file: NamedFile, offset: int, content: Content, received: datetime | None) -> Record:
    return Record(
        origin=Origin(source=file.source, offset=offset),
        value=content.value,
        received=content.received or received,
        feed=Feed.LINES if content.is_line else Feed.ANY,
        damage=content.damage,
        oversize_bytes=content.oversize_bytes,
        oversize_sha256=content.oversize_sha256,
    )


class _PositionTracker(RestrictionTracker):
    """Claims positions in order; the only split is the checkpoint after what was claimed."""

    def __init__(self, restriction: Position) -> None:
        self._restriction = restriction
        self._next = restriction

    def current_restriction(self) -> Position:
        return self._restriction

    def try_claim(self, position: Position) -> bool:
        self._next = position
        return True

    def try_split(self, fraction_of_remainder: float) -> tuple[Position, Position] | None:
        if fraction_of_remainder != 0 or self._next.done:
            return None
        residual = self._next
        self._restriction = replace(self._restriction, done=True)
        self._next = self._restriction
        return self._restriction, residual

    def check_done(self) -> bool:
        if not self._next.done:
            raise ValueError(f"stopped at {self._next} without a checkpoint")
        return True

    def current_progress(self) -> RestrictionProgress:
        return RestrictionProgress(fraction=float(self._next.done))

    def is_bounded(self) -> bool:
        return True


class _Files(RestrictionProvider):
    def initial_restriction(self, element: FileList) -> Position:
        return Position(done=not element.files)

    def create_tracker(self, restriction: Position) -> _PositionTracker:
        return _PositionTracker(restriction)

    def restriction_size(self, element: FileList, restriction: Position) -> int:
        return max(1, len(element.files) - restriction.file)

    def split(self, element: FileList, restriction: Position) -> Iterator[Position]:
        yield restriction


class _ReadFn(beam.DoFn):
    def __init__(
        self,
        opened: Callable[[Record], Record],
        foreseen: Callable[[Record], None] | None,
        max_records: int,
        max_bytes: int,
    ) -> None:
        self._opened = opened
        self._foreseen = foreseen
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._open: tuple[Position, Iterator[_Step]] | None = None

    def process(
        self, element: FileList, tracker: Any = beam.DoFn.RestrictionParam(_Files())
    ) -> Iterator[Any]:
        position = tracker.current_restriction()
        records, size = 0, 0
        walk = self._walk(element, position)
        while not position.done:
            if records >= self._max_records or size >= self._max_bytes:
                tracker.defer_remainder()
                return
            record, position = next(walk)
            self._open = (position, walk)
            tracker.try_claim(position)
            if record is not None:
                size += _size(record)
            if isinstance(record, Record):
                records += 1
                yield record if record.received is None else _timed(record)
        self._open = None

    def _walk(self, element: FileList, position: Position) -> Iterator[_Step]:
        """The records from here on; read anew up to here when the last bundle was another instance's."""
        if self._open is not None and self._open[0] == position:
            return self._open[1]
        steps = _steps(element, position, self._opened)
        return steps if self._foreseen is None else _told(steps, self._foreseen)


def _timed(record: Record) -> TimestampedValue:
    assert record.received is not None
    return TimestampedValue(record, Timestamp.from_utc_datetime(record.received))


class ReadRecords(beam.PTransform):
    """Files in, `Record`s out, bounded, in order, each at least once; bundles of bounded size.

    `files` are read in their order by one worker; `opened` is what each record is before its place among the others is
    told (`records_of`). `foreseen` hears of each record some time before it comes out, once or more. Bad lines and cut-off members come out as records that DecodeRecord rejects, so nothing is
    dropped here. Raises `OSError` when a file cannot be read.
    """

    def __init__(
        self,
        files: FileList,
        opened: Callable[[Record], Record] = as_read,
        *,
        foreseen: Callable[[Record], None] | None = None,
        max_bundle_records: int = MAX_BUNDLE_RECORDS,
        max_bundle_bytes: int = MAX_BUNDLE_BYTES,
    ) -> None:
        super().__init__()
        self._files = files
        self._read = _ReadFn(opened, foreseen, max_bundle_records, max_bundle_bytes)

    def expand(self, begin: beam.pvalue.PBegin) -> beam.PCollection:
        return (
            begin
            | "Files" >> beam.Create([self._files], reshuffle=False)
            | "Read" >> beam.ParDo(self._read).with_output_types(Record)
        )
