"""An index of a test's own on the OpenSearch that all tests share."""

import pytest

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.months import ensure_month
from tests.index_server import unique_names
from tests.indexed import PATIENCE_S


@pytest.fixture
def client(index_server):
    with IndexClient(index_server.cluster, patience_s=PATIENCE_S) as client:
        yield client


@pytest.fixture
def names(client):
    """Of an installation that is made ready, with one month."""
    names = unique_names()
    ensure_index(client, names)
    ensure_month(client, names, "2026.03")
    return names
