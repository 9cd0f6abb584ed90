"""What is waited for is told as long as anybody waits, and by nobody else taken back."""

import pytest

from connectors.search.opensearch import patience as patience_module
from connectors.search.opensearch.index_figures import forget_index_figures, index_figures
from connectors.search.opensearch.patience import Patience

MINUTE_S = 60.0


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(patience_module, "_FIRST_PAUSE_S", 0.0)
    forget_index_figures()


def test_one_that_is_answered_does_not_take_back_what_another_waits_for():
    waiting = Patience(MINUTE_S, "one")
    waiting.wait_out("no shard")
    other = Patience(MINUTE_S, "other")
    other.heard()
    meanwhile = index_figures().waiting_for
    waiting.heard()

    assert (meanwhile, index_figures().waiting_for) == ("no shard", None)


def test_one_that_was_given_up_is_waited_for_no_more():
    waiting = Patience(MINUTE_S, "one")
    waiting.wait_out("no shard")
    del waiting

    assert index_figures().waiting_for is None
