"""A command that another one has started, and that must not outlive it.

Its standard input is a pipe that its starter holds open: when the starter is gone, however it went, the pipe ends. That
holds on every system and for a SIGKILL too, and nothing is run between fork and exec of a process with threads.
"""

import os
import threading

# Beside a stream that must keep up: half of the range of POSIX, so that even later work can be put behind it.
_NICENESS = 10
_INPUT = 0
_ABORTED = 3


def give_way() -> None:
    """Leave processor time to whoever started this process, and end when it has ended."""
    os.nice(_NICENESS)
    threading.Thread(target=_end_with_input, name="attendant", daemon=True).start()


def _end_with_input() -> None:
    # Past `sys.stdin`, whose lock this thread would hold when Python closes it at the end of a process.
    while os.read(_INPUT, 1):
        pass
    os._exit(_ABORTED)
