"""Ends a service when the process that started it is gone: `python -m deploy.local.attendant PARENT SERVICE`.

A process of its own, as it must outlive a parent that is killed outright. It asks twice a second instead of waiting
for a signal of the kernel: that one is Linux only, and comes when the starting *thread* ends.
"""

import os
import signal
import sys
import time

_EVERY_S = 0.5


def attend(parent: int, service: int) -> None:
    """Return when `service` is gone; kill it when this process has got another parent than `parent`."""
    while _lives(service):
        if os.getppid() != parent:
            os.kill(service, signal.SIGKILL)
            return
        time.sleep(_EVERY_S)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    attend(int(sys.argv[1]), int(sys.argv[2]))
