"""The one change a repeat memory takes: what a row of history says of itself, as LinkRepeats has stamped it.

Because a change is made from the stamped row alone, a memory can be rebuilt from its journal and from `history/` alike.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pipelines.core.identity import row_key
from pipelines.core.repeats.row_layout import site_of, text_key
from pipelines.core.repeats.shingles import shingles_in
from schemas.article import Article
from schemas.article_parts import SIGHTINGS, DupKind, PubStatus
from schemas.spec import Index, Spec
from schemas.visibility import EDITORS_ONLY_KINDS

# A content hash joins texts of at least one whole shingle, 5 words: no empty text, no standing heading ("Sport"). In
# the 9,266 articles of the evaluation data for events, the 10 pairs of equal titles have 5 to 11 words, and each is of
# one event or within two days.
MIN_EXACT_SHINGLES = 1


def _said(doc: str) -> Spec:
    return Spec(doc, Index.HISTORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatChange:
    """One row, to be remembered."""

    row_key: Annotated[bytes, _said("names the row")]
    language_seq: Annotated[int, _said("place in the order of the language key")]
    article_id: Annotated[str, _said("id")]
    site: Annotated[int, _said("tells sources apart")]
    received: Annotated[datetime | None, _said("of the record")]
    is_aside: Annotated[bool, _said("says nothing of the article's present: superseded, repeat, removed")]
    is_killed: Annotated[bool, _said("canceled for good")]
    is_hidden: Annotated[bool, _said("not for readers whatever the time")]
    visible_from: Annotated[datetime | None, _said("readers may see it from then on")] = None
    visible_until: Annotated[datetime | None, _said("and until then")] = None
    text_key: Annotated[
        bytes | None, _said("names the folded text, where it is long enough to be told by it")
    ] = None
    repeat_sketch: Annotated[bytes | None, _said("packed sketch of the text")] = None
    copy_family: Annotated[str | None, _said("as stamped")] = None
    dup_of: Annotated[str | None, _said("as stamped")] = None
    dup_kind: Annotated[DupKind | None, _said("as stamped")] = None
    dup_similarity: Annotated[float | None, _said("as stamped")] = None
    dup_containment: Annotated[float | None, _said("as stamped")] = None


def change_of(row: Article) -> RepeatChange:
    """What to remember of a row that LinkRepeats has stamped, now or in `history/`."""
    assert row.language_seq is not None, "a row that LinkRepeats has not stamped"
    return RepeatChange(
        row_key=row_key(row),
        language_seq=row.language_seq,
        article_id=row.article_id,
        site=site_of(row.source),
        received=row.received,
        is_aside=is_aside(row),
        is_killed=row.pub_status is PubStatus.CANCELED,
        is_hidden=is_hidden(row),
        visible_from=row.visible_from,
        visible_until=row.visible_until,
        text_key=_text_key(row),
        repeat_sketch=row.repeat_sketch,
        copy_family=row.copy_family,
        dup_of=row.dup_of,
        dup_kind=row.dup_kind,
        dup_similarity=row.dup_similarity,
        dup_containment=row.dup_containment,
    )


def _text_key(row: Article) -> bytes | None:
    if row.content_hash is None or shingles_in(row.repeat_sketch) < MIN_EXACT_SHINGLES:
        return None
    return text_key(row.content_hash)


def is_aside(row: Article) -> bool:
    """Whether a row is one of history only, that says nothing of its article's present."""
    return row.superseded or row.change_type in SIGHTINGS


def is_hidden(row: Article) -> bool:
    """Whether readers may not see a row at any time: `schemas.visibility.readable` without its two instants."""
    return row.pub_status is not PubStatus.USABLE or row.restricted or row.item_kind in EDITORS_ONLY_KINDS
