"""ReadRecords: one ordered stream, bounded bundles, every record named by where it stood."""

import os

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from connectors.files.listing import FileList, NamedFile, list_files
from connectors.files.read import Position, ReadRecords, records_of
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from schemas.record import Feed
from tests.builders import MORNING

register_coders()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.html").write_bytes(b"<p>no</p>")
    (tmp_path / "b" / "page.html").write_bytes(b"<p>a page</p>")
    (tmp_path / "a.ndjson").write_bytes(b"".join(b'{"n": %d}\n' % n for n in range(25)))
    (tmp_path / "empty.txt").write_bytes(b"")
    return tmp_path


class BundlesFn(beam.DoFn):
    """Emits the size of each bundle."""

    def start_bundle(self):
        self._size = 0

    def process(self, record):
        self._size += 1

    def finish_bundle(self):
        yield beam.utils.windowed_value.WindowedValue(self._size, 0, [beam.transforms.window.GlobalWindow()])


def place(record):
    return record.origin.source, record.origin.offset, record.value


def test_files_of_a_folder_come_by_name_with_their_relative_path(folder):
    assert [file.source for file in list_files([folder])] == [
        "file:a.ndjson",
        "file:b/page.html",
        "file:empty.txt",
    ]


def test_a_file_argument_goes_by_its_base_name_and_arguments_keep_their_order(folder):
    files = list_files([folder / "b" / "page.html", folder / "a.ndjson"])

    assert [file.source for file in files] == ["file:page.html", "file:a.ndjson"]


def test_linked_folders_are_read_once_each_and_loops_end(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "far.html").write_bytes(b"<p>far</p>")
    (elsewhere / "back").symlink_to(folder)
    (folder / "a_link_to_b").symlink_to(folder / "b")
    (folder / "loop").symlink_to(folder)
    (folder / "other").symlink_to(elsewhere)
    (folder / "same").symlink_to(elsewhere)

    assert [file.source for file in list_files([folder])] == [
        "file:a.ndjson",
        "file:b/page.html",
        "file:empty.txt",
        "file:other/far.html",
    ]


def test_pipes_in_a_folder_are_no_files_and_as_arguments_are_refused(folder):
    os.mkfifo(folder / "pipe")

    assert len(list_files([folder])) == 3
    with pytest.raises(FileNotFoundError):
        list_files([folder / "pipe"])


def test_the_output_in_a_folder_of_input_is_not_read(folder):
    assert [file.source for file in list_files([folder], without=folder / "b")] == [
        "file:a.ndjson",
        "file:empty.txt",
    ]
    assert len(list_files([folder], without=folder / "none")) == 3


def test_a_name_that_is_not_utf_8_can_be_read_and_printed(tmp_path):
    (tmp_path / os.fsdecode(b"ann\xe9e.ndjson")).write_bytes(b'{"n": 1}\n')
    files = FileList(list_files([tmp_path]))
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        records = pipeline | ReadRecords(files)
        assert_that(records | beam.Map(place), equal_to([("file:ann\\xe9e.ndjson", 0, b'{"n": 1}')]))


def test_a_missing_argument_is_named(folder):
    with pytest.raises(FileNotFoundError, match="nothing"):
        list_files([folder / "nothing"])


def test_a_record_says_where_it_stood_and_what_came_before(folder):
    first, second, *_ = records_of(NamedFile(str(folder / "a.ndjson"), "file:a.ndjson"), MORNING)

    assert (first.origin.offset, first.origin.follows) == (0, None)
    assert (second.origin.offset, second.origin.follows) == (1, 0)
    assert (second.received, second.feed) == (MORNING, Feed.LINES)


@pytest.mark.parametrize("size", [1, 7, 500])
def test_every_record_comes_once_whatever_the_bundles(folder, size):
    files = FileList(list_files([folder]))
    expected = [place(record) for file in files.files for record in records_of(file, None)]
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        records = pipeline | ReadRecords(files, max_bundle_records=size)
        assert_that(records | beam.Map(place), equal_to(expected))
    assert len(expected) == 27


def test_a_bundle_ends_after_so_many_records_or_bytes(folder):
    files = FileList(list_files([folder]))
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        by_count = pipeline | "Count" >> ReadRecords(files, max_bundle_records=10)
        assert_that(by_count | "N" >> beam.ParDo(BundlesFn()), equal_to([10, 10, 7]), label="count")
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        by_bytes = pipeline | "Bytes" >> ReadRecords(files, max_bundle_bytes=80)
        assert_that(by_bytes | "B" >> beam.ParDo(BundlesFn()), equal_to([10, 9, 8]), label="bytes")


def test_an_empty_list_reads_nothing():
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        assert_that(pipeline | ReadRecords(FileList(())) | beam.Map(place), equal_to([]))


def test_a_position_is_never_falsy():
    assert Position()
