"""What a process counts of itself while it runs."""

from pipelines.transforms import metrics
from pipelines.transforms.metrics import OffsetsRead, offsets_read, reset_tally
from tests.builders import a_record, an_origin


def read(**origin):
    list(metrics._CountRecordsFn().process(a_record(b"", origin=an_origin(**origin))))


def test_of_each_partition_the_first_and_the_last_offset_and_the_number_of_records_are_kept():
    reset_tally()
    for offset in (7, 8, 12):
        read(source="news.wire.raw", partition=3, offset=offset)
    read(source="news.wire.raw", partition=4, offset=0)

    assert offsets_read() == {
        ("news.wire.raw", 3): OffsetsRead(7, 12, 3),
        ("news.wire.raw", 4): OffsetsRead(0, 0, 1),
    }


def test_a_new_run_begins_with_nothing_and_files_have_no_partitions_to_tell_of():
    read(source="news.wire.raw", partition=3, offset=7)
    reset_tally()
    read(source="file:in.ndjson", partition=0, offset=7)

    assert offsets_read() == {}
