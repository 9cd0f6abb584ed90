"""An article as the embedded index holds it: a document with its text, or a tombstone.

What readers may not see at the moment is a tombstone. So when an embargo has passed, the same row comes again, now with
its text.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import orjson

from connectors.search.families import family_of, family_rank
from connectors.search.folding import fold, storable
from connectors.search.instants import epoch_ms, instant_at
from connectors.search.sqlite.schema import DocumentRow
from connectors.search.versions import is_of_history_only, place_of
from schemas.article import Article
from schemas.standing import Place
from schemas.visibility import readable


@dataclass(frozen=True, slots=True)
class Version:
    """A row of `document`, and what goes beside it into `article_text`: None for a tombstone."""

    row: DocumentRow
    text: tuple[str, str, str] | None
    is_bare: bool = False

    @property
    def article_id(self) -> str:
        """Whose version it is."""
        return self.row.article_id

    @property
    def place(self) -> Place:
        """Its place among the versions of its article."""
        return row_place(self.row)

    @property
    def is_tombstone(self) -> bool:
        """Whether it has no text."""
        return self.row.is_tombstone


def row_place(row: DocumentRow) -> Place:
    """The place of a row among the versions of its article."""
    embargo = None if row.visible_from is None else instant_at(row.visible_from)
    return place_of(row.order_key, row.pub_status, embargo, row.content_hash)


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
    """What the index holds of an article at `as_of`; None if the row changes nothing there."""
    if is_of_history_only(article):
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
        visible_from=epoch_ms(article.visible_from, round_up=True),
    )


def _row(article: Article, text: tuple[str, str, str]) -> DocumentRow:
    return _tombstone(article)._replace(
        is_tombstone=False,
        restricted=article.restricted,
        item_kind=article.item_kind.value,
        visible_until=epoch_ms(article.visible_until),
        source=storable(article.source),
        source_name=storable(article.source_name),
        url=storable(article.url),
        canonical_url=storable(article.canonical_url),
        language=storable(article.language),
        published=epoch_ms(article.published),
        first_received=epoch_ms(article.first_received),
        family=family_of(article),
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
