"""Messages between the run and a worker: four bytes of length, then the bytes; read and written by a deadline.

The two take turns: a task, its reply, the next task. What stands behind a message is therefore nobody's.
"""

import socket
import time
from struct import Struct

_LENGTH = Struct("<I")
# Most replies come whole in one piece: each piece is a turn of the interpreter's, which a busy run waits for.
_PIECE_BYTES = 64 * 1024


class GarbledFrame(ValueError):
    """What the other end sent is no message that it may send."""


def send_frame(line: socket.socket, message: bytes, deadline: float | None = None) -> None:
    """Send a message, in one piece where it fits.

    Raises:
        TimeoutError: `deadline` (of `time.monotonic`) passed before all of it was taken.
        ConnectionError: the other end is closed.
    """
    _wait_until(line, deadline)
    line.sendall(_LENGTH.pack(len(message)) + message)


def receive_frame(line: socket.socket, most: int | None = None, deadline: float | None = None) -> bytes:
    """The message that comes next, of at most `most` bytes, however slowly it trickles in.

    Raises:
        TimeoutError: `deadline` (of `time.monotonic`) passed before it was there.
        EOFError, ConnectionError: the other end closed first.
        GarbledFrame: it is longer than it may be, or there is more than one.
    """
    held, wanted = bytearray(), _LENGTH.size
    while len(held) < wanted:
        _wait_until(line, deadline)
        piece = line.recv(_PIECE_BYTES)
        if not piece:
            raise EOFError
        held += piece
        if wanted == _LENGTH.size <= len(held):
            wanted += _length(held, most)
    if len(held) > wanted:
        raise GarbledFrame("is followed by what nobody asked for")
    return bytes(memoryview(held)[_LENGTH.size :])


def _length(held: bytearray, most: int | None) -> int:
    (length,) = _LENGTH.unpack_from(held)
    if most is not None and length > most:
        raise GarbledFrame(f"is {length} bytes long, at most {most} are read")
    return int(length)


def _wait_until(line: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        return
    left = deadline - time.monotonic()
    # A timeout of nought would mean not to wait at all, and end in another error.
    if left <= 0:
        raise TimeoutError
    line.settimeout(left)
