"""Claims of offsets, block by block, in one restriction for all partitions of a slot.

    Cursor     a partition enters where it begins; or moves to after the block that is claimed
    Rewound    a partition goes on further back, because its log does
    STARTED    all partitions of the start have entered
    DRAINED    nothing more is to be read in this run

What is claimed is emitted; the only split is the checkpoint after what was claimed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from apache_beam.io.iobase import RestrictionProgress, RestrictionTracker, WatermarkEstimator
from apache_beam.transforms.core import RestrictionProvider, WatermarkEstimatorProvider
from apache_beam.utils.timestamp import MIN_TIMESTAMP, Timestamp

from connectors.kafka.slots import Cursor, Positions, PositionsCoder, Slot, WatermarkCoder


class Mark(StrEnum):
    """A claim about the slot as a whole."""

    STARTED = "started"
    DRAINED = "drained"


@dataclass(frozen=True, slots=True)
class Rewound:
    """A partition whose log begins anew: the cursor may stand before the one it had."""

    cursor: Cursor


Claim = Cursor | Rewound | Mark


class SlotTracker(RestrictionTracker):
    """The claims of one bundle."""

    def __init__(self, positions: Positions) -> None:
        self._cursors = {cursor.partition: cursor for cursor in positions.cursors}
        self._is_started = positions.is_started
        self._is_over = False  # what is left is the residual's, or nobody's in this run
        self._claimed = 0

    def current_restriction(self) -> Positions:
        cursors = [self._cursors[partition] for partition in sorted(self._cursors)]
        if self._is_over:
            cursors = [replace(cursor, stop_offset=cursor.next_offset) for cursor in cursors]
        return Positions(cursors=tuple(cursors), is_started=self._is_started)

    def try_claim(self, position: Claim) -> bool:
        if self._is_over:
            return False
        match position:
            case Mark.STARTED:
                self._is_started = True
            case Mark.DRAINED:
                self._is_over = True
            case Rewound(cursor):
                self._cursors[cursor.partition] = cursor
            case Cursor():
                self._move(position)
        return True

    def _move(self, cursor: Cursor) -> None:
        before = self._cursors.get(cursor.partition)
        if before is not None:
            if cursor.next_offset <= before.next_offset:
                raise ValueError(f"{cursor} claimed after {before}: claims of a partition increase")
            if before.stop_offset is not None and cursor.next_offset > before.stop_offset:
                raise ValueError(f"{cursor} claimed beyond the stop of {before}")
            self._claimed += cursor.next_offset - before.next_offset
        self._cursors[cursor.partition] = cursor

    def try_split(self, fraction_of_remainder: float) -> tuple[Positions, Positions] | None:
        if fraction_of_remainder != 0 or self._is_over or self._is_finished():
            return None
        residual = self.current_restriction()
        self._is_over = True
        return self.current_restriction(), residual

    def check_done(self) -> bool:
        if not (self._is_over or self._is_finished()):
            raise ValueError("the read of a slot returned with partitions unread and no checkpoint")
        return True

    def current_progress(self) -> RestrictionProgress:
        return RestrictionProgress(completed=float(self._claimed), remaining=1.0)

    def is_bounded(self) -> bool:
        # Without a partition there is no telling: one may yet appear.
        return (
            self._is_started
            and bool(self._cursors)
            and all(cursor.stop_offset is not None for cursor in self._cursors.values())
        )

    def _is_finished(self) -> bool:
        return self.is_bounded() and all(cursor.is_done for cursor in self._cursors.values())


class SlotPositions(RestrictionProvider):
    """The restriction of a slot: empty until it has asked the brokers, where a failure is retried."""

    def initial_restriction(self, element: Slot) -> Positions:
        return Positions()

    def create_tracker(self, restriction: Positions) -> SlotTracker:
        return SlotTracker(restriction)

    def restriction_size(self, element: Slot, restriction: Positions) -> float:
        return 1.0

    def restriction_coder(self) -> PositionsCoder:
        return PositionsCoder()

    def split(self, element: Slot, restriction: Positions) -> Iterator[Positions]:
        yield restriction

    def truncate(self, element: Slot, restriction: Positions) -> Positions | None:
        """What a drain still reads: a read with an end to its end, one without no further."""
        return restriction if SlotTracker(restriction).is_bounded() else None


class _InformativeWatermark(WatermarkEstimator):
    """Advanced once a bundle, over all partitions: it only informs the runner's UI, nothing waits for it."""

    def __init__(self, watermark: Timestamp) -> None:
        self._watermark = watermark

    def observe_timestamp(self, timestamp: Any) -> None:
        pass

    def advance(self, timestamp: Timestamp) -> None:
        self._watermark = max(self._watermark, timestamp)

    def current_watermark(self) -> Timestamp:
        return self._watermark

    def get_estimator_state(self) -> Timestamp:
        return self._watermark


class SlotWatermark(WatermarkEstimatorProvider):
    """The watermark of a slot."""

    def initial_estimator_state(self, element: Slot, restriction: Positions) -> Timestamp:
        return MIN_TIMESTAMP

    def create_watermark_estimator(self, estimator_state: Timestamp) -> _InformativeWatermark:
        return _InformativeWatermark(estimator_state)

    def estimator_state_coder(self) -> WatermarkCoder:
        return WatermarkCoder()
