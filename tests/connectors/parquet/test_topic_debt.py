"""What `publish` tells a topic of readers: what the stream could not, once more for safety, and not for ever."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.parquet.publish import PublishReport
from connectors.parquet.publish_due import is_publish_due
from pipelines.core.article_topics import untold
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus
from tests.builders import MORNING
from tests.builders_history import CANCELED, NOON, WITHOUT_TEXT, a_copy, a_version, arrive, publish_at

LIFTS = NOON + timedelta(hours=1)
LATER = NOON + timedelta(hours=2)
EMBARGOED = a_version(1, ChangeType.NEW, visible_from=LIFTS)
PUBLIC = a_version(1, ChangeType.NEW)
RELEASE = a_version(5, ChangeType.RELEASE, **WITHOUT_TEXT)
KILL = a_version(
    6, ChangeType.KILL, pub_status=PubStatus.CANCELED, order_key=CANCELED | 1, was_public=True, **WITHOUT_TEXT
)


class Topic:
    """What a topic was told: article and whether there was a text, in this order. It takes none that it `refuses`."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bool]] = []
        self.is_away = False
        self.refuses: frozenset[str] = frozenset()

    def tell(self, rows: Sequence[Article]) -> frozenset[str]:
        named = frozenset(row.article_id for row in rows)
        left = named if self.is_away else named & self.refuses
        self.heard += [
            (row.article_id, row.headline is not None) for row in rows if row.article_id not in left
        ]
        return left

    def new(self) -> list[tuple[str, bool]]:
        heard, self.heard = self.heard, []
        return heard


@pytest.fixture
def topic() -> Topic:
    return Topic()


def publish(folder: Path, topic: Topic | None, as_of=NOON) -> PublishReport:
    return publish_at(folder, as_of, untold=untold, tell=None if topic is None else topic.tell)


def test_what_the_stream_has_told_publish_does_not(tmp_path, topic):
    arrive(tmp_path, PUBLIC)

    publish(tmp_path, topic)

    assert topic.heard == []


def test_an_embargo_is_told_when_its_time_has_come(tmp_path, topic):
    arrive(tmp_path, EMBARGOED)
    publish(tmp_path, topic, NOON)
    assert topic.new() == []

    publish(tmp_path, topic, LIFTS)

    assert topic.new() == [("strike", True)]


def test_an_expiry_that_hides_is_told_without_text(tmp_path, topic):
    arrive(tmp_path, a_version(1, ChangeType.NEW, visible_until=LIFTS))
    publish(tmp_path, topic, NOON)
    assert topic.new() == []

    publish(tmp_path, topic, LIFTS)

    assert topic.new() == [("strike", False)]


def test_an_expiry_between_two_runs_is_told_though_the_article_never_stood_in_the_folder(tmp_path, topic):
    publish(tmp_path, topic, MORNING)
    arrive(tmp_path, a_version(1, ChangeType.NEW, visible_until=LIFTS))

    publish(tmp_path, topic, LATER)

    assert topic.new() == [("strike", False)]


def test_a_release_without_text_is_told_with_the_text_that_history_has(tmp_path, topic):
    arrive(tmp_path, EMBARGOED, RELEASE)

    publish(tmp_path, topic)

    assert topic.new() == [("strike", True)]


def test_what_was_told_is_told_once_more_and_then_no_more(tmp_path, topic):
    arrive(tmp_path, EMBARGOED, RELEASE)
    publish(tmp_path, topic)
    assert is_publish_due(str(tmp_path), NOON)

    publish(tmp_path, topic)
    assert topic.new() == [("strike", True)] * 2
    assert not is_publish_due(str(tmp_path), NOON)
    publish(tmp_path, topic)

    assert topic.new() == []


def test_a_row_that_comes_again_has_what_is_made_of_it_told_again(tmp_path, topic):
    later = a_version(7, ChangeType.UPDATE, event_id=None)
    for _ in range(3):
        publish(tmp_path, topic)
    arrive(tmp_path, PUBLIC, later)
    for _ in range(3):
        publish(tmp_path, topic)
    topic.new()
    arrive(tmp_path, later, a_copy())  # as after a crash: in a file of another name

    publish(tmp_path, topic)

    assert ("strike", True) in topic.new()


def test_a_topic_that_is_away_is_told_later(tmp_path, topic):
    arrive(tmp_path, EMBARGOED, RELEASE)
    topic.is_away = True
    assert publish(tmp_path, topic).owed == 1
    topic.is_away = False

    report = publish(tmp_path, topic)

    assert topic.new() == [("strike", True)]
    assert report.articles_written == 1


def test_what_the_topic_refuses_stays_owed_until_it_takes_it_and_its_neighbours_do_not(tmp_path, topic):
    arrive(tmp_path, PUBLIC, a_copy())
    publish(tmp_path, topic)
    arrive(tmp_path, KILL)
    topic.refuses = frozenset({"strike"})
    for _ in range(3):
        publish(tmp_path, topic)
    assert set(topic.new()) == {("copy", True)}
    assert publish(tmp_path, topic).owed == 1
    assert is_publish_due(str(tmp_path), NOON)
    topic.refuses = frozenset()

    assert publish(tmp_path, topic).owed == 0

    assert topic.new() == [("strike", False)]


def test_what_a_run_without_a_topic_finds_is_owed_to_the_next_that_has_one(tmp_path, topic):
    arrive(tmp_path, EMBARGOED)
    publish(tmp_path, topic)
    publish(tmp_path, None, LIFTS)
    publish(tmp_path, None, LATER)
    assert topic.new() == []

    publish(tmp_path, topic, LATER)

    assert topic.new() == [("strike", True)]


def test_where_there_never_was_a_topic_nothing_is_owed(tmp_path):
    arrive(tmp_path, EMBARGOED, RELEASE)

    assert publish(tmp_path, None).owed == 0


def test_a_copy_is_told_again_without_the_name_of_an_original_that_is_no_longer_shown(tmp_path, topic):
    arrive(tmp_path, PUBLIC, a_copy())
    publish(tmp_path, topic)
    assert topic.new() == []
    arrive(tmp_path, KILL)

    report = publish(tmp_path, topic)

    assert sorted(topic.new()) == [("copy", True), ("strike", False)]
    assert {row.dup_of for row in report.untold} == {None}


def test_a_run_that_was_cut_short_tells_again(tmp_path, topic):
    arrive(tmp_path, EMBARGOED, RELEASE)

    def fail(rows: Sequence[Article]) -> frozenset[str]:
        topic.tell(rows)
        raise OSError("cut short")

    with pytest.raises(OSError, match="cut short"):
        publish_at(tmp_path, untold=untold, tell=fail)
    publish(tmp_path, topic)

    assert topic.new() == [("strike", True)] * 2
