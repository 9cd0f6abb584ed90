"""The pages that a running stream shows to machines: text over HTTP, each made when it is asked for.

Each asker has a thread of its own, so that one that reads slowly keeps neither the stream nor other askers waiting.
"""

import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from pipelines.options import Misuse

# Prometheus asks each 15 s and gives up after 10 (its defaults): who is slower than that has gone.
_ASKER_S = 10.0
_MAX_PORT = 65_535
NO_PORT = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer: HTTP status, media type and bytes."""

    status: int
    content_type: str
    body: bytes


Pages = Mapping[str, Callable[[], Page]]


def parse_port(text: str) -> int | None:
    """A port as given, 0 for any that is free, `None` for no server.

    Raises:
        Misuse: neither.
    """
    if text == NO_PORT:
        return None
    if not text.isascii() or not text.isdigit() or int(text) > _MAX_PORT:
        raise Misuse(
            "--metrics-port", repr(text), f"must be 0 (any free port) to {_MAX_PORT}, or `{NO_PORT}`"
        )
    return int(text)


@contextmanager
def serving(host: str, port: int, pages: Pages) -> Iterator[str]:
    """Serve the pages by their paths while the body runs; the address they are at, as a URL.

    Raises:
        Misuse: the address is taken, or not one of this machine.
    """
    with _listening(host, port, pages) as server:
        thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
        thread.start()
        try:
            shown = f"[{host}]" if server.address_family is socket.AF_INET6 else host
            yield f"http://{shown}:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _listening(host: str, port: int, pages: Pages) -> "_Server":
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        allowed = "is no address of this machine; give one like 127.0.0.1 or 0.0.0.0"
        raise Misuse("--metrics-host", host, allowed) from error
    try:
        return _Server(family, address, pages)
    except OSError as error:
        allowed = (
            f"nothing can listen there on {host} ({error.strerror}); give another port, 0 for any that is free,"
            f" or `{NO_PORT}`"
        )
        raise Misuse("--metrics-port", port, allowed) from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, family: socket.AddressFamily, address: tuple[object, ...], pages: Pages) -> None:
        self.address_family = family
        self.pages = pages
        super().__init__((str(address[0]), int(str(address[1]))), _Asked)

    def server_bind(self) -> None:
        # HTTPServer would ask the name service for our own name, which may take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def handle_error(self, request: object, client_address: object) -> None:
        """Tell what went wrong with an answer; that an asker has gone is none of our business."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Asked(BaseHTTPRequestHandler):
    timeout = _ASKER_S
    server: _Server

    def do_GET(self) -> None:
        """Answer with the page of that path."""
        make = self.server.pages.get(urlsplit(self.path).path)
        page = make() if make is not None else _no_page(self.server.pages)
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(page.body)

    def version_string(self) -> str:
        """Who answers; not which Python."""
        return "copydesk"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing: who asks each few seconds would fill the log."""


def _no_page(pages: Pages) -> Page:
    told = f"there is {' and '.join(sorted(pages))}\n"
    return Page(status=404, content_type="text/plain; charset=utf-8", body=told.encode())
