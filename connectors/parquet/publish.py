"""`publish`: the only writer of what readers open, built from history.

    history/ ─▶ touched articles, all rows of each ─▶ reader_row ─▶ articles/date=…/ ─▶ events/ ─▶ publish.json

A run reads what has come since the last one, and what time has shown or hidden since. Every file is replaced whole or
not at all, and only if its bytes differ: publishing twice changes nothing. publish.json is written last; a run that was
cut short is not in it, and the next one builds all anew. Then small files of history are merged, which is no news to the
next run. What readers may see, and what an event is, `pipelines.core` decides and hands in: this module knows no news
rule.
"""

import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from connectors.parquet.columns import reader_schema
from connectors.parquet.listing import ListedFile, Stamp, listed_files
from connectors.parquet.merge import Progress
from connectors.parquet.partitions import ReaderPartitions, reader_table
from connectors.parquet.publish_events import Summarise, known_events, write_events
from connectors.parquet.publish_read import (
    ReaderRow,
    Rules,
    Untold,
    Withdrawal,
    WithoutHidden,
    read_touched,
)
from connectors.parquet.publish_state import PublishState, read_already, read_state, stamps, write_state
from connectors.parquet.scan import Partition, create_rows, open_database, parquet_files
from connectors.parquet.sorted_file import make_folder
from connectors.parquet.spool import Spool
from connectors.parquet.standing import days_of_touched, standing_names
from connectors.parquet.steady import PUBLISH_LOCK
from connectors.parquet.temporary import lock
from connectors.parquet.tidy import SPILL, SPOOL, merge_ledgers, sweep_output
from connectors.parquet.topic_debt import ReadersTopic, Tell, TopicDebt
from connectors.parquet.touched import next_time, open_history, touch_all, touch_changed, touched_events
from schemas.article import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReport:
    """What one run did.

    `articles_written` counts the readers' rows that were made anew, `articles_withdrawn` those that stood and no longer
    do, `events` those that were counted anew. `files_merged` counts the small files that became few, `files_swept` what
    crashed writers and runs had left. `changed` are readers' rows that an index fed by the stream cannot have: a time
    shows or hides them, or they are made of several rows of history. `withdrawn` are the touched articles that readers
    do not see. Both may name articles whose index is right already: bringing it up to date is idempotent. `untold` are
    the rows that a topic of readers must be told beyond those that the stream has told, without text where readers see
    the article no more; `owed` of them are left to a run that has a topic.
    """

    rows_read: int = 0
    articles_written: int = 0
    articles_withdrawn: int = 0
    events: int = 0
    partitions_rewritten: int = 0
    files_merged: int = 0
    files_swept: int = 0
    changed: tuple[Article, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()
    untold: tuple[Article, ...] = ()
    owed: int = 0
    seconds: float = 0.0


BeforeCommit = Callable[[PublishReport], object]


def publish(
    folder: str,
    *,
    as_of: datetime,
    reader_row: ReaderRow,
    without_hidden: WithoutHidden,
    summarise_event: Summarise,
    progress: Progress | None = None,
    merging: Progress | None = None,
    before_commit: BeforeCommit | None = None,
    untold: Untold | None = None,
    tell: Tell | None = None,
    anew: bool = False,
) -> PublishReport:
    """Bring `articles/` and `events/` up to date with `history/`, as readers see it at `as_of`.

    `progress` is told how many articles of how many are read, `merging` how many merged files of how many are written.
    `before_commit` is given the report when the files are right and before the run is marked as complete: what it does
    (an index brought up to date) is done again after a crash. `untold` says of an article what a topic must be told of it;
    `tell` is then given these rows, at least once, and those that it does not take are owed. `anew` builds all of it, whatever an earlier run has
    noted. Runs of several processes wait for one another. Who appends to history waits for none, nor does who reads it,
    unless again and again disturbed; but while a memory is made of history no run begins, and it waits for one that has
    (`steady.undisturbed`). Running it again changes nothing.

    Raises:
        ValueError: `as_of` has no zone.
        OSError: disk full, no permission; the next run mends what this one has left.
    """
    if as_of.tzinfo is None:
        raise ValueError(f"as_of: {as_of} is a time without zone, one with a zone is needed")
    started = time.monotonic()
    root = Path(folder).resolve()
    rules = Rules(
        reader_row=reader_row, without_hidden=without_hidden, summarise_event=summarise_event, untold=untold
    )
    make_folder(root)
    with _alone(root) as since_ns:
        swept = sweep_output(root)
        before = None if anew else _trusted(root)
        topic = ReadersTopic(debt=_debt(root), tell=tell)
        report, state = _bring_up_to_date(root, as_of, rules, before, progress, before_commit, topic)
        if state != before:
            write_state(root, state)
        merged = merge_ledgers(root, state.history, min([since_ns, *swept.living_ns]), merging)
        if merged:
            known = read_already(root, listed_files(root / "history"), state.history)
            write_state(root, replace(state, history=stamps(root, known)))
    seconds = time.monotonic() - started
    return replace(report, files_merged=merged, files_swept=swept.removed, seconds=seconds)


@contextmanager
def _alone(root: Path) -> Iterator[int]:
    """No other run until the body ends; since when, by the clock that gives files their times (ns)."""
    path = root / PUBLISH_LOCK
    with path.open("a") as file:
        lock(file.fileno(), fcntl.LOCK_EX)
        os.utime(path)
        yield path.stat().st_mtime_ns


def _trusted(root: Path) -> PublishState | None:
    """The last complete run, if what it has written still stands."""
    before = read_state(root)
    return before if before is not None and before.outputs == _outputs(root) else None


def _debt(root: Path) -> TopicDebt:
    """What the last complete run has left to tell, whether or not what it has written still stands."""
    before = read_state(root)
    return TopicDebt() if before is None else before.topic


def _bring_up_to_date(
    root: Path,
    as_of: datetime,
    rules: Rules,
    before: PublishState | None,
    progress: Progress | None,
    before_commit: BeforeCommit | None,
    topic: ReadersTopic,
) -> tuple[PublishReport, PublishState]:
    files = listed_files(root / "history")
    history = stamps(root, files)
    news = _news(root, files, before)
    if before is not None and not news and not topic.due and before.holds_at(as_of):
        debt = topic.told((), ())
        return PublishReport(owed=len(debt.owed)), replace(before, history=history, topic=debt)
    with closing(open_database(root, root / SPILL)) as database:
        open_history(database, [file.path for file in files])
        days = Partition(column="date", folder=root / "articles")
        create_rows(database, "articles", reader_schema(), parquet_files(days.folder), days)
        only_owed = _touch(database, before, news, as_of, topic.due)
        report = _write(root, database, as_of, rules, progress, whole=before is None)
        if before_commit is not None:
            before_commit(report)
        until = next_time(database, as_of)
    debt = topic.told(report.untold, {row.article_id for row in report.untold} - only_owed)
    state = PublishState(as_of=as_of, holds_until=until, history=history, outputs=_outputs(root), topic=debt)
    return replace(report, owed=len(debt.owed)), state


def _news(root: Path, files: Sequence[ListedFile], before: PublishState | None) -> list[Path]:
    known = set(read_already(root, files, before.history)) if before is not None else set()
    return [file.path for file in files if file not in known]


def _outputs(root: Path) -> dict[str, Stamp]:
    return stamps(root, (*listed_files(root / "articles"), *listed_files(root / "events")))


def _touch(
    database: duckdb.DuckDBPyConnection,
    before: PublishState | None,
    news: Sequence[Path],
    as_of: datetime,
    owed: Collection[str],
) -> frozenset[str]:
    """Which articles to look at; those of them that only are owed."""
    if before is None:
        touch_all(database)
        return frozenset()
    return touch_changed(database, news, min(before.as_of, as_of), max(before.as_of, as_of), owed)


def _write(
    root: Path,
    database: duckdb.DuckDBPyConnection,
    as_of: datetime,
    rules: Rules,
    progress: Progress | None,
    *,
    whole: bool,
) -> PublishReport:
    standing = days_of_touched(database)
    naming_hidden: dict[str, Article] = {}

    def cleared(row: Article, is_visible: Callable[[str], bool]) -> Article:
        clean = rules.without_hidden(row, is_visible)
        if rules.untold is not None:
            naming_hidden[row.article_id] = clean
        return clean

    events = touched_events(database) | (known_events(root) if whole else set())
    with Spool(root / SPOOL, reader_table) as spool:
        readers = read_touched(database, spool, as_of, rules, progress)
        days = {*spool.partitions(), *(day for stood in standing.values() for day in stood)}
        partitions = ReaderPartitions(
            root=root,
            days=readers.days,
            standing=standing,
            names=standing_names(database, days),
            without_hidden=cleared,
        )
        rewritten = partitions.write(spool)
    counted, changed_files = write_events(root, database, events, rules.summarise_event)
    gone = [article_id for article_id, day in readers.days.items() if day is None]
    return PublishReport(
        rows_read=readers.rows_read,
        articles_written=len(readers.days) - len(gone),
        articles_withdrawn=sum(article_id in standing for article_id in gone),
        events=counted,
        partitions_rewritten=rewritten + changed_files,
        changed=tuple(rules.without_hidden(row, partitions.is_visible) for row in readers.changed),
        withdrawn=tuple(readers.withdrawn),
        untold=_all_untold(rules, readers.untold, naming_hidden, partitions),
    )


def _all_untold(
    rules: Rules, found: Sequence[Article], naming_hidden: Mapping[str, Article], partitions: ReaderPartitions
) -> tuple[Article, ...]:
    """What a topic must be told: as readers see it, and also of rows that the stream let name what is hidden by now."""
    if rules.untold is None:
        return ()
    rows = {row.article_id: rules.without_hidden(row, partitions.is_visible) for row in found}
    return tuple((dict(naming_hidden) | rows).values())
