"""Whatever a worker says, or the machine denies, costs one task: the attendant of the worker goes on to the next."""

import json
import resource
import signal
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager, suppress

import pytest

from pipelines.transforms.sandbox_nursery import Job, Limits
from pipelines.transforms.sandbox_page import unpack_article
from pipelines.transforms.sandbox_pool import Pool, _Task
from pipelines.transforms.sandbox_worker import SandboxDown
from schemas.rejection import ReasonCode, Rejected
from tests.transforms import sandboxed_work

LIMITS = Limits(cpu_s=5.0, wall_s=20.0, grace_s=1.0)
JOB = Job(work=f"{sandboxed_work.__name__}:do", limits=LIMITS)
PATIENCE_S = 60


@contextmanager
def a_pool(job=JOB):
    pool = Pool(job, 1)
    try:
        yield pool
    finally:
        pool.close()


@pytest.fixture(scope="module")
def pool():
    with a_pool() as pool:
        yield pool


def verdict(pool, task):
    """How a task ends that is no result; and that the one attendant of the pool does the next one."""
    with pytest.raises(Rejected) as told:
        pool.submit(task).result(PATIENCE_S)
    assert pool.submit(b"echo on").result(PATIENCE_S) == b"on"
    assert not pool.is_down
    return told.value.reason, told.value.detail


def a_told_rejection(**fields):
    told = {"reason": "text.empty", "detail": "nothing", "item": 0, "cause": None} | fields
    return b"R" + json.dumps(told).encode()


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (b"", "is of no known kind"),
        (b"?", "is of no known kind"),
        (b"R", "is no JSON"),
        (b"R{", "is no JSON"),
        (b'R"\xff"', "is no JSON"),
        (b"R" + b"[" * 9_000, "is no JSON"),
        (a_told_rejection(detail="\ud800"), "is no JSON"),
        (b"R{}", "tells of no rejection"),
        (b"R[]", "tells of no rejection"),
        (b"Rnull", "tells of no rejection"),
        (a_told_rejection(reason="no.such_reason"), "tells of no rejection"),
        (a_told_rejection(reason=["text.empty"]), "tells of no rejection"),
        (a_told_rejection(detail=None), "tells of no rejection"),
        (a_told_rejection(item=-1), "tells of no rejection"),
        (a_told_rejection(item=1 << 40), "tells of no rejection"),
        (a_told_rejection(item=10**30), "tells of no rejection"),
        (a_told_rejection(item="1"), "tells of no rejection"),
        (a_told_rejection(cause="a\0b"), "tells of no rejection"),
        (a_told_rejection(cause=7), "tells of no rejection"),
    ],
    ids=lambda value: repr(value[:40]),
)
def test_a_reply_that_is_no_outcome_is_a_crash_of_its_task(pool, reply, found):
    assert verdict(pool, b"say " + reply) == (ReasonCode.EXTRACT_CRASH, f"the worker's reply {found}")


def test_a_reply_larger_than_any_article_says_so(pool):
    assert verdict(pool, b"boast") == (
        ReasonCode.EXTRACT_CRASH,
        "the worker's reply is 4294967295 bytes long, at most 67108864 are read",
    )


def test_a_second_reply_is_no_reply_to_the_next_task(pool):
    assert verdict(pool, b"say_twice Dforged") == (
        ReasonCode.EXTRACT_CRASH,
        "the worker's reply is followed by what nobody asked for",
    )


@pytest.mark.parametrize("number", [signal.SIGRTMIN + 1, signal.SIGRTMAX - 1])
def test_a_signal_without_a_name_is_told_by_its_number(pool, number):
    assert verdict(pool, b"signal_oneself %d" % number) == (
        ReasonCode.EXTRACT_CRASH,
        f"the worker ended with signal {number}",
    )


@pytest.mark.parametrize("deed", [b"trickle", b"stop"], ids=bytes.decode)
def test_a_worker_whose_timers_do_not_end_it_is_ended_by_the_run(deed):
    with a_pool(Job(work=JOB.work, limits=Limits(wall_s=0.5, grace_s=0.5))) as pool:
        pool.submit(b"echo warm").result(PATIENCE_S)
        started = time.monotonic()
        told = verdict(pool, deed)
        took = time.monotonic() - started

    assert told == (ReasonCode.EXTRACT_TIMEOUT, "more than 0.5 s by the clock")
    assert took < PATIENCE_S / 4


@contextmanager
def no_file_handles():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_machine_without_file_handles_fails_the_task_with_its_cause_and_not_the_next_one():
    with a_pool() as pool:
        pool.start()
        with no_file_handles(), pytest.raises(SandboxDown) as told:
            pool.submit(b"echo early").result(PATIENCE_S)

        assert isinstance(told.value.__cause__, OSError)
        assert not pool.is_down
        assert pool.submit(b"echo later").result(PATIENCE_S) == b"later"


def test_a_pool_is_down_when_no_attendant_lives():
    with a_pool() as pool:
        pool.start()
        was_down = pool.is_down
        pool._tasks.put(None)
        pool._attendants[0].join()

        assert (was_down, pool.is_down) == (False, True)
        with pytest.raises(SandboxDown):
            pool.submit(b"echo")


def test_tasks_that_no_attendant_took_are_told_when_the_pool_closes():
    late = Future()
    with a_pool() as pool:
        pool.start()
        pool._tasks.put(None)
        pool._attendants[0].join()
        pool._tasks.put(_Task(late, b"echo late"))

    with pytest.raises(SandboxDown):
        late.result(0)


class Named:
    """A name that lets another thread come to the same point before it is looked up, if that is not kept out."""

    def __init__(self, meeting):
        self._meeting = meeting

    def __eq__(self, other):
        return isinstance(other, Named)

    def __hash__(self):
        with suppress(threading.BrokenBarrierError):
            self._meeting.wait(0.3)
        return 1


def test_two_threads_that_begin_one_task_at_once_begin_it_once():
    name = Named(threading.Barrier(2))
    with a_pool() as pool:
        beginning = [threading.Thread(target=pool.begin, args=(name, b"echo once")) for _ in range(2)]
        for thread in beginning:
            thread.start()
        for thread in beginning:
            thread.join()
        pool.take(name)

        assert (pool._ahead, pool._ahead_bytes) == ({}, 0)


@pytest.mark.parametrize("result", [b"", b"\x01", b"\x01{", b"\x02{}", b"\x01\xff"])
def test_a_result_that_is_no_article_is_a_crash_of_its_page(result):
    with pytest.raises(Rejected) as told:
        unpack_article(result)

    assert (told.value.reason, told.value.detail) == (
        ReasonCode.EXTRACT_CRASH,
        "the worker's reply is no article",
    )
