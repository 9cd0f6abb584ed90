"""What the outputs tell of each record that was read, one line a record: the one account that all who ask compare.

    history, dead letters ─▶ one line a record ─▶ beside the one before it ─▶ what lies between and was no empty stretch

The outputs are the ledger, and nothing else is read.
"""

# ruff: noqa: S608  (queries are made of names and literals of ours)

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from connectors.parquet.pending import pending_files
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
GAPS = """
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

MISSING_ITEMS = f"""
select source, partition, place, last_item + 1 - bit_count(items) as missing from records
where not is_rejected and last_item < {_BITS} and bit_count(items) <= last_item
union all
select source, partition, place, any_value(record.last_item) + 1 - count(distinct told.item) as missing
from ({_TOLD}) as told join records as record using (source, partition, place)
where not record.is_rejected and record.last_item >= {_BITS}
group by source, partition, place having missing > 0
"""


@contextmanager
def told_records(folder: Path, *, complete: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the table `records`: of every record that the outputs in `folder` tell of, one line.

    With `complete`, without what a bundle has written that was cut short: its records are to come again. Only narrow
    columns are read, and sorting spills to the disk: memory does not grow with the output.
    """
    with closing(open_database(folder)) as database:
        database.execute(f"set memory_limit = '{_MEMORY}'")
        for name, record in (("history", Article), ("dead_letters", DeadLetter)):
            # The list of what is pending is read first: what comes off it meanwhile is left out once more, at worst.
            pending = pending_files(folder / name) if complete else frozenset()
            files = [path for path in parquet_files(folder / name) if path.name not in pending]
            create_rows(database, name, arrow_schema(record), files)
        database.execute(f"create temp table records as {_RECORDS}")
        yield database
