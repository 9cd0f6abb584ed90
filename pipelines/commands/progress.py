"""The line on stderr that says how far long work is: of a replay the rate, and counts per outcome.

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
def shown(line: Callable[[float], str], *, after_s: float = 0.0) -> Iterator[None]:
    """Show `line(seconds)` again and again while the body runs; nothing of a body that ends within `after_s`."""
    ended = threading.Event()
    started = time.monotonic()
    watcher = threading.Thread(
        target=_in_place if people.is_terminal else _as_log, args=(line, started, after_s, ended), daemon=True
    )
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _in_place(line: Callable[[float], str], started: float, after_s: float, ended: threading.Event) -> None:
    if ended.wait(after_s):
        return
    with Live(console=people, refresh_per_second=4, transient=True) as live:
        while not ended.wait(_LOOK_S):
            live.update(Text(line(time.monotonic() - started), style="dim"))


def _as_log(line: Callable[[float], str], started: float, after_s: float, ended: threading.Event) -> None:
    while not ended.wait(max(after_s, _LOG_S)):
        people.print(line(time.monotonic() - started), markup=False)
