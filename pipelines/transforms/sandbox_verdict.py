"""Why a task has no result: what a worker said of it, or the way in which the kernel ended the worker.

SIGPROF, SIGALRM        extract.timeout     its own timers
SIGKILL, MemoryError    extract.memory      the kernel's, or Python's, when none is left
anything else           extract.crash
"""

import json
import signal

from pipelines.transforms.sandbox_nursery import Limits
from schemas.rejection import ReasonCode, Rejected


def of_exit(exit_code: int, limits: Limits) -> Rejected:
    """What a page has done to a worker that ended in this way."""
    if exit_code == -signal.SIGPROF:
        return over_time(f"{limits.cpu_s:g} s of CPU")
    if exit_code == -signal.SIGALRM:
        return over_time(f"{limits.wall_s:g} s by the clock")
    if exit_code == -signal.SIGKILL:
        return Rejected(ReasonCode.EXTRACT_MEMORY, "the kernel killed the worker: no memory was left")
    if exit_code < 0:
        return Rejected(ReasonCode.EXTRACT_CRASH, f"the worker ended with {signal.Signals(-exit_code).name}")
    return Rejected(ReasonCode.EXTRACT_CRASH, f"the worker left with exit code {exit_code}")


def over_time(limit: str) -> Rejected:
    """The verdict on a task that took more time than it may."""
    return Rejected(ReasonCode.EXTRACT_TIMEOUT, f"more than {limit}")


def out_of_memory(limits: Limits) -> Rejected:
    """The verdict on a task that took more memory than it may."""
    return Rejected(ReasonCode.EXTRACT_MEMORY, f"more than {limits.memory_bytes >> 20} MB of memory")


def told_by_function(reply: bytes) -> Rejected:
    """The function's own rejection, its cause by name only: as if it had been raised here."""
    told = json.loads(reply)
    rejected = Rejected(ReasonCode(told["reason"]), told["detail"], item=told["item"])
    if told["cause"] is not None:
        rejected.__cause__ = type(told["cause"], (Exception,), {})()
    return rejected
