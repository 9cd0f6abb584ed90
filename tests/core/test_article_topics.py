"""Which row goes to which topic: what readers may see, and nothing else, in whatever order a story's messages come."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.article_topics import ArticleTopics, article_records, untold, untold_record
from pipelines.core.readers import reader_row, without_hidden
from pipelines.core.story.following import follow_story
from pipelines.core.story.memory import StoryMemory
from schemas.article import Article
from schemas.article_parts import ChangeType, ItemKind, PubStatus, RemovedLine
from schemas.codec import from_row
from schemas.topic_record import TopicRecord
from tests.builders import MORNING, an_article
from tests.builders_story import CORRECTION, HOLD, KILL, NEW, RELEASE, STORY, UPDATE, a_message

TOPICS = ArticleTopics(readers="readers", editors="editors")
NIGHT = MORNING + timedelta(days=3)
EMBARGO = MORNING + timedelta(hours=2)
EMBARGOED = a_message(2, ChangeType.UPDATE, offset=90, visible_from=EMBARGO, body_text="Embargoed.")
EXPIRING = a_message(3, ChangeType.UPDATE, offset=91, visible_until=EMBARGO, body_text="Expires.")
RESTRICTED = a_message(4, ChangeType.UPDATE, offset=92, restricted=True, body_text="Restricted.")
LIFE = (NEW, UPDATE, CORRECTION, HOLD, RELEASE, KILL, EMBARGOED, EXPIRING, RESTRICTED)


def told(article: Article) -> dict[str, str]:
    """The types of record that a row becomes, by topic."""
    return {
        record.topic: dict(record.headers)["ce_type"].decode() for record in article_records(TOPICS, article)
    }


def read(record: TopicRecord) -> Article:
    return from_row(Article, json.loads(record.value or b""))


def has_text(article: Article) -> bool:
    return article.headline is not None or article.body_text is not None


def folded(log: list[TopicRecord], topic: str) -> Article | None:
    """What a reader of the topic ends with: the greatest order key, of equals the last; without text it is gone."""
    present: Article | None = None
    for article in (read(record) for record in log if record.topic == topic):
        if present is None or article.order_key >= present.order_key:
            present = article
    return present if present is not None and has_text(present) else None


def compacted(log: list[TopicRecord], topic: str) -> Article | None:
    """What a compacted topic keeps in the end: the last record, whatever its order key."""
    articles = [read(record) for record in log if record.topic == topic]
    return articles[-1] if articles and has_text(articles[-1]) else None


def text_of(article: Article | None) -> tuple[object, ...] | None:
    return (
        None if article is None else (article.headline, article.body_text, article.event_id, article.version)
    )


class Stream:
    """A story on its way: the rows of history, and the records of the topics."""

    def __init__(self) -> None:
        self.memory = StoryMemory()
        self.rows: list[Article] = []
        self.log: list[TopicRecord] = []

    def take(self, message: Article) -> None:
        step = follow_story(self.memory, message)
        for change in step.changes:
            self.memory.apply(change)
        for row in step.articles:
            self.rows.append(row)
            self.log.extend(article_records(TOPICS, row))

    def publish(self, as_of: datetime) -> None:
        rows = [row for row in self.rows if row.article_id == STORY]
        row = untold(reader_row(rows, as_of), rows, as_of) if rows else None
        if row is not None:
            self.log.append(untold_record(TOPICS, without_hidden(row, lambda _: True)))


@given(
    messages=st.permutations(LIFE).flatmap(
        lambda messages: st.integers(1, len(messages)).map(lambda size: messages[:size])
    ),
    publishing=st.sets(st.integers(0, len(LIFE))),
    again=st.sets(st.integers(0, len(LIFE) - 1)),
)
def test_in_whatever_order_a_story_comes_readers_of_the_topic_end_with_what_readers_see(
    messages: list[Article], publishing: set[int], again: set[int]
):
    stream = Stream()

    for place, message in enumerate(messages):
        stream.take(message)
        if place in publishing:
            stream.publish(MORNING + timedelta(hours=place))
    for place in sorted(again):  # what a crash takes back comes once more, and nothing else
        if place < len(messages):
            stream.take(messages[place])
    stream.publish(NIGHT)

    rows = [row for row in stream.rows if row.article_id == STORY]
    assert text_of(folded(stream.log, "readers")) == text_of(reader_row(rows, NIGHT))
    assert text_of(compacted(stream.log, "readers")) == text_of(reader_row(rows, NIGHT))


@given(messages=st.permutations(LIFE), again=st.lists(st.sampled_from(LIFE), max_size=5))
def test_what_was_killed_stays_without_text_whatever_is_read_again(
    messages: list[Article], again: list[Article]
):
    stream = Stream()

    for message in (*messages, *again):
        stream.take(message)

    assert compacted(stream.log, "readers") is None
    assert compacted(stream.log, "editors") is None


@given(messages=st.permutations(LIFE))
def test_whoever_was_killed_has_text_on_no_topic_in_the_end(messages: list[Article]):
    stream = Stream()

    for message in messages:
        stream.take(message)
    stream.publish(NIGHT)

    assert folded(stream.log, "readers") is None
    assert folded(stream.log, "editors") is None


@given(messages=st.permutations(LIFE))
def test_no_record_for_readers_holds_a_text_that_was_never_theirs(messages: list[Article]):
    stream = Stream()

    for message in messages:
        stream.take(message)
        stream.publish(message.received or MORNING)
    stream.publish(NIGHT)

    texts = {read(record).body_text for record in stream.log if record.topic == "readers"}
    assert RESTRICTED.body_text not in texts


ROWS = {
    "a version": (an_article(), {"readers": "news.article.enriched"}),
    "superseded": (an_article(superseded=True), {}),
    "repeat": (an_article(change_type=ChangeType.REPEAT), {}),
    "removed": (an_article(change_type=ChangeType.REMOVED), {}),
    "a release without text": (
        an_article(change_type=ChangeType.RELEASE, headline=None, body_text=None),
        {},
    ),
    "embargoed": (an_article(visible_from=EMBARGO), {"editors": "news.article.restricted"}),
    "embargo over when it came": (
        an_article(visible_from=MORNING),
        {"readers": "news.article.enriched"},
    ),
    "embargoed, of unknown time": (
        an_article(visible_from=MORNING, received=None),
        {"editors": "news.article.restricted"},
    ),
    "restricted by profile": (an_article(restricted=True), {"editors": "news.article.restricted"}),
    "a note to editors": (
        an_article(item_kind=ItemKind.ADVISORY),
        {"editors": "news.article.restricted"},
    ),
    "a hold of something public": (
        an_article(pub_status=PubStatus.WITHHELD, was_public=True),
        {"readers": "news.article.withdrawn", "editors": "news.article.restricted"},
    ),
    "a hold of something unseen": (
        an_article(pub_status=PubStatus.WITHHELD),
        {"editors": "news.article.restricted"},
    ),
    "a kill of something public": (
        an_article(pub_status=PubStatus.CANCELED, was_public=True),
        {"readers": "news.article.withdrawn", "editors": "news.article.withdrawn"},
    ),
    "a kill of something unseen": (
        an_article(pub_status=PubStatus.CANCELED),
        {"editors": "news.article.withdrawn"},
    ),
    "restricted now, public before": (
        an_article(restricted=True, was_public=True),
        {"readers": "news.article.withdrawn", "editors": "news.article.restricted"},
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_where_a_row_goes(name: str):
    row, topics = ROWS[name]

    assert told(row) == topics


def test_what_has_expired_before_a_late_stream_reads_it_goes_to_no_reader():
    assert article_records(TOPICS, EXPIRING, EMBARGO) == ()
    assert article_records(TOPICS, EXPIRING, EMBARGO - timedelta(seconds=1)) != ()


def test_a_withdrawal_holds_nothing_of_the_text():
    hidden = {
        "headline": "MARK", "slugline": "MARK", "byline": "MARK", "authors": ("MARK",), "abstract": "MARK",
        "body_text": "MARK", "correction_note": "MARK", "url": "MARK", "keywords": ("MARK",), "guid": "MARK",
        "usage_terms": "MARK", "section": "MARK", "removed_lines": (RemovedLine(line="MARK", reason="x"),),
    }  # fmt: skip
    kill = an_article(pub_status=PubStatus.CANCELED, was_public=True, **hidden)

    records = article_records(TOPICS, kill)

    assert len(records) == 2
    assert not any(b"MARK" in (record.value or b"") for record in records)
    assert all(read(record).order_key == kill.order_key for record in records)


def test_fields_of_history_go_to_no_topic():
    for row in (an_article(event_terms=b"MARK"), an_article(restricted=True, event_terms=b"MARK")):
        (record,) = article_records(TOPICS, row)

        assert read(record).event_terms is None


def test_a_record_says_of_which_article_and_by_which_contract_it_is():
    (record,) = article_records(TOPICS, an_article("a1"))

    headers = dict(record.headers)
    assert record.key == b"a1"
    assert record.timestamp == MORNING
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_subject"] == b"a1"
    assert headers["content-type"] == b"application/json"
    assert headers["ce_dataschema"] == b"urn:copydesk:article:1000"


def test_the_same_row_is_the_same_record_and_another_version_has_another_id():
    one, again, other = (
        article_records(TOPICS, article)[0]
        for article in (an_article(), an_article(), an_article(headline="Another"))
    )

    assert one == again
    assert dict(one.headers)["ce_id"] != dict(other.headers)["ce_id"]


def test_what_the_stream_has_told_is_not_told_again():
    row = an_article(first_received=MORNING)

    assert untold(reader_row([row], NIGHT), [row], NIGHT) is None


def test_an_embargo_that_has_passed_is_told():
    row = an_article(visible_from=EMBARGO)

    assert untold(reader_row([row], MORNING), [row], MORNING) is None
    assert untold(reader_row([row], EMBARGO), [row], EMBARGO) == replace(row, first_received=MORNING)


def test_an_expiry_that_hides_is_told_without_text():
    row = an_article(visible_until=EMBARGO)

    gone = untold(reader_row([row], EMBARGO), [row], EMBARGO)

    assert gone is not None
    assert not has_text(gone)
    assert dict(untold_record(TOPICS, gone).headers)["ce_type"] == b"news.article.withdrawn"


def test_a_release_without_text_is_told_with_the_text_it_releases():
    hold = a_message(2, ChangeType.HOLD, pub_status=PubStatus.WITHHELD)
    stream = Stream()
    for message in (NEW, hold, RELEASE):
        stream.take(message)
    stream.publish(NIGHT)

    shown = folded(stream.log, "readers")

    assert shown is not None
    assert shown.order_key == RELEASE.order_key
    assert dict(stream.log[-1].headers)["ce_type"] == b"news.article.released"


def test_a_hold_of_the_same_order_outlasts_a_text_that_comes_again_after_a_crash():
    text = an_article(content_hash="aa")
    hold = an_article(
        offset=1,
        pub_status=PubStatus.WITHHELD,
        change_type=ChangeType.HOLD,
        was_public=True,
        headline=None,
        body_text=None,
    )
    log = [record for row in (text, hold, text) for record in article_records(TOPICS, row)]
    assert folded(log, "readers") is not None

    gone = untold(reader_row([text, hold], NIGHT), [text, hold], NIGHT)

    assert gone is not None
    assert folded([*log, untold_record(TOPICS, gone)], "readers") is None


def test_a_hold_that_is_read_after_publish_has_seen_the_embargo_pass_withdraws_what_publish_told():
    text = an_article(visible_from=EMBARGO)
    hold = an_article(
        order_key=text.order_key + 1,
        change_type=ChangeType.HOLD,
        pub_status=PubStatus.WITHHELD,
        received=MORNING + timedelta(hours=1),
        offset=1,
    )

    gone = untold(reader_row([text, hold], NIGHT), [text, hold], NIGHT)

    assert gone is not None
    assert not has_text(gone)
    assert untold(reader_row([text, hold], MORNING), [text, hold], MORNING) is None
