"""Who may see an item, and from when to when: status, embargo and expiry as stated, read on the safe side.

    stated                          here
    canceled, cancelled             canceled
    withheld                        withheld
    an unknown status               withheld, `status_unknown`
    several statuses                the strictest
    embargoed, without a date       withheld until released
    an embargo without a date       withheld until released, unless the profile says it means none
    an embargo that is no time      withheld until released, `embargo_unreadable`
    an embargo with a time          visible from then on; of several the last
    an embargo with a day           visible when that day is over where the provider is
    a time or day without a zone    visible when it has come everywhere (UTC-12), flagged; unless the profile has a zone
    an embargo in a note only       withheld until released, `embargo_in_note`

Source: IPTC pubStatus; research/wire.md §0.5, §1.4, §6.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from pipelines.core.wire.embargo_note import tells_of_embargo
from pipelines.core.wire.item import WireItem
from pipelines.core.wire.profile import EmbargoEmpty, Profile
from pipelines.core.wire.times import TIME_ASSUMED_UTC, read_time, read_time_late
from schemas.article_parts import PubStatus, Zone

STATUS_UNKNOWN = "status_unknown"
EMBARGO_UNREADABLE = "embargo_unreadable"
EMBARGO_IN_NOTE = "embargo_in_note"
EXPIRES_UNREADABLE = "expires_unreadable"

_STATUS = {
    "usable": PubStatus.USABLE,
    "withheld": PubStatus.WITHHELD,
    "canceled": PubStatus.CANCELED,
    "cancelled": PubStatus.CANCELED,
}
_BORDER = re.compile(r"[:/#]")
_EMBARGOED = "embargoed"  # AP and NITF have this fourth status


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Status and times; `visible_from` null with a withheld status means until released."""

    pub_status: PubStatus
    embargoed_until: datetime | None = None
    expires: datetime | None = None
    visible_until: datetime | None = None
    flags: tuple[str, ...] = ()


def life_of(item: WireItem, profile: Profile) -> Life:
    """Who may see an item and when. Never raises: a kill is a kill, whatever else its message gets wrong."""
    status, flags = _status(item)
    if status is PubStatus.CANCELED:
        return Life(pub_status=status, flags=flags)
    until, is_held, embargo_flags = _embargo(item, profile)
    expiry = None if item.expires is None else read_time(item.expires, profile)
    expires = None if expiry is None else expiry.instant
    unreadable = (EXPIRES_UNREADABLE,) if item.expires is not None and expires is None else ()
    return Life(
        pub_status=PubStatus.WITHHELD if is_held else status,
        embargoed_until=until,
        expires=expires,
        visible_until=expires if profile.expiry_hides else None,
        flags=flags + embargo_flags + unreadable,
    )


def _status(item: WireItem) -> tuple[PubStatus, tuple[str, ...]]:
    """The strictest of the statuses stated; usable where none is."""
    stated = [status_code(status) for status in item.pub_statuses]
    known = {_STATUS[code] for code in stated if code in _STATUS}
    if PubStatus.CANCELED in known:
        return PubStatus.CANCELED, ()
    if any(code not in _STATUS and code != _EMBARGOED for code in stated):
        return PubStatus.WITHHELD, (STATUS_UNKNOWN,)
    is_undated = _EMBARGOED in stated and not any(item.embargoes)
    return (PubStatus.WITHHELD if is_undated or PubStatus.WITHHELD in known else PubStatus.USABLE), ()


def status_code(status: str) -> str:
    """`canceled` of `stat:Canceled` and of http://cv.iptc.org/newscodes/pubstatusg2/canceled."""
    return _BORDER.split(status.strip().lower().rstrip(":/#"))[-1].strip()


def _embargo(item: WireItem, profile: Profile) -> tuple[datetime | None, bool, tuple[str, ...]]:
    """When the embargo ends, whether the item is held until released, and what was assumed."""
    dates = [text for text in item.embargoes if text]
    read = [read_time_late(text, profile) for text in dates]
    if any(stated is None for stated in read):
        return None, True, (EMBARGO_UNREADABLE,)
    known = [stated for stated in read if stated is not None]
    if known:
        last = max(known, key=lambda stated: stated.instant)
        return last.instant, False, (TIME_ASSUMED_UTC,) if last.zone is Zone.ASSUMED else ()
    if any(map(tells_of_embargo, item.ed_notes)):
        return None, True, (EMBARGO_IN_NOTE,)
    return None, bool(item.embargoes) and profile.embargo_empty is EmbargoEmpty.INDEFINITE, ()
