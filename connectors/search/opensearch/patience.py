"""How long an outage of the cluster is waited out, and how long until the next try."""

import random
import time

from connectors.kafka.draining import is_drain_requested, wait_for_drain
from connectors.search.opensearch.index_figures import note_waiting
from connectors.search.opensearch.trouble import IndexUnreachable

# Source: research/sinks.md §2.4: exponential with full jitter, so that the workers of a stream do not come back as one.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0


class Patience:
    """Waits between tries until `patience_s` have passed since the last that succeeded. For one thread.

    `address` is what is waited for, in messages. A stream that is to be drained waits on, but with short pauses only: it
    is to end as soon as the index is back.
    """

    def __init__(self, patience_s: float, address: str) -> None:
        self._patience_s = patience_s
        self._address = address
        self.heard()

    def heard(self) -> None:
        """Something succeeded, or there was nothing to wait for."""
        self._heard = time.monotonic()
        self._longest_pause_s = _FIRST_PAUSE_S
        note_waiting(self, None)

    def wait_out(self, why: str) -> None:
        """A pause before another try.

        Raises:
            IndexUnreachable: nothing succeeded for too long.
        """
        left = self._heard + self._patience_s - time.monotonic()
        if left <= 0:
            raise IndexUnreachable(f"{self._address} could not be used for {self._patience_s:g} s: {why}")
        note_waiting(self, why)
        pause = min(random.uniform(0, self._longest_pause_s), left)  # noqa: S311 - no secret
        if is_drain_requested():
            time.sleep(min(pause, _FIRST_PAUSE_S))
        else:
            wait_for_drain(pause)
        self._longest_pause_s = min(self._longest_pause_s * 2, _LONGEST_PAUSE_S)
