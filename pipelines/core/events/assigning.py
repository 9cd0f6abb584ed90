"""AssignEventIds: every report of one happening, in one language, carries one ID. The decision for one article.

    known row        -> its stored decision, nothing changes
    known article    -> keeps its event; a newer text takes the place of the older
    note, no text    -> no event
    copy             -> its original's event, else its family's
    else             -> the best live event above the threshold, else it founds one

An event is one happening: its reports and the reactions of the day to it; what follows the next day is another.

Source: `research/events.md` §4 (semantics, ID, ties).
"""

from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from pipelines.core.events.change import EventChange, effect_of
from pipelines.core.events.choice import Choice, Reading, choose_event
from pipelines.core.events.dates import mentioned_days
from pipelines.core.events.decision import NO_EVENT, RowDecision
from pipelines.core.events.live import KnownArticle, LiveEvent, Span
from pipelines.core.events.memory import EventMemory
from pipelines.core.events.overlap import likenesses
from pipelines.core.events.reason import Member, readable_when, with_nearest
from pipelines.core.events.terms import pack_terms
from pipelines.core.events.times import span_of, told_at
from pipelines.core.events.weighed import weighed
from pipelines.core.events.words import TextWords, read_words
from pipelines.core.identity import row_key
from pipelines.core.step import Step
from schemas.article import Article
from schemas.article_parts import (
    Contribution,
    DupKind,
    EventReason,
    ItemKind,
    Precision,
    PubStatus,
)
from schemas.visibility import EDITORS_ONLY_KINDS

_MEDIA_KINDS = (ItemKind.PICTURE, ItemKind.VIDEO, ItemKind.AUDIO, ItemKind.GRAPHIC)
_COPIES = (DupKind.COPY, DupKind.REWRITE)
_ID_CHARS = 13


@dataclass(frozen=True, slots=True)
class _Text:
    """What an article says, as the decision needs it and as it is remembered."""

    words: TextWords
    terms: bytes
    told_at: datetime | None
    reading: Reading


def assign_event_id(memory: EventMemory, article: Article) -> Step[EventChange]:
    """Stamp an article with its event.

    Reads the memory and changes nothing. The article is of the memory's language key.
    """
    row = row_key(article)
    stored = memory.decision_of(row)
    if stored is not None:
        return Step((), (_stamped(article, stored),))
    known = memory.article(article.article_id)
    text = _read(memory, article) if _enters(article, known) else None
    decision = _decide(memory, article, known, text)
    change = _change(article, row, decision, None if text is None else text.reading.span)
    return Step((change,), (_stamped(article, decision),))


def _enters(article: Article, known: KnownArticle | None) -> bool:
    """Whether this row's text is to stand in an event."""
    if not _is_report(article) or article.pub_status is PubStatus.CANCELED:
        return False
    if known is None or known.event_id is None:
        return known is None or known.pub_status is not PubStatus.CANCELED
    if known.pub_status is PubStatus.CANCELED and article.superseded:
        return False
    return not article.superseded or article.order_key > known.order_key


def _is_report(article: Article) -> bool:
    if article.item_kind in EDITORS_ONLY_KINDS:
        return False
    if article.item_kind in _MEDIA_KINDS:
        return bool(article.body_text)
    return bool(article.headline or article.body_text or article.abstract)


def _read(memory: EventMemory, article: Article) -> _Text:
    title, body = article.headline or "", article.body_text or article.abstract or ""
    words = read_words(title, body, memory.language_key)
    told = event_time(article)
    days = mentioned_days(words.day_passages, memory.language_key, told)
    terms = pack_terms(words, days, memory.frequencies)
    reading = Reading(
        text=weighed(terms),
        span=_span(article, told),
        has_arrived=article.received is not None,
    )
    return _Text(words, terms, told, reading)


def event_time(article: Article) -> datetime | None:
    """When what an article tells was told: publication, else arrival, else unknown."""
    return told_at(article.published, article.published_source, article.received, article.first_received)


def _span(article: Article, told: datetime | None) -> Span | None:
    by_day = article.published_precision is Precision.DAY and told == article.published
    return span_of(told, by_day=by_day)


def _decide(
    memory: EventMemory, article: Article, known: KnownArticle | None, text: _Text | None
) -> RowDecision:
    if known is not None and known.event_id is not None:
        return _kept(memory, article, known, text)
    if text is None:
        return NO_EVENT
    copied = _copied(memory, article)
    if copied is not None:
        reason = _copy_reason(memory, article)
        return RowDecision(copied, 1.0, False, reason, text.terms, memory.model_name)
    events = memory.candidates(text.reading.text.heaviest(), article.received)
    choice = choose_event(memory.model, text.reading, events)
    if choice is None:
        event_id = event_id_of_founder(memory.language_key, article, text.told_at)
        return RowDecision(event_id, 1.0, True, None, text.terms, memory.model_name)
    reason = _join_reason(memory, choice, article, text)
    return RowDecision(
        memory.event_id(choice.best.event),
        round(choice.best.p, 4),
        False,
        reason,
        text.terms,
        memory.model_name,
    )


def _kept(memory: EventMemory, article: Article, known: KnownArticle, text: _Text | None) -> RowDecision:
    """The decision of an article's first row, explained anew by the text this row has."""
    reason = None if text is None else memory.reason_of(known)
    if reason is not None and text is not None:
        event = memory.event(known.event_id or "")
        mine = text.reading.text
        nearest = None
        if event is not None:
            alike = likenesses(mine, [memory.member(row).text for row in event.compared()])
            nearest = _nearest(memory, event, alike, article)
        reason = with_nearest(reason, text.words, mine, nearest)
    return RowDecision(
        known.event_id,
        known.event_confidence,
        known.event_is_new,
        reason,
        None if text is None else text.terms,
        memory.model_name,
    )


def _copied(memory: EventMemory, article: Article) -> str | None:
    """The event of what an article copies; by its family where the original is not named."""
    if article.dup_kind is DupKind.EXCERPT:
        return None
    if article.dup_of is not None and article.dup_kind in _COPIES:
        original = memory.article(article.dup_of)
        if original is not None and original.event_id is not None:
            return original.event_id
    return memory.family_event(article.copy_family)


def _copy_reason(memory: EventMemory, article: Article) -> EventReason:
    original = memory.article(article.dup_of) if article.dup_of is not None else None
    nameable = original is not None and readable_when(original, article.received)
    likeness = 1.0 if article.dup_similarity is None else article.dup_similarity
    return EventReason(
        nearest_article=article.dup_of if nameable else None,
        contributions=(Contribution(feature="copy", value=likeness, weight=0.0),),
    )


def _join_reason(memory: EventMemory, choice: Choice, article: Article, text: _Text) -> EventReason:
    best = choice.best
    reason = EventReason(
        gap_hours=None if best.gap_hours is None else round(best.gap_hours, 3),
        margin=choice.margin,
        contributions=memory.model.contributions(best.features, time_tells=best.time_tells),
    )
    nearest = _nearest(memory, best.event, best.alike, article)
    return with_nearest(reason, text.words, text.reading.text, nearest)


def _nearest(
    memory: EventMemory, event: LiveEvent, alike: Sequence[float], article: Article
) -> Member | None:
    """The member most like an article, the first of equals, that a row of the article may name.

    `alike`: of the members that stand for all.
    """
    by_likeness = sorted(zip(event.compared(), alike, strict=True), key=_falling)
    for row, _ in by_likeness:
        member = memory.member(row)
        if member.article_id != article.article_id and readable_when(member.standing, article.received):
            return member
    return None


def _falling(likeness: tuple[int, float]) -> float:
    return -round(likeness[1], 6)


def event_id_of_founder(language_key: str, article: Article, told_at: datetime | None) -> str:
    """The ID of the event an article founds: sorted by day, the same in every run, shared by copies of the founder.

    Source: `research/events.md` §4, "ID".
    """
    family = None if article.dup_kind is DupKind.EXCERPT else article.copy_family
    key = "\x1f".join(("copydesk", language_key, family or article.article_id))
    day = "00000000" if told_at is None else _day(told_at)
    digest = b32encode(sha256(key.encode("utf-8", "surrogatepass")).digest()).decode("ascii").lower()
    return f"evt-{day}-{digest[:_ID_CHARS]}"


def _day(instant: datetime) -> str:
    """Eight digits; `strftime` writes years before 1000 with fewer on some systems."""
    return instant.astimezone(UTC).date().isoformat().replace("-", "")


def _change(article: Article, row: bytes, decision: RowDecision, span: Span | None) -> EventChange:
    return EventChange(
        row_key=row,
        article_id=article.article_id,
        received=article.received,
        effect=effect_of(article.pub_status, decision.event_terms),
        event_id=decision.event_id,
        event_confidence=decision.event_confidence,
        event_is_new=decision.event_is_new,
        event_reason=decision.event_reason,
        event_terms=decision.event_terms,
        event_model=decision.event_model,
        order_key=article.order_key,
        first_ms=None if span is None else span.first,
        last_ms=None if span is None else span.last,
        copy_family=article.copy_family,
        is_present=not article.superseded,
        pub_status=article.pub_status,
        item_kind=article.item_kind,
        restricted=article.restricted,
        visible_from=article.visible_from,
        visible_until=article.visible_until,
    )


def _stamped(article: Article, decision: RowDecision) -> Article:
    return replace(
        article,
        event_id=decision.event_id,
        event_confidence=decision.event_confidence,
        event_is_new=decision.event_is_new,
        event_reason=decision.event_reason,
        event_terms=decision.event_terms,
        event_model=decision.event_model,
    )
