"""Pages and wire articles a second through the whole dataflow, beside the same pure functions in a bare loop.

    python -m benchmarks.throughput [--shared FOLDER] [--rounds N] [--workers N] [--only pages|wire] [--profile]

pages   wall clock: a replay with a sandbox on every core, against the bare loop on one core. The bare loop does what
        every stage decides and nothing else: no Beam, no processes, no Parquet, no index. Beside it the CPU seconds of
        both, which other load on the machine distorts less: the loop's, and the run's with all its processes; their
        ratio is what the wall clock would show with every core busy to the end.
wire    CPU seconds of one core: ninjs of ordinary length, through every stage and sink.

Rounds are interleaved, the best of each is taken, and ratios are the figures: absolute rates differ from machine to
machine and hour to hour. `--profile` says what a wire article costs at each stage, and what Beam and the sinks add.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from benchmarks.cut_dataflow import run_cut
from benchmarks.shared_data import SHARED, page_envelopes
from benchmarks.wire_stream import ninjs_lines
from connectors.files.listing import list_files
from connectors.files.read import ReadRecords, records_of
from pipelines.core.clean import clean_text
from pipelines.core.compose import compose_article
from pipelines.core.credit.crediting import credit_agencies
from pipelines.core.decode.capture import open_record
from pipelines.core.language.tagging import tag_language
from pipelines.ingest import (
    decode,
    remember,
    run,
    understand,
    write,
)
from pipelines.options import NO_MEMORY, IngestConfig, ingest_config, parse_workers
from pipelines.transforms.stages import ASSIGN_EVENT_IDS, FOLLOW_STORY, LINK_REPEATS
from schemas.record import Record
from schemas.rejection import Rejected

# The least that the issue accepts of cores times the bare loop's rate, and of wire articles a second on one core.
PAGES_BAR = 0.8
WIRE_BAR = 1_000
WIRE_ITEMS = 3_000
MEMORIES = (FOLLOW_STORY, LINK_REPEATS, ASSIGN_EVENT_IDS)


class BareLoop:
    """Every stage's pure function, one record after another, with a clock of CPU seconds for each stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.rows = 0
        self._memories: dict[tuple[str, object], Any] = {}

    def run(self, records: Iterable[Record]) -> "BareLoop":
        """Do them all; returns itself."""
        for record in records:
            try:
                raws = self._timed("DecodeRecord", decode, record)
                self._finish([a for raw in raws for a in self._timed("ComposeArticle", compose_article, raw)])
            except Rejected:
                continue
        return self

    def _finish(self, articles: list[Any]) -> None:
        for label, function in (
            ("CleanText", clean_text),
            ("TagLanguage", tag_language),
            ("CreditAgencies", credit_agencies),
        ):
            articles = [self._timed(label, function, article) for article in articles]
        for stage in MEMORIES:
            articles = [
                row for article in articles for row in self._timed(stage.label, self._step, stage, article)
            ]
        self.rows += len(articles)

    def _step(self, stage: Any, article: Any) -> tuple[Any, ...]:
        key = stage.key(article)
        name = (stage.label, key)
        if name not in self._memories:
            self._memories[name] = stage.new_memory(key)
        outcome = stage.step(self._memories[name], article)
        for change in outcome.changes:
            self._memories[name].apply(change)
        return outcome.articles

    def _timed(self, label: str, function: Callable[..., Any], *arguments: Any) -> Any:
        started = time.process_time()
        try:
            return function(*arguments)
        finally:
            self.seconds[label] += time.process_time() - started


def seconds_of(clock: Callable[[], float], work: Callable[[], object]) -> float:
    """How long something takes by a clock."""
    started = clock()
    work()
    return clock() - started


def cpu_of_all() -> float:
    """CPU seconds of this process and of all its processes that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def wall_and_cpu(work: Callable[[], object]) -> tuple[float, float]:
    """How long something takes, and how many CPU seconds of all processes."""
    cpu = cpu_of_all()
    wall = seconds_of(time.monotonic, work)
    return wall, cpu_of_all() - cpu


def best(rounds: list[tuple[float, float]]) -> tuple[float, float]:
    """The least wall seconds and the least CPU seconds, each of its own best round."""
    return min(wall for wall, _ in rounds), min(cpu for _, cpu in rounds)


def page_lines(shared: Path, copies: int) -> Iterator[bytes]:
    """The evaluation pages, and again as copies at other addresses, so that starting up is a small part of a replay."""
    for copy in range(copies):
        for page in page_envelopes(shared):
            body = b64decode(page["body_base64"]).replace(b"canonical", b"other-%d" % copy)
            yield orjson.dumps(
                page | {"url": f"{page['url']}/{copy}", "body_base64": b64encode(body).decode()}
            )


def records_in(path: Path) -> list[Record]:
    """The records of a file, in memory: reading is no part of the bare loop."""
    (file,) = list_files([path])
    return [open_record(record) for record in records_of(file, None)]


def config_for(path: Path, out: Path, workers: int) -> IngestConfig:
    """A replay of a file into a new folder that knows nothing yet."""
    return ingest_config(
        [path], data=out, as_of=None, received=None, runner="direct", workers=workers, memory=NO_MEMORY
    )


def in_a_new_folder(work: Callable[[Path], object]) -> None:
    """Do something with a folder that nobody needs afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        work(Path(folder) / "out")


def measure_pages(
    path: Path, rounds: int, workers: int
) -> tuple[tuple[float, float], tuple[float, float], int]:
    """Best seconds, wall and CPU, of the bare loop on one core and of the replay on all, and how many pages there are."""
    records = records_in(path)
    BareLoop().run(records[:20])
    loop, flow = [], []
    for _ in range(rounds):
        loop.append(wall_and_cpu(lambda: BareLoop().run(records)))
        replay = partial(in_a_new_folder, lambda out: run(config_for(path, out, workers)))
        flow.append(wall_and_cpu(replay))
    return best(loop), best(flow), len(records)


def measure_wire(path: Path, rounds: int) -> float:
    """Best CPU seconds of the whole dataflow over a file of wire items, in this process."""
    replay = partial(in_a_new_folder, lambda out: run(config_for(path, out, 0)))
    return min(seconds_of(time.process_time, replay) for _ in range(rounds))


def print_profile(path: Path, rounds: int) -> None:
    """What an article costs: each stage's own function, and the dataflow up to three places."""
    records = records_in(path)
    BareLoop().run(records[:100])
    loops = [BareLoop().run(records) for _ in range(rounds)]
    own = {
        label: min(loop.seconds[label] for loop in loops) / len(records) * 1e6 for label in loops[0].seconds
    }
    for label, cost in own.items():
        print(f"  {label:16} {cost:6.0f} µs")
    print(f"  {'all functions':16} {sum(own.values()):6.0f} µs")
    last = 0.0
    for told, count in (("reading and Beam", 0), ("understand", 1), ("remember", 2), ("write", 3)):
        cost = min(_cut_seconds(path, count) for _ in range(rounds)) / len(records) * 1e6
        print(f"  through {told:17} {cost:6.0f} µs  (+{cost - last:.0f})")
        last = cost


def _cut_seconds(path: Path, count: int) -> float:
    def work(out: Path) -> None:
        config = config_for(path, out, 0)
        stages = [partial(stage, config=config) for stage in (understand, remember, write)[:count]]
        run_cut(ReadRecords(config.files, open_record), stages, config.run)

    return seconds_of(time.process_time, partial(in_a_new_folder, work))


def main() -> None:
    """Print rates, ratios and bars."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--copies", type=int, default=6, help="how often each page comes")
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--only", choices=("pages", "wire"))
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    if not (arguments.shared / "data").is_dir():
        sys.exit(f"--shared {arguments.shared}: holds no data/ folder")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.only != "wire":
            path = Path(folder) / "pages.ndjson"
            path.write_bytes(b"\n".join(page_lines(arguments.shared, arguments.copies)))
            _print_pages(path, arguments.rounds, parse_workers(arguments.workers))
        if arguments.only != "pages":
            path = Path(folder) / "wire.ndjson"
            path.write_bytes(b"\n".join(islice(ninjs_lines(arguments.shared), WIRE_ITEMS)))
            _print_wire(path, arguments.rounds, profile=arguments.profile)


def _print_pages(path: Path, rounds: int, workers: int) -> None:
    cores = parse_workers(None)
    (loop, loop_cpu), (flow, flow_cpu), count = measure_pages(path, rounds, workers)
    print(
        f"{count} pages, {cores} cores, {workers} workers, load {os.getloadavg()[0]:.1f}; wall, best of {rounds}"
    )
    print(f"bare loop  {count / loop:7.1f} pages/s on one core  {loop_cpu / count * 1e3:6.1f} ms CPU a page")
    print(f"replay     {count / flow:7.1f} pages/s             {flow_cpu / count * 1e3:6.1f} ms CPU a page")
    print(f"ratio      {loop / flow / cores:7.2f} of cores x loop  (bar {PAGES_BAR})")
    print(f"CPU ratio  {loop_cpu / flow_cpu:7.2f} of the loop's CPU to the replay's")


def _print_wire(path: Path, rounds: int, *, profile: bool) -> None:
    seconds = measure_wire(path, rounds)
    print(
        f"{WIRE_ITEMS} wire articles, load {os.getloadavg()[0]:.1f}; CPU seconds of one core, best of {rounds}"
    )
    print(f"replay     {WIRE_ITEMS / seconds:7.0f} articles/s  (bar {WIRE_BAR:,})")
    if profile:
        print_profile(path, rounds)


if __name__ == "__main__":
    main()
