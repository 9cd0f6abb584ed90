"""What FollowStory remembers of the stories of some sources, and the one way it changes.

    stories   article_id -> StoryState       expires 30 days after its last row; a tombstone never does
    rows      row_key -> StoryDecision       what was decided for a row, so that the same row is decided alike again
    keys      url key within a source -> article_id
    named     number or slug within a source -> the articles that bore it, with the time each row states
    orders    kill orders by number or slug, each with the targets it has found; kept for good

A change carries the new state whole, so a memory is rebuilt by applying the same changes in the same order.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from schemas.article_parts import ChangeType, ItemKind, PubStatus
from schemas.record import Origin
from schemas.spec import Index, Spec

# A page or an item that comes again after a month is a new arrival to everyone who reads the news; GDELT saw 80 % of
# the edits within 24 hours and nearly all within a week (research/peers.md §0).
HORIZON = timedelta(days=30)
# One wrong clock must not empty the memory: however far ahead a timestamp is, time advances by a day at most.
MAX_ADVANCE = timedelta(days=1)

_EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC)


def _said(doc: str) -> Spec:
    return Spec(doc, Index.HISTORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryState:
    """The present of one article: which version stands, and what must be known to judge the next message."""

    article_id: Annotated[str, _said("id")]
    source: Annotated[str, _said("provider or domain")]
    order_key: Annotated[int, _said("of the present version")]
    content_hash: Annotated[str | None, _said("of the present version")]
    pub_status: Annotated[PubStatus, _said("of the present version")]
    item_kind: Annotated[ItemKind, _said("of the present version")]
    restricted: Annotated[bool, _said("of the present version")]
    visible_from: Annotated[datetime | None, _said("of the present version")]
    visible_until: Annotated[datetime | None, _said("of the present version")]
    was_public: Annotated[bool, _said("readers had it at some time")]
    first_received: Annotated[datetime | None, _said("of the first row")]
    language_key: Annotated[str | None, _said("of the first version that had a language")]
    has_canonical: Annotated[bool, _said("its id is made from a canonical link")]
    seen_until: Annotated[int, _said("greatest order_key at which the present text was seen again")]
    versions: Annotated[tuple[str, ...], _said("latest versions seen, as digests")] = ()
    missing_since: Annotated[datetime | None, _said("first of the 404s since it was last there")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDecision:
    """What FollowStory stamped on one row."""

    article_id: Annotated[str, _said("id")]
    pub_status: Annotated[PubStatus, _said("effective")]
    change_type: Annotated[ChangeType, _said("as stamped")]
    was_public: Annotated[bool, _said("before this row")]
    first_received: Annotated[datetime | None, _said("of the article")]
    language_key: Annotated[str | None, _said("of the article")]
    story_seq: Annotated[int, _said("place in the order of the memory")]
    superseded: Annotated[bool, _said("a row of history only")]
    without_text: Annotated[bool, _said("the row repeats a text that another row has")]
    flags: Annotated[tuple[str, ...], _said("added quality flags")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KillOrder:
    """A notice that another item must be killed: all that is needed to write the target's row."""

    target: Annotated[str, _said("guid:, number: or slug: and the value")]
    source: Annotated[str, _said("who says so: only its own items are touched")]
    origin: Annotated[Origin, _said("of the notice")]
    payload_sha256: Annotated[str, _said("of the notice")]
    order_key: Annotated[int, _said("with the canceled bit")]
    version_created: Annotated[datetime | None, _said("of the notice")]
    received: Annotated[datetime | None, _said("of the notice")]
    targets: Annotated[tuple[str, ...], _said("articles killed by it so far: part 1, 2, …")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryChange:
    """What one row adds: its decision, the new state of its story, names it may be found by, a kill order."""

    row: Annotated[bytes, _said("row_key")]
    decision: Annotated[StoryDecision, _said("stored for the same row")]
    received: Annotated[datetime | None, _said("drives expiry")]
    story: Annotated[StoryState | None, _said("null when the row changes no story")] = None
    keys: Annotated[tuple[str, ...], _said("url keys of the story")] = ()
    names: Annotated[tuple[str, ...], _said("number and slug of the row")] = ()
    stated: Annotated[int, _said("milliseconds of the time the row states")] = 0
    order: Annotated[KillOrder | None, _said("a kill order as it stands after this row")] = None


class StoryMemory:
    """The stories of the sources of one FollowStory key."""

    def __init__(self) -> None:
        self.stories: dict[str, StoryState] = {}
        self.rows: dict[bytes, StoryDecision] = {}
        self.keys: dict[str, str] = {}
        self.named: dict[str, tuple[tuple[str, int], ...]] = {}
        self.orders: dict[str, KillOrder] = {}
        self.next_seq = 0
        self._clock: datetime | None = None
        self._last_day: dict[str, int] = {}
        self._names: dict[str, set[str]] = {}
        self._rows_of_day: dict[int, list[bytes]] = {}
        self._stories_of_day: dict[int, list[str]] = {}

    def apply(self, change: StoryChange) -> None:
        """Take one change in, and drop what has passed the horizon."""
        day = self._advance(change.received)
        self.rows[change.row] = change.decision
        self._rows_of_day.setdefault(day, []).append(change.row)
        self.next_seq = max(self.next_seq, change.decision.story_seq + 1)
        if change.story is not None:
            self._keep(change.story, change, day)
        if change.order is not None:
            self.orders[order_name(change.order)] = change.order
        self._expire(day)

    def _keep(self, story: StoryState, change: StoryChange, day: int) -> None:
        self.stories[story.article_id] = story
        for key in change.keys:
            self.keys[key] = story.article_id
        for name in change.names:
            bearers = self.named.get(name, ())
            if (story.article_id, change.stated) not in bearers:
                self.named[name] = (*bearers, (story.article_id, change.stated))
        self._names.setdefault(story.article_id, set()).update(change.keys, change.names)
        if self._last_day.get(story.article_id) != day:
            self._last_day[story.article_id] = day
            self._stories_of_day.setdefault(day, []).append(story.article_id)

    def _advance(self, received: datetime | None) -> int:
        if received is not None:
            if self._clock is None:
                self._clock = received
            elif received > self._clock:
                self._clock = min(received, self._clock + MAX_ADVANCE)
        return 0 if self._clock is None else (self._clock - _EPOCH_DAY).days

    def _expire(self, day: int) -> None:
        oldest = day - HORIZON.days
        for past in [past for past in self._rows_of_day if past < oldest]:
            for row in self._rows_of_day.pop(past):
                self.rows.pop(row, None)
        for past in [past for past in self._stories_of_day if past < oldest]:
            for article_id in self._stories_of_day.pop(past):
                if self._last_day.get(article_id) == past:
                    self._forget(article_id)

    def _forget(self, article_id: str) -> None:
        if self.stories[article_id].pub_status is PubStatus.CANCELED:
            return
        del self.stories[article_id], self._last_day[article_id]
        for name in self._names.pop(article_id):
            if self.keys.get(name) == article_id:
                del self.keys[name]
            bearers = tuple(one for one in self.named.pop(name, ()) if one[0] != article_id)
            if bearers:
                self.named[name] = bearers


def order_name(order: KillOrder) -> str:
    """What tells two kill orders apart: where the notice stood, and what it names."""
    origin = order.origin
    return f"{origin.source} {origin.partition} {origin.offset} {origin.item} {order.target}"
