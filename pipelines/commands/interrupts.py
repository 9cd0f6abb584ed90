"""Ctrl-C as a way to leave, whatever becomes of the exception on its way.

Beam turns a KeyboardInterrupt into a RuntimeError, other libraries into errors of their own. So the signal is
remembered where it arrives, and the outcome does not depend on what comes out.
"""

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from pipelines.commands.output import people


@contextmanager
def leaving_on_interrupt(told: str) -> Iterator[None]:
    """Run the body; if Ctrl-C was pressed meanwhile, say `told` and leave with exit code 3, with no traceback."""
    pressed = False

    def press(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        # What is torn down now would tell of its end at length.
        logging.disable()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            people.print(f"copydesk: {told}")
            raise typer.Exit(3) from None
