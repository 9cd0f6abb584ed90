"""What the tests have workers do: the first word of a task says it, the rest is what it says back."""

import ctypes
import os
import re
import select
import signal
import stat
from pathlib import Path

from pipelines.transforms.sandbox_page import compose_packed
from schemas.page import RawPage
from schemas.raw_codec import decode_raw
from schemas.rejection import ReasonCode, Rejected


def spin(_: bytes) -> bytes:
    """Never ends, and looks at no signal of Python's on the way."""
    while True:
        pass


def spin_in_c(_: bytes) -> bytes:
    """Never ends, in one call into C."""
    return b"%r" % re.match(r"(a+)+$", "a" * 60 + "b")


def wait(_: bytes) -> bytes:
    """Never ends, and uses no CPU."""
    while True:
        signal.pause()


def hog(rest: bytes) -> bytes:
    """Takes so many megabytes, and reads them."""
    return bytes(bytearray(int(rest) << 20)[:1])


def crash(_: bytes) -> bytes:
    """A null pointer, as a broken parser would follow it."""
    ctypes.string_at(0)
    return b""


def die(_: bytes) -> bytes:
    """What the kernel does when the machine has no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def leave(_: bytes) -> bytes:
    """A library that ends the process."""
    os._exit(7)


def reject(rest: bytes) -> bytes:
    """The task's own fault."""
    try:
        return {b"": b""}[b"key " + rest]
    except KeyError as error:
        raise Rejected(ReasonCode.HTML_UNPARSABLE, rest.decode(), item=3) from error


def fail(rest: bytes) -> bytes:
    """A bug of ours."""
    raise ZeroDivisionError(rest.decode())


def pid(_: bytes) -> bytes:
    """Which worker does this."""
    return b"%d" % os.getpid()


def echo(rest: bytes) -> bytes:
    """The rest of the task."""
    return rest


def threads(_: bytes) -> bytes:
    """How many threads the nursery has, which forked this worker."""
    return b"%d" % len(list(Path(f"/proc/{os.getppid()}/task").iterdir()))


def _line() -> int:
    """The worker's end of its socket, as a page that has taken the worker over finds it."""
    handles = sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
    return next(handle for handle in handles if handle > 2 and _is_socket(handle))


def _is_socket(handle: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(handle).st_mode)
    except OSError:
        return False


def say(rest: bytes) -> bytes:
    """Say something of its own choice to the run, and then nothing any more."""
    os.write(_line(), len(rest).to_bytes(4, "little") + rest)
    return wait(rest)


def say_twice(rest: bytes) -> bytes:
    """Say one thing more than was asked for."""
    message = len(rest).to_bytes(4, "little") + rest
    os.write(_line(), message + message)
    return wait(rest)


def boast(_: bytes) -> bytes:
    """Announce more than is ever read."""
    os.write(_line(), b"\xff\xff\xff\xffD")
    return wait(b"")


def trickle(_: bytes) -> bytes:
    """Unset the timers, then speak so slowly that it never comes to an end."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    line = _line()
    os.write(line, (1 << 20).to_bytes(4, "little"))
    while True:
        os.write(line, b"D")
        select.select([], [], [], 0.05)


def stop(_: bytes) -> bytes:
    """A process that no timer of its own can end."""
    os.kill(os.getpid(), signal.SIGSTOP)
    return b""


def signal_oneself(rest: bytes) -> bytes:
    """Die of a signal, by its number."""
    os.kill(os.getpid(), int(rest))
    return b""


DEEDS = (
    say,
    say_twice,
    boast,
    trickle,
    stop,
    signal_oneself,
    spin,
    spin_in_c,
    wait,
    hog,
    crash,
    die,
    leave,
    reject,
    fail,
    pid,
    echo,
    threads,
)


def do(task: bytes) -> bytes:
    """Do what the first word says."""
    name, _, rest = task.partition(b" ")
    return {deed.__name__: deed for deed in DEEDS}[name.decode()](rest)


def compose(task: bytes) -> bytes:
    """Pages as they are composed, but for those that tell what to do instead."""
    page = decode_raw(task)
    assert isinstance(page, RawPage)
    if page.body.startswith(b"do "):
        do(page.body[3:])
    return compose_packed(task)


def spin_and_tell(task: bytes) -> bytes:
    """Write to a file who spins and who its nursery is, then spin."""
    page = decode_raw(task)
    assert isinstance(page, RawPage)
    told = Path(page.body.decode())
    told.with_suffix(".part").write_text(f"{os.getpid()} {os.getppid()}")
    told.with_suffix(".part").rename(told)
    return spin(task)
