"""One test a defect that LocalRunner mends, on the bare runner and on ours.

When an upgrade of Beam repairs a defect, the strict xfail of the bare runner passes: then the mend can go.
"""

import sys
import time
from collections import Counter

import apache_beam as beam
import pytest
from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import fn_runner, worker_handlers
from apache_beam.transforms import userstate
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.utils.timestamp import Duration

from pipelines.runners.local import LocalRunner

seen: Counter[str] = Counter()

bare_fails = pytest.mark.xfail(reason="the defect of the bare runner", strict=True)
BOTH = [pytest.param(fn_runner.FnApiRunner, marks=bare_fails), LocalRunner]


class TimerFn(beam.DoFn):
    """Sets one timer a key; counts who was fired."""

    TIMER = userstate.TimerSpec("flush", TimeDomain.WATERMARK)

    def __init__(self, name):
        self._name = name

    def process(self, keyed, timer=beam.DoFn.TimerParam(TIMER)):
        timer.set(10)
        yield (self._name + keyed[0], keyed[1])

    @userstate.on_timer(TIMER)
    def fire(self, key=beam.DoFn.KeyParam):
        seen[f"{self._name}:{key}"] += 1


class Unbounded(OffsetRestrictionTracker):
    def is_bounded(self):
        return False


class Numbers(beam.transforms.core.RestrictionProvider):
    def initial_restriction(self, element):
        return OffsetRange(0, element[0])

    def create_tracker(self, restriction):
        return Unbounded(restriction)

    def restriction_size(self, element, restriction):
        return restriction.size()

    def split(self, element, restriction):
        yield restriction


class OneABundleFn(beam.DoFn):
    """Emits one number a bundle and asks to come back after `delay` seconds."""

    @beam.DoFn.unbounded_per_element()
    def process(self, element, tracker=beam.DoFn.RestrictionParam(Numbers())):
        position = tracker.current_restriction().start
        if tracker.try_claim(position):
            seen["calls"] += 1
            beam.metrics.Metrics.counter("test", "calls").inc()
            yield ("k", position)
            tracker.defer_remainder(Duration(seconds=element[1]))


def run(runner, build):
    seen.clear()
    pipeline = beam.Pipeline(runner=runner(), options=PipelineOptions(["--streaming"]))
    build(pipeline)
    return pipeline.run()


def numbers(count, delay):
    def build(pipeline):
        _ = (
            pipeline
            | beam.Create([(count, delay)])
            | beam.ParDo(OneABundleFn()).with_output_types(tuple[str, int])
        )

    return build


@pytest.mark.parametrize("runner", BOTH)
def test_timers_of_two_fused_stages_with_one_family_name_reach_their_own_stage(runner):
    def build(pipeline):
        _ = (
            pipeline
            | beam.Create([("k1", 1), ("k2", 2)]).with_output_types(tuple[str, int])
            | "A" >> beam.ParDo(TimerFn("A")).with_output_types(tuple[str, int])
            | "B" >> beam.ParDo(TimerFn("B")).with_output_types(tuple[str, int])
        )

    run(runner, build)

    assert seen == {"A:k1": 1, "A:k2": 1, "B:Ak1": 1, "B:Ak2": 1}


@pytest.mark.parametrize("runner", BOTH)
def test_metrics_can_be_read_after_many_bundles(runner):
    bundles = sys.getrecursionlimit() + 600
    result = run(runner, numbers(bundles, 0))

    counters = result.metrics().query(beam.metrics.MetricsFilter().with_name("calls"))["counters"]

    assert [counter.committed for counter in counters] == [bundles]


@pytest.mark.parametrize("runner", BOTH)
def test_a_source_that_asks_to_wait_is_left_in_peace(runner):
    started = time.monotonic()
    run(runner, numbers(4, 0.3))

    # The wait counts from the request, so the end of each bundle is part of it; the bare runner takes some 20 ms.
    assert time.monotonic() - started >= 3 * 0.3


@pytest.mark.parametrize("runner", BOTH)
def test_values_of_state_are_not_deep_measured_by_a_cache(runner, monkeypatch):
    sizes = []
    real = worker_handlers.StateCache

    class Spy(real):
        def __init__(self, max_weight):
            sizes.append(max_weight)
            super().__init__(max_weight)

    monkeypatch.setattr(worker_handlers, "StateCache", Spy)
    run(runner, numbers(1, 0))

    assert sizes
    assert set(sizes) == {0}


def test_the_stock_runner_is_as_before_after_a_run():
    before = fn_runner.consolidate_monitoring_infos
    run(LocalRunner, numbers(1, 0))

    assert fn_runner.consolidate_monitoring_infos is before
    assert worker_handlers.STATE_CACHE_SIZE_MB == 100
