"""The values that FollowStory remembers: a story, what was decided for a row, the names of a row, a kill order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from schemas.article_parts import ChangeType, ItemKind, PubStatus
from schemas.record import Origin
from schemas.spec import Index, Spec


def _said(doc: str) -> Spec:
    return Spec(doc, Index.HISTORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryState:
    """The present of one article: which version stands, and what must be known to judge the next message.

    `order_key` to `visible_until` are those of the version that stands. `seen_until` is the greatest order key at which
    its text was seen again, `missing_since` the first of the 404s since it was last there.
    """

    article_id: str
    order_key: int
    content_hash: str | None
    pub_status: PubStatus
    item_kind: ItemKind
    restricted: bool
    visible_from: datetime | None
    visible_until: datetime | None
    was_public: bool
    first_received: datetime | None
    language_key: str | None
    has_canonical: bool
    seen_until: int
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDecision:
    """What FollowStory stamps on one row.

    `without_text`: the row repeats a text that another row has. The two flags are quality flags.
    """

    article_id: str
    pub_status: PubStatus
    change_type: ChangeType
    was_public: bool
    first_received: datetime | None
    language_key: str | None
    story_seq: int
    superseded: bool
    without_text: bool = False
    usable_after_kill: bool = False
    kill_target_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryNames:
    """By what a row may be found within its source, as 64-bit hashes, 0 where it has none.

    `stated` is the time that the row states, in milliseconds since 1970, 0 for none: a notice that names a number means
    messages of its own hours.
    """

    url: int = 0
    canonical: int = 0
    number: int = 0
    slug: int = 0
    stated: int = 0


NO_NAMES = StoryNames()


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
