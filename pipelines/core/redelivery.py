"""What the topics are told of a row that one of them did not take: not what the row was when it came, but what it is now.

    a later version stands for its article     nothing: that version has records of its own
    readers                                    what they see of the article now; if they may have had it and see it no
                                               more, a record without text, which takes the place of the text there
    editors                                    the row by the rule of today

Pure functions of the set of rows and the time.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pipelines.core.article_topics import ArticleTopics, article_records, untold, untold_record
from pipelines.core.readers import reader_row, without_hidden
from schemas.article import Article
from schemas.article_parts import SIGHTINGS
from schemas.standing import standing
from schemas.topic_record import TopicRecord
from schemas.visibility import readable_on_arrival

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def present_of(rows: Sequence[Article]) -> Article | None:
    """Of all rows of an article the one that stands for it: by `standing`, of equals the one that came last."""
    versions = (row for row in rows if not row.superseded and row.change_type not in SIGHTINGS)
    return max(versions, key=_place, default=None)


def _place(row: Article) -> tuple[object, ...]:
    origin = row.origin
    return (
        standing(row.order_key, row.pub_status, row.visible_from, row.content_hash),
        row.received or _EPOCH,
        (origin.source, origin.partition, origin.offset, origin.item, row.part, row.payload_sha256),
    )


def records_now(
    topics: ArticleTopics,
    present: Article,
    rows: Sequence[Article],
    as_of: datetime,
    is_visible: Callable[[str], bool],
) -> tuple[TopicRecord, ...]:
    """The records at `as_of` of the row that stands for its article, whose rows these are; those for readers first.

    `is_visible` says of an `article_id` whether readers see that article: they are told of no other.
    """
    of_the_row = article_records(topics, present)
    for_editors = tuple(record for record in of_the_row if record.topic == topics.editors)
    shown = reader_row(rows, as_of)
    if shown is None:
        gone = untold(None, rows, as_of)
        return (() if gone is None else (untold_record(topics, gone),)) + for_editors
    clean = without_hidden(shown, is_visible)
    if shown == present and readable_on_arrival(present):
        return article_records(topics, clean)
    return (untold_record(topics, clean), *for_editors)
