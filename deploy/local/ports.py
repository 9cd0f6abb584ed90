"""Ports that nobody listens on."""

import random
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from deploy.local.unavailable import Unavailable

# Below the ports that Linux and macOS lend to outgoing connections (32768 and 49152 upwards): a port of those may be
# lent away while a service is down, even to a client that tries to reach it there and then talks to itself.
_LOWEST, _HIGHEST = 20000, 32000
_TRIES = 200


def free_ports(count: int) -> list[int]:
    """So many different ports of the loopback address that could be listened on a moment ago.

    Raises:
        OSError: none was free in 200 tries.
    """
    ports: list[int] = []
    with ExitStack() as held:
        for port in random.sample(range(_LOWEST, _HIGHEST), _TRIES):
            if _bound(held.enter_context(socket.socket()), port):
                ports.append(port)
            if len(ports) == count:
                return ports
    raise OSError(f"no {count} free ports between {_LOWEST} and {_HIGHEST}")


def is_taken(port: int) -> bool:
    """Whether somebody listens on this port of the loopback address."""
    with socket.socket() as listening:
        # As servers do: connections that have just ended do not count.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return not _bound(listening, port)


def refuse_taken(addresses: Iterable[str], whose: str, folder: Path) -> None:
    """Return if nobody listens on any `HOST:PORT` of a service whose data lie in `folder`.

    Raises:
        Unavailable: somebody does; with what to do.
    """
    for address in addresses:
        if is_taken(int(address.rsplit(":", 1)[1])):
            raise Unavailable(
                f"another program listens on {address}, which is {whose} of {folder}; "
                "end that program, or remove the folder to have other ports and no data"
            )


def _bound(listening: socket.socket, port: int) -> bool:
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
