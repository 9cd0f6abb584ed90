"""The clock of a repeat memory, and where each day begins in its tables; a day is forgotten whole.

The clock is the `received` of the rows. A row that comes late belongs to the present day, a row without a time too.
"""

import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

# All dated pairs of real copies and versions are 0 or 1 day apart (`research/text.md` §4.1, §4.5).
SKETCH_DAYS = 7
# Row keys and content hashes are small; a month is how far back a replay or a re-publication is met (§4.5).
ROW_DAYS = 30

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = struct.Struct("<?qQQ")


@dataclass(frozen=True, slots=True)
class _Day:
    day: int | None
    first_row: int
    first_sketch: int


class Days:
    """The days that are remembered, the present one last."""

    __slots__ = ("_days",)

    def __init__(self, packed: bytes = b"") -> None:
        """No days, or those of `pack`."""
        self._days: deque[_Day] = deque()
        for is_dated, day, first_row, first_sketch in _DAY.iter_unpack(packed):
            self._days.append(_Day(day if is_dated else None, first_row, first_sketch))

    @property
    def clock(self) -> int | None:
        """The present day; `None` before the first row with a time."""
        return self._days[-1].day if self._days else None

    def advance(self, today: int | None, next_row: int, next_sketch: int) -> bool:
        """Go on to a row of a day, whose numbers will be these; whether a new day has begun.

        One wrong clock must not empty the memory: however far ahead a row is, time advances by one day.
        """
        if not self._days:
            self._days.append(_Day(today, 0, 0))
            return False
        clock = self.clock
        if today is None or (clock is not None and today <= clock):
            return False
        if clock is None:
            self._days[-1] = replace(self._days[-1], day=today)
            return False
        self._days.append(_Day(clock + 1, next_row, next_sketch))
        while self._days[0].day is not None and self._days[0].day < clock + 1 - ROW_DAYS:
            self._days.popleft()
        return True

    def first_alive(self) -> tuple[int, int]:
        """The numbers of the oldest row and the oldest sketch that are remembered."""
        first = self._days[-1].day or 0
        live = next(one for one in self._days if one.day is not None and one.day >= first - SKETCH_DAYS)
        return self._days[0].first_row, live.first_sketch

    def pack(self) -> bytes:
        """The days as bytes."""
        return b"".join(self._packed())

    def _packed(self) -> Iterator[bytes]:
        for one in self._days:
            yield _DAY.pack(one.day is not None, one.day or 0, one.first_row, one.first_sketch)


def day_of(instant: datetime) -> int:
    """Days since 1970."""
    return (instant - _EPOCH).days
