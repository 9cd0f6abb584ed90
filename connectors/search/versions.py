"""Which version of an article stands, whatever order they come in: the rule of both indexes.

It is the rule of history, `schemas.standing`: should a provider not raise its number for a hold or an embargo, both hold
in whatever order the texts arrive. An index keeps embargoes in whole milliseconds, rounded up; so to it two within one
millisecond are equal, and of these the greater content hash stands. An equal place is a rewrite and takes the last word,
as when `publish` brings a row with what other rows of history know of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Protocol, TypeVar

from connectors.search.instants import rounded_up
from schemas.article import Article
from schemas.article_parts import SIGHTINGS, PubStatus
from schemas.standing import Place, standing


class Held(Protocol):
    """What an index holds of an article, or is to hold."""

    @property
    def place(self) -> Place:
        """Its place among the versions of its article; the greatest stands."""
        ...

    @property
    def is_tombstone(self) -> bool:
        """Whether it has no text."""
        ...


class Offered(Held, Protocol):
    """A version that comes to an index."""

    @property
    def article_id(self) -> str:
        """Whose version it is."""
        ...

    @property
    def is_bare(self) -> bool:
        """Whether readers may see it, but its row brings no text (a release that names its story).

        It takes the place of a tombstone or of nothing, never that of a document: `publish` brings it filled.
        """
        ...


V = TypeVar("V", bound=Offered)


class Verdict(Enum):
    """What an offered version is to what is held."""

    STALE = auto()
    AGAIN = auto()  # the same place
    LATER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsertReport:
    """What became of the rows that were offered, one an article: the others of its batch are older.

    Rows of history only (superseded, repeats, sightings) and rows without text are in no count.
    """

    written: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    stale: int = 0


def place_of(
    order_key: int, pub_status: str, visible_from: datetime | None, content_hash: str | None
) -> Place:
    """The place of a version among the versions of its article; an embargo in the milliseconds that an index keeps.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> moments = [place_of(7, "usable", noon.replace(microsecond=us), "ff") for us in (0, 1, 999, 1_001)]
    >>> moments[0] < moments[1] == moments[2] < moments[3]
    True
    """
    embargo = None if visible_from is None else rounded_up(visible_from)
    return standing(order_key, PubStatus(pub_status), embargo, content_hash)


def is_of_history_only(article: Article) -> bool:
    """Whether a row changes nothing in an index: superseded, a repeat, the sighting of a gone page."""
    return article.superseded or article.change_type in SIGHTINGS


def judge(held: Held, offered: Offered) -> Verdict:
    """What becomes of an offered version where another is held."""
    if offered.is_bare and (not held.is_tombstone or held.place == offered.place):
        return Verdict.STALE
    if held.place > offered.place:
        return Verdict.STALE
    return Verdict.AGAIN if held.place == offered.place else Verdict.LATER


def greatest(versions: Iterable[V], again: Callable[[V, V], V]) -> list[V]:
    """The greatest version of each article; `again` makes one of two that have the same place, the earlier first."""
    best: dict[str, V] = {}
    for version in versions:
        other = best.get(version.article_id)
        if other is None or other.place < version.place:
            best[version.article_id] = version
        elif other.place == version.place:
            best[version.article_id] = again(other, version)
    return list(best.values())
