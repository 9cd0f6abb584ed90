"""Ten thousand mutated and hostile pages through the sandbox: it stays whole, and honest pages hardly notice.

    python -m benchmarks.hostile_pages [--pages N] [--workers N] [--beside N] [--rounds N]

Every page must end within its limits and a second
more; the p99 of ordinary pages, from the start in a worker to the result, must be at most 1.5 times as long beside one
hundredth of hostile ones as without. Rounds with and without are interleaved, because a machine's load changes.
"""

import argparse
import os
import sys
import threading
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks.hostile_set import MONSTER_EVERY, a_page, hostile_page, ordinary_bodies
from benchmarks.shared_data import SHARED, page_envelopes
from pipelines.options import parse_workers
from pipelines.transforms.sandbox_nursery import Limits
from pipelines.transforms.sandbox_page import pack_page, page_job
from pipelines.transforms.sandbox_pool import Pool
from schemas.page import RawPage
from schemas.rejection import Rejected

PAGES = 10_000
P99_BAR = 1.5
LATE_BAR_S = 1.0


def real_bodies(shared: Path) -> tuple[bytes, ...]:
    """The evaluation pages, where they are: those of the demo corpus are small."""
    if not (shared / "data").is_dir():
        return ()
    return tuple(b64decode(page["body_base64"]) for page in page_envelopes(shared))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How one page ended: what became of it, and after how many seconds from its start in a worker."""

    number: int
    outcome: str
    seconds: float


def through(pool: Pool, pages: Iterable[RawPage]) -> list[Ended]:
    """Pages through a pool, one a worker at a time, so that none waits in line and only its own time is measured."""
    ended: list[Ended] = []
    todo = iter(pages)
    taking = threading.Lock()

    def drive() -> None:
        while True:
            with taking:
                page = next(todo, None)
            if page is None:
                return
            ended.append(_ended(pool, page))

    drivers = [threading.Thread(target=drive) for _ in range(pool.workers)]
    for driver in drivers:
        driver.start()
    for driver in drivers:
        driver.join()
    return ended


def _ended(pool: Pool, page: RawPage) -> Ended:
    task = pack_page(page)
    started = time.monotonic()
    try:
        pool.submit(task).result()
        outcome = "article"
    except Rejected as rejected:
        outcome = str(rejected.reason)
    seconds = time.monotonic() - started
    return Ended(number=page.record.origin.offset, outcome=outcome, seconds=seconds)


def p99(seconds: list[float]) -> float:
    """The time that one in a hundred takes longer than."""
    return sorted(seconds)[int(len(seconds) * 0.99)]


def beside(pool: Pool, bodies: tuple[bytes, ...], count: int, rounds: int) -> tuple[float, float]:
    """The p99 of `count` ordinary pages a round without hostile ones, and beside one hundredth of monsters."""
    through(pool, _mixed(bodies, 100, hostile=False, first=0))
    times: dict[bool, list[float]] = {False: [], True: []}
    for round_ in range(rounds):
        for hostile in (False, True):
            ended = through(pool, _mixed(bodies, count, hostile=hostile, first=round_ * count))
            times[hostile] += [one.seconds for one in ended if one.number < 0]
    return p99(times[False]), p99(times[True])


def _mixed(bodies: tuple[bytes, ...], count: int, *, hostile: bool, first: int) -> Iterator[RawPage]:
    """Ordinary pages have negative numbers."""
    for place in range(count):
        yield a_page(bodies[place % len(bodies)], -1 - place)
        if hostile and place % 100 == 50:
            yield hostile_page((first + place // 100) * MONSTER_EVERY)


def main() -> None:
    """Print how the pages ended; leave with 1 if one was late or lost, or honest ones were held up."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--shared", type=Path, default=SHARED, help="where ordinary pages are, if there")
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--beside", type=int, default=1_500, help="ordinary pages a round")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    limits = Limits()
    pool = Pool(page_job(limits), parse_workers(arguments.workers))
    started = time.monotonic()
    ended = through(pool, islice(map(hostile_page, range(PAGES)), arguments.pages))
    took = time.monotonic() - started
    late = [one for one in ended if one.seconds > limits.wall_s + LATE_BAR_S]
    worst = max(ended, key=lambda one: one.seconds)
    print(
        f"{len(ended)} hostile pages in {took:.0f} s, {pool.workers} workers, load {os.getloadavg()[0]:.1f}"
    )
    for outcome, count in Counter(one.outcome for one in ended).most_common():
        print(f"  {count:6} {outcome}")
    print(f"longest {worst.seconds:.2f} s (page {worst.number}, {worst.outcome}); late: {len(late)} (bar 0)")
    bodies = real_bodies(arguments.shared) or ordinary_bodies()
    alone, among = beside(pool, bodies, arguments.beside, arguments.rounds)
    print(
        f"p99 of {len(bodies)} ordinary pages {alone * 1e3:.0f} ms, beside 1 % hostile {among * 1e3:.0f} ms"
    )
    print(f"ratio {among / alone:.2f} (bar {P99_BAR})")
    whole = not pool.is_down and len(ended) == arguments.pages
    pool.close()
    sys.exit(0 if whole and not late and among <= P99_BAR * alone else 1)


if __name__ == "__main__":
    main()
