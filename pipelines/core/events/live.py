"""A live event: which rows stand in it, when it began and was last touched, what time it tells of.

Nothing is summed up: an event is compared by the terms of its members, so it needs no more than their numbers.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.article_parts import ItemKind, PubStatus

_MS_PER_HOUR: Final = 3_600_000
# An event is compared, and indexed, by at most so many of its members, spread over it. B-cubed F1 of the labelled sets
# is that of all members (gold5 92.4, ecb_dev 86.7, allsides_dev 90.2, folded 86.2); 8 lose 0.13 on ecb_dev.
_MOST_COMPARED: Final = 16
# The heaviest terms of an event are looked up anew at these sizes, and at every fiftieth member.
_INDEX_SIZES: Final = (64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1)
_INDEX_STEP: Final = 50


@dataclass(frozen=True, slots=True)
class Span:
    """When something happened, in milliseconds since 1970: a moment, or a day of which no more is known."""

    first: int
    last: int

    def hours_to(self, other: "Span") -> float:
        """Hours between two spans, whichever is earlier; 0 where they touch."""
        return max(0, self.first - other.last, other.first - self.last) / _MS_PER_HOUR

    def joined(self, other: "Span | None") -> "Span":
        """The span from the earlier beginning to the later end."""
        if other is None:
            return self
        return Span(min(self.first, other.first), max(self.last, other.last))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle:
    """What is known of an article: its event and decision, and who may see it.

    `row` is its newest row, `reason_row` the newest that has a reason, `entry` the one with which it entered an event
    last; where it stands in one, `stands`. `order_key` is that of the entry, -1 without one.
    """

    article_id: str
    row: int
    event_id: str | None
    event_confidence: float | None
    event_is_new: bool
    reason_row: int | None
    entry: int | None
    stands: bool
    order_key: int
    pub_status: PubStatus
    item_kind: ItemKind
    restricted: bool
    visible_from: datetime | None
    visible_until: datetime | None


@dataclass(slots=True, kw_only=True)
class LiveEvent:
    """An event that may still be joined. `number` is that of the row it began with: the smaller is the older.

    `members` are rows in their order, one an article; `indexed` is the row that last changed what it is found by.
    """

    number: int
    born: int | None
    touched: int | None
    members: list[int]
    span: Span | None
    indexed: int

    def compared(self) -> list[int]:
        """The members that stand for all."""
        return _spread(self.members)

    def found_by(self) -> list[int]:
        """The members whose terms it is found by: a function of the members alone, however they came together."""
        return _spread(self.members[: index_size(len(self.members))])


def _spread(members: list[int]) -> list[int]:
    """At most `_MOST_COMPARED`, evenly from the first to the last.

    >>> _spread(list(range(18)))
    [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 17]
    """
    count = len(members)
    if count <= _MOST_COMPARED:
        return members
    return [members[at * count // _MOST_COMPARED] for at in range(_MOST_COMPARED - 1)] + members[-1:]


def index_size(members: int) -> int:
    """How many of so many members an event is found by.

    >>> [index_size(members) for members in (1, 5, 63, 99, 151)]
    [1, 4, 50, 64, 150]
    """
    listed = next((size for size in _INDEX_SIZES if size <= members), 0)
    return max(listed, members - members % _INDEX_STEP)
