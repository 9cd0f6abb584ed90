"""A worker that dies costs its task and nothing else, however it dies, whoever else has died."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.transforms.sandbox_nursery import Job, Limits
from pipelines.transforms.sandbox_pool import Pool, close_shared_pools, shared_pool
from pipelines.transforms.sandbox_worker import SandboxBug, SandboxDown
from schemas.rejection import ReasonCode, Rejected
from tests.transforms import sandboxed_work

WORK = f"{sandboxed_work.__name__}:do"
LIMITS = Limits(cpu_s=0.5, wall_s=2.0, memory_bytes=256 << 20)
PATIENCE_S = 60
JOB = Job(work=WORK, limits=LIMITS)


@contextmanager
def a_pool(workers=2, job=JOB, **fields):
    pool = Pool(job, workers, **fields)
    try:
        yield pool
    finally:
        pool.close()


def outcome(future):
    try:
        return future.result(PATIENCE_S)
    except Rejected as rejected:
        return rejected.reason


@pytest.fixture(scope="module")
def pool():
    with a_pool() as pool:
        yield pool


DEATHS = {
    b"spin": ReasonCode.EXTRACT_TIMEOUT,
    b"spin_in_c": ReasonCode.EXTRACT_TIMEOUT,
    b"wait": ReasonCode.EXTRACT_TIMEOUT,
    b"hog 400": ReasonCode.EXTRACT_MEMORY,
    b"die": ReasonCode.EXTRACT_MEMORY,
    b"crash": ReasonCode.EXTRACT_CRASH,
    b"leave": ReasonCode.EXTRACT_CRASH,
}


@pytest.mark.parametrize("task", DEATHS, ids=bytes.decode)
def test_each_way_to_die_has_its_reason(pool, task):
    assert outcome(pool.submit(task)) == DEATHS[task]


@pytest.mark.parametrize(
    ("task", "detail"),
    [
        (b"spin", "more than 0.5 s of CPU"),
        (b"wait", "more than 2 s by the clock"),
        (b"hog 400", "more than 256 MB of memory"),
        (b"crash", "the worker ended with SIGSEGV"),
        (b"leave", "the worker left with exit code 7"),
    ],
    ids=lambda value: value.decode() if isinstance(value, bytes) else "",
)
def test_a_verdict_says_what_happened(pool, task, detail):
    with pytest.raises(Rejected) as told:
        pool.submit(task).result(PATIENCE_S)

    assert told.value.detail == detail


@settings(max_examples=15, deadline=None)
@given(
    tasks=st.lists(
        st.sampled_from([b"crash", b"leave", b"die", b"hog 400", *[b"echo hello"] * 8]), max_size=30
    )
)
def test_whatever_dies_every_task_has_its_own_outcome(pool, tasks):
    outcomes = [outcome(future) for future in [pool.submit(task) for task in tasks]]

    assert outcomes == [DEATHS.get(task, b"hello") for task in tasks]


def test_no_task_is_lost_when_workers_die_at_once_beside_a_busy_parent(pool):
    """What pebble loses one task in seven crashes at."""
    over = threading.Event()

    def be_busy():
        while not over.is_set():
            sum(range(1000))

    busy = [threading.Thread(target=be_busy) for _ in range(2)]
    for thread in busy:
        thread.start()
    tasks = [b"crash" if place % 4 == 0 else b"echo %d" % place for place in range(60)]
    outcomes = [outcome(future) for future in [pool.submit(task) for task in tasks]]
    over.set()
    for thread in busy:
        thread.join()

    assert outcomes == [DEATHS.get(task, task[5:]) for task in tasks]


def test_memory_within_the_limit_is_given(pool):
    assert outcome(pool.submit(b"hog 100")) == b"\0"


def test_what_a_task_has_used_is_not_counted_against_the_next_one(pool):
    busy = [pool.submit(b"hog 200") for _ in range(20)]

    assert [outcome(future) for future in busy] == [b"\0"] * 20


@pytest.mark.parametrize("size", [0, 1, 65_535, 5_000_000])
def test_tasks_and_results_may_be_of_any_size(pool, size):
    assert outcome(pool.submit(b"echo " + b"x" * size)) == b"x" * size


def test_a_rejection_of_the_function_comes_as_it_was_raised(pool):
    with pytest.raises(Rejected) as told:
        pool.submit(b"reject too odd").result(PATIENCE_S)

    assert (told.value.reason, told.value.detail, told.value.item) == (
        ReasonCode.HTML_UNPARSABLE,
        "too odd",
        3,
    )
    assert type(told.value.__cause__).__name__ == "KeyError"


def test_a_bug_of_ours_is_no_rejection_and_keeps_its_traceback(pool):
    with pytest.raises(SandboxBug, match=r"(?s)Traceback.*in fail.*ZeroDivisionError: nobody expects this"):
        pool.submit(b"fail nobody expects this").result(PATIENCE_S)

    assert outcome(pool.submit(b"echo on")) == b"on"


def test_workers_are_forked_from_a_process_without_threads(pool):
    assert outcome(pool.submit(b"threads")) == b"1"


def test_workers_leave_one_after_another_and_no_task_is_lost():
    with a_pool(2, tasks_a_worker=10) as pool:
        pids = [outcome(pool.submit(b"pid")) for _ in range(60)]
    ends = [place for place, pid in enumerate(pids) if pid not in pids[place + 1 :]]

    assert len(set(pids)) >= 6
    assert ends == sorted(set(ends))


def test_a_task_that_is_cancelled_before_it_starts_is_not_done():
    with a_pool(1) as pool:
        first = pool.submit(b"wait")
        second = pool.submit(b"spin")
        third = pool.submit(b"echo 3")
        second.cancel()

        assert (outcome(first), outcome(third)) == (ReasonCode.EXTRACT_TIMEOUT, b"3")
        assert second.cancelled()


def test_a_pool_starts_nothing_before_the_first_task():
    before = set(threading.enumerate())
    with a_pool(4):
        assert set(threading.enumerate()) == before


def test_closing_ends_every_process_and_tells_those_who_wait():
    with a_pool(2) as pool:
        pid = int(outcome(pool.submit(b"pid")))
        waiting = [pool.submit(b"wait") for _ in range(4)]
        started = time.monotonic()
        pool.close()

        for future in waiting:
            with pytest.raises(SandboxDown):
                future.result(PATIENCE_S)
        assert time.monotonic() - started < LIMITS.wall_s
        assert is_gone(pid)
        with pytest.raises(SandboxDown):
            pool.submit(b"echo")


def test_a_nursery_that_is_killed_is_an_outage_and_no_verdict_on_a_page():
    with a_pool(2) as pool:
        outcome(pool.submit(b"echo"))
        pool._nursery._process.kill()
        pool._nursery._process.wait()

        with pytest.raises(SandboxDown):
            pool.submit(b"crash")


def test_a_process_has_one_pool_for_a_job_until_it_goes_down():
    first = shared_pool(JOB, 2)
    same = shared_pool(Job(work=WORK, limits=LIMITS), 2)
    close_shared_pools()
    other = shared_pool(JOB, 2)

    assert same is first
    assert other is not first
    close_shared_pools()


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


PARENT = f"""
import sys
from pipelines.transforms.sandbox_nursery import Job
from pipelines.transforms.sandbox_pool import Pool
pool = Pool(Job(work="{WORK}"), 2)
print(pool.submit(b"pid").result().decode(), pool._nursery._process.pid, flush=True)
deeds = [pool.submit(task.encode()) for task in sys.argv[1:]]
deeds[0].result()
"""


@pytest.mark.parametrize("with_nursery", [False, True])
@pytest.mark.parametrize("deed", ["spin", "spin_in_c", "wait"])
def test_ten_seconds_after_a_run_is_killed_no_process_is_left(deed, with_nursery):
    command = [sys.executable, "-c", PARENT, deed, deed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker, nursery = map(int, parent.stdout.readline().split())
        watched = [os.pidfd_open(pid) for pid in (worker, nursery)]
        parent.kill()
        if with_nursery:
            os.kill(nursery, signal.SIGKILL)
        ended = [bool(select.select([watch], [], [], 10 + 1)[0]) for watch in watched]
    for watch in watched:
        os.close(watch)

    assert ended == [True, True]


def test_ctrl_c_is_for_the_run_and_not_for_its_workers(pool):
    pid = int(outcome(pool.submit(b"pid")))

    assert os.getsid(pid) != os.getsid(0)
