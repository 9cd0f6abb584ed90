"""The dataflow in bundles of a few records, and what may happen to it; run as a program it is what a test kills.

python -m tests.small_bundles DATA RECORDS PATH…
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from connectors.files.read import ReadRecords
from pipelines.commands.publish import publish_folder
from pipelines.core.decode.capture import open_record
from pipelines.ingest import ingest
from pipelines.options import IngestConfig, ingest_config
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from pipelines.transforms.remembering import forget

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_config(paths, data, **changed) -> IngestConfig:
    config = ingest_config(paths, data=data, as_of=NOON.isoformat(), received=None, runner="direct")
    return replace(config, **changed)


def run_in_small_bundles(config: IngestConfig, records: int, *, runner=None, after=None) -> None:
    """`pipelines.ingest.run` in bundles of at most so many records; `after` stands behind the last sink."""
    register_coders()
    pipeline = beam.Pipeline(runner=runner or LocalRunner(), options=PipelineOptions([]))
    read = pipeline | "ReadRecords" >> ReadRecords(config.files, open_record, max_bundle_records=records)
    written = ingest(read, config)
    if after is not None:
        _ = written | "After" >> beam.ParDo(after)
    try:
        pipeline.run().wait_until_finish()
    finally:
        forget(config.run)


def main(data: str, records: str, *paths: str) -> None:
    config = a_config([Path(path) for path in paths], Path(data))
    run_in_small_bundles(config, int(records))
    publish_folder(config.data, config.as_of)


if __name__ == "__main__":
    main(*sys.argv[1:])
