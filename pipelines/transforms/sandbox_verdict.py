"""Why a task has no result: what a worker said of it, or the way in which the kernel ended the worker.

SIGPROF, SIGALRM        extract.timeout     its own timers
SIGKILL, MemoryError    extract.memory      the kernel's, or Python's, when none is left
anything else           extract.crash
"""

import signal

import orjson

from pipelines.transforms.sandbox_nursery import Limits
from schemas.rejection import ReasonCode, Rejected

_NAMED = frozenset(signal.Signals)
_REASONS = frozenset(ReasonCode)
# More items than any record has bytes (8 MiB).
_ITEMS = 1 << 23


def of_exit(exit_code: int, limits: Limits) -> Rejected:
    """What a page has done to a worker that ended in this way."""
    if exit_code == -signal.SIGPROF:
        return over_time(f"{limits.cpu_s:g} s of CPU")
    if exit_code == -signal.SIGALRM:
        return over_time(f"{limits.wall_s:g} s by the clock")
    if exit_code == -signal.SIGKILL:
        return Rejected(ReasonCode.EXTRACT_MEMORY, "the kernel killed the worker: no memory was left")
    if exit_code < 0:
        return Rejected(ReasonCode.EXTRACT_CRASH, f"the worker ended with {_signal_name(-exit_code)}")
    return Rejected(ReasonCode.EXTRACT_CRASH, f"the worker left with exit code {exit_code}")


def _signal_name(number: int) -> str:
    # Between the first and the last real-time signal there are some thirty without a name.
    return signal.Signals(number).name if number in _NAMED else f"signal {number}"


def over_time(limit: str) -> Rejected:
    """The verdict on a task that took more time than it may."""
    return Rejected(ReasonCode.EXTRACT_TIMEOUT, f"more than {limit}")


def out_of_memory(limits: Limits) -> Rejected:
    """The verdict on a task that took more memory than it may."""
    return Rejected(ReasonCode.EXTRACT_MEMORY, f"more than {limits.memory_bytes >> 20} MB of memory")


def garbled(what: str) -> Rejected:
    """The verdict on a task whose worker says what no worker of ours would: its page has taken it over."""
    return Rejected(ReasonCode.EXTRACT_CRASH, f"the worker's reply {what}")


def told_by_function(reply: bytes) -> Rejected:
    """The function's own rejection, its cause by name only: as if it had been raised here.

    Raises:
        Rejected: the reply tells of no rejection.
    """
    try:
        told = orjson.loads(reply)
    except ValueError:
        raise garbled("is no JSON") from None
    match told:
        case {
            "reason": str(reason),
            "detail": str(detail),
            "item": int(item),
            "cause": str() | None as cause,
        }:
            if reason in _REASONS and 0 <= item < _ITEMS and (cause is None or cause.isidentifier()):
                rejected = Rejected(ReasonCode(reason), detail, item=item)
                if cause is not None:
                    rejected.__cause__ = type(cause, (Exception,), {})()
                return rejected
    raise garbled("tells of no rejection")
