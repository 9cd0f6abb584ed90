"""A folder in which an agency delivers files, and how each is taken once, kept safe and put away.

    DROP/a.xml ─▶ DROP/.sending/<who>/a.xml ─▶ DROP/done/a.xml
                                            ─▶ DROP/failed/a.xml, a.xml.reason

A file is picked up by its rename, which only one sender can win, and only when it has stood still: two looks apart by
`settle_s` saw the same size and time. `<who>` is a folder that its sender has locked as long as it lives; what lies in
one whose lock is free was left by a crash, and is taken over. So nothing is lost, and what was in hand is sent again.
"""

import fcntl
import os
import stat
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

SENDING, DONE, FAILED, REASON = ".sending", "done", "failed", ".reason"
# As senders name what is not complete: rsync and most begin with a dot; curl, wget, browsers, WinSCP and FTP servers.
_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp", "~")


@dataclass(frozen=True, slots=True)
class _Look:
    """What a file was like, and since when (monotonic seconds)."""

    size: int
    mtime_ns: int
    since: float

    def is_of(self, status: os.stat_result) -> bool:
        return (self.size, self.mtime_ns) == (status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """A file that was picked up: where it is now, and its path below the drop folder."""

    path: Path
    name: str
    size: int
    mtime_ns: int

    def has_changed(self) -> bool:
        """Whether its writer was not done with it after all."""
        status = self.path.stat()
        return (self.size, self.mtime_ns) != (status.st_size, status.st_mtime_ns)


class DropFolder:
    """One drop folder in the hands of one sender, from `held` on; one file at a time."""

    def __init__(self, folder: Path, hand: Path, settle_s: float) -> None:
        self.folder = folder
        self._hand = hand
        self._settle_s = settle_s
        self._looks: dict[str, _Look] = {}
        self._ready: deque[str] = deque()

    def take(self) -> InHand | None:
        """The next file: first what a crash has left, then what stands still, oldest first; `None` if there is none.

        Raises:
            OSError: the folder cannot be read or written.
        """
        left = self._take_left()
        if left is not None:
            return left
        if not self._ready:
            self._ready.extend(self._standing_still())
        while self._ready:
            taken = self._pick_up(self._ready.popleft())
            if taken is not None:
                return taken
        return None

    def put_back(self, file: InHand) -> None:
        """Undo a pick-up: its writer goes on writing."""
        self._move(file.path, self.folder / file.name)

    def put_away(self, file: InHand) -> None:
        """All of it has arrived."""
        self._move(file.path, self.folder / DONE / file.name)

    def set_aside(self, file: InHand, reasons: list[str]) -> None:
        """Not all of it was sent; why is told beside it."""
        target = self._move(file.path, self.folder / FAILED / file.name)
        target.with_name(target.name + REASON).write_text("".join(f"{reason}\n" for reason in reasons))

    def _take_left(self) -> InHand | None:
        for hand in sorted((self.folder / SENDING).iterdir()):
            if hand == self._hand or hand.name.startswith("."):
                continue
            with _dead(hand) as is_dead:
                if not is_dead:
                    continue
                for path in sorted(path for path in hand.rglob("*") if path.is_file()):
                    return self._taken(path, path.relative_to(hand).as_posix())
                _remove_empty(hand)
        return None

    def _standing_still(self) -> list[str]:
        """Files that are as they were `settle_s` ago, the oldest first: an agency's order is that of its times."""
        now = time.monotonic()
        looks = {name: self._look(name, status, now) for name, status in _deliveries(self.folder)}
        self._looks = looks
        still = [(look.mtime_ns, name) for name, look in looks.items() if now - look.since >= self._settle_s]
        return [name for _, name in sorted(still)]

    def _look(self, name: str, status: os.stat_result, now: float) -> _Look:
        before = self._looks.get(name)
        if before is not None and before.is_of(status):
            return before
        return _Look(status.st_size, status.st_mtime_ns, now)

    def _pick_up(self, name: str) -> InHand | None:
        """The file in our hand; `None` if somebody else was quicker or it is still written to."""
        look = self._looks.pop(name)
        try:
            taken = self._taken(self.folder / name, name)
        except FileNotFoundError:
            return None
        if (taken.size, taken.mtime_ns) != (look.size, look.mtime_ns):
            self.put_back(taken)
            return None
        return taken

    def _taken(self, path: Path, name: str) -> InHand:
        target = self._hand / name
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        status = target.stat()
        return InHand(path=target, name=name, size=status.st_size, mtime_ns=status.st_mtime_ns)

    def _move(self, path: Path, target: Path) -> Path:
        """Move a file to a name; to one like it where that is taken."""
        target.parent.mkdir(parents=True, exist_ok=True)
        free = _reserved(target)
        path.replace(free)
        return free


@contextmanager
def held(folder: Path, settle_s: float) -> Iterator[DropFolder]:
    """A drop folder, with a hand of our own in it while the body runs.

    Raises:
        OSError: the folder cannot be written.
    """
    sending = folder / SENDING
    sending.mkdir(exist_ok=True)
    name = f"{os.getpid()}-{token_hex(4)}"
    # Hidden until it is locked, or another sender would take it for that of a dead one.
    fresh = sending / f".{name}"
    fresh.mkdir()
    descriptor = os.open(fresh, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        hand = fresh.rename(sending / name)
        yield DropFolder(folder, hand, settle_s)
        _remove_empty(hand)
    finally:
        os.close(descriptor)


@contextmanager
def _dead(hand: Path) -> Iterator[bool]:
    """Whether the sender of a hand is dead; while the body runs no other takes it over."""
    try:
        descriptor = os.open(hand, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        is_dead = False
    else:
        is_dead = True
    try:
        yield is_dead
    finally:
        os.close(descriptor)


def _deliveries(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """The files of a drop folder and of those below it, but for ours, hidden ones and what is not complete."""
    for place, below, names in os.walk(folder):
        is_top = Path(place) == folder
        below[:] = [
            name for name in below if not name.startswith(".") and not (is_top and name in (DONE, FAILED))
        ]
        for name in names:
            if name.startswith(".") or name.lower().endswith(_UNFINISHED):
                continue
            path = Path(place, name)
            with suppress(FileNotFoundError):  # taken by another sender meanwhile
                status = path.lstat()
                if stat.S_ISREG(status.st_mode):
                    yield path.relative_to(folder).as_posix(), status


def _reserved(target: Path) -> Path:
    """A name that nobody else has or will get: the target's, or with a number where that is taken."""
    free, number = target, 1
    while True:
        try:
            free.touch(exist_ok=False)
        except FileExistsError:
            number += 1
            free = target.with_name(f"{target.stem}~{number}{target.suffix}")
        else:
            return free


def _remove_empty(hand: Path) -> None:
    """Remove a hand in which no file is; folders may be."""
    for path, _, _ in sorted(os.walk(hand), reverse=True):
        with suppress(OSError):  # not empty
            Path(path).rmdir()
