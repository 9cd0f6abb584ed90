"""The run's end of the sandbox: one pool of workers a process, tasks in, outcomes out.

One thread attends one worker: it sends a task, waits for the reply or the worker's death, and then takes the next task
that nobody has taken yet. A worker has a socket of its own, so whatever one of them does or leaves half done touches no
other task (docs/adr/0013-own-sandbox-pool.md: what a pool loses that shares one pipe).
"""

import atexit
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Hashable
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue

from pipelines.transforms.sandbox_nursery import (
    ANSWER,
    DONE,
    END,
    NO_MEMORY,
    REJECTED,
    REQUEST,
    START,
    Job,
    Limits,
)
from pipelines.transforms.sandbox_verdict import of_exit, out_of_memory, over_time, told_by_function
from schemas.rejection import Rejected

# A worker's heap grows with what its pages fragment. All at once would hold everybody up (p99 of a page 2.4 to 5.9 s,
# `research/local.md`), so the first ones leave one after another.
TASKS_A_WORKER = 400
# The kernel ends a worker at its wall limit; when it does not (a stopped process), the run does, so much later.
_GRACE_S = 5.0
# No article is that large: a page has at most 4 MiB.
_MAX_REPLY_BYTES = 64 * 1024 * 1024
# What may be begun ahead and not asked for yet: a bundle of the local runner (500 records, 32 MiB), and as much again.
_MAX_AHEAD, _MAX_AHEAD_BYTES = 1_000, 64 * 1024 * 1024
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
    """The pool cannot work: its nursery is gone, or it was closed."""


@dataclass(frozen=True, slots=True)
class _Task:
    future: Future[bytes]
    sent: bytes


class Pool:
    """`workers` processes that do `job`, started when the first task comes or when `start` says so.

    Safe from any thread. A task's future ends in the bytes that the function returned, or raises `Rejected` (its own,
    or `extract.timeout`, `extract.memory`, `extract.crash`), `SandboxBug`, or `SandboxDown`.
    """

    def __init__(self, job: Job, workers: int, *, tasks_a_worker: int = TASKS_A_WORKER) -> None:
        self.job = job
        self.workers = workers
        self._tasks_a_worker = tasks_a_worker
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._nursery: _Nursery | None = None
        self._attendants: list[threading.Thread] = []
        self._ahead: dict[Hashable, tuple[Future[bytes], int]] = {}
        self._ahead_bytes = 0
        self._lock = threading.Lock()
        self._closed = False

    @property
    def is_down(self) -> bool:
        """Whether no task may be expected to be done any more."""
        return self._closed or (self._nursery is not None and not self._nursery.is_alive())

    def start(self) -> None:
        """Begin to load what the workers need, before there is a task. Again, or after `close`, it does nothing."""
        with self._lock:
            if not self._closed:
                self._start()

    def submit(self, task: bytes) -> Future[bytes]:
        """Have a task done by the next free worker. A future that is cancelled before that costs nothing."""
        future: Future[bytes] = Future()
        with self._lock:
            if self.is_down:
                raise SandboxDown("the sandbox is closed, or its nursery is gone")
            self._start()
            self._tasks.put(_Task(future, task))
        return future

    def begin(self, name: Hashable, task: bytes) -> None:
        """Have a task done that `take` will ask for by its name; nothing when too much is waiting to be asked for."""
        if len(self._ahead) < _MAX_AHEAD and self._ahead_bytes < _MAX_AHEAD_BYTES and name not in self._ahead:
            future = self.submit(task)
            with self._lock:
                self._ahead[name] = (future, len(task))
                self._ahead_bytes += len(task)

    def take(self, name: Hashable) -> Future[bytes] | None:
        """The task that was begun under a name, once."""
        with self._lock:
            future, size = self._ahead.pop(name, (None, 0))
            self._ahead_bytes -= size
        return future

    def close(self) -> None:
        """End every process; tasks that are not done yet raise `SandboxDown`. Closing again does nothing."""
        with self._lock:
            self._closed = True
            if self._nursery is not None:
                self._nursery.end_all()
            for _ in self._attendants:
                self._tasks.put(None)
        for attendant in self._attendants:
            attendant.join()
        if self._nursery is not None:
            self._nursery.close()

    def _start(self) -> None:
        if self._nursery is not None:
            return
        self._nursery = nursery = _Nursery(self.job)
        for place in range(self.workers):
            # The first worker leaves early, the last one after a whole life: recycling never meets.
            first_life = max(1, self._tasks_a_worker * (place + 1) // self.workers)
            attendant = threading.Thread(
                target=self._attend, args=(nursery, first_life), name=f"sandbox-{place}", daemon=True
            )
            attendant.start()
            self._attendants.append(attendant)

    def _attend(self, nursery: "_Nursery", life: int) -> None:
        worker: _Worker | None = None
        while (task := self._tasks.get()) is not None:
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                if worker is None:
                    worker = _Worker(nursery, life)
                    life = self._tasks_a_worker
                task.future.set_result(worker.do(task.sent, self.job.limits))
            except (Rejected, SandboxBug, SandboxDown) as error:
                task.future.set_exception(error)
            finally:
                if not task.future.done():
                    task.future.set_exception(SandboxDown("the attendant of the worker ended"))
            if worker is not None and worker.is_over:
                worker.leave()
                worker = None
        if worker is not None:
            worker.leave()


class _Nursery:
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
        return self._process.poll() is None

    def start(self) -> tuple[int, Connection]:
        """A new worker: its pid, and the run's end of its socket."""
        ours, theirs = socket.socketpair()
        with theirs, ours:
            pid = self._ask(START, 0, theirs.fileno())
            return pid, Connection(ours.detach())

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
        return ANSWER.unpack(answer)[0]


class _Worker:
    """One worker process as its attendant sees it."""

    def __init__(self, nursery: _Nursery, life: int) -> None:
        self._nursery = nursery
        self._left = life
        self._exit_code: int | None = None
        self._pid, self._connection = nursery.start()

    @property
    def is_over(self) -> bool:
        """Whether its next task is for another worker."""
        return self._left <= 0

    def do(self, task: bytes, limits: Limits) -> bytes:
        """The result of a task.

        Raises:
            Rejected: the function's own verdict, or how the worker ended.
            SandboxBug, SandboxDown: as of `Pool`.
        """
        self._left -= 1
        try:
            self._connection.send_bytes(task)
            if not self._connection.poll(limits.wall_s + _GRACE_S):
                self._end()
                raise over_time(f"{limits.wall_s:g} s by the clock")
            reply = self._connection.recv_bytes(_MAX_REPLY_BYTES)
        except (EOFError, OSError):
            raise of_exit(self._end(), limits) from None
        if reply[:1] == DONE:
            return reply[1:]
        if reply[:1] == REJECTED:
            raise told_by_function(reply[1:])
        self._left = 0
        if reply[:1] == NO_MEMORY:
            raise out_of_memory(limits)
        raise SandboxBug(reply[1:].decode("utf-8", "replace"))

    def leave(self) -> None:
        """Let the process go; it has nothing left to do."""
        if self._exit_code is None:
            with suppress(SandboxDown):
                self._end()

    def _end(self) -> int:
        self._left = 0
        # One that has ended by itself keeps its own exit code.
        with closing(self._connection):
            self._exit_code = self._nursery.end(self._pid)
        return self._exit_code


_shared_lock = threading.Lock()
_shared: dict[tuple[Job, int], Pool] = {}


def shared_pool(job: Job, workers: int) -> Pool:
    """The process's pool for a job: made when first asked for, made again when it went down."""
    with _shared_lock:
        pool = _shared.get((job, workers))
        if pool is None or pool.is_down:
            pool = _shared[job, workers] = Pool(job, workers)
        return pool


@atexit.register
def close_shared_pools() -> None:
    """End the processes of every shared pool: when a run ends, and when this process does."""
    with _shared_lock:
        for pool in _shared.values():
            pool.close()
        _shared.clear()
