"""Which row of an article goes to which topic: one for readers, one for editors, the same rule as in every other sink.

    superseded, sightings                       nowhere
    read again and overtaken since              nowhere: what took its place stands there
    readers may see it, on arrival              readers, whole; without text: nowhere, `publish` brings it filled;
                                                expired by now: nowhere
    they may not                                editors, whole; canceled: editors, without text
        and they had the article before         readers too, without text: it takes the place of the text there

Then time goes on, and other rows come: `untold` is what `publish` tells readers' topic of an article, so that the record
of the greatest order key, of equals the last, is what readers see of it: an embargo that has passed, a text that a release
without text brings back, an expiry that hides.

Key: the article's id, so that all its versions are in one partition and a compacted topic keeps its present. Nothing here
names what readers may not see: what a row for readers names was for readers when it came, and `without_hidden` takes out
what no longer is. History's own fields go to no topic.

Source: DESIGN.md §2.3, §6 (Not for readers); research/kafka.md §5 (headers of CloudEvents, binary mode).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from pipelines.core.readers import without_hidden
from schemas.article import Article
from schemas.article_parts import SIGHTINGS, PubStatus
from schemas.changed import changed
from schemas.codec import to_json
from schemas.standing import standing
from schemas.topic_record import TopicRecord
from schemas.version import SCHEMA_VERSION
from schemas.visibility import readable, readable_on_arrival

DATA_SCHEMA = f"urn:copydesk:article:{SCHEMA_VERSION}"


class RecordType(StrEnum):
    """What a record tells of its article (`ce_type`)."""

    ENRICHED = "news.article.enriched"  # a version that readers may see
    RESTRICTED = "news.article.restricted"  # a version for editors
    WITHDRAWN = "news.article.withdrawn"  # no longer to be seen: without text
    RELEASED = "news.article.released"  # what time or other versions have made of it since


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleTopics:
    """Names of the topic that readers read, and of the one that editors alone may."""

    readers: str
    editors: str


def article_records(
    topics: ArticleTopics, article: Article, now: datetime | None = None
) -> tuple[TopicRecord, ...]:
    """The records of a row as it comes from the stages; those of the same row are the same bytes.

    A stream that is behind says what time it is: what has expired since it was received goes to no reader any more.
    """
    if article.overtaken or not _is_version(article):
        return ()
    if readable_on_arrival(article):
        is_over = now is not None and article.visible_until is not None and article.visible_until <= now
        is_told = _has_text(article) and not is_over
        return (_record(topics.readers, RecordType.ENRICHED, article),) if is_told else ()
    records = []
    if article.was_public:
        records.append(_record(topics.readers, RecordType.WITHDRAWN, without_text(article)))
    if article.pub_status is PubStatus.CANCELED:
        records.append(_record(topics.editors, RecordType.WITHDRAWN, without_text(article)))
    else:
        records.append(_record(topics.editors, RecordType.RESTRICTED, article))
    return tuple(records)


def untold(shown: Article | None, rows: Sequence[Article], as_of: datetime) -> Article | None:
    """What readers' topic must be told at `as_of` beyond the rows themselves, as they came; `None`: nothing.

    `shown` is what readers see of the article whose rows these are (`reader_row`), `None` when nothing. To tell it again
    changes nothing for who takes the greatest order key, of equals the last.
    """
    versions = [row for row in rows if _is_version(row)]
    if shown is None:
        told = any(
            readable_on_arrival(row) or row.was_public or _was_perhaps_released(row, as_of)
            for row in versions
        )
        return without_text(max(versions, key=_standing)) if told else None
    # Of two versions of one order the later word stands in the topic, and the greater text for readers.
    alone = sum(row.order_key == shown.order_key for row in versions) == 1
    return None if alone and shown in rows and readable_on_arrival(shown) else shown


def _was_perhaps_released(row: Article, as_of: datetime) -> bool:
    """Whether an earlier `publish` may have told readers of this version.

    A stream that is behind reads a hold that was received in time after `publish`, whose clock is not behind, has seen
    the embargo pass.
    """
    return _has_text(row) and readable(changed(row, visible_until=None), as_of)


def untold_record(topics: ArticleTopics, row: Article) -> TopicRecord:
    """The record of what `untold` has found, named nobody hidden (`without_hidden`)."""
    return _record(topics.readers, RecordType.RELEASED if _has_text(row) else RecordType.WITHDRAWN, row)


def without_text(article: Article) -> Article:
    """A withdrawal as anyone may know it: which article, which version, that it is not to be seen."""
    return Article(
        article_id=article.article_id,
        source_kind=article.source_kind,
        source=article.source,
        order_key=article.order_key,
        origin=article.origin,
        payload_sha256=article.payload_sha256,
        part=article.part,
        item_kind=article.item_kind,
        version=article.version,
        pub_status=article.pub_status,
        change_type=article.change_type,
        version_created=article.version_created,
        received=article.received,
        first_received=article.first_received,
        schema_version=article.schema_version,
        pipeline_version=article.pipeline_version,
    )


def _is_version(article: Article) -> bool:
    return not article.superseded and article.change_type not in SIGHTINGS


def _has_text(article: Article) -> bool:
    return article.headline is not None or article.body_text is not None


def _standing(row: Article) -> tuple[object, ...]:
    return standing(row.order_key, row.pub_status, row.visible_from, row.content_hash)


def _record(topic: str, kind: RecordType, article: Article) -> TopicRecord:
    value = to_json(without_hidden(article, _was_for_readers))
    event_id = blake2b(value, digest_size=16, person=b"ce_id", key=kind.value.encode()).hexdigest()
    return TopicRecord(
        topic=topic,
        key=article.article_id.encode("utf-8", "surrogatepass"),
        value=value,
        headers=(
            ("ce_specversion", b"1.0"),
            ("ce_type", kind.value.encode()),
            ("ce_source", b"copydesk"),
            ("ce_id", event_id.encode()),
            ("ce_subject", article.article_id.encode("utf-8", "surrogatepass")),
            ("ce_dataschema", DATA_SCHEMA.encode()),
            ("content-type", b"application/json"),
        ),
        timestamp=article.received,
    )


def _was_for_readers(article_id: str) -> bool:
    """LinkRepeats and AssignEventIds name no other in a row for readers."""
    return article_id != ""
