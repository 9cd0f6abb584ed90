"""The dataflow cut short where the benchmarks of speed and memory ask."""

from collections.abc import Callable, Sequence

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from connectors.files.read import ReadRecords
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from pipelines.transforms.remembering import forget
from pipelines.transforms.sandbox_pool import close_shared_pools

Stage = Callable[[beam.PCollection], beam.PCollection]


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
