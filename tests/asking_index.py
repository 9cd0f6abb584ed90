"""Asking an index once, and how that fails."""

import time

import pytest

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.trouble import IndexRefused

PATIENCE_S = 60


def ask(cluster, *request, patience_s=PATIENCE_S, **more):
    with IndexClient(cluster, patience_s=patience_s) as client:
        return client.ask(*(request or ("GET", "/")), **more)


def refused(cluster, error=IndexRefused, patience_s=PATIENCE_S):
    """The error of a request that fails at once."""
    started = time.monotonic()
    with pytest.raises(error) as caught:
        ask(cluster, patience_s=patience_s)

    assert time.monotonic() - started < PATIENCE_S / 2
    return caught.value
