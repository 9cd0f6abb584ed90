"""LocalRunner: Beam's in-process runner, mended where it bites a stream.

`FnApiRunner` is the DirectRunner without its start-up download of another runner. Four defects of Beam 2.77 are mended
here, each with a test in tests/runners/test_local.py that fails on the bare runner, so that an upgrade shows which can
go (research/beam.md §3.2, research/local.md):

    metrics     consolidation is a lazy generator nested once a bundle: 23-38 KB leak a bundle, and `query()` raises
                RecursionError after some 1,000 bundles
    timers      buffers are kept by family name alone: two fused DoFns with one name get each other's timers
    delay       the delay of `defer_remainder` is ignored: an idle source spins at 190-250 bundles a second
    cache       each value in the SDK's state cache is deep-measured at every commit: 1,170-1,800 µs an element
                against 125-220 without the cache

It does not mend *when* timers fire (event time: at once; processing time: at bundle end), so no timer is ever the
mechanism of correctness here. Private methods are overridden and module attributes swapped while a pipeline runs, so
Beam is pinned and one process runs one pipeline at a time.
"""

import threading
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from apache_beam.runners.portability.fn_api_runner import execution, fn_runner, worker_handlers
from apache_beam.runners.portability.fn_api_runner.execution import ListBuffer, PartitionableBuffer

# Longer sleeps would only delay a stop signal.
MAX_DELAY_S = 1.0

_one_at_a_time = threading.Lock()


class _BundleContextManager(execution.BundleContextManager):
    """Keeps timers of different transforms apart even if their families share a name."""

    def get_buffer(self, buffer_id: bytes, transform_id: str) -> PartitionableBuffer:
        kind, name = execution.split_buffer_id(buffer_id)
        if kind != "timers":
            return super().get_buffer(buffer_id, transform_id)
        buffers = self.execution_context.timer_buffers
        key = (transform_id, buffer_id)
        if key not in buffers:
            buffers[key] = ListBuffer(self.get_timer_coder_impl(transform_id, name))
        return buffers[key]


class LocalRunner(fn_runner.FnApiRunner):
    """Runs a pipeline in this process, one bundle after another. State dies with the process; `run` blocks."""

    def run_stages(self, *args: Any, **kwargs: Any) -> Any:
        with _one_at_a_time, _mended():
            return super().run_stages(*args, **kwargs)

    def _add_sdk_delayed_applications_to_deferred_inputs(
        self,
        bundle_context_manager: execution.BundleContextManager,
        bundle_result: Any,
        deferred_inputs: MutableMapping[str, PartitionableBuffer],
    ) -> set[str]:
        delayed = super()._add_sdk_delayed_applications_to_deferred_inputs(
            bundle_context_manager, bundle_result, deferred_inputs
        )
        delays = [
            root.requested_time_delay.ToTimedelta().total_seconds()
            for root in bundle_result.process_bundle.residual_roots
        ]
        if delays and min(delays) > 0:
            time.sleep(min(*delays, MAX_DELAY_S))
        return delayed


@contextmanager
def _mended() -> Iterator[None]:
    lazy = fn_runner.consolidate_monitoring_infos
    mends = {
        (fn_runner, "consolidate_monitoring_infos"): lambda *args, **kwargs: list(lazy(*args, **kwargs)),
        (execution, "BundleContextManager"): _BundleContextManager,
        (worker_handlers, "STATE_CACHE_SIZE_MB"): 0,
    }
    stock = {place: getattr(*place) for place in mends}
    for (module, name), mended in mends.items():
        setattr(module, name, mended)
    try:
        yield
    finally:
        for (module, name), original in stock.items():
            setattr(module, name, original)
