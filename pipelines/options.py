"""Flags to one frozen, validated configuration: what a worker needs is decided here, never read there."""

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING
from uuid import uuid4

from connectors.files.listing import FileList, NamedFile, list_files
from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.dead_letter_record import DeadLetterTopics
from connectors.search.opensearch.cluster import IndexTarget
from pipelines.core.article_topics import ArticleTopics
from pipelines.core.instants import parse_iso

if TYPE_CHECKING:  # kafka-python takes 0.1 s to import, which a verb without topics is spared
    from connectors.kafka.subscription import Subscription
    from connectors.parquet.chosen_letters import ChosenLetters

HISTORY, ARTICLES, EVENTS, DEAD_LETTERS, SEARCH = (
    "history",
    "articles",
    "events",
    "dead_letters",
    "search.sqlite",
)
RUNNERS = ("direct",)
NO_MEMORY = "none"
NO_FILES = FileList(())
# A thread attends each worker, and each takes some 50 MB of its own: beyond that a number is a mistake.
MAX_WORKERS = 256
# Source: SQLite file format, section 1.3.
_SQLITE_HEAD = b"SQLite format 3\0"


class Misuse(ValueError):
    """An option cannot be as it was given: names the option, its value and what is allowed. Exit code 2."""

    def __init__(self, option: str, value: object, allowed: str) -> None:
        super().__init__(f"{option} {value}: {allowed}")
        self.option = option


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlets:
    """The topics that a stream writes to, beside the files of its output. An outage is waited out for `patience_s`."""

    cluster: KafkaCluster
    articles: ArticleTopics
    dead_letters: DeadLetterTopics
    patience_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestConfig:
    """Everything one run of the dataflow is told.

    It reads `files`, or the topics of `subscription` or the dead letters `letters` where there are any, and writes to the
    topics of `outlets` as well if there are any. Articles are searched in `index`, on a cluster; in a file of the output where
    there is none. `run` names the run, so that memories of two runs in one process stay apart. `as_of` is the time that
    counts as now; a stream, for which now moves on, has there when it began. `workers` is the number of processes that pages are extracted
    in; with 0, pages are extracted in this process and without limits. `memory` is the folder of output whose history is
    remembered at the start, `None` to start knowing nothing.
    """

    data: Path
    as_of: datetime
    run: str
    files: FileList = NO_FILES
    subscription: "Subscription | None" = None
    letters: "ChosenLetters | None" = None
    outlets: Outlets | None = None
    index: IndexTarget | None = None
    runner: str = "direct"
    workers: int = 0
    memory: Path | None = None


def ingest_config(
    paths: list[Path],
    *,
    data: Path,
    as_of: str | None,
    received: str | None,
    runner: str,
    workers: int | None = 0,
    memory: str | None = None,
    index: IndexTarget | None = None,
) -> IngestConfig:
    """The configuration of a replay; `workers` None: as many as this process may use cores.

    Raises:
        Misuse: a path that does not exist or is not readable, a folder that cannot be written, an unknown value.
    """
    if runner not in RUNNERS:
        raise Misuse("--runner", runner, f"unknown; allowed: {', '.join(RUNNERS)}")
    return IngestConfig(
        files=FileList(_listed(paths, data), parse_instant("--received", received)),
        index=index,
        data=writable_folder(data),
        as_of=parse_as_of(as_of),
        run=uuid4().hex,
        runner=runner,
        workers=parse_workers(workers),
        memory=_remembered_folder(memory, data),
    )


def stream_config(
    subscription: "Subscription",
    outlets: Outlets | None,
    *,
    data: Path,
    workers: int | None,
    memory: str | None = None,
    index: IndexTarget | None = None,
) -> IngestConfig:
    """The configuration of a stream; the same words as of a replay mean the same.

    Raises:
        Misuse: a folder that cannot be written, an unknown value.
    """
    return IngestConfig(
        subscription=subscription,
        outlets=outlets,
        index=index,
        data=writable_folder(data),
        as_of=datetime.now(UTC),
        run=uuid4().hex,
        workers=parse_workers(workers),
        memory=_remembered_folder(memory, data),
    )


def _remembered_folder(memory: str | None, data: Path) -> Path | None:
    """Whose history is remembered: by default that of the output itself."""
    if memory == NO_MEMORY:
        return None
    if memory is None:
        return data
    folder = Path(memory)
    if not (folder / HISTORY).is_dir():
        raise Misuse(
            "--memory", memory, f"holds no history; give the folder of an earlier output, or `{NO_MEMORY}`"
        )
    return folder


def parse_workers(count: int | None) -> int:
    """How many processes extract pages: as given, else one for each core that this process may use.

    Raises:
        Misuse: fewer than none, or more than can be meant.
    """
    if count is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not 0 <= count <= MAX_WORKERS:
        raise Misuse("--workers", count, f"must be 0 (no sandbox) to {MAX_WORKERS}")
    return count


def parse_as_of(text: str | None) -> datetime:
    """The time that counts as now: `--as-of`, else the clock.

    Raises:
        Misuse: not a time.
    """
    return parse_instant("--as-of", text) or datetime.now(UTC)


def parse_instant(option: str, text: str | None) -> datetime | None:
    """An ISO 8601 time of an option, UTC where it states no zone; `None` when the option was not given.

    Raises:
        Misuse: not a time.
    """
    if text is None:
        return None
    stated = parse_iso(text)
    if stated is None:
        raise Misuse(option, repr(text), "not a time; write it like 2026-03-02T09:30:00Z or 2026-03-02")
    return stated.instant


def _listed(paths: list[Path], data: Path) -> tuple[NamedFile, ...]:
    for path in paths:
        _check_path(path)
        if path.resolve() == data.resolve():
            raise Misuse("--data", data, "is also a PATH to read; give the output a folder of its own")
    try:
        files = list_files(paths, without=data)
        for file in files:
            # Asked now, not hours later: whether it may be read, only opening it tells.
            os.close(os.open(file.path, os.O_RDONLY))
    except OSError as error:
        raise _unreadable(error.filename, error) from error
    if not files:
        raise Misuse(
            "PATH", " ".join(map(str, paths)), "holds no file; give files or folders of captured news"
        )
    return files


def _check_path(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        allowed = "no such file or folder; give files or folders of captured news"
        raise Misuse("PATH", path, allowed) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise Misuse("PATH", path, "is a pipe, socket or device; give files or folders of captured news")


def _unreadable(path: object, error: OSError) -> Misuse:
    return Misuse("PATH", path, f"cannot be read ({error.strerror}); check its permissions")


def writable_folder(data: Path) -> Path:
    """The output folder, made if it is not there.

    Raises:
        Misuse: it cannot be made or written, or its search index is something else.
    """
    _check_name(data)
    try:
        data.mkdir(parents=True, exist_ok=True)
        # A name of its own: commands may look at one folder at once.
        probe = data / f".copydesk-probe.{os.getpid()}-{get_ident()}.tmp"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise Misuse(
            "--data", data, f"cannot be written ({error.strerror}); give a folder you may write"
        ) from error
    _check_index(data / SEARCH)
    return data


def _check_name(data: Path) -> None:
    """Refuse a folder that the engines underneath cannot open: they take names in UTF-8."""
    try:
        str(data).encode()
    except UnicodeEncodeError as error:
        raise Misuse("--data", data, "is no name in UTF-8; give a folder of another name") from error


def _check_index(index: Path) -> None:
    try:
        with index.open("rb") as stream:
            head = stream.read(len(_SQLITE_HEAD))
    except FileNotFoundError:
        return
    except OSError as error:
        raise Misuse("--data", index, f"cannot be read ({error.strerror})") from error
    if head and head != _SQLITE_HEAD:
        raise broken_index(index)


def broken_index(index: Path) -> Misuse:
    """What to say of a file in the place of the search index that is none."""
    return Misuse("--data", index, "is no search index, or a damaged one; move it away and replay again")


def existing_folder(data: Path) -> Path:
    """An output folder to read.

    Raises:
        Misuse: there is none.
    """
    _check_name(data)
    if not (data / HISTORY).is_dir() and not (data / DEAD_LETTERS).is_dir():
        raise Misuse(
            "--data", data, "holds no output of Copydesk; run `copydesk replay PATH… --data DIR` first"
        )
    return data
