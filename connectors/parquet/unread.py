"""Where to read topics on, by what the outputs tell: the lowest offset that has neither a row nor a dead letter.

    told     5  6  7     9  10                11 follows 10
    unread            8                       9 follows 8

A position that was committed says what was read; this says what has come out. What a bundle has written that was cut
short does not count, nor does a record of which items are missing.
"""

# ruff: noqa: S608  (queries are made of names and literals of ours)

from dataclasses import dataclass
from pathlib import Path

from connectors.parquet.accounts import GAPS, MISSING_ITEMS, told_records
from connectors.parquet.steady import read_steadily
from schemas.rejection import ReasonCode

# Files have no offsets to read on from. The first record told of a partition may follow one that is not told: then that
# one came to nothing, or came out elsewhere, and to read it again is right in both cases. Where it tells of a loss, that
# one is gone, too.
_UNREAD = f"""
with started as (
    select source, partition, min(place) as place, first(follows order by place) as follows from records group by all
),
untold as (
    select source, partition, follows as place from started where follows is not null and not exists (
        select 1 from dead_letters_rows as lost where reason_code = '{ReasonCode.SOURCE_LOST}'
        and lost.origin.source = started.source and lost.origin.partition = started.partition
        and lost.origin.offset = started.place
    )
    union all
    select source, partition, first from ({GAPS})
    union all
    select source, partition, place from ({MISSING_ITEMS})
),
lowest as (select source, partition, min(place) as place from untold group by all)
select source, partition, coalesce(any_value(lowest.place), max(record.place) + 1) as next_offset,
    max(record.place) filter (lowest.place is null or record.place < lowest.place) as last_offset,
    least(min(record.place), next_offset) as first_offset
from records as record left join lowest using (source, partition)
where not starts_with(source, 'file:')
group by source, partition
order by source, partition
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadPlace:
    """The next record of a partition to read, and the last before it that was told of; null where none was.

    `first_offset` is the first that was told of, or `next_offset` where that is before it.
    """

    next_offset: int
    last_offset: int | None = None
    first_offset: int = 0


def unread_places(folder: Path) -> dict[tuple[str, int], UnreadPlace]:
    """Where to read on each topic and partition that the outputs in `folder` tell of.

    Everything below `next_offset` is accounted for, from the first record that is told of on; what lies beyond may be,
    too, and to read it again changes nothing. What was empty when it was read (transactions, compaction) and what
    retention took (`source.lost`) is no gap. A partition that nothing tells of is left out.
    """
    return read_steadily(folder, lambda: _unread(folder))


def _unread(folder: Path) -> dict[tuple[str, int], UnreadPlace]:
    with told_records(folder, complete=True) as database:
        rows = database.execute(_UNREAD).fetchall()
    return {
        (topic, partition): UnreadPlace(
            next_offset=next_offset, last_offset=last_offset, first_offset=first_offset
        )
        for topic, partition, next_offset, last_offset, first_offset in rows
    }
