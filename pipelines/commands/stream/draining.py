"""SIGTERM and Ctrl-C of a stream: the first one drains it, the second one leaves at once."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from pipelines.commands.output import people

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_ABORTED = 3
_STDERR = 2
# Who stops a process often signals it and its group (`timeout`, a terminal with a wrapper): that is asked once.
_ONE_REQUEST_S = 1.0


@contextmanager
def draining_on_signal(drain: Callable[[], None]) -> Iterator[None]:
    """Run the body; the first signal calls `drain`, and the body is to end by itself then.

    A second one, a second or more after it, ends the process where it stands, with exit code 3: what is written is complete, and what was read and
    not written is read again by the next run.
    """
    asked_at: float | None = None

    def take(number: int, _frame: FrameType | None) -> None:
        nonlocal asked_at
        name = "Ctrl-C" if number == signal.SIGINT else "SIGTERM"
        if asked_at is not None and time.monotonic() - asked_at < _ONE_REQUEST_S:
            return
        if asked_at is not None:
            _say(f"{name} again: left at once. What was read and not written is read again by the next run.")
            sys.stdout.flush()
            os._exit(_ABORTED)
        asked_at = time.monotonic()
        _say(f"{name}: draining. What was read is written and committed; {name} again leaves at once.")
        drain()

    before = {number: signal.signal(number, take) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(told: str) -> None:
    """One line on stderr, past the console: its lock may be held by the very frame that the signal interrupts.

    At a terminal it takes the place of the status line, and shows the cursor again that this has hidden.
    """
    start = "\r\033[K\033[?25h" if people.is_terminal else ""
    os.write(_STDERR, f"{start}copydesk: {told}\n".encode())
