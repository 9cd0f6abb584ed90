"""What readers see of an article: one row, made of all the rows that history has of it.

    rows of one article ──▶ its present (the greatest order) ──▶ may readers see it?  no: nothing
                                                              yes: without text? filled from the rows below it
    row, who else is visible ──▶ `without_hidden`: it names nobody whom readers may not see

Pure functions of the set of rows: the order of arrival decides nothing here.

Source: DESIGN.md §6 (Order; Two kinds of Parquet; Not for readers), research/wire.md §2.3.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from schemas.article import Article
from schemas.article_parts import SIGHTINGS, ChangeType, EventReason, PubStatus
from schemas.changed import changed
from schemas.generate import field_types
from schemas.spec import Index
from schemas.standing import standing
from schemas.visibility import readable

# What comes with the text and belongs to it: a row without text takes all of it from one other row, or none.
_OF_THE_TEXT = (
    "headline",
    "byline",
    "authors",
    "dateline",
    "abstract",
    "body_text",
    "word_count",
    "media",
    "language",
    "language_source",
    "language_confidence",
    "languages",
    "agencies",
    "origin_agency",
    "content_hash",
    "copy_family",
    "dup_of",
    "dup_kind",
    "dup_similarity",
    "dup_containment",
    "extractor",
)

# What a notice may leave out though it still holds; what it does state stands.
_UNLESS_STATED = (
    "source_name",
    "source_country",
    "url",
    "canonical_url",
    "syndicated_from",
    "slugline",
    "section",
    "urgency",
    "subjects",
    "genres",
    "keywords",
    "services",
    "copyright_notice",
    "usage_terms",
    "digital_source_type",
)

# A time without its precision and zone would be another time.
_OF_PUBLICATION = ("published", "published_source", "published_precision", "published_zone")

_OF_THE_EVENT = ("event_id", "event_confidence", "event_is_new", "event_model")

_CLEARED = {
    field.name: () if field.is_list else False if field.item is bool else None
    for field in field_types(Article)
    if field.spec.index is Index.HISTORY
}


def reader_row(rows: Sequence[Article], as_of: datetime) -> Article | None:
    """What readers see at `as_of` of the article whose rows these are, in any order; `None` when nothing.

    The present is the greatest of the versions that stood when they came. Any canceled row hides the article for good.
    A page that is gone stays visible. Without a text of any version there is nothing to see. A present without text (a release) shows the text it releases; one that comes
    without an event has the event of its other versions. When there is nothing to add, it is the very row that was given.
    """
    if any(row.pub_status is PubStatus.CANCELED for row in rows):
        return None
    versions = sorted((row for row in rows if not _is_sighting(row)), key=_standing, reverse=True)
    present = next((row for row in versions if not row.superseded), None)
    if present is None or not readable(present, as_of):
        return None
    filled, source = present, present
    if not _has_text(present):
        source = next((row for row in versions if _may_fill(row, present, as_of)), present)
        filled = _filled(present, source)
    if not _has_text(filled):
        return None
    filled = _with_event(filled, source, versions, as_of)
    first_received = _first_received(rows)
    return (
        filled if filled.first_received == first_received else changed(filled, first_received=first_received)
    )


def _is_sighting(row: Article) -> bool:
    return row.change_type in SIGHTINGS


def _standing(row: Article) -> tuple[tuple[int, bool, datetime, str], str]:
    """The place of a row among its article's; rows of one version by their bytes, so that one of them is picked."""
    place = standing(row.order_key, row.pub_status, row.visible_from, row.content_hash)
    return place, row.payload_sha256


def _has_text(row: Article) -> bool:
    return row.headline is not None or row.body_text is not None


def _may_fill(row: Article, present: Article, as_of: datetime) -> bool:
    """Whether readers may have this row's text now that `present` stands.

    A usable present ends a hold, whatever status the row was stamped with; only a release ends an embargo.
    """
    if not _has_text(row) or _standing(row) >= _standing(present):
        return False
    return readable(_unheld(row, released=present.change_type is ChangeType.RELEASE), as_of)


def _unheld(row: Article, *, released: bool) -> Article:
    start = None if released else row.visible_from or row.embargoed_until
    return changed(row, pub_status=PubStatus.USABLE, visible_from=start)


def _filled(present: Article, source: Article) -> Article:
    """The present with the text of another row, and with what it left unsaid."""
    taken = _values(source, _OF_THE_TEXT)
    taken |= {name: getattr(source, name) for name in _UNLESS_STATED if getattr(present, name) in (None, ())}
    if present.published is None:
        taken |= _values(source, _OF_PUBLICATION)
    flags = dict.fromkeys((*present.quality_flags, *source.quality_flags))
    return changed(present, **taken, quality_flags=tuple(flags))


def _with_event(filled: Article, source: Article, versions: Sequence[Article], as_of: datetime) -> Article:
    """The event that any version was given; its explanation only in words that readers may have.

    A hidden version may have been the one that joined, and the words it shared are its text.
    """
    carriers = (row for row in (filled, source, *versions) if row.event_id is not None)
    carrier = next(carriers, None)
    if carrier is None:
        return filled
    reason = carrier.event_reason
    if reason is not None and _told_by_hidden(reason, filled, versions, as_of):
        reason = _wordless(reason)
    if carrier is filled and reason is filled.event_reason:
        return filled
    return changed(filled, **_values(carrier, _OF_THE_EVENT), event_reason=reason)


def _told_by_hidden(
    reason: EventReason, shown: Article, versions: Iterable[Article], as_of: datetime
) -> bool:
    return any(
        row.event_reason == reason and row.content_hash != shown.content_hash and not readable(row, as_of)
        for row in versions
    )


def _first_received(rows: Iterable[Article]) -> datetime | None:
    times = [time for row in rows for time in (row.first_received, row.received) if time is not None]
    return min(times, default=None)


def _values(row: Article, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def without_hidden(article: Article, is_visible: Callable[[str], bool]) -> Article:
    """A reader's row that names nobody whom readers may not see, and holds nothing that is history's only.

    `is_visible` says of an `article_id` whether readers see that article. Idempotent.
    """
    cleared: dict[str, Any] = dict(_CLEARED)
    if article.dup_of is not None and not is_visible(article.dup_of):
        cleared |= {"dup_of": None, "dup_kind": None, "dup_similarity": None, "dup_containment": None}
    reason = article.event_reason
    if reason is not None and reason.nearest_article is not None and not is_visible(reason.nearest_article):
        cleared["event_reason"] = _wordless(reason)
    return changed(article, **cleared)


def _wordless(reason: EventReason) -> EventReason:
    """The figures of a decision, without the words and without the name."""
    return EventReason(gap_hours=reason.gap_hours, margin=reason.margin, contributions=reason.contributions)
