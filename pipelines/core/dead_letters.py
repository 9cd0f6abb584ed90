"""From a rejection to the dead letter that a person can read and replay."""

import re
from hashlib import sha256

from pipelines.core.decode.record_lines import has_record_line, is_page_envelope_line
from pipelines.core.decode.sniff import head_text, is_warc
from pipelines.core.identity import digest
from pipelines.core.replays import replay_of
from schemas.article import Article
from schemas.article_parts import SourceKind
from schemas.dead_letter import DeadLetter, DeadLetterKind, Header
from schemas.page import RawPage
from schemas.record import Feed, Record
from schemas.rejection import ReasonCode, Rejected
from schemas.topic_record import TopicRecord
from schemas.visibility import is_withdrawal, readable_on_arrival
from schemas.wire import RawWire

# The bytes of a record are kept up to the largest record a topic accepts (8 MiB, research/kafka.md §5) and as much again.
MAX_PAYLOAD_BYTES = 16 * 1024 * 1024
# The labels of the sinks that a row could not be delivered by.
DELIVERY_STAGE = "WriteToKafka"
INDEX_STAGE = "WriteSearchIndex"
# A page's text may talk of kills; only wire copy can order one. The words are those of research/wire.md §6.
_KILL_WORDS = re.compile(rb"cancell?ed|withheld|withdrawn|\bkill\b|\bhold\b", re.IGNORECASE)
_HEAD_BYTES = 65_536
_NOTHING = "\ufeff \t\n\r\x0b\x0c"


def dead_letter(record: Record, stage: str, rejected: Rejected, *, is_wire: bool) -> DeadLetter:
    """The dead letter of a record, or of one of its items, that a stage rejected.

    Deterministic: the same record rejected by the same stage is the same dead letter, by `dead_letter_id`; what is
    rejected again in its old place says so by its `attempt` only.
    """
    payload = record.value if len(record.value) <= MAX_PAYLOAD_BYTES else None
    payload_sha256 = record.oversize_sha256 or sha256(record.value).hexdigest()
    origin = record.origin
    cause = rejected.__cause__
    size = record.oversize_bytes
    replay = replay_of(record)
    dead_letter_id = digest(
        origin.source, str(origin.partition), str(origin.offset), str(rejected.item), stage, payload_sha256
    )
    is_again = replay is not None and replay.dead_letter_id == dead_letter_id
    return DeadLetter(
        dead_letter_id=dead_letter_id,
        kind=DeadLetterKind.RECORD if rejected.item == 0 else DeadLetterKind.ITEM,
        reason_code=rejected.reason,
        stage=stage,
        detail=rejected.detail[:2_000],
        origin=origin,
        payload_sha256=payload_sha256,
        payload_size=len(record.value) if size is None else size,
        payload=payload,
        key=record.key,
        headers=tuple(Header(key=name, value=value) for name, value in record.headers),
        received=record.received,
        attempt=1 if replay is None else replay.attempts + 1,
        exception_type=None if cause is None else type(cause).__name__,
        editors_only=is_wire,
        is_kill_suspect=is_wire and _has_kill_word(record.value),
        replay_of=None if replay is None or is_again else replay.dead_letter_id,
        feed=record.feed,
    )


def _has_kill_word(value: bytes) -> bool:
    # Of UTF-16 what is looked for is every other byte.
    return _KILL_WORDS.search(value[:_HEAD_BYTES].replace(b"\0", b"")) is not None


def undelivered_letter(
    article: Article, record: TopicRecord, reason: str, *, for_readers: bool
) -> DeadLetter:
    """The dead letter of a row whose record its topic does not take: kind `delivery`, outside the count of records.

    Its origin is that of the row, which is in history; payload, key and headers are those of the record that was to be
    written. `for_readers`: the topic is one that readers read.
    """
    headers = tuple(Header(key=name, value=value) for name, value in record.headers)
    return _delivery_letter(
        article,
        stage=DELIVERY_STAGE,
        target=record.topic,
        value=record.value or b"",
        key=record.key,
        headers=headers,
        reason=reason,
        for_readers=for_readers,
    )


def unindexed_letter(article: Article, target: str, document: bytes, reason: str) -> DeadLetter:
    """The dead letter of a row whose document an index does not take: kind `delivery`, as that of a topic.

    `target` is the alias that was written to, `reason` the index's own, which quotes nothing of the document. The index
    holds what readers may not see, too; for readers is only what they could see when it came.
    """
    return _delivery_letter(
        article,
        stage=INDEX_STAGE,
        target=target,
        value=document,
        key=article.article_id.encode("utf-8", "surrogatepass"),
        headers=(),
        reason=reason,
        for_readers=readable_on_arrival(article),
    )


def _delivery_letter(
    article: Article,
    *,
    stage: str,
    target: str,
    value: bytes,
    key: bytes | None,
    headers: tuple[Header, ...],
    reason: str,
    for_readers: bool,
) -> DeadLetter:
    origin = article.origin
    payload_sha256 = sha256(value).hexdigest()
    place = (origin.source, str(origin.partition), str(origin.offset), str(origin.item), str(article.part))
    return DeadLetter(
        dead_letter_id=digest(*place, stage, target, payload_sha256),
        kind=DeadLetterKind.DELIVERY,
        reason_code=ReasonCode.SINK_REJECTED,
        stage=stage,
        detail=f"{target}: {reason}"[:2_000],
        origin=origin,
        payload_sha256=payload_sha256,
        payload_size=len(value),
        payload=value if len(value) <= MAX_PAYLOAD_BYTES else None,
        key=key,
        headers=headers,
        received=article.received,
        editors_only=article.source_kind is SourceKind.WIRE or not for_readers,
        is_kill_suspect=is_withdrawal(article),
        provider=article.source,
        guid=article.guid,
    )


def looks_like_wire(record: Record, item: object) -> bool:
    """Whether what was rejected is, or may be, wire copy: then its bytes are for editors only."""
    if isinstance(item, RawWire):
        return True
    if record.feed in (Feed.PAGES, Feed.WIRE):
        return record.feed is Feed.WIRE
    if isinstance(item, RawPage):
        return False
    if is_warc(record.value):  # a page, unless someone has archived an agency's own answers
        return has_record_line(record.value, is_markup=True)
    plain = _plain(record.value)
    if plain[:1] == b"{":
        return not is_page_envelope_line(plain)
    return plain[:1] in (b"[", b"<", b"\x01", b"\x16") or has_record_line(plain)


def _plain(value: bytes) -> bytes:
    """The bytes as the sniffer reads them, from the first that tells: in UTF-8, without byte-order mark or white space."""
    text = head_text(value)
    return value.lstrip() if text is None else text.lstrip(_NOTHING).encode()
