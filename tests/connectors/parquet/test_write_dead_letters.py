from datetime import timedelta
from pathlib import Path

import apache_beam as beam
import pyarrow.parquet as pq
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from connectors.parquet.write_dead_letters import WriteDeadLetters
from schemas.codec import from_row
from schemas.dead_letter import DeadLetter, DeadLetterKind, Header
from schemas.rejection import ReasonCode
from tests.builders import MORNING, an_origin

DEAD_LETTERS = [
    DeadLetter(
        dead_letter_id=f"d{number}",
        kind=DeadLetterKind.RECORD,
        reason_code=ReasonCode.JSON_MALFORMED,
        stage="DecodeRecord",
        detail="ends in the middle",
        origin=an_origin(10 - number),
        payload_sha256="00",
        payload_size=3,
        payload=b"\x00{\xff",
        headers=(Header(key="ce_type", value=b"\xfe"),),
        received=received,
    )
    for number, received in enumerate((MORNING, MORNING, MORNING + timedelta(days=1), None))
]


def _run(folder: Path) -> dict[str, bytes]:
    with beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([])) as pipeline:
        rejected = pipeline | beam.Create(DEAD_LETTERS)
        written = rejected | "WriteDeadLetters" >> WriteDeadLetters(str(folder), "DecodeRecord")
        assert_that(written, equal_to(DEAD_LETTERS))
    paths = sorted((folder / "dead_letters").rglob("*.*"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths if path.is_file()}


def test_what_a_stage_rejected_lies_in_the_day_it_arrived_with_its_bytes(tmp_path: Path):
    files = _run(tmp_path)

    assert [name.rsplit("-", 1)[0] for name in files] == [
        "dead_letters/arrived=2026-03-02/DecodeRecord",
        "dead_letters/arrived=2026-03-03/DecodeRecord",
        "dead_letters/arrived=none/DecodeRecord",
    ]
    rows = [row for name in files for row in pq.read_table(tmp_path / name, partitioning=None).to_pylist()]
    found = [from_row(DeadLetter, row) for row in rows]
    assert found == [DEAD_LETTERS[1], DEAD_LETTERS[0], DEAD_LETTERS[2], DEAD_LETTERS[3]]


def test_rejecting_the_same_again_adds_no_file(tmp_path: Path):
    assert _run(tmp_path) == _run(tmp_path)
