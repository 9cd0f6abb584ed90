"""One background process of a folder: its log and its pid lie there, and a stale pid is not believed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local.unavailable import DidNotStart

_POLL_S = 0.05
# Kafka flushes and closes its segments when told to end: 1 s here, more with much data on a busy machine.
_ENDS_WITHIN_S = 30
_LAST_LINES = 15


class Background:
    """The process whose command line names `mark`, a file of `folder` that no other process is started with."""

    def __init__(self, folder: Path, mark: Path) -> None:
        self.folder = folder
        self._mark = str(mark)
        self._started: subprocess.Popen[bytes] | None = None
        self._attendant: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process if it runs, whoever started it."""
        if self._started is not None and self._started.poll() is None:
            return self._started.pid
        try:
            pid = int((self.folder / "pid").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None
        return pid if self._mark in command_line(pid) else None

    def start(self, command: Sequence[str], *, outlives_us: bool) -> None:
        """Start `command`; unless `outlives_us` it is killed when this process is gone, however that ended."""
        with (self.folder / "log").open("ab") as log:
            # A session of its own: Ctrl-C ends what the person runs, and that ends this in its turn.
            self._started = subprocess.Popen(  # noqa: S603
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(f"{self._started.pid}\n", encoding="ascii")
        if not outlives_us:
            # -S: no site packages, so that it costs 9 MB and no time.
            attending = [
                *(sys.executable, "-S", str(Path(__file__).with_name("attendant.py"))),
                *(str(os.getpid()), str(self._started.pid)),
            ]
            self._attendant = subprocess.Popen(  # noqa: S603
                attending,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def wait_until(self, answers: Callable[[], bool], within_s: float) -> None:
        """Ask until it answers.

        Raises:
            DidNotStart: the process ended or did not answer in time; with the last lines of its log.
        """
        deadline = time.monotonic() + within_s
        while not answers():
            if self.pid is None:
                raise DidNotStart(
                    f"the process of {self.folder} ended; the last lines of its log:\n{self.last_lines()}"
                )
            if time.monotonic() > deadline:
                raise DidNotStart(
                    f"the process of {self.folder} gave no answer within {within_s:g} s; "
                    f"the last lines of its log:\n{self.last_lines()}"
                )
            time.sleep(_POLL_S)

    def end(self, how: signal.Signals) -> None:
        """Send the signal and return when the process is gone; one that does not heed it is killed."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, how)
            if not self._gone(_ENDS_WITHIN_S):
                os.kill(pid, signal.SIGKILL)
                self._gone(_ENDS_WITHIN_S)
        self._dismiss_attendant()

    def _gone(self, within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        while self.pid is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
        return True

    def _dismiss_attendant(self) -> None:
        (self.folder / "pid").unlink(missing_ok=True)
        self._started = None
        if self._attendant is not None:
            self._attendant.kill()
            self._attendant.wait()
            self._attendant = None

    def last_lines(self) -> str:
        """The end of the log."""
        try:
            lines = (self.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return "(no log)"
        return "\n".join(lines[-_LAST_LINES:])


def command_line(pid: int) -> str:
    """What a process was started with; empty where there is none. `ps` is asked where there is no /proc."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    asked = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603
