"""Asking a cluster: outages are waited out, refusals are said at once.

connection, time-out, 429, 502, 503, 504, a block of an index  ─▶ waited out with growing pauses; IndexUnreachable in the end
TLS                                                            ─▶ IndexUntrusted
any other status than 2xx                                      ─▶ IndexRefused
"""

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from opensearchpy.exceptions import ConnectionError as NoConnection
from opensearchpy.exceptions import ConnectionTimeout, SerializationError, TransportError

from connectors.search.opensearch.cluster import PATIENCE_S, IndexCluster
from connectors.search.opensearch.patience import Patience
from connectors.search.opensearch.transport import (
    ANSWER_TIMEOUT_S,
    CONNECT_TIMEOUT_S,
    open_transport,
    request_timeout,
)
from connectors.search.opensearch.trouble import IndexRefused, IndexUntrusted

# Too many requests, and what proxies and nodes say that cannot serve now. Source: research/sinks.md §2.4.
_PASSING = frozenset({429, 502, 503, 504})
# What passes too, whatever its status: an index that is closed to writes, for a reindex, by an operator or because its
# disk is nearly full (403, 429); a disk that is full, told as i_o_exception (500) and then as shard_not_found_exception
# (404), as seen of OpenSearch 3.8 on a disk of 40 MB; a shard that moves and a node that stops.
_PASSING_KINDS = frozenset(
    {
        "cluster_block_exception",
        "already_closed_exception",
        "connect_transport_exception",
        "illegal_index_shard_state_exception",
        "index_shard_closed_exception",
        "i_o_exception",
        "node_closed_exception",
        "node_disconnected_exception",
        "node_not_connected_exception",
        "receive_timeout_transport_exception",
        "send_request_transport_exception",
        "shard_not_found_exception",
        "translog_exception",
    }
)
# What went wrong is at the front of a reason; the index may quote whole queries behind.
_LONGEST_REASON = 600
# How a connection ends by TLS that merely broke off, as when a node is killed.
_BROKEN = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
_NO_PARAMS: Mapping[str, str] = {}


class IndexClient:
    """A client of one cluster. For one thread at a time; connects at the first request. No request takes longer than 60 s."""

    def __init__(self, cluster: IndexCluster, *, patience_s: float = PATIENCE_S) -> None:
        self._transport = open_transport(cluster)
        self._patience_s = patience_s
        self._address = ",".join(cluster.hosts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._transport.close()

    def ask(
        self,
        method: str,
        path: str,
        body: object | bytes | None = None,
        *,
        params: Mapping[str, str] = _NO_PARAMS,
    ) -> Any:
        """The answer to a request, parsed; `bytes` are sent as they are, any other body as JSON.

        Raises:
            IndexUnreachable: an outage lasted longer than the client's patience.
            IndexUntrusted: TLS fails.
            IndexRefused: the cluster refuses the request; 404 is a refusal too.
        """
        patience = self.patience()
        answer = self.ask_within(patience, method, path, body, params=params)
        patience.heard()
        return answer

    def patience(self) -> Patience:
        """A new patience, for several requests that are one to the caller."""
        return Patience(self._patience_s, self._address)

    def ask_within(
        self,
        patience: Patience,
        method: str,
        path: str,
        body: object | bytes | None = None,
        *,
        params: Mapping[str, str] = _NO_PARAMS,
    ) -> Any:
        """As `ask`, with what is left of a patience. That it was answered is for the caller to note.

        Raises:
            IndexUnreachable, IndexUntrusted, IndexRefused: as `ask`.
        """
        while True:
            try:
                return self._transport.perform_request(
                    method, path, params=dict(params), body=body, timeout=request_timeout()
                )
            except NoConnection as error:
                patience.wait_out(self._outage(error))
            except TransportError as error:
                if not is_passing(int(error.status_code), str(error.error)):
                    patience.heard()
                    # Not from `error`: its answer may hold what a proxy shows to those who are not logged in.
                    raise self._refused(error) from None
                patience.wait_out(f"{error.status_code} {_reason(error)}")
            except SerializationError:
                told = f"what answers at {self._address} is no OpenSearch; check the address and the port"
                raise IndexRefused(told, status=200) from None

    def _outage(self, error: NoConnection) -> str:
        """Why there was no answer.

        Raises:
            IndexUntrusted: TLS fails, and not because a connection broke.
        """
        causes = _causes(error.info if isinstance(error.info, BaseException) else error)
        for cause in causes:
            if isinstance(cause, ssl.SSLError) and not isinstance(cause, _BROKEN):
                raise IndexUntrusted(f"{self._address}: {_tls_trouble(cause)}") from error
        if isinstance(error, ConnectionTimeout):
            return f"no answer within {ANSWER_TIMEOUT_S:g} s"
        first = causes[-1]
        if isinstance(first, TimeoutError):
            return f"no connection within {CONNECT_TIMEOUT_S:g} s"
        return (first.strerror if isinstance(first, OSError) else None) or str(first) or type(first).__name__

    def _refused(self, error: TransportError) -> IndexRefused:
        status = int(error.status_code)
        told = f"{self._address} refuses with {status}: {_ADVICE.get(status) or _reason(error)}"
        return IndexRefused(told, status=status, kind=str(error.error))


def is_passing(status: int, kind: str) -> bool:
    """Whether a status, of a request or of one document of many, is an outage that ends by itself."""
    return status in _PASSING or kind in _PASSING_KINDS


_ADVICE = {401: "it wants a user and a password, or does not accept those that were given"}


def _reason(error: TransportError) -> str:
    """The index's own words; what a proxy or another server answers is not shown."""
    if not isinstance(error.info, str):
        return (
            "no answer of OpenSearch; check http or https, the address and the port, and what stands between"
        )
    return f"{error.error}: {error.info}"[:_LONGEST_REASON] if error.error else error.info[:_LONGEST_REASON]


def _causes(error: BaseException) -> list[BaseException]:
    """An error and what it came from, the first cause last."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    return chain


def _tls_trouble(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not believed ({error.verify_message}); name the authority's file, or its own host name"
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"):
        return f"no TLS is spoken there ({error.reason}); is it http://?"
    return f"TLS fails: {error.reason or error}"
