"""An article as the embedded index holds it: a document with its text, or a tombstone, and which version wins.

Versions are ordered by (order_key, withdrawn, content_hash). A withdrawal outranks the usable text of the same key:
should a provider not raise its number for a hold, the hold holds in whatever order the two arrive. An equal place is
a rewrite and takes the last word (external_gte), as when an embargo has passed and the same row is now for readers, or
when `publish` brings a row with what other rows of history know of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import orjson

from connectors.search.folding import fold, storable
from connectors.search.sqlite.schema import DocumentRow
from schemas.article import Article
from schemas.article_parts import SIGHTINGS, PubStatus, Zone
from schemas.visibility import readable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_DAY_MS = 86_400_000
_UNDATED = 1 << 60


@dataclass(frozen=True, slots=True)
class Version:
    """A row of `document`, and what goes beside it into `article_text`: None for a tombstone.

    `is_bare`: readers may see the version, but its row brings no text (a release that names its story). It takes the
    place of a tombstone or of nothing, never that of a document: `publish` brings it filled.
    """

    row: DocumentRow
    text: tuple[str, str, str] | None
    is_bare: bool = False

    @property
    def place(self) -> tuple[int, bool, str]:
        """Its place among the versions of its article."""
        return place(self.row)


def place(row: DocumentRow) -> tuple[int, bool, str]:
    """The place of a row among the versions of its article; the greatest stands."""
    return row.order_key, row.pub_status != PubStatus.USABLE, row.content_hash or ""


def rewritten(before: DocumentRow, now: Version) -> Version:
    """The same version once more: the last word, but an event once known and the earliest arrival stay known.

    `publish` takes both from all rows of an article; a replay of one of them must not take them back.
    """
    if before.is_tombstone or now.text is None:
        return now
    arrivals = [time for time in (before.first_received, now.row.first_received) if time is not None]
    event_id = now.row.event_id or before.event_id
    return Version(now.row._replace(first_received=min(arrivals, default=None), event_id=event_id), now.text)


def version_of(article: Article, as_of: datetime) -> Version | None:
    """What the index holds of an article at `as_of`; None if the row changes nothing there.

    Rows of history only (superseded, repeats, sightings of a gone page) change nothing.
    """
    if article.superseded or article.change_type in SIGHTINGS:
        return None
    if not readable(article, as_of):
        return Version(_tombstone(article), None)
    if not article.headline and not article.body_text:
        return Version(_tombstone(article), None, is_bare=True)
    text = (fold(article.headline or ""), fold(article.abstract or ""), fold(article.body_text or ""))
    return Version(_row(article, text), text)


def _tombstone(article: Article) -> DocumentRow:
    return DocumentRow(
        article_id=article.article_id,
        order_key=article.order_key,
        content_hash=article.content_hash,
        pub_status=article.pub_status.value,
        is_tombstone=True,
    )


def _row(article: Article, text: tuple[str, str, str]) -> DocumentRow:
    return _tombstone(article)._replace(
        is_tombstone=False,
        restricted=article.restricted,
        item_kind=article.item_kind.value,
        visible_from=epoch_ms(article.visible_from, round_up=True),
        visible_until=epoch_ms(article.visible_until),
        source=storable(article.source),
        source_name=storable(article.source_name),
        url=storable(article.url),
        canonical_url=storable(article.canonical_url),
        language=storable(article.language),
        published=epoch_ms(article.published),
        first_received=epoch_ms(article.first_received),
        family=article.copy_family or article.article_id,
        family_rank=family_rank(article),
        event_id=article.event_id,
        subjects=_subjects(article),
        headline=storable(article.headline),
        text_digest=blake2b("\x1f".join(text).encode(), digest_size=16).digest(),
    )


def _subjects(article: Article) -> str | None:
    terms = (term for subject in article.subjects for term in (subject.uri, subject.name))
    names = sorted({name for name in map(storable, terms) if name})
    return orjson.dumps(names).decode() if names else None


def family_rank(article: Article) -> int:
    """When it was published, for the choice of who stands for a copy family: milliseconds since 1970, least first.

    A time whose zone is assumed says no more than its day (UTC) and counts as its beginning; undated comes last.
    """
    instant = epoch_ms(article.published)
    if instant is None:
        return _UNDATED
    return instant - instant % _DAY_MS if article.published_zone is Zone.ASSUMED else instant


def epoch_ms(instant: datetime | None, *, round_up: bool = False) -> int | None:
    """Whole milliseconds since 1970. An embargo is rounded up: not a moment before."""
    if instant is None:
        return None
    elapsed = instant - EPOCH
    return -(-elapsed // _MS) if round_up else elapsed // _MS
