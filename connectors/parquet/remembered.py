"""Rows of history as a memory takes them in: narrow, by key, each key in its own order.

    day folders within a horizon ─┐
    marked rows of older days    ─┴▶ each row once, where it was written last ─▶ sorted by (key, order) ─▶ tables

The horizon counts from the latest day as a memory's clock does, which one wrong timestamp moves by a day at most. Rows
of a bundle that was cut short while its files were put in place (`arrivals`) are left out: they come again. A `publish`
that would merge files waits until they are read.
"""

# ruff: noqa: S608  (queries are made of names of ours and of quoted literals)

import re
from collections.abc import Callable, Collection, Generator, Hashable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.parquet.arrivals import UNDATED
from connectors.parquet.pending import pending_files
from connectors.parquet.scan import (
    ROW_OF_HISTORY,
    Partition,
    create_rows,
    has_last_word,
    open_database,
    parquet_files,
    quoted,
)
from connectors.parquet.steady import undisturbed
from schemas.article import Article
from schemas.generate import arrow_schema

# What one table holds: enough for columns to be worth their while, few enough to cost little beside the memories.
_ROWS_A_TABLE = 20_000
# The rest waits on disk: the memories are what memory is for.
_SORT_MEMORY = "768MB"
_PREFIX = "arrived="
_DAY = re.compile(rf"\d{{4}}-\d\d-\d\d|{UNDATED}")


@dataclass(frozen=True, slots=True)
class HistoryRows:
    """The rows of `history/` under a folder of output. Picklable; nothing is opened before it is asked for."""

    folder: str

    def first_day(self, horizon: timedelta) -> str | None:
        """The first day of arrival within the horizon of the latest; `None` when there is no history.

        A day that lies ahead of the one before it by more than a day counts for one day a row at most: so a memory's
        clock advances, and so one page from the year 2099 does not push all others out of the horizon.
        """
        days = sorted(day for day in map(_day_of, self._day_folders()) if day)
        if not days:
            return None
        clock: date | None = None
        for day in (date.fromisoformat(name) for name in days if name != UNDATED):
            if clock is None or day - clock <= timedelta(days=1):
                clock = day
            else:
                clock = min(day, clock + timedelta(days=self._rows_of(day)))
        # One day more: a row counts from its moment, a folder from midnight.
        return UNDATED if clock is None else (clock - horizon - timedelta(days=1)).isoformat()

    def reaches_beyond(self, horizon: timedelta) -> bool:
        """Whether there are rows of days that a memory of this horizon has forgotten."""
        since = self.first_day(horizon)
        return since is not None and any(
            day < since for day in map(_day_of, self._day_folders()) if day is not None
        )

    def is_all_of(self, sources: Collection[str]) -> bool:
        """Whether every row is of one of these sources."""
        root = Path(self.folder)
        with undisturbed(root), closing(open_database(root)) as database:
            create_rows(database, "history", arrow_schema(Article), _complete_files(root))
            names = ", ".join(map(quoted, sorted(sources))) or "null"
            others = f"select 1 from history_rows where origin.source not in ({names}) limit 1"
            return not database.sql(others).fetchall()

    def _day_folders(self) -> Iterator[Path]:
        return (Path(self.folder) / "history").glob(f"{_PREFIX}*")

    def _rows_of(self, day: date) -> int:
        folder = Path(self.folder) / "history" / f"{_PREFIX}{day.isoformat()}"
        rows = 0
        for path in folder.glob("*.parquet"):
            # What `publish` merges meanwhile stands in the merged file.
            with suppress(FileNotFoundError):
                rows += int(pq.read_metadata(path).num_rows)
        return rows

    def rows(
        self,
        columns: Sequence[str],
        *,
        key_column: str,
        key_of: Callable[[str | None], Hashable],
        order: str,
        since: str,
        horizon: timedelta,
        lasting: Sequence[tuple[str, str | None]] = (),
        only: Hashable | None = None,
        upto: int | None = None,
    ) -> Generator[tuple[Hashable, pa.Table], None, None]:
        """Every row once, as it was written last, by key and then by `order`, in tables of one key each.

        No `publish` begins until the last table is taken or the generator is closed.

        Rows without a place in the order are left out. Of days before `since` only rows that one of `lasting` marks (a
        column, and its value or `None` for any), and those of a key that has been quiet: a memory's clock stands while
        nothing comes, so a key is read from its own latest day, less the horizon. `only` and `upto` keep to one key,
        and to its rows up to that place.

        Raises:
            OSError: a file cannot be read.
            duckdb.Error: a file vanished while it was read, in a folder whose lock may not be read: ask again.
        """
        root = Path(self.folder)
        with undisturbed(root), closing(open_database(root)) as database:
            database.execute(f"set memory_limit = {quoted(_SORT_MEMORY)}")
            database.execute("set preserve_insertion_order = false")
            create_rows(
                database,
                "history",
                arrow_schema(Article),
                _complete_files(root),
                Partition(column="arrived", folder=root / "history"),
            )
            keys = _create_keys(database, key_column, key_of, only)
            placed = f"{order} is not null" + ("" if upto is None else f" and {order} <= {upto}")
            _create_since(database, key_column, placed, since, horizon)
            _create_standing(database, key_column, f"{placed} and {_within(lasting)}")
            names = ", ".join(dict.fromkeys((*columns, order)))
            # Two rows have one place only where a run was told to forget; then what names them decides.
            reader = database.sql(
                f"select key, {names} from history_rows join standing using (filename, file_row_number)"
                f" order by key, {order}, tie"
            ).to_arrow_reader(_ROWS_A_TABLE)
            for batch in reader:
                yield from _by_key(pa.Table.from_batches([batch]), keys)


def _complete_files(root: Path) -> tuple[Path, ...]:
    unfinished = pending_files(root / "history")
    return tuple(path for path in parquet_files(root / "history") if path.name not in unfinished)


def _day_of(folder: Path) -> str | None:
    """The day of a folder of arrivals that holds a file; `None` for what is no such folder."""
    name = folder.name.removeprefix(_PREFIX)
    return name if _DAY.fullmatch(name) and any(folder.glob("*.parquet")) else None


def _within(lasting: Sequence[tuple[str, str | None]]) -> str:
    marks = [
        f"{column} is not null" if value is None else f"{column} = {quoted(value)}"
        for column, value in lasting
    ]
    return "(" + " or ".join([f"arrived = {quoted(UNDATED)}", "arrived >= since", *marks]) + ")"


def _create_keys(
    database: duckdb.DuckDBPyConnection,
    column: str,
    key_of: Callable[[str | None], Hashable],
    only: Hashable | None,
) -> list[Hashable]:
    """Table `keys` of the column's values and the number of their key; the keys by number."""
    values = [
        value for (value,) in database.execute(f"select distinct {column} from history_rows").fetchall()
    ]
    keyed = [(value, key_of(value)) for value in sorted(values, key=_none_first)]
    keyed = [(value, key) for value, key in keyed if only is None or key == only]
    keys = list(dict.fromkeys(key for _, key in keyed))
    numbers = {key: number for number, key in enumerate(keys)}
    table = pa.table(
        {
            "value": pa.array([value for value, _ in keyed], pa.string()),
            "key": pa.array([numbers[key] for _, key in keyed], pa.int32()),
        }
    )
    database.register("keys_arrow", table)
    database.execute("create temp table keys as select * from keys_arrow")
    database.unregister("keys_arrow")
    return keys


def _none_first(value: str | None) -> tuple[bool, str]:
    return value is not None, value or ""


def _create_since(
    database: duckdb.DuckDBPyConnection, key_column: str, placed: str, since: str, horizon: timedelta
) -> None:
    """Table `since_of_key`: the first day that counts for a key. Days ahead of the clock (a wrong one) move nothing."""
    back = horizon.days + 1
    clock = since if since == UNDATED else (date.fromisoformat(since) + timedelta(days=back)).isoformat()
    latest = f"max(arrived) filter (arrived <= {quoted(clock)} and arrived <> {quoted(UNDATED)})"
    database.execute(
        f"create temp table since_of_key as select key, least({quoted(since)},"
        f" strftime(try_cast({latest} as date) - interval {back} day, '%Y-%m-%d')) as since"
        f" from history_rows join keys on value is not distinct from {key_column} where {placed} group by key"
    )


def _create_standing(database: duckdb.DuckDBPyConnection, key_column: str, wanted: str) -> None:
    """Table `standing`: where each wanted row was written last, and the number of its key."""
    stands = has_last_word(ROW_OF_HISTORY)
    database.execute(
        f"create temp table standing as select filename, file_row_number, key, hash({ROW_OF_HISTORY}) as tie from history_rows"
        f" join history_files using (filename) join keys on value is not distinct from {key_column}"
        f" join since_of_key using (key) where {wanted} qualify {stands}"
    )


def _by_key(table: pa.Table, keys: Sequence[Hashable]) -> Iterator[tuple[Hashable, pa.Table]]:
    """The table cut where its key changes."""
    numbers = table["key"].combine_chunks()
    rows = table.drop_columns(["key"])
    ends: list[int] = pc.run_end_encode(numbers).run_ends.to_pylist()
    start = 0
    for end in ends:
        yield keys[numbers[start].as_py()], rows.slice(start, end - start)
        start = end
