"""ComposeArticle in a sandbox is ComposeArticle: the same articles and dead letters, in the same order, at their times."""

import os
import select
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import apache_beam as beam
import pytest
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.window import FixedWindows, TimestampedValue

from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from pipelines.transforms.rejecting import REJECTS
from pipelines.transforms.sandbox import _SandboxFn, compose_or_reject
from pipelines.transforms.sandbox_ahead import decode_ahead
from pipelines.transforms.sandbox_nursery import Job, Limits
from pipelines.transforms.sandbox_pool import close_shared_pools, shared_pool
from pipelines.transforms.sandbox_worker import SandboxBug
from schemas.article import Article
from schemas.dead_letter import REPLAY_OF_HEADER
from schemas.page import RawPage
from schemas.raw import Raw
from schemas.rejection import ReasonCode
from tests.builders import a_page, a_record
from tests.builders_wire import a_wire, ninjs
from tests.transforms import sandboxed_work

register_coders()

TEXT = "Crews of the Saltmarsh ferries ended their nine-day strike on Sunday night, their union said at noon."
JOB = Job(
    work=f"{sandboxed_work.__name__}:compose",
    limits=Limits(cpu_s=0.5, wall_s=5.0, memory_bytes=256 << 20),
)
EVIL = {
    b"do spin": ReasonCode.EXTRACT_TIMEOUT,
    b"do hog 400": ReasonCode.EXTRACT_MEMORY,
    b"do crash": ReasonCode.EXTRACT_CRASH,
}

emitted = []


@pytest.fixture(scope="module", autouse=True)
def pools():
    yield
    close_shared_pools()


class CollectFn(beam.DoFn):
    """Notes what comes out, with its time and its window."""

    def process(self, element, timestamp=beam.DoFn.TimestampParam, window=beam.DoFn.WindowParam):
        emitted.append((element, int(timestamp), int(window.start)))


def a_report(number):
    html = f"<html><body><article><h1>Strike {number} ends</h1><p>{TEXT}</p><p>{TEXT} {number}</p></article></body></html>"
    return a_page(html, url=f"https://post.example/{number}", record=a_record(html.encode(), offset=number))


def an_evil_page(number, body):
    return a_page(body, url=f"https://evil.example/{number}", record=a_record(body, offset=number))


def a_morning():
    """Pages, wires and hostile pages, mixed; every record has its own offset and its own second."""
    for number in range(48):
        if number % 16 == 5:
            yield an_evil_page(number, list(EVIL)[number // 16])
        elif number % 4 == 3:
            yield a_wire(ninjs(uri=f"urn:x:{number}"), offset=number)
        elif number % 11 == 0:
            yield a_page("<html><body></body></html>", record=a_record(b"", offset=number))
        else:
            yield a_report(number)


def run(raws, workers, job=JOB):
    emitted.clear()
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        accepted, rejected = (
            pipeline
            | beam.Create(
                [TimestampedValue(raw, raw.record.origin.offset) for raw in raws], reshuffle=False
            ).with_output_types(Raw)
            | beam.WindowInto(FixedWindows(10))
            | "ComposeArticle" >> compose_or_reject(workers, job)
        )
        _ = accepted | "Accepted" >> beam.ParDo(CollectFn())
        _ = rejected | "Rejected" >> beam.ParDo(CollectFn())
    return list(emitted)


def offsets(outcomes, kind):
    return [element.origin.offset for element, _, _ in outcomes if isinstance(element, Article) is kind]


def test_what_comes_out_is_what_comes_out_without_a_sandbox():
    good = [raw for raw in a_morning() if raw.body not in EVIL]

    assert run(good, 2) == run(good, 0)


def test_an_article_names_the_dead_letter_that_its_page_is_a_replay_of():
    page = a_report(1)
    replayed = replace(page, record=replace(page.record, headers=((REPLAY_OF_HEADER, b"0" * 32),)))

    assert [article.replay_of for article, _, _ in run([page, replayed], 2)] == [None, "0" * 32]


def test_hostile_pages_cost_themselves_only():
    outcomes = run(a_morning(), 2)
    reasons = {
        element.payload: element.reason_code
        for element, _, _ in outcomes
        if not isinstance(element, Article) and element.payload in EVIL
    }

    assert reasons == EVIL
    assert len(outcomes) == 48


def test_the_order_of_arrival_times_and_windows_are_kept():
    outcomes = run(a_morning(), 3)

    assert offsets(outcomes, True) == sorted(offsets(outcomes, True))
    assert offsets(outcomes, False) == sorted(offsets(outcomes, False))
    assert all(
        (time, window) == (element.origin.offset, element.origin.offset // 10 * 10)
        for element, time, window in outcomes
    )


def test_the_label_is_that_of_the_stage_without_a_sandbox():
    labels = [compose_or_reject(workers).label for workers in (0, 2)]

    assert labels[0] == labels[1]


def test_a_bug_of_ours_fails_the_bundle():
    with pytest.raises(SandboxBug, match="ZeroDivisionError: ours"):
        run([a_report(1), an_evil_page(2, b"do fail ours")], 2)


def drive(function, raws):
    for raw in raws:
        yield from function.process(raw, 0, None) or ()


def test_a_bundle_that_fails_leaves_nothing_to_the_next_one():
    function = _SandboxFn(JOB, 2)
    function.start_bundle()
    list(drive(function, [an_evil_page(1, b"do spin"), *map(a_report, range(2, 8))]))
    function.start_bundle()
    out = [*drive(function, [a_report(9)]), *function.finish_bundle()]

    assert [one.value.origin.offset for one in out] == [9]


def test_a_bundle_holds_at_most_four_pages_a_worker_and_so_many_bytes():
    function = _SandboxFn(JOB, 2)
    function.start_bundle()
    for raw in map(a_report, range(40)):
        list(function.process(raw, 0, None) or ())
        assert len(function._queue) <= 8
    large = a_page("<p>" + "x" * 20_000_000)
    out = []
    for _ in range(5):
        out += function.process(large, 0, None) or ()
        assert function._bytes <= 64 * 1024 * 1024
    out += function.finish_bundle()

    assert [one.tag for one in out if isinstance(one, TaggedOutput)] == [REJECTS] * 5
    assert (len(function._queue), function._bytes) == (0, 0)


def test_wires_reach_no_worker():
    function = _SandboxFn(Job(work="no.such.module:function"), 2)
    function.start_bundle()
    out = list(drive(function, [a_wire(ninjs())]))

    assert [one.value.source_kind for one in out] == ["wire"]


def test_a_page_begun_ahead_is_done_once_and_comes_out_as_others_do():
    good = [raw for raw in a_morning() if raw.body not in EVIL]
    pool = shared_pool(JOB, 2)
    for raw in good:
        assert decode_ahead(lambda record, raw=raw: (raw,), 2, raw.record, JOB) == (raw,)
    pages = [raw for raw in good if isinstance(raw, RawPage)]
    begun = len(pool._ahead)
    outcomes = run(good, 2)

    assert begun == len(pages)
    assert (pool._ahead, pool._ahead_bytes) == ({}, 0)
    assert outcomes == run(good, 0)


def test_what_is_begun_ahead_is_bounded():
    pool = shared_pool(JOB, 2)
    for number in range(70):
        pool.begin(number, bytes(1_000_000))
    begun = len(pool._ahead)
    for number in range(70):
        pool.take(number)

    assert begun == 68
    assert (pool._ahead, pool._ahead_bytes) == ({}, 0)
    assert pool.take(1) is None


def test_without_workers_nothing_is_begun_ahead():
    page = a_report(1)

    assert decode_ahead(lambda record: (page,), 0, page.record, Job(work="no.such.module:function")) == (
        page,
    )


KILLED = """
import sys
import apache_beam as beam
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from pipelines.transforms.sandbox import compose_or_reject
from pipelines.transforms.sandbox_nursery import Job
from schemas.raw import Raw
from tests.builders import a_page

register_coders()
job = Job(work="tests.transforms.sandboxed_work:spin_and_tell")
with beam.Pipeline(runner=LocalRunner()) as pipeline:
    pages = pipeline | beam.Create([a_page(sys.argv[1])], reshuffle=False).with_output_types(Raw)
    pages | "ComposeArticle" >> compose_or_reject(2, job)
"""


def test_a_dataflow_that_is_killed_leaves_no_spinning_worker(tmp_path):
    told = tmp_path / "pids"
    with subprocess.Popen([sys.executable, "-c", KILLED, str(told)], stderr=subprocess.DEVNULL) as run:
        while not told.exists():
            with suppress(subprocess.TimeoutExpired):
                run.wait(0.05)
            assert run.poll() is None
        watched = [os.pidfd_open(int(pid)) for pid in told.read_text().split()]
        run.kill()
        ended = [bool(select.select([watch], [], [], 10)[0]) for watch in watched]
    for watch in watched:
        os.close(watch)

    assert ended == [True, True]
