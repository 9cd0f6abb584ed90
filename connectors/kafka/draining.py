"""The request to end all reads of this process: cleanly, after what was begun."""

import threading

_requested = threading.Event()


def request_drain() -> None:
    """End the reads: no record more is begun, what was is handed to the sinks and committed. From any thread or a signal."""
    _requested.set()


def is_drain_requested() -> bool:
    """Whether the reads are to end."""
    return _requested.is_set()


def wait_for_drain(within_s: float) -> bool:
    """Wait; `True` as soon as the reads are to end."""
    return _requested.wait(within_s)


def forget_drain() -> None:
    """Begin a run."""
    _requested.clear()
