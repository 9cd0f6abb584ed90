"""A live event: its members, and the sums that an incoming article is compared with.

A single report is compared as it stands, from its bytes; only events of several reports hold sums.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pipelines.core.events.dates import days_of
from pipelines.core.events.terms import TermVectors, Vector, vectors_of
from schemas.article_parts import ItemKind, PubStatus

# The heaviest terms that a sum keeps once it has grown to twice as many (`research/events.md` §3.1, the prototype).
_WORDS_KEPT, _TITLE_KEPT, _NAMES_KEPT, _LEDE_KEPT = 150, 40, 50, 60
_NUMBERS_KEPT, _DAYS_KEPT = 60, 12
_MS_PER_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Span:
    """When something happened, in milliseconds since 1970: a moment, or a day of which no more is known."""

    first: int
    last: int

    def hours_to(self, other: "Span") -> float:
        """Hours between two spans, whichever is earlier; 0 where they touch."""
        return max(0, self.first - other.last, other.first - self.last) / _MS_PER_HOUR

    def joined(self, other: "Span | None") -> "Span":
        """The span from the earlier beginning to the later end."""
        if other is None:
            return self
        return Span(min(self.first, other.first), max(self.last, other.last))


@dataclass(slots=True, kw_only=True)
class KnownArticle:
    """What is known of an article: its event and decision, the terms it stands in the event with, who may see it.

    `terms` is null while it stands in no event (withdrawn, without text, forgotten with its event). `seen` is when
    its last row arrived by the memory's clock, null before the clock has started.
    """

    article_id: str
    copy_family: str | None
    event_id: str | None = None
    event_confidence: float | None = None
    event_is_new: bool = False
    reason: bytes | None = None
    terms: bytes | None = None
    order_key: int = -1
    span: Span | None = None
    seen: int | None = None
    pub_status: PubStatus = PubStatus.USABLE
    item_kind: ItemKind = ItemKind.ARTICLE
    restricted: bool = False
    visible_from: datetime | None = None
    visible_until: datetime | None = None


class LiveEvent:
    """An event that may still be joined."""

    __slots__ = ("_sums", "born", "event_id", "indexed", "members", "ordinal", "span", "touched")

    def __init__(self, event_id: str, ordinal: int, born: int | None) -> None:
        self.event_id = event_id
        self.ordinal = ordinal
        self.born = born
        self.touched = born
        self.members: dict[str, KnownArticle] = {}
        self.span: Span | None = None
        self.indexed: tuple[int, ...] = ()
        self._sums: TermVectors | None = None

    def add(self, member: KnownArticle, arrival: int | None) -> None:
        """Let an article that has terms into the event."""
        if member.terms is None:
            raise AssertionError(f"member {member.article_id} without terms")
        self.members[member.article_id] = member
        if arrival is not None:
            self.touched = arrival if self.touched is None else max(self.touched, arrival)
        if member.span is not None:
            self.span = member.span.joined(self.span)
        if len(self.members) == 2:
            self._sum_up()
        elif len(self.members) > 2:
            self._sums = _sum(self.profile(), vectors_of(member.terms))

    def remove(self, article_id: str) -> None:
        """Take an article out again, as if it had never been in."""
        del self.members[article_id]
        self._sum_up()
        self.span = None
        for member in self.members.values():
            if member.span is not None:
                self.span = member.span.joined(self.span)

    def profile(self) -> TermVectors:
        """Sums of the members' vectors; divided by the number of members they are the average linkage."""
        if self._sums is not None:
            return self._sums
        member = next(iter(self.members.values()))
        return vectors_of(member.terms or b"")

    def _sum_up(self) -> None:
        self._sums = None
        for position, member in enumerate(self.members.values()):
            if position:
                self._sums = _sum(self.profile(), vectors_of(member.terms or b""))


def _sum(sums: TermVectors, vectors: TermVectors) -> TermVectors:
    numbers, days = sums.numbers, sums.days
    if len(numbers) < _NUMBERS_KEPT:
        numbers = numbers | vectors.numbers
    if len(days.mentions) < _DAYS_KEPT and vectors.days.mentions:
        days = days_of(days.mentions | vectors.days.mentions)
    return TermVectors(
        words=_added(sums.words, vectors.words, _WORDS_KEPT),
        title=_added(sums.title, vectors.title, _TITLE_KEPT),
        names=_added(sums.names, vectors.names, _NAMES_KEPT),
        lede=_added(sums.lede, vectors.lede, _LEDE_KEPT),
        deeds=_added(sums.deeds, vectors.deeds, _WORDS_KEPT),
        numbers=numbers,
        days=days,
    )


def _added(sums: Vector, vector: Vector, kept: int) -> Mapping[int, float]:
    grown = dict(sums)
    for term, weight in vector.items():
        grown[term] = grown.get(term, 0.0) + weight
    if len(grown) <= 2 * kept:
        return grown
    return dict(sorted(grown.items(), key=lambda pair: pair[1], reverse=True)[:kept])
