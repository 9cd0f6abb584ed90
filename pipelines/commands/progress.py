"""The line on stderr that says how far a replay is: rate, and counts per outcome.

In place when a person looks; a line every ten seconds in a log.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.text import Text

from pipelines.commands.output import people

_LOOK_S = 0.25
_LOG_S = 10.0


@contextmanager
def shown(line: Callable[[float], str]) -> Iterator[None]:
    """Show `line(seconds)` again and again while the body runs."""
    ended = threading.Event()
    started = time.monotonic()
    watcher = threading.Thread(
        target=_in_place if people.is_terminal else _as_log, args=(line, started, ended), daemon=True
    )
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _in_place(line: Callable[[float], str], started: float, ended: threading.Event) -> None:
    with Live(console=people, refresh_per_second=4, transient=True) as live:
        while not ended.wait(_LOOK_S):
            live.update(Text(line(time.monotonic() - started), style="dim"))


def _as_log(line: Callable[[float], str], started: float, ended: threading.Event) -> None:
    while not ended.wait(_LOG_S):
        people.print(line(time.monotonic() - started), markup=False)
