"""What `send --follow` does: file after file out of the drop folders, until it is told to end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

from connectors.files.listing import NamedFile
from connectors.kafka.producer_client import OutOfPatience
from connectors.kafka.record_limits import MissingTopic
from pipelines.commands.output import people
from pipelines.commands.sending.drop_folders import DropFolder, InHand
from pipelines.commands.sending.sender import Sender, Unsent

# How often the folders are looked at. A look at 1,000 files takes 11 ms, so 2 % of a core.
_LOOK_S = 0.5
# How long nothing may be acknowledged before it is said, and asked whether to end; then the same file is sent again.
# Records go on 10 to 25 s after a broker was killed (research/slots.md): what lasts longer somebody should know.
UNACKNOWLEDGED_S = 30.0


@contextmanager
def ending_on_signals() -> Iterator[Event]:
    """What SIGTERM and Ctrl-C set while the body runs; a second Ctrl-C does what it would have done."""
    ending = Event()
    interrupt = signal.getsignal(signal.SIGINT)

    def end(number: int, frame: FrameType | None) -> None:
        if ending.is_set() and number == signal.SIGINT and callable(interrupt):
            interrupt(number, frame)
        ending.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def follow(folders: list[DropFolder], sender: Sender, ending: Event) -> None:
    """Send what comes into the folders, in turn, until `ending` is set; then the file in hand is finished first.

    Raises:
        KafkaTrouble: the cluster refuses us; the file in hand stays there for the next start.
        OSError: a folder cannot be read or written any more.
    """
    while not ending.is_set():
        found = False
        for folder in folders:
            file = None if ending.is_set() else folder.take()
            if file is not None:
                found = True
                _send(folder, file, sender, ending)
        if not found:
            ending.wait(_LOOK_S)


def _send(folder: DropFolder, file: InHand, sender: Sender, ending: Event) -> None:
    while True:
        try:
            unsent = sender.send_file(NamedFile(str(file.path), f"file:{file.name}"))
        except OutOfPatience as trouble:
            people.print(f"copydesk: waiting: {trouble}", style="yellow", markup=False)
            if ending.is_set():
                return  # left in hand, for the next start
            continue
        except MissingTopic as missing:
            _fail(folder, file, sender, str(missing))
            return
        except OSError as error:
            _fail(folder, file, sender, f"cannot be read: {error.strerror}")
            return
        break
    if file.has_changed():
        folder.put_back(file)
    elif unsent:
        reasons = [f"record {one.offset}: {one.reason}" for one in unsent]
        folder.set_aside(file, reasons)
        people.print(f"copydesk: {file.name}: {len(unsent)} records not sent; see failed/", markup=False)
    else:
        folder.put_away(file)


def _fail(folder: DropFolder, file: InHand, sender: Sender, reason: str) -> None:
    sender.count.note([Unsent(source=f"file:{file.name}", offset=0, reason=reason)])
    folder.set_aside(file, [reason])
    people.print(f"copydesk: {file.name}: {reason}; see failed/", markup=False)
