"""ReadRecords reads ahead: whoever is told hears of each record before its turn, and what comes out stays the same."""

import apache_beam as beam
import pytest

from connectors.files.listing import FileList, list_files
from connectors.files.read import ReadRecords
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from schemas.record import Record

register_coders()

heard, happened = [], []


def note(record):
    heard.append(record)
    happened.append(("foreseen", record.value))


def arrive(record):
    happened.append(("read", record.value))
    return record


def read(paths, foreseen=None, **limits):
    heard.clear()
    happened.clear()
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        _ = (
            pipeline
            | "ReadRecords" >> ReadRecords(FileList(list_files(paths)), foreseen=foreseen, **limits)
            | "Arrive" >> beam.Map(arrive).with_output_types(Record)
        )
    return [value for what, value in happened if what == "read"]


@pytest.fixture
def paths(tmp_path):
    for name, count in (("a", 700), ("b", 1), ("c", 3)):
        lines = "".join(f'{{"name": "{name}", "number": {number}}}\n' for number in range(count))
        (tmp_path / f"{name}.ndjson").write_text(lines)
    return [tmp_path / f"{name}.ndjson" for name in "abc"]


@pytest.mark.parametrize("records", [1, 100, 500, 5_000])
def test_what_comes_out_is_what_comes_out_without(paths, records):
    without = read(paths, max_bundle_records=records)

    assert len(without) == 704
    assert read(paths, note, max_bundle_records=records) == without
    assert [record.value for record in heard] == without


def test_each_record_is_heard_of_half_a_bundle_before_its_turn(paths):
    values = read(paths, note)

    assert happened.index(("read", values[0])) == 251
    assert happened.index(("foreseen", values[600])) < happened.index(("read", values[351]))


def test_a_heard_record_is_the_one_that_comes(paths):
    read(paths, note)

    assert heard[0].origin.follows is None
    assert [record.origin.follows for record in heard[1:700]] == list(range(699))


def test_large_records_are_not_gathered(tmp_path):
    path = tmp_path / "large.ndjson"
    with path.open("w") as file:
        for number in range(10):
            file.write(f'{{"number": {number}, "text": "{"x" * 5_000_000}"}}\n')
    values = read([path], note)

    assert happened.index(("read", values[0])) == 4
