"""Which records have come to nothing: between the first and the last of a source each is a row of history or a dead letter.

    history, dead letters ─▶ one line a record ─▶ beside the one before it ─▶ what lies between and was no empty stretch

The outputs are the ledger, and nothing else is read. What was never told is not known: records before the first of a
topic and behind the last of any source.
"""

# ruff: noqa: S608  (queries are made of names and literals of ours)

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from connectors.parquet.scan import create_rows, open_database, parquet_files
from schemas.article import Article
from schemas.dead_letter import DeadLetter, DeadLetterKind
from schemas.generate import arrow_schema
from schemas.rejection import ReasonCode

# Sorting spills beyond it.
_MEMORY = "1GB"

# A dead letter of a whole record tells nothing of its items, nor does one of an item, whose origin is the record's; so
# a record with one has all its items. A `source.lost` stands at the last record that was lost, and what it follows is
# the last that was not.
_TOLD = f"""
select origin.source as source, origin.partition as partition, origin.offset as place, origin.follows as follows,
    origin.item as item, false as is_rejected
from history_rows
union all
select origin.source, origin.partition, origin.offset,
    case when reason_code = '{ReasonCode.SOURCE_LOST}' then coalesce(origin.follows, -1) else origin.follows end,
    0, true
from dead_letters_rows where kind <> '{DeadLetterKind.DELIVERY}'
"""

# Items are counted as bits where they fit into one number, which all but a hostile message's do: that takes a third of
# the time of counting distinct ones. Read twice, a record may name two that it follows: what was empty once is empty.
_BITS = 62
_RECORDS = f"""
select source, partition, place, min(follows) as follows, max(item) as last_item,
    bit_or(1::bigint << least(item, {_BITS})::int) as items, bool_or(is_rejected) as is_rejected
from ({_TOLD}) group by source, partition, place
"""

# Who follows nothing is the start of a read, and of what lies before it nothing is known. A file is always read from
# its first record, so there what the first one follows must be told, too.
_GAPS = """
with beside as (
    select *, coalesce(
        lag(place) over (partition by source, partition order by place),
        case when starts_with(source, 'file:') then -1 end
    ) as before
    from records
)
select source, partition, before + 1 as first, least(place - 1, follows) as last from beside
where follows is not null and least(place - 1, follows) > before
order by source, partition, first
"""

_MISSING_ITEMS = f"""
select source, partition, place, last_item + 1 - bit_count(items) as missing from records
where not is_rejected and last_item < {_BITS} and bit_count(items) <= last_item
union all
select source, partition, place, any_value(record.last_item) + 1 - count(distinct told.item) as missing
from ({_TOLD}) as told join records as record using (source, partition, place)
where not record.is_rejected and record.last_item >= {_BITS}
group by source, partition, place having missing > 0
"""


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
    with closing(open_database(folder)) as database:
        database.execute(f"set memory_limit = '{_MEMORY}'")
        create_rows(database, "history", arrow_schema(Article), parquet_files(folder / "history"))
        create_rows(
            database, "dead_letters", arrow_schema(DeadLetter), parquet_files(folder / "dead_letters")
        )
        database.execute(f"create temp table records as {_RECORDS}")
        gaps = [
            Gap(source=source, partition=partition, first=first, last=last, count=last - first + 1)
            for source, partition, first, last in database.execute(_GAPS).fetchall()
        ]
        holes = [
            Gap(source=source, partition=partition, first=place, last=place, count=1, items=count)
            for source, partition, place, count in database.execute(_MISSING_ITEMS).fetchall()
        ]
        counted = database.execute(
            "select count(*), count(distinct (source, partition)) from records"
        ).fetchone()
    records, partitions = counted or (0, 0)
    return Audit(records=records, partitions=partitions, gaps=tuple(sorted([*gaps, *holes], key=_place)))


def _place(gap: Gap) -> tuple[str, int, int]:
    return gap.source, gap.partition, gap.first
