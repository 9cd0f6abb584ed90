"""The sandbox's own processes: a nursery that loads the parsers once, and the workers that it forks.

    run ──socket──▶ nursery (one thread, parsers loaded and warm) ──fork──▶ worker, worker, …
     └───────────── one socket a worker: a task's bytes ──▶   ◀── the reply's bytes ──┘

Nothing is forked from the run itself, which has threads. A worker starts in milliseconds, because all that it needs is
in the nursery's memory already. When the run ends, in whatever way, its end of the nursery's socket closes: then the
nursery kills its workers and leaves. And each worker arms timers of the kernel around every task, whose default action
is death: they end it in whatever C code it spins, even if nobody is left to look (`research/local.md`: idle workers
notice a killed parent, a spinning one lives on).

Only bytes come back, never pickles: what a worker says that a page has taken over is read as data.
"""

import gc
import json
import logging
import os
import resource
import signal
import socket
import sys
import warnings
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from struct import Struct
from traceback import format_exception
from types import TracebackType
from typing import Self

from pipelines.transforms.sandbox_frames import receive_frame, send_frame
from schemas.rejection import Rejected

Work = Callable[[bytes], bytes]

# What the run asks of the nursery: a worker for the socket that comes with it, or the end of the worker `pid`.
REQUEST, ANSWER = Struct("<ci"), Struct("<i")
START, END = b"S", b"E"
# First byte of a worker's reply.
DONE, REJECTED, NO_MEMORY, BUG = b"D", b"R", b"M", b"B"
# Kernel pages, not ours.
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# When memory runs out, the kernel takes a worker and not the run (proc(5), oom_score_adj: -1000 to 1000).
_FIRST_TO_GO = "1000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one task may use: seconds of CPU, seconds by the wall clock, bytes beyond what its worker has already.

    The wall clock is generous, so that a page's fate does not depend on the machine's load. The kernel ends a worker
    at these limits; when it does not (a stopped process, one that has unset its timers), the run does, `grace_s` later.
    """

    cpu_s: float = 3.0
    wall_s: float = 10.0
    grace_s: float = 5.0
    memory_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the workers do: a function `module:name` from bytes to bytes, and tasks to warm it up with, in base64.

    The function raises `Rejected` for the task's own fault; anything else is a bug. The samples are done once in the
    nursery, so that what is loaded late is loaded once for all workers.
    """

    work: str
    samples: tuple[str, ...] = ()
    limits: Limits = Limits()

    def to_json(self) -> str:
        """The job as an argument of the nursery."""
        return json.dumps(asdict(self))

    def sample_tasks(self) -> tuple[bytes, ...]:
        """The tasks that the nursery does before it forks a worker."""
        return tuple(map(b64decode, self.samples))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`."""
        fields = json.loads(text)
        return cls(work=fields["work"], samples=tuple(fields["samples"]), limits=Limits(**fields["limits"]))


def main() -> None:
    """Be the nursery; arguments: the socket's number, the job."""
    control = socket.socket(fileno=int(sys.argv[1]))
    job = Job.from_json(sys.argv[2])
    # What is wrong with a page is told by its dead letter or its flags, not by the parsers' loggers.
    logging.disable()
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    work = _found(job.work)
    for sample in job.sample_tasks():
        work(sample)
    # Objects that live as long as the nursery stay in pages that workers share with it.
    gc.collect()
    gc.freeze()
    _serve(control, work, job.limits)


def _found(name: str) -> Work:
    module, function = name.split(":")
    return attrgetter(function)(import_module(module))


def _serve(control: socket.socket, work: Work, limits: Limits) -> None:
    """Start and end workers until the run closes its end, in the middle of an order or not; then kill those left."""
    workers: dict[int, None] = {}
    with suppress(ConnectionError):
        while True:
            message, handles, _, _ = socket.recv_fds(control, REQUEST.size, 1)
            if len(message) < REQUEST.size:
                break
            order, pid = REQUEST.unpack(message)
            if order == START:
                pid = _started(control, handles[0], work, limits)
                workers[pid] = None
                control.sendall(ANSWER.pack(pid))
            else:
                workers.pop(pid, None)
                control.sendall(ANSWER.pack(_end(pid)))
    for pid in workers:
        _end(pid)


def _started(control: socket.socket, handle: int, work: Work, limits: Limits) -> int:
    pid = os.fork()
    if pid == 0:
        control.close()
        _be_worker(socket.socket(fileno=handle), work, limits)
    os.close(handle)
    return pid


def _end(pid: int) -> int:
    """Kill a worker, or take its leave: its exit code, or minus the number of the signal that ended it first."""
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _be_worker(line: socket.socket, work: Work, limits: Limits) -> None:
    """Answer tasks until the other end closes; this process never returns to the nursery's code."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")
    with _TellingBugs(line):
        while True:
            try:
                task = receive_frame(line)
            except (EOFError, ConnectionError):
                break
            with _Armed(limits):
                reply = _reply(work, task)
            send_frame(line, reply)
            if reply.startswith(NO_MEMORY):
                break
    os._exit(0)


def _reply(work: Work, task: bytes) -> bytes:
    try:
        return DONE + work(task)
    except Rejected as rejected:
        cause = rejected.__cause__
        told = {
            "reason": rejected.reason,
            "detail": rejected.detail,
            "item": rejected.item,
            "cause": None if cause is None else type(cause).__name__,
        }
        return REJECTED + json.dumps(told).encode()
    except MemoryError:
        return NO_MEMORY


class _Armed:
    """The kernel's timers and memory limit around one task."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def __enter__(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self._limits.cpu_s)
        signal.setitimer(signal.ITIMER_REAL, self._limits.wall_s)
        has = _address_space_bytes()
        if has is not None:
            limit = has + self._limits.memory_bytes
            resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)


def _address_space_bytes() -> int | None:
    """What this process has mapped; `None` where the kernel does not tell (it is not Linux): no limit then."""
    try:
        pages = Path("/proc/self/statm").read_bytes().split()[0]
    except OSError:
        return None
    return int(pages) * _PAGE_BYTES


class _TellingBugs:
    """What leaves the worker as an exception is a bug of ours: its traceback goes to the run, and the worker ends."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            told = "".join(format_exception(kind, error, trace))
            send_frame(self._line, BUG + told.encode("utf-8", "backslashreplace"))
            os._exit(1)
