"""The run's end of the sandbox: one pool of workers a process, tasks in, outcomes out.

One thread attends one worker: it sends a task, waits for the reply or the worker's death, and then takes the next task
that nobody has taken yet. A worker has a socket of its own, so whatever one of them does or leaves half done touches no
other task (docs/adr/0013-own-sandbox-pool.md: what a pool loses that shares one pipe).
"""

import atexit
import threading
from collections.abc import Hashable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType

from pipelines.transforms.sandbox_nursery import Job
from pipelines.transforms.sandbox_worker import Nursery, SandboxBug, SandboxDown, Worker
from schemas.rejection import Rejected

# A worker's heap grows with what its pages fragment. All at once would hold everybody up (p99 of a page 2.4 to 5.9 s,
# `research/local.md`), so the first ones leave one after another.
TASKS_A_WORKER = 400
# What may be begun ahead and not asked for yet: a bundle of the local runner (500 records, 32 MiB), and as much again.
_MAX_AHEAD, _MAX_AHEAD_BYTES = 1_000, 64 * 1024 * 1024


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
        self._nursery: Nursery | None = None
        self._attendants: list[threading.Thread] = []
        self._ahead: dict[Hashable, tuple[Future[bytes], int]] = {}
        self._ahead_bytes = 0
        self._lock = threading.Lock()
        self._closed = False

    @property
    def is_down(self) -> bool:
        """Whether no task may be expected to be done any more."""
        if self._closed or self._nursery is None:
            return self._closed
        return not (self._nursery.is_alive() and any(map(threading.Thread.is_alive, self._attendants)))

    def start(self) -> None:
        """Begin to load what the workers need, before there is a task. Again, or after `close`, it does nothing."""
        with self._lock:
            if not self._closed:
                self._start()

    def submit(self, task: bytes) -> Future[bytes]:
        """Have a task done by the next free worker. A future that is cancelled before that costs nothing."""
        with self._lock:
            return self._submit(task)

    def begin(self, name: Hashable, task: bytes) -> None:
        """Have a task done that `take` will ask for by its name; nothing when too much is waiting to be asked for."""
        with self._lock:
            has_room = len(self._ahead) < _MAX_AHEAD and self._ahead_bytes < _MAX_AHEAD_BYTES
            if has_room and name not in self._ahead:
                self._ahead[name] = (self._submit(task), len(task))
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
        self._tell_those_left()
        if self._nursery is not None:
            self._nursery.close()

    def _tell_those_left(self) -> None:
        """Of tasks that no attendant took, should none have been there."""
        with suppress(Empty):
            while True:
                task = self._tasks.get_nowait()
                if task is not None and task.future.set_running_or_notify_cancel():
                    task.future.set_exception(SandboxDown("the sandbox was closed"))

    def _submit(self, task: bytes) -> Future[bytes]:
        if self.is_down:
            raise SandboxDown("the sandbox is closed, or its nursery is gone")
        self._start()
        future: Future[bytes] = Future()
        self._tasks.put(_Task(future, task))
        return future

    def _start(self) -> None:
        if self._nursery is not None:
            return
        nursery = Nursery(self.job)
        try:
            for place in range(self.workers):
                # The first worker leaves early, the last one after a whole life: recycling never meets.
                first_life = max(1, self._tasks_a_worker * (place + 1) // self.workers)
                attendant = threading.Thread(
                    target=self._attend, args=(nursery, first_life), name=f"sandbox-{place}", daemon=True
                )
                attendant.start()
                self._attendants.append(attendant)
        finally:
            # Last: a pool that has a nursery and no attendant is down.
            self._nursery = nursery

    def _attend(self, nursery: Nursery, life: int) -> None:
        worker: Worker | None = None
        while (task := self._tasks.get()) is not None:
            if not task.future.set_running_or_notify_cancel():
                continue
            with _Telling(task.future):
                if worker is None:
                    worker = Worker(nursery, life)
                    life = self._tasks_a_worker
                task.future.set_result(worker.do(task.sent, self.job.limits))
            if worker is not None and worker.is_over:
                worker.leave()
                worker = None
        if worker is not None:
            worker.leave()


class _Telling:
    """What goes wrong with a task is told to whoever waits for it, and the attendant lives on for the next one.

    Verdicts and bugs as they are; what nobody has thought of (no file handle is left) as the cause of a `SandboxDown`.
    """

    def __init__(self, future: Future[bytes]) -> None:
        self._future = future

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            return False
        if not isinstance(error, Rejected | SandboxBug | SandboxDown):
            down = SandboxDown(f"an attendant of the sandbox failed: {error!r}")
            down.__cause__ = error
            error = down
        self._future.set_exception(error)
        return True


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
