"""TLS and login before a server that has neither, as a proxy gives them: `python -S tls_front.py SETTINGS`.

A process of its own that needs nothing installed. One thread a connection; a request is passed on whole, up to 64 MB.
It answers itself, in HTML as proxies do: 401 a wrong login, 413 too large a body, 502 nobody behind.
"""

import base64
import hmac
import http.client
import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_MAX_BODY_BYTES = 64 * 1024 * 1024
# Of the two connections, and so passed on to neither.
_OF_A_CONNECTION = {
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "transfer-encoding",
    "authorization",
}
# A bulk request or a search of ours has an answer within a minute.
_ANSWERS_WITHIN_S = 120


class _Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def setup(self) -> None:
        super().setup()
        self._behind = http.client.HTTPConnection(
            "127.0.0.1", self.server.behind_port, timeout=_ANSWERS_WITHIN_S
        )

    def finish(self) -> None:
        self._behind.close()
        super().finish()

    def pass_on(self) -> None:
        size = int(self.headers.get("Content-Length", "0"))
        if size > _MAX_BODY_BYTES:
            self.close_connection = True
            self._say(413, "Request Entity Too Large")
            return
        body = self.rfile.read(size)
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), self.server.login):
            self._say(401, "Authorization Required", ("WWW-Authenticate", 'Basic realm="index"'))
            return
        try:
            answer = self._asked(body)
            told = answer.read()
        except (OSError, http.client.HTTPException):
            self._behind.close()
            self._say(502, "Bad Gateway")
            return
        self._answer(answer.status, answer.getheaders(), told)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = pass_on  # noqa: N815 - so named there

    def _asked(self, body: bytes) -> http.client.HTTPResponse:
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in _OF_A_CONNECTION
        }
        self._behind.request(self.command, self.path, body=body or None, headers=headers)
        return self._behind.getresponse()

    def _say(self, status: int, told: str, *headers: tuple[str, str]) -> None:
        page = (
            f"<html><head><title>{status} {told}</title></head><body><h1>{status} {told}</h1></body></html>\n"
        )
        self._answer(status, [*headers, ("Content-Type", "text/html")], page.encode())

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _OF_A_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - so named there
        """Nothing: who asks for what is the server's to log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *, port: int, behind_port: int, login: bytes, server_pem: str) -> None:
        super().__init__(("127.0.0.1", port), _Front)
        self.behind_port = behind_port
        self.login = login
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(server_pem)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the thread of the connection, so that a client that never shakes hands holds up nobody."""
        request.settimeout(_ANSWERS_WITHIN_S)
        with self._tls.wrap_socket(request, server_side=True) as shaken:
            super().finish_request(shaken, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - so called
        """A connection ended or was never TLS: one line, without what it held."""
        sys.stderr.write(f"a connection ended by {sys.exc_info()[1]!r}\n")


def serve(settings: dict[str, Any]) -> None:
    """Answer until the process ends. The password is read from its file: a command line is for everybody to see."""
    password = Path(settings["password_file"]).read_text(encoding="utf-8").strip()
    pair = base64.b64encode(f"{settings['username']}:{password}".encode())
    _Server(
        port=settings["port"],
        behind_port=settings["behind_port"],
        login=b"Basic " + pair,
        server_pem=settings["server_pem"],
    ).serve_forever()


if __name__ == "__main__":
    serve(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
