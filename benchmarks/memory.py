"""Peak memory of long replays beside short ones: what a stream leaves behind in the process.

    python -m benchmarks.memory [--pages N] [--against N] [--without-memories | --with-memories] [--workers N]

Each replay runs in a process of its own, which prints its peak resident size. Without the three memories nothing may
grow with the number of pages (ratio at most 1.15). What the memories cost an article is what sizes at the end differ by
between few pages and many, less the same without the memories.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self

import orjson
import zstandard

PAGES, AGAINST = 20_000, 2_000
# The most that the issue accepts.
RATIO_BAR = 1.15
ARTICLE_BAR_BYTES = 3_072
PAGE_BYTES = 20_000
_FIRST = datetime(2026, 3, 1, tzinfo=UTC)
_WORDS = (
    "harbour ferry council strike bridge market flood wheat school minister river tunnel orchard museum signal winter "
    "doctor engine valley copper island parade border garden lawyer summit village station airport library"
)


def page_line(number: int) -> bytes:
    """A page of 20 KB that is like no other: a report of a hundred and fifty words between furniture that is."""
    chance = random.Random(number)
    words = _WORDS.split()
    reports = "".join(
        f"<p>{' '.join(chance.choices(words, k=24)).capitalize()} {chance.randrange(10**6)} in Port Lowry.</p>"
        for _ in range(6)
    )
    headline = " ".join(chance.choices(words, k=7)).capitalize()
    html = f"<html><head><title>{headline}</title></head><body><article><h1>{headline}</h1>{reports}</article><script>"
    html += "/* furniture */" * ((PAGE_BYTES - len(html)) // 15) + "</script></body></html>"
    return orjson.dumps(
        {
            "url": f"https://paper{number % 50}.example/news/{number}",
            "fetched_at": (_FIRST + timedelta(seconds=number)).isoformat(),
            "content_type": "text/html",
            "html": html,
        }
    )


def write_pages(path: Path, count: int) -> None:
    """So many pages as compressed NDJSON."""
    with zstandard.open(path, "wb") as out:
        for number in range(count):
            out.write(page_line(number) + b"\n")


def replay_here(path: Path, out: Path, workers: int, *, with_memories: bool) -> None:
    """Replay a file in this process and print its peak resident size in bytes, and that of the largest worker."""
    from benchmarks.cut_dataflow import run_cut
    from connectors.files.read import ReadRecords
    from pipelines.core.decode.capture import open_record
    from pipelines.ingest import remember, understand, write
    from pipelines.options import ingest_config

    config = ingest_config([path], data=out, as_of=None, received=None, runner="direct", workers=workers)
    parts = (understand, remember, write) if with_memories else (understand, write)
    with _Watch() as watch:
        run_cut(
            ReadRecords(config.files, open_record),
            [partial(part, config=config) for part in parts],
            config.run,
        )
    own, workers_own = (
        resource.getrusage(who).ru_maxrss * 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(own, workers_own, watch.at_end())


class _Watch:
    """Reads this process's resident size every so often: a peak at the start may hide what grows later."""

    EVERY_S = 0.1
    LAST = 20

    def __init__(self) -> None:
        self._sizes: deque[int] = deque(maxlen=self.LAST)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def at_end(self) -> int:
        """The largest of the last two seconds: the memories are let go at the very end."""
        return max(self._sizes, default=0)

    def _watch(self) -> None:
        while not self._over.wait(self.EVERY_S):
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self._sizes.append(pages * resource.getpagesize())


def peak(count: int, workers: int, *, with_memories: bool) -> tuple[int, int, int]:
    """Of a replay of so many pages in a process of its own: its peak, that of its largest worker, its size at the end."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pages.ndjson.zst"
        write_pages(path, count)
        memories = "--with-memories" if with_memories else "--without-memories"
        command = [sys.executable, "-m", "benchmarks.memory", "--here", str(path), memories]
        outcome = subprocess.run(
            [*command, "--workers", str(workers)], check=True, stdout=subprocess.PIPE, text=True
        )
    own, largest, at_end = map(int, outcome.stdout.split()[-3:])
    return own, largest, at_end


def main() -> None:
    """Print peaks, ratio and bytes an article; leave with 1 if one is over its bar."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--against", type=int, default=AGAINST)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--with-memories", action="store_true")
    which.add_argument("--without-memories", action="store_true")
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here is not None:
        replay_here(
            arguments.here,
            arguments.here.parent / "out",
            arguments.workers,
            with_memories=arguments.with_memories,
        )
        return
    grown = {}
    for with_memories, is_skipped in ((False, arguments.with_memories), (True, arguments.without_memories)):
        if not is_skipped:
            grown[with_memories] = _compare(arguments, with_memories=with_memories)
    if len(grown) == 2:
        article = grown[True] - grown[False]
        print(f"the three memories: {article:.0f} bytes an article (bar {ARTICLE_BAR_BYTES})")


def _compare(arguments: argparse.Namespace, *, with_memories: bool) -> float:
    """Print what few and many pages take; bytes that each further page adds."""
    few, many = (
        peak(count, arguments.workers, with_memories=with_memories)
        for count in (arguments.against, arguments.pages)
    )
    grown = (many[2] - few[2]) / (arguments.pages - arguments.against)
    print(
        f"{'with' if with_memories else 'without'} memories: {arguments.against} pages {few[0] / 1e6:.0f} MB ({few[2] / 1e6:.0f} at the "
        f"end), {arguments.pages} pages {many[0] / 1e6:.0f} MB ({many[2] / 1e6:.0f} at the end); largest worker {many[1] / 1e6:.0f} MB;"
        f" peaks {many[0] / few[0]:.3f} (bar {RATIO_BAR} without memories); {grown:.0f} bytes a page",
        flush=True,
    )
    return grown


if __name__ == "__main__":
    main()
