"""A worker and the nursery that forks it, as the run sees them from outside: sockets, pids, deadlines."""

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

from pipelines.transforms.sandbox_frames import GarbledFrame, receive_frame, send_frame
from pipelines.transforms.sandbox_nursery import (
    ANSWER,
    BUG,
    DONE,
    END,
    NO_MEMORY,
    REJECTED,
    REQUEST,
    START,
    Job,
    Limits,
)
from pipelines.transforms.sandbox_verdict import garbled, of_exit, out_of_memory, over_time, told_by_function

# No article is that large: a page has at most 4 MiB.
_MAX_REPLY_BYTES = 64 * 1024 * 1024
_ENTRY = "from pipelines.transforms.sandbox_nursery import main; main()"
# One core is what a worker gets; and a process that forks may have no threads of its own.
_ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


class SandboxBug(RuntimeError):
    """The sandboxed function raised what is no rejection: a bug of ours, with the worker's traceback."""


class SandboxDown(RuntimeError):
    """The sandbox cannot work: its nursery is gone, it was closed, or what it needs of the machine is not to be had."""


class Nursery:
    """The process that forks the workers, asked by one thread at a time."""

    def __init__(self, job: Job) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
        # A session of its own: Ctrl-C is for the run, which then closes the socket.
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter, our own arguments
                [sys.executable, "-P", "-c", _ENTRY, str(theirs.fileno()), job.to_json()],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=os.environ | _ONE_THREAD | {"PYTHONPATH": path},
                start_new_session=True,
            )

    def is_alive(self) -> bool:
        """Whether its process is there."""
        return self._process.poll() is None

    def start(self) -> tuple[int, socket.socket]:
        """A new worker: its pid, and the run's end of its socket."""
        ours, theirs = socket.socketpair()
        with theirs, ours:
            pid = self._ask(START, 0, theirs.fileno())
            return pid, socket.socket(fileno=ours.detach())

    def end(self, pid: int) -> int:
        """Kill a worker if it is still there; how it ended: its exit code, or minus the number of the signal."""
        return self._ask(END, pid)

    def end_all(self) -> None:
        """Have it kill the workers and leave; whoever is asking it something learns that it is gone."""
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._process.wait()

    def close(self) -> None:
        """Give the socket back, when nobody asks any more."""
        self._control.close()

    def _ask(self, order: bytes, pid: int, *handles: int) -> int:
        try:
            with self._lock:
                socket.send_fds(self._control, [REQUEST.pack(order, pid)], handles)
                answer = self._control.recv(ANSWER.size, socket.MSG_WAITALL)
        except OSError as error:
            raise SandboxDown("the nursery of the sandbox is gone") from error
        if len(answer) < ANSWER.size:
            raise SandboxDown("the nursery of the sandbox is gone")
        return int(ANSWER.unpack(answer)[0])


class Worker:
    """One worker process as its attendant sees it, for `life` tasks."""

    def __init__(self, nursery: Nursery, life: int) -> None:
        self._nursery = nursery
        self._left = life
        self._exit_code: int | None = None
        self._pid, self._line = nursery.start()

    @property
    def is_over(self) -> bool:
        """Whether its next task is for another worker."""
        return self._left <= 0

    def do(self, task: bytes, limits: Limits) -> bytes:
        """The result of a task, at the latest when the grace after its wall limit is over.

        Raises:
            Rejected: the function's own verdict, or how the worker ended, or that what it says is no outcome.
            SandboxBug, SandboxDown: as of `Pool`.
        """
        # Whatever happens before it has answered properly, it is not asked again.
        left, self._left = self._left - 1, 0
        reply = self._reply(task, limits)
        kind, rest = reply[:1], reply[1:]
        if kind == NO_MEMORY:
            raise out_of_memory(limits)
        if kind == BUG:
            raise SandboxBug(rest.decode("utf-8", "replace"))
        if kind not in (DONE, REJECTED):
            raise garbled("is of no known kind")
        rejected = told_by_function(rest) if kind == REJECTED else None
        self._left = left
        if rejected is not None:
            raise rejected
        return rest

    def leave(self) -> None:
        """Let the process go; it has nothing left to do."""
        if self._exit_code is None:
            with suppress(SandboxDown):
                self._end()

    def _reply(self, task: bytes, limits: Limits) -> bytes:
        deadline = time.monotonic() + limits.wall_s + limits.grace_s
        try:
            send_frame(self._line, task, deadline)
            return receive_frame(self._line, _MAX_REPLY_BYTES, deadline)
        except TimeoutError:
            self._end()
            raise over_time(f"{limits.wall_s:g} s by the clock") from None
        except GarbledFrame as found:
            raise garbled(str(found)) from None
        except (EOFError, ConnectionError):
            raise of_exit(self._end(), limits) from None

    def _end(self) -> int:
        self._left = 0
        # One that has ended by itself keeps its own exit code.
        with closing(self._line):
            self._exit_code = self._nursery.end(self._pid)
        return self._exit_code
