"""Event: one row of `events/`, counted from the articles that readers may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from schemas.spec import Index, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One happening, told by one or more articles in one language.

    Times are those of its articles (`published`, else `first_received`); null when none of them has one.
    """

    event_id: Annotated[str, Spec("assigned once, never rewritten", Index.EXACT, 64)]
    title: Annotated[str | None, Spec("headline of the representative", Index.TEXT, 2_000)]
    first_seen: Annotated[datetime | None, Spec("earliest article", Index.EXACT)]
    last_seen: Annotated[datetime | None, Spec("latest article", Index.EXACT)]
    articles: Annotated[int, Spec("articles that readers may see", Index.STORED)]
    sources: Annotated[int, Spec("distinct sources", Index.STORED)]
    countries: Annotated[tuple[str, ...], Spec("ISO 3166 alpha-2, sorted", Index.EXACT)]
    languages: Annotated[tuple[str, ...], Spec("BCP 47, sorted", Index.EXACT)]
    independent_reports: Annotated[
        int, Spec("copy families, those of one origin_agency counted once", Index.STORED)
    ]
    representative: Annotated[
        str | None, Spec("article_id: earliest published original, then id", Index.STORED, 64)
    ]
    event_group_id: Annotated[str | None, Spec("links events across languages", Index.EXACT)] = None
    alias_of: Annotated[str | None, Spec("the event this one was joined to", Index.EXACT)] = None
