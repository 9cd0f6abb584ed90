"""Three fates of an element: it flows on, it is rejected, or the bundle fails."""

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from pipelines.transforms.metrics import reset_tally, tally
from pipelines.transforms.rejecting import or_reject
from schemas.record import Feed, Record
from schemas.rejection import ReasonCode, Rejected
from tests.builders import a_record

register_coders()


def accept_digits(record):
    if record.value == b"bug":
        raise KeyError("ours")
    if not record.value.isdigit():
        raise Rejected(ReasonCode.SCHEMA_UNKNOWN, "digits were expected")
    return [record, record]


def run(*values, feed=Feed.ANY):
    records = [a_record(value, offset=place, feed=feed) for place, value in enumerate(values)]
    rejects = []
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        accepted, rejected = (
            pipeline
            | beam.Create(records).with_output_types(Record)
            | or_reject("Stage", accept_digits, Record)
        )
        assert_that(
            accepted | beam.Map(lambda one: one.value),
            equal_to([value for value in values if value.isdigit() for _ in range(2)]),
            label="accepted",
        )
        assert_that(
            rejected | "Reason" >> beam.Map(lambda one: (one.stage, one.reason_code, one.payload)),
            equal_to(
                [("Stage", ReasonCode.SCHEMA_UNKNOWN, value) for value in values if not value.isdigit()]
            ),
            label="rejected",
        )
    return rejects


def test_what_is_accepted_flows_on_and_what_is_rejected_keeps_its_bytes():
    run(b"1", b"x", b"2", b"")


def test_rejections_are_counted_by_reason():
    reset_tally()
    run(b"1", b"x", b"y")

    assert tally() == {"rejected.schema.unknown": 2}


def test_a_bug_of_ours_is_no_rejection():
    with pytest.raises(KeyError, match="ours"):
        run(b"1", b"bug")
