"""Flags to one frozen, validated configuration: what a worker needs is decided here, never read there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from connectors.files.listing import FileList, NamedFile, list_files
from pipelines.core.instants import parse_iso

HISTORY, ARTICLES, EVENTS, DEAD_LETTERS, SEARCH = (
    "history",
    "articles",
    "events",
    "dead_letters",
    "search.sqlite",
)
RUNNERS = ("direct",)


class Misuse(ValueError):
    """An option cannot be as it was given: names the option, its value and what is allowed. Exit code 2."""

    def __init__(self, option: str, value: object, allowed: str) -> None:
        super().__init__(f"{option} {value}: {allowed}")
        self.option = option


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestConfig:
    """Everything one run of the dataflow is told.

    `run` names the run, so that memories of two runs in one process stay apart. `as_of` is the one clock.
    """

    files: FileList
    data: Path
    as_of: datetime
    run: str
    runner: str = "direct"


def ingest_config(
    paths: list[Path], *, data: Path, as_of: str | None, received: str | None, runner: str
) -> IngestConfig:
    """The configuration of a replay.

    Raises:
        Misuse: a path that does not exist or is not readable, a folder that cannot be written, an unknown value.
    """
    if runner not in RUNNERS:
        raise Misuse("--runner", runner, f"unknown; allowed: {', '.join(RUNNERS)}")
    return IngestConfig(
        files=FileList(_listed(paths, data), parse_instant("--received", received)),
        data=writable_folder(data),
        as_of=parse_as_of(as_of),
        run=uuid4().hex,
        runner=runner,
    )


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
        if not path.exists():
            raise Misuse("PATH", path, "no such file or folder; give files or folders of captured news")
        if path.resolve() == data.resolve():
            raise Misuse("--data", data, "is also a PATH to read; give the output a folder of its own")
    try:
        files = list_files(paths)
    except PermissionError as error:
        raise Misuse("PATH", error.filename, "cannot be read; check its permissions") from error
    if not files:
        raise Misuse(
            "PATH", " ".join(map(str, paths)), "holds no file; give files or folders of captured news"
        )
    return files


def writable_folder(data: Path) -> Path:
    """The output folder, made if it is not there.

    Raises:
        Misuse: it cannot be made or written.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / ".copydesk-probe.tmp"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Misuse(
            "--data", data, f"cannot be written ({error.strerror}); give a folder you may write"
        ) from error
    return data


def existing_folder(data: Path) -> Path:
    """An output folder to read.

    Raises:
        Misuse: there is none.
    """
    if not (data / HISTORY).is_dir() and not (data / DEAD_LETTERS).is_dir():
        raise Misuse(
            "--data", data, "holds no output of Copydesk; run `copydesk replay PATH… --data DIR` first"
        )
    return data
