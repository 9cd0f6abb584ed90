"""WriteSearchIndex on Beam's in-process runner."""

import sqlite3
from datetime import timedelta

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.window import TimestampedValue

from connectors.search.sqlite.index import SqliteIndex
from connectors.search.write import WriteSearchIndex
from pipelines.runners.local import LocalRunner
from schemas.article import Article
from schemas.article_parts import PubStatus
from tests.builders import MORNING, an_article
from tests.builders_search import asked, bytes_of, content, found

HOUR = timedelta(hours=1)


class StampFn(beam.DoFn):
    """Gives each article a timestamp of its own."""

    def process(self, article):
        yield TimestampedValue(article, article.origin.offset)


class ReadStampFn(beam.DoFn):
    """Tells an article's timestamp."""

    def process(self, article, timestamp=beam.DoFn.TimestampParam):
        yield article.article_id, int(timestamp)


def write(path, articles: list[Article], as_of=MORNING, expected=None) -> None:
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        written = (
            pipeline
            | beam.Create(articles)
            | beam.ParDo(StampFn())
            | "WriteSearchIndex" >> WriteSearchIndex(str(path), as_of)
        )
        stamped = written | beam.ParDo(ReadStampFn())
        if expected is not None:
            assert_that(stamped, equal_to(expected))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "search.sqlite"


def test_every_row_is_handed_on_with_its_timestamp_the_unwritten_too(path):
    rows = [
        an_article("a1", offset=1),
        an_article("a2", offset=2, superseded=True),
        an_article("a3", offset=3, pub_status=PubStatus.CANCELED),
    ]

    write(path, rows, expected=[("a1", 1), ("a2", 2), ("a3", 3)])

    with SqliteIndex.open_to_read(str(path)) as index:
        assert found(index) == ["a1"]


def test_a_second_run_over_the_same_rows_changes_nothing(path):
    rows = [an_article(f"a{number}", offset=number) for number in range(30)]
    write(path, rows)
    before = content(path), path.read_bytes()

    write(path, rows)

    assert (content(path), path.read_bytes()) == before


def test_the_pipeline_leaves_one_file_without_a_byte_of_killed_text(path):
    write(path, [an_article("a1", body_text="qzxvsecret"), an_article("a2", offset=1)])
    write(path, [an_article("a1", order_key=1 << 62, pub_status=PubStatus.CANCELED, body_text=None)])

    assert [file.name for file in path.parent.iterdir()] == ["search.sqlite"]
    assert b"zxvsecret" not in bytes_of(path.parent)


def test_readers_look_at_the_time_that_is_given(path):
    embargoed = an_article("a1", visible_from=MORNING + HOUR)
    write(path, [embargoed], as_of=MORNING)
    with SqliteIndex.open_to_read(str(path)) as index:
        assert asked(index, as_of=MORNING + HOUR).total == 0

    write(path, [embargoed], as_of=MORNING + HOUR)

    with SqliteIndex.open_to_read(str(path)) as index:
        assert found(index, as_of=MORNING + HOUR) == ["a1"]


def test_without_a_time_readers_look_now(path):
    write(path, [an_article("past", visible_from=MORNING.replace(year=2000))], as_of=None)
    write(path, [an_article("future", visible_from=MORNING.replace(year=9999))], as_of=None)

    with SqliteIndex.open_to_read(str(path)) as index:
        assert found(index) == ["past"]


def test_an_outage_fails_the_pipeline(path):
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1_000)

    with pytest.raises(Exception, match="not a database"):
        write(path, [an_article()])


def test_a_time_without_zone_is_a_misuse(path):
    with pytest.raises(ValueError, match=r"as_of is 2026-03-02.*allowed is"):
        WriteSearchIndex(str(path), MORNING.replace(tzinfo=None))


def test_a_locked_file_is_waited_for_and_not_forgiven(path):
    index = SqliteIndex.open(str(path), patience_s=0.1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        index.upsert([an_article()], MORNING)

    other.execute("rollback")
    assert index.upsert([an_article()], MORNING).written == 1
