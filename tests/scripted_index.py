"""A server that answers as it is told to: for the answers that no real index gives when a test asks for them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson

from connectors.search.opensearch.cluster import IndexCluster


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def documents(self):
        """The ids and documents of a bulk."""
        lines = self.body.split(b"\n")[:-1]
        actions, documents = lines[::2], lines[1::2]
        return {
            orjson.loads(action)["index"]["_id"]: document
            for action, document in zip(actions, documents, strict=True)
        }


@dataclass(frozen=True)
class Answer:
    """What is answered: `None` for a status is a connection that breaks off."""

    status: int | None = 200
    body: object = field(default_factory=dict)
    kind: str = "application/json"
    after_s: float = 0.0

    @property
    def bytes(self):
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


def refusal(status, kind, reason="of its own", **more):
    """An error as OpenSearch tells it of a whole request."""
    return Answer(status, {"error": {"type": kind, "reason": reason, **more}, "status": status})


def bulk_answer(*statuses, kind="some_exception", reason="of its own"):
    """What is answered to a bulk of as many documents, status by status."""
    items = [
        {"index": {"status": status} if status < 300 else _failed(status, kind, reason)}
        for status in statuses
    ]
    return Answer(body={"errors": any(status >= 300 for status in statuses), "items": items})


def _failed(status, kind, reason):
    return {"status": status, "error": {"type": kind, "reason": reason}}


class ScriptedIndex:
    """The server: `asked` is what it was asked, in order."""

    def __init__(self, script: Callable[[Asked], Answer], *, tls=None):
        self.asked: list[Asked] = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet: two would wait 40 ms for each other

            def handle_one(self):
                length = int(self.headers.get("content-length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(length))
                index.asked.append(asked)
                answer = script(asked)
                time.sleep(answer.after_s)
                if answer.status is None:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                self.send_header("content-type", answer.kind)
                self.send_header("content-length", str(len(answer.bytes)))
                self.end_headers()
                self.wfile.write(answer.bytes)

            do_GET = do_POST = do_PUT = do_HEAD = handle_one  # noqa: N815

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A client that went away is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            # The handshake is the handler's: here, one that is never ended would keep the server from its own end.
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def cluster(self):
        return IndexCluster(hosts=(self.url,))

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def scripted(*answers, tls=None) -> Iterator[ScriptedIndex]:
    """A server that gives these answers one after the other, and the last of them from then on.

    An answer may be a function of what is asked.
    """
    left = list(answers)

    def script(asked):
        answer = left.pop(0) if len(left) > 1 else left[0]
        return answer(asked) if callable(answer) else answer

    index = ScriptedIndex(script, tls=tls)
    try:
        yield index
    finally:
        index.stop()
