"""Pages a second through the whole dataflow, beside the same pure functions in a bare loop, in one run.

    python -m benchmarks.throughput [--shared FOLDER] [--rounds N]

The bare loop does what every stage decides and nothing else: no Beam, no Parquet, no index. Rounds are interleaved, the
best of each is taken, and the ratio is the figure: absolute rates differ from machine to machine and hour to hour.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import orjson

from benchmarks.shared_data import SHARED, page_envelopes
from connectors.files.listing import list_files
from connectors.files.read import records_of
from pipelines.core.clean import clean_text
from pipelines.core.compose import compose_article
from pipelines.core.credit.crediting import credit_agencies
from pipelines.core.decode.capture import open_record
from pipelines.core.language.tagging import tag_language
from pipelines.ingest import ASSIGN_EVENT_IDS, FOLLOW_STORY, LINK_REPEATS, decode, run
from pipelines.options import ingest_config
from pipelines.transforms.stateful_stage import StatefulStage
from schemas.article import Article
from schemas.record import Record
from schemas.rejection import Rejected

# The least that the issue accepts of the bare loop's rate.
BAR = 0.8


def bare_loop(records: Iterable[Record]) -> int:
    """Every stage's pure function on each record, one after another; returns the rows."""
    memories: dict[tuple[str, object], object] = {}
    rows = 0
    for record in records:
        try:
            articles = [article for raw in decode(record) for article in compose_article(raw)]
        except Rejected:
            continue
        articles = [credit_agencies(tag_language(clean_text(article))) for article in articles]
        for stage in (FOLLOW_STORY, LINK_REPEATS, ASSIGN_EVENT_IDS):
            articles = [row for article in articles for row in _step(stage, memories, article)]
        rows += len(articles)
    return rows


def _step(
    stage: StatefulStage, memories: dict[tuple[str, object], object], article: Article
) -> tuple[Article, ...]:
    key = stage.key(article)
    name = (stage.label, key)
    if name not in memories:
        memories[name] = stage.new_memory(key)
    outcome = stage.step(memories[name], article)
    for change in outcome.changes:
        memories[name].apply(change)  # type: ignore[attr-defined]
    return outcome.articles


def measure(path: Path, rounds: int) -> tuple[float, float, int]:
    """Best seconds of the bare loop and of the dataflow over a file, and how many records it has."""
    (file,) = list_files([path])
    records = [open_record(record) for record in records_of(file, None)]
    bare_loop(records[:20])
    loop, flow = [], []
    for _ in range(rounds):
        started = time.process_time()
        bare_loop(records)
        loop.append(time.process_time() - started)
        with tempfile.TemporaryDirectory() as folder:
            config = ingest_config(
                [path], data=Path(folder) / "out", as_of=None, received=None, runner="direct"
            )
            started = time.process_time()
            run(config)
            flow.append(time.process_time() - started)
    return min(loop), min(flow), len(records)


def main() -> None:
    """Print both rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if not (arguments.shared / "data").is_dir():
        sys.exit(f"--shared {arguments.shared}: holds no data/ folder")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pages.ndjson"
        path.write_bytes(b"\n".join(map(orjson.dumps, page_envelopes(arguments.shared))))
        loop, flow, count = measure(path, arguments.rounds)
    print(
        f"{count} pages, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; CPU seconds, best of {arguments.rounds}"
    )
    print(f"bare loop  {count / loop:6.1f} pages/s")
    print(f"replay     {count / flow:6.1f} pages/s")
    print(f"ratio      {loop / flow:6.2f}  (bar {BAR})")


if __name__ == "__main__":
    main()
