"""Pages are begun before their turn, and what comes out is what would come out without."""

import json

import pytest

from pipelines.ingest import run
from pipelines.options import ingest_config
from pipelines.transforms import sandbox_ahead
from pipelines.transforms.sandbox_ahead import decode_ahead, foresee, prepare_sandbox
from pipelines.transforms.sandbox_nursery import Job
from pipelines.transforms.sandbox_page import page_name
from pipelines.transforms.sandbox_pool import close_shared_pools, shared_pool
from schemas.rejection import ReasonCode, Rejected
from tests.builders import a_page, a_record
from tests.builders_wire import ninjs
from tests.transforms import sandboxed_work

JOB = Job(work=f"{sandboxed_work.__name__}:compose")
NOWHERE = Job(work="no.such.module:function")


@pytest.fixture(autouse=True)
def pools():
    prepare_sandbox(0)
    yield
    close_shared_pools()


class Decoding:
    """Decodes a record into one page, and notes how often."""

    def __init__(self):
        self.times = 0

    def __call__(self, record):
        self.times += 1
        if record.value == b"odd":
            raise Rejected(ReasonCode.SCHEMA_UNKNOWN, "odd")
        return (a_page(record.value, record=record),)


def test_what_was_foreseen_is_decoded_and_begun_once():
    decode, record = Decoding(), a_record(b"<p>The ferry sails again.")
    foresee(decode, 1, record, JOB)
    begun = dict(shared_pool(JOB, 1)._ahead)
    (page,) = decode_ahead(decode, 1, record, JOB)

    assert list(begun) == [page_name(page)] == list(shared_pool(JOB, 1)._ahead)
    assert decode.times == 1


def test_what_is_to_be_rejected_is_rejected_in_its_turn():
    decode, record = Decoding(), a_record(b"odd")
    foresee(decode, 1, record, JOB)

    with pytest.raises(Rejected):
        decode_ahead(decode, 1, record, JOB)


def test_two_records_of_one_origin_are_not_taken_for_each_other():
    decode = Decoding()
    first, second = a_record(b"<p>one", offset=3), a_record(b"<p>two", offset=3)
    foresee(decode, 1, first, JOB)
    foresee(decode, 1, second, JOB)

    assert [decode_ahead(decode, 1, record, JOB)[0].body for record in (first, second)] == [
        b"<p>one",
        b"<p>two",
    ]


def test_how_much_is_foreseen_is_bounded():
    decode = Decoding()
    for place in range(sandbox_ahead._MAX_FORESEEN + 10):
        foresee(decode, 1, a_record(b"<p>x", offset=place), JOB)

    assert decode.times == sandbox_ahead._MAX_FORESEEN


def test_a_run_that_fails_keeps_no_record_it_has_foreseen(tmp_path):
    """What is not foreseen any more is not kept by a process that runs something else next."""
    wire = json.dumps(ninjs(uri="urn:x:1"))
    # More than a bundle: when the first one fails, records of the second are foreseen.
    (tmp_path / "wire.ndjson").write_text("\n".join([wire] * 600))
    config = ingest_config(
        [tmp_path / "wire.ndjson"],
        data=tmp_path / "out",
        as_of="2026-03-02T12:00:00Z",
        received=None,
        runner="direct",
        workers=1,
    )
    (tmp_path / "out" / "history").write_text("a file where a folder is needed")
    with pytest.raises((OSError, RuntimeError)):
        run(config)

    assert sandbox_ahead._foreseen == {}


def test_without_workers_nothing_is_foreseen_or_begun():
    decode, record = Decoding(), a_record(b"<p>The ferry sails again.")
    prepare_sandbox(0)
    foresee(decode, 0, record, NOWHERE)

    assert decode.times == 0
    assert len(decode_ahead(decode, 0, record, NOWHERE)) == 1
