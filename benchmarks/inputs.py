"""What the benchmarks of speed and memory feed the dataflow with, and the dataflow cut short where they ask."""

import gzip
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apache_beam as beam
import orjson
from apache_beam.options.pipeline_options import PipelineOptions

from connectors.files.read import ReadRecords
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from pipelines.transforms.remembering import forget
from pipelines.transforms.sandbox_pool import close_shared_pools

# What agencies send in one item: a few hundred words.
WIRE_CHARS = 2_500
_SEED = 3
_FIRST = datetime(2026, 3, 1, tzinfo=UTC)

Stage = Callable[[beam.PCollection], beam.PCollection]


def wire_items(shared: Path, count: int) -> Iterator[bytes]:
    """Reports of the evaluation data as ninjs 2, in a fixed mixed order, cut to the length of wire copy."""
    reports = []
    for name in ("background_dev", "allsides_dev"):
        with gzip.open(shared / "data" / "events" / f"{name}.jsonl.gz") as lines:
            reports += [orjson.loads(line) for line in lines]
    random.Random(_SEED).shuffle(reports)
    for place, report in enumerate(reports[:count]):
        sent = (_FIRST + timedelta(seconds=20 * place)).isoformat()
        yield orjson.dumps(
            {
                "uri": f"urn:newsml:wire{place % 20}.example:{place}",
                "type": "text",
                "version": "1",
                "firstcreated": sent,
                "versioncreated": sent,
                "pubstatus": "usable",
                "language": report["lang"],
                "headlines": [{"role": "main", "value": report["title"]}],
                "bodies": [
                    {"role": "main", "contenttype": "text/plain", "value": report["text"][:WIRE_CHARS]}
                ],
            }
        )


def run_cut(files: ReadRecords, stages: Sequence[Stage], run: str) -> None:
    """Run the dataflow from the files through these parts of it only; `run` names its memories."""
    register_coders(plain=True)
    pipeline = beam.Pipeline(runner=LocalRunner(), options=PipelineOptions([]))
    flowing = pipeline | "ReadRecords" >> files
    for stage in stages:
        flowing = stage(flowing)
    try:
        pipeline.run().wait_until_finish()
    finally:
        close_shared_pools()
        forget(run)
