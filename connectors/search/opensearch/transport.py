"""opensearch-py as the way to the nodes of a cluster: connections, TLS, login, several hosts of which some are away.

Its own retries, logs and warnings are off: it retries without patience, logs what was sent, and tells of one failure in
four lines. An answer that is no success becomes one `TransportError` with the index's own words.
"""

import base64
import logging
import ssl
from typing import Any, NoReturn
from urllib.parse import urlsplit

import orjson
from opensearchpy import Transport, Urllib3HttpConnection
from opensearchpy.exceptions import SerializationError, TransportError
from opensearchpy.serializer import Serializer
from urllib3 import Timeout

from connectors.search.opensearch.cluster import IndexCluster
from connectors.search.opensearch.reasons import reason_of

# OpenSearch itself gives up after 30 s to wait for its cluster manager or a shard and says so (`cluster_manager_timeout`
# by default, and the `timeout` that a bulk states); twice as long, and its answer always comes before ours.
ANSWER_TIMEOUT_S = 60.0
# A packet that is lost is sent again after 1 s and after 3 s (RFC 6298); a node that is gone without a word is known by
# then, and another one asked.
CONNECT_TIMEOUT_S = 4.0


def open_transport(cluster: IndexCluster) -> Transport:
    """The way to a cluster. Nothing connects yet; for one thread at a time. Requests are to state `request_timeout`.

    Raises:
        OSError: a file of TLS cannot be read, `ssl.SSLError` among them: it holds something else.
    """
    quiet_client_logs()
    addresses = [urlsplit(host) for host in cluster.hosts]
    is_tls = addresses[0].scheme == "https"
    return Transport(
        [{"host": address.hostname, "port": address.port} for address in addresses],
        connection_class=_QuietConnection,
        serializer=_OrjsonSerializer(),
        max_retries=0,
        # It only marks a connection as dead on what it would retry itself: the next try takes another node.
        retry_on_timeout=True,
        headers=_login(cluster),
        use_ssl=is_tls,
        ssl_context=_tls(cluster) if is_tls else None,
    )


def request_timeout() -> Any:
    """How long a request may take; opensearch-py hands it on to urllib3, which tells both kinds apart."""
    return Timeout(connect=CONNECT_TIMEOUT_S, read=ANSWER_TIMEOUT_S)


def quiet_client_logs() -> None:
    """Keep opensearch-py from telling of each failed try; what matters is told by our figures."""
    logging.getLogger("opensearch").setLevel(logging.CRITICAL)


def _login(cluster: IndexCluster) -> dict[str, str]:
    """The header that says who asks. The client's own would not take a password beyond Latin-1."""
    if cluster.username is None or cluster.password is None:
        return {}
    pair = f"{cluster.username}:{cluster.password.revealed()}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _tls(cluster: IndexCluster) -> ssl.SSLContext:
    """The authorities that are believed, the system's where none are named, and our own certificate if there is one."""
    context = ssl.create_default_context(cafile=cluster.ca_file)
    if cluster.cert_file is not None:
        context.load_cert_chain(cluster.cert_file, cluster.key_file)
    return context


class _QuietConnection(Urllib3HttpConnection):
    """A connection that neither logs nor warns; its errors hold the kind and the reason that the index gives."""

    def log_request_success(self, *_: Any, **__: Any) -> None:
        pass

    def log_request_fail(self, *_: Any, **__: Any) -> None:
        pass

    def _raise_warnings(self, warning_headers: Any) -> None:
        pass

    def _raise_error(self, status_code: int, raw_data: Any, content_type: str | None = None) -> NoReturn:
        """Status, the index's word for what is wrong (may be empty), and its reason; `None` if it was no index that answered."""
        kind, reason = _told_by(raw_data)
        raise TransportError(status_code, kind, reason)


def _told_by(raw: str | bytes) -> tuple[str, str | None]:
    try:
        answer = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return "", None
    error = answer.get("error", "") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        return str(error.get("type", "")), f"{error.get('reason', '')}{_first_cause(error)}"
    return "", error if isinstance(error, str) else None


def _first_cause(error: dict[str, Any]) -> str:
    """What was wrong where all shards failed, without what is quoted of it; empty where nothing more is told."""
    causes = error.get("root_cause")
    cause = causes[0] if isinstance(causes, list) and causes else error.get("caused_by")
    if not isinstance(cause, dict) or cause.get("type") == error.get("type"):
        return ""
    return f" ({cause.get('type')}: {reason_of(cause)})"


class _OrjsonSerializer(Serializer):
    """JSON by orjson; bytes are taken for JSON as they are."""

    mimetype = "application/json"

    def dumps(self, data: Any) -> bytes:
        return data if isinstance(data, bytes) else orjson.dumps(data)

    def loads(self, s: str) -> Any:
        try:
            return orjson.loads(s)
        except orjson.JSONDecodeError as error:
            raise SerializationError("no JSON") from error
