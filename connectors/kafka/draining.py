"""The request to end all reads of this process: cleanly, after what was begun."""

import time
from dataclasses import dataclass

# How soon a wait hears of it.
_LOOK_S = 0.05


@dataclass(slots=True)
class _Drain:
    """A bare flag: a signal's handler may run in the midst of whoever waits, and then a lock would never open."""

    is_requested: bool = False


_drain = _Drain()


def request_drain() -> None:
    """End the reads: no record more is begun, what was is handed to the sinks and committed. From any thread or a signal."""
    _drain.is_requested = True


def is_drain_requested() -> bool:
    """Whether the reads are to end."""
    return _drain.is_requested


def wait_for_drain(within_s: float) -> bool:
    """Wait; `True` as soon as the reads are to end."""
    ends = time.monotonic() + within_s
    while not _drain.is_requested and (left := ends - time.monotonic()) > 0:
        time.sleep(min(_LOOK_S, left))
    return _drain.is_requested


def forget_drain() -> None:
    """Begin a run."""
    _drain.is_requested = False
