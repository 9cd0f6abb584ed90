"""Which records have come to nothing: between the first and the last of a source each is a row of history or a dead letter.

The outputs are the ledger, and nothing else is read. What was never told is not known: records before the first of a
topic and behind the last of any source.
"""

from dataclasses import dataclass
from pathlib import Path

from connectors.parquet.accounts import GAPS, MISSING_ITEMS, told_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Records of one source and partition that nothing accounts for, first and last included.

    `count` is of records, at most: a file of pages has other records among them, of which only those told of what they
    follow. With `items` it is one record, and so many of its items are missing.
    """

    source: str
    partition: int
    first: int
    last: int
    count: int
    items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """How many records are accounted for, of how many sources and partitions, and what is not, in its order."""

    records: int
    partitions: int
    gaps: tuple[Gap, ...]

    @property
    def unaccounted(self) -> int:
        """Records that nothing accounts for, or not with all their items."""
        return sum(gap.count for gap in self.gaps)


def audit_folder(folder: Path) -> Audit:
    """Compare what the outputs in `folder` tell of records with the order in which these stood.

    Only narrow columns are read, and sorting spills to the disk: memory does not grow with the output.
    """
    with told_records(folder) as database:
        gaps = [
            Gap(source=source, partition=partition, first=first, last=last, count=last - first + 1)
            for source, partition, first, last in database.execute(GAPS).fetchall()
        ]
        holes = [
            Gap(source=source, partition=partition, first=place, last=place, count=1, items=count)
            for source, partition, place, count in database.execute(MISSING_ITEMS).fetchall()
        ]
        counted = database.execute(
            "select count(*), count(distinct (source, partition)) from records"
        ).fetchone()
    records, partitions = counted or (0, 0)
    return Audit(records=records, partitions=partitions, gaps=tuple(sorted([*gaps, *holes], key=_place)))


def _place(gap: Gap) -> tuple[str, int, int]:
    return gap.source, gap.partition, gap.first
