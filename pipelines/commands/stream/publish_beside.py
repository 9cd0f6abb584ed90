"""`publish` beside a running stream: a process of its own, so that neither its CPU nor its memory is the stream's.

At most one at a time, and only when there is something to publish: an idle stream pays for a look at the folder, some
milliseconds, and not for the 0.6 s of CPU that a process costs that finds nothing to do. One that fails is counted and
told, and the next one tries again.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.commands.output import people

# What a look at a folder of output may end with: a file that is damaged, one that cannot be read, a field that is another.
_UNREADABLE = (OSError, pa.ArrowException, duckdb.Error, ValueError)
# As a publish leaves that has published the folder, and could not tell its topic all (README: exit codes).
_NOT_ALL_TOLD = 1
# Of what a failed publish said: its last lines tell the error, a traceback before it would fill the screen.
_TOLD_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishFigures:
    """How the publishes of a run went so far. Times are of the monotonic clock.

    `current_at` is when the folder was last known to show readers all that it holds: a publish had done so, whether or
    not it could tell its topic all, or there was nothing to do. `failure` is what the latest one said if it failed,
    `None` if it did not.
    """

    every_s: float = 0.0
    done: int = 0
    failed: int = 0
    not_needed: int = 0
    current_at: float | None = None
    running_since: float | None = None
    failure: str | None = None


@dataclass(slots=True, kw_only=True)
class PublishBeside:
    """Publishes a folder every `every_s` seconds while a stream runs; 0: never.

    `command` is what a publish is started with, `environment` what it finds in its environment beyond ours: secrets too,
    which arguments would show to every user of the machine. `is_due` tells whether there is anything to publish.
    """

    command: Sequence[str]
    is_due: Callable[[], bool]
    every_s: float
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    _figures: PublishFigures = field(default_factory=PublishFigures)
    _ended: threading.Event = field(default_factory=threading.Event)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def figures(self) -> PublishFigures:
        """How it went so far."""
        return replace(self._figures, every_s=self.every_s)

    @contextmanager
    def going(self) -> Iterator[None]:
        """Publish again and again while the body runs.

        When the body is done, one that is under way is waited for: cut short, it would leave the next one all to do
        anew. When the body fails, nothing is waited for: a publish ends with the process that started it.
        """
        thread = threading.Thread(target=self._again_and_again, name="publish-beside", daemon=True)
        if self.every_s:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
        if self.every_s:
            thread.join()

    def _again_and_again(self) -> None:
        while not self._ended.wait(self.every_s):
            self.publish_if_due()

    def publish_if_due(self) -> bool:
        """Publish if there is anything to publish; whether readers see all that there is. Always so if never asked to."""
        if not self.every_s:
            return True
        try:
            is_due = self.is_due()
        except _UNREADABLE as error:
            self._failed(f"the folder cannot be read: {error}")
            return False
        if not is_due:
            self._note(not_needed=1)
            return True
        try:
            return self.publish()
        except OSError as error:
            self._failed(f"it cannot be started: {error.strerror}")
            return False

    def publish(self) -> bool:
        """Publish now and wait for it; whether it succeeded.

        Raises:
            OSError: no process can be started.
        """
        with self._one:
            self._figures = replace(self._figures, running_since=time.monotonic())
            try:
                told, code = self._run()
            finally:
                self._figures = replace(self._figures, running_since=None)
            if code == 0:
                self._note(done=1)
            else:
                self._failed(told or f"ended with exit code {code}", is_current=code == _NOT_ALL_TOLD)
        return code == 0

    def _run(self) -> tuple[str, int]:
        """What the process complained of, and its exit code."""
        # Our end is closed in no child: it ends with this process.
        held, ours = os.pipe()
        try:
            with subprocess.Popen(  # noqa: S603 - this program, with options of ours
                self.command,
                stdin=held,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, **self.environment},
                # A Ctrl-C at the terminal is for the stream, which decides what becomes of this.
                process_group=0,
            ) as process:
                _, told = process.communicate()
        finally:
            os.close(held)
            os.close(ours)
        return told.decode("utf-8", "replace").strip()[-_TOLD_CHARS:], process.returncode

    def _note(self, *, done: int = 0, not_needed: int = 0) -> None:
        before = self._figures
        self._figures = replace(
            before,
            done=before.done + done,
            not_needed=before.not_needed + not_needed,
            current_at=time.monotonic(),
            failure=None,
        )

    def _failed(self, told: str, *, is_current: bool = False) -> None:
        before = self._figures
        current_at = time.monotonic() if is_current else before.current_at
        self._figures = replace(before, failed=before.failed + 1, current_at=current_at, failure=told)
        people.print(
            f"copydesk: publish failed, which does not end the stream: {told}", style="yellow", markup=False
        )


def publish_command(data: Path) -> tuple[str, ...]:
    """A publish of a folder as a process of this program."""
    # -P: whatever the working directory holds, it is these packages that run.
    program = (sys.executable, "-P", "-m", "pipelines", "publish")
    return (*program, "--data", str(data.absolute()), "--json", "--attended")
