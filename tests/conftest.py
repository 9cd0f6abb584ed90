"""How every test runs."""

import os

import pytest
from hypothesis import settings

from deploy.local.kafka import Broker
from deploy.local.opensearch import IndexServer

# No deadline: what a loaded machine takes for an example says nothing of the rule. In CI the examples are always the
# same ones, so that a red run is red again; at home they are new ones each time.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
# `make test-full`: ten times as many examples where a test does not say its own number.
settings.register_profile("full", deadline=None, max_examples=1000)
settings.load_profile("full" if os.environ.get("COPYDESK_FULL") else "house")

# Each has a broker and an OpenSearch of its own, and runs streams: 1.7 GB at its peak.
_MOST_WORKERS = 6


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many processes `-n auto` runs tests in: one more than cores, for each waits for its servers half of the time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores + 1, _MOST_WORKERS)


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """The broker that all tests share: each takes topics and groups of its own, and none stops it."""
    shared = Broker(tmp_path_factory.mktemp("broker"))
    shared.start()
    yield shared
    shared.kill()


@pytest.fixture
def own_broker(tmp_path):
    """A broker of the test's own, to be stopped, killed and started again."""
    own = Broker(tmp_path / "broker")
    own.start()
    yield own
    own.kill()


@pytest.fixture(scope="session")
def index_server(tmp_path_factory):
    """The OpenSearch that all tests share: each takes a prefix of its own, and none stops it."""
    shared = IndexServer(tmp_path_factory.mktemp("index"))
    shared.start()
    yield shared
    shared.kill()


@pytest.fixture
def own_index_server(tmp_path):
    """An OpenSearch of the test's own, to be stopped, killed and started again."""
    own = IndexServer(tmp_path / "index")
    own.start()
    yield own
    own.kill()
